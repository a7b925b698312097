"""The headline as printed, found by agreement of its witnesses: h1 and other headings, og:title, JSON-LD, <title>.

1. References: what the machine-readable parts call the page, each with its known site names cut off, and <title> taken
   apart at its separators. A run of parts of <title> is a weaker witness than a whole og:title.
2. Candidates: printed blocks that are a heading, stand in a box named as a title, or say what a reference says.
3. The candidate that agrees best wins; heading level, title-like class and nearness to the text decide among equals.
4. With no printed candidate the best reference stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.byline import is_byline
from pipelines.extraction.metadata.site_names import shown_names, site_names, squash
from pipelines.extraction.names import foreign_label
from pipelines.extraction.phrases import match_heading

# Separators of <title>. A hyphen, dot or colon without spaces parts words in Latin text, site names after Chinese text.
_SEPARATOR = re.compile(
    r"\s*(?:[_|｜¦‖»›«‹•→]|::|－|—{1,2}|–|--+)+\s*|\s+[-·:/~,\\]+\s+|\s+[-:](?=\s|$)"
    r"|(?<=[\u3000-\u9fff\uff00-\uffef”’\"?!.)\]])\s*[-·]\s*(?=[\u3400-\u9fff])|(?<=[\u3000-\u9fff\uff00-\uffef”])-(?=\w)"
)
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_STOPS = "。."  # what goes on past the title and ends so is the first sentence of the text, which repeats it

# Words of class and id. `title`: boxes that hold the headline; `away`: beside those of names.py, boxes whose headings
# name something else.
_TITLE_TOKENS = frozenset(("title", "headline", "biaoti", "tit", "bt", "subject", "topic", "titre", "titulo", "titel"))
_AWAY_TOKENS = frozenset(
    ("logo", "brand", "list", "lists", "search", "location", "subtitle", "subhead", "deck", "caption")
)
_AWAY_TAGS = frozenset(("li", "dt", "dd", "figcaption", "blockquote"))

# Weights, calibrated on 1,048 labelled pages of 800 sites (see docs/benchmarks.md); one unit is full agreement with
# <title>'s main part. Headings outrank plain blocks that say the same; agreement outranks any heading.
AGREE = 3.0
HEADING = {1: 1.2, 2: 0.6, 3: 0.35, 4: 0.2, 5: 0.1, 6: 0.1}
TITLE_CLASS = 0.4
AWAY = -0.8
ENTRY_TITLE = 1.5  # hAtom's class of the headline itself, in whatever element: old themes print the site's name in h1
LINKED = -0.4  # the headline of an article page is seldom a link; entries of lists are
AFTER_TEXT = -1.2
ACCEPT = 1.0  # a candidate below is no headline: the reference is taken
ACCEPT_ALONE = 0.3  # the same on a page that names itself nowhere
PROSE = 60  # characters of a block that count as running text, a CJK character as two
MAX_TITLE = 300
MAX_REFERENCE = 600  # characters of a witness that are read: an unclosed <title> holds the whole page
MAIN_WEIGHT = 0.6  # references that are worth more are whole titles, not one part of one
MIN_MAIN = 6  # characters: shorter references are looked for as whole blocks only
SUFFIX_WIDTH, SECTION_WIDTH = 32, 16  # columns: the longest unknown tail part of <title>; beside a known site name
NEAR, MIN_WIDTH = 12, 10  # blocks above the text, columns: of a bold line that may be the headline
# Signs of a post's kind that stand in its headline's box, in an element of their own.
_BADGES = frozenset(
    "原创 转载 原創 轉載 置顶 置頂 热 精 荐 顶 新 图 图文 组图 视频 独家 獨家 推荐 推薦 快讯 专题 專題 头条".split()
)
FUZZY_H1, FUZZY_REST = 0.85, 0.6  # what a like wording is worth; subheadings repeat the words of the title
MIN_FUZZY = 0.55  # share of common character pairs from which two wordings are one title


@dataclass(frozen=True, slots=True)
class Title:
    """The headline: its text, the range [block, end) of blocks that print it (None: not printed), and the evidence."""

    text: str
    block: int | None
    evidence: str
    end: int | None = None


@dataclass(frozen=True, slots=True)
class _Reference:
    """What one witness calls the page: the cleaned text, its squashed form, how much it is worth (0..1)."""

    text: str
    key: str
    weight: float
    name: str
    pairs: frozenset[str]


def find_title(doc: Document, layout: Layout) -> Title:
    """The headline of the page without its site's suffix; text "" where the page names itself nowhere."""
    article = jsonld.find_article(doc)
    names = site_names(doc, article) | shown_names(doc, layout)
    references = list(_references(doc, article, names))
    best: tuple[float, _Candidate, str] | None = None
    prose = _first_prose(layout.blocks)
    for candidate in _candidates(layout, references):
        score, why = _score(candidate, references, names, prose)
        if best is None or score > best[0]:
            best = (score, candidate, why)
    if best is not None and best[0] >= (ACCEPT if references else ACCEPT_ALONE):
        _, found, why = best
        return Title(_trim(found, references, names), found.first, why, found.end)
    if references:
        top = max(references, key=lambda r: r.weight)
        return Title(top.text, None, top.name)
    line = _line_above(layout.blocks[max(0, prose - NEAR) : prose], names)
    return Title(line.text, line.index, "line above the text", line.index + 1) if line else Title("", None, "none")


def _line_above(blocks: Sequence[Block], names: frozenset[str]) -> Block | None:
    """The headline where nothing names it and nothing is a heading: a bold line above the text, else the last line."""
    lines = [b for b in blocks if not b.hidden and not b.links and b.text[-1] not in _STOPS and not is_byline(b.runs)]
    lines = [b for b in lines if MIN_WIDTH <= _width(b.text) <= MAX_TITLE and squash(b.text) not in names]
    lines = [b for b in lines if match_heading(b.text) is None]
    bold = [b for b in lines if b.bold_chars >= 0.8 * len(b.text)]
    return max(bold, key=lambda b: _width(b.text), default=lines[-1] if lines else None)


def split_title(text: str) -> list[str]:
    """The parts of a <title> between its separators: "A - B_C" -> A, B, C. Hyphens inside words part nothing."""
    return [p for p in (collapse(p) for p in _SEPARATOR.split(text)) if p]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A printed text that may be the headline: blocks [first, end), its box, its runs of text."""

    text: str
    first: int
    end: int
    heading: int
    box: Box
    runs: tuple[str, ...]
    linked: bool


# Witnesses by name in meta, most trusted first. Their wording often differs a little from the printed one.
_META_WITNESSES = (
    ("og:title", 1.0),
    ("headline", 0.95),
    ("twitter:title", 0.9),
    ("title", 0.9),
    ("dc.title", 0.9),
    ("dcterms.title", 0.9),
    ("parsely-title", 0.9),
    ("sailthru.title", 0.9),
    ("articletitle", 0.95),
    ("name", 0.5),
)


def _references(doc: Document, article: dict[str, Any], names: frozenset[str]) -> Iterator[_Reference]:
    whole = [("json-ld", jsonld.text(article, "headline") or jsonld.text(article, "name"), 1.0)]
    whole += [(f"meta {key}", jsonld.plain(doc.meta.get(key, "")), weight) for key, weight in _META_WITNESSES]
    for name, said, weight in whole:
        text = said[:MAX_REFERENCE]
        parts = split_title(text)
        main = _main_part(text, parts, names)
        for value, share in ((main, 1.0), (text, 0.95)):
            key = squash(value)
            if key and key not in names:
                yield _Reference(value, key, weight * share, name, _pairs(key))
            if main == text:
                break
    head = jsonld.plain(doc.head_title[:MAX_REFERENCE])
    parts = split_title(head)
    main = squash(_main_part(head, parts, names))
    total = sum(len(squash(p)) for p in parts if squash(p) not in names) or 1
    for i in range(min(len(parts), 6)):
        for j in range(i + 1, len(parts) + 1):
            run = head[_offset(head, parts, i) : _offset(head, parts, j - 1) + len(parts[j - 1])]
            key = squash(run)
            if key and key not in names:
                weight = 0.9 if key == main else min(0.85, len(key) / total)
                yield _Reference(run, key, weight, "title", _pairs(key) if weight >= MAIN_WEIGHT else frozenset())


def _offset(text: str, parts: Sequence[str], index: int) -> int:
    at = 0
    for part in parts[:index]:
        at = text.index(part, at) + len(part)
    return text.index(parts[index], at)


def _main_part(text: str, parts: Sequence[str], names: frozenset[str]) -> str:
    """`text` without the site's and section's names at its ends: known names first, then short parts at the tail."""
    first, end = 0, len(parts)
    while end - first > 1 and squash(parts[end - 1]) in names:
        end -= 1
    while end - first > 1 and squash(parts[first]) in names:
        first += 1
    known = end - first < len(parts)
    while end - first > 1:
        tail, rest = _width(parts[end - 1]), sum(_width(p) for p in parts[first : end - 1])
        if tail > (SECTION_WIDTH if known else SUFFIX_WIDTH) or tail >= rest:
            break
        end -= 1
    if (first, end) == (0, len(parts)) or first == end:
        return text
    return text[_offset(text, parts, first) : _offset(text, parts, end - 1) + len(parts[end - 1])]


def _candidates(layout: Layout, references: Sequence[_Reference]) -> Iterator[_Candidate]:
    haystack = "\n".join(r.text for r in references)
    said = {r.text.rstrip(" .…") for r in references if r.weight >= MAIN_WEIGHT}  # <title> may be cut: A head…
    mains = sorted((text for text in said if len(text) >= MIN_MAIN), key=len)
    done: set[int] = set()
    titled: dict[int, bool] = {}
    for block in layout.blocks:
        text, box = block.text, block.box
        if box.hidden or not 1 < len(text) <= MAX_TITLE:
            continue
        level = block.heading
        if level:
            box = _heading_box(box)
            if id(box) not in done:
                done.add(id(box))
                yield from _from_heading(layout, box, level)
            continue
        if id(box) not in titled:
            titled[id(box)] = _titled(box)
        if titled[id(box)] or text in haystack or (text[-1] not in _STOPS and any(m in text for m in mains)):
            yield _Candidate(text, block.index, block.index + 1, 0, block.box, block.runs, block.link_density > 0.6)


def _heading_box(box: Box) -> Box:
    inner: Box | None = box
    while inner is not None:
        if inner.tag[0] == "h" and inner.tag[1:].isdigit():
            return inner
        inner = inner.parent
    return box


def _from_heading(layout: Layout, box: Box, level: int) -> Iterator[_Candidate]:
    """The heading as a whole; where it holds several blocks, each of them as well (a badge or subtitle beside it)."""
    blocks = [b for b in layout.blocks[box.first : box.end] if not b.hidden]
    linked = sum(b.link_chars for b in blocks) > 0.6 * sum(len(b.text) for b in blocks)
    if len(blocks) > 1:
        text = _join(b.text for b in blocks)
        runs = tuple(r for b in blocks for r in b.runs)
        if len(text) <= MAX_TITLE:
            yield _Candidate(text, blocks[0].index, blocks[-1].index + 1, level, box, runs, linked)
    for b in blocks[:4]:
        yield _Candidate(b.text, b.index, b.index + 1, level, b.box, b.runs, linked)


def _join(parts: Iterable[str]) -> str:
    """Parts of one line: with a space between them, none where both sides are CJK."""
    out = ""
    for part in parts:
        out += ("" if not out or (_CJK.match(out[-1]) and _CJK.match(part)) else " ") + part
    return out


def _score(c: _Candidate, references: Sequence[_Reference], names: frozenset[str], prose: int) -> tuple[float, str]:
    key = squash(c.text)
    if not key or key in names:
        return -9.0, "site name"
    agreement, name = _agreement(key, references, FUZZY_H1 if c.heading == 1 else FUZZY_REST)
    score = AGREE * agreement + HEADING.get(c.heading, 0.0)
    if _titled(c.box):
        score += TITLE_CLASS
    if "entry-title" in c.box.tokens and not c.linked and c.first <= prose:
        score += ENTRY_TITLE
    if _away(c.box):
        score += AWAY
    if c.linked:
        score += LINKED
    if c.first > prose:
        score += AFTER_TEXT
    where = f"h{c.heading}" if c.heading else "block"
    return score, f"{where} ~ {name}" if agreement >= MIN_FUZZY / 2 else where


def _agreement(key: str, references: Sequence[_Reference], fuzzy: float) -> tuple[float, str]:
    """How well a text agrees with its best witness (0..1), and the witness: the weight of one that says the same, else
    weight times `fuzzy` times the Dice share of common character pairs where that reaches MIN_FUZZY."""
    best, name = 0.0, "none"
    pairs: frozenset[str] = frozenset()
    for r in references:
        if r.key == key:
            value = r.weight
        elif r.weight * fuzzy <= best or not r.pairs or not 0.4 < len(key) / len(r.key) < 2.5:
            continue
        else:
            pairs = pairs or _pairs(key)
            dice = 2 * len(pairs & r.pairs) / (len(pairs) + len(r.pairs)) if pairs else 0.0
            value = r.weight * fuzzy * dice if dice >= MIN_FUZZY else 0.0
        if value > best:
            best, name = value, r.name
    return best, name


def _pairs(key: str) -> frozenset[str]:
    return frozenset(key[i : i + 2] for i in range(len(key) - 1))


def _trim(c: _Candidate, references: Sequence[_Reference], names: frozenset[str]) -> str:
    """The candidate's text without badges and site names that stand in runs or parts of their own."""
    parts = split_title(c.text)
    if len(parts) > 1 and squash(parts[-1]) in names:
        return c.text[: _offset(c.text, parts, len(parts) - 2) + len(parts[-2])]
    key = squash(c.text)
    if any(r.key == key for r in references if r.weight >= MAIN_WEIGHT):
        return c.text
    for r in sorted(references, key=lambda r: -r.weight):
        if r.weight < MAIN_WEIGHT or r.key not in key:
            continue
        runs = c.runs[:12]
        for i in range(len(runs)):
            for j in range(i + 1, len(runs) + 1):
                text = _join(runs[i:j])
                if squash(text) == r.key:
                    return text
    return _join(c.runs[1:]) if len(c.runs) > 1 and c.runs[0].strip(" []【】") in _BADGES else c.text


def _titled(box: Box) -> bool:
    return any(_name_title(b.tokens) for b in _chain(box, 2) if b.tokens)


@lru_cache(maxsize=2048)
def _name_title(tokens: tuple[str, ...]) -> bool:
    return not _TITLE_TOKENS.isdisjoint(tokens) or any(t.endswith(("title", "headline")) for t in tokens)


def _away(box: Box) -> bool:
    return any(
        b.tag in _AWAY_TAGS or not _AWAY_TOKENS.isdisjoint(b.tokens) or foreign_label(b) is not None
        for b in _chain(box, 4)
    )


def _chain(box: Box, steps: int) -> Iterator[Box]:
    inner: Box | None = box
    for _ in range(steps):
        if inner is None or inner.tag == "body":
            return
        yield inner
        inner = inner.parent


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _first_prose(blocks: Sequence[Block]) -> int:
    """Index of the first block of running text in the container that holds most of it; the end where there is none."""
    amount: dict[int, int] = {}
    first: dict[int, int] = {}
    for b in blocks:
        if b.hidden or len(b.text) < PROSE / 2 or b.link_chars > 0.3 * len(b.text):
            continue
        width = _width(b.text)
        if width < PROSE:
            continue
        holder = id(b.box.parent if b.tag == "p" and b.box.parent is not None else b.box)
        amount[holder] = amount.get(holder, 0) + width
        first.setdefault(holder, b.index)
    return first[max(amount, key=lambda k: amount[k])] if amount else len(blocks)
