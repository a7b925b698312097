"""Where the article stands: prose weights by block, and the descent into the box that holds most of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from pipelines.extraction.blocks import HIDDEN_TAGS, Block, Box, Layout
from pipelines.extraction.names import PARAGRAPH_TAGS, foreign_label
from pipelines.extraction.phrases import Mark
from pipelines.items import Label

# Runs of characters: their lengths are added up, which is a fraction of the work of finding each.
_CJK = re.compile(r"[぀-ヿ㐀-鿿가-힯]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_KANA = re.compile(r"[\u3040-\u30ff]+")
_BULLETS = " ·•▪■●◆○-—|>»　"
_BESIDE = re.compile(r"【[^】]{1,16}】|[\d\s\W]|[年月日时分字次条评图]|[AP]M", re.I)
_STOPS = re.compile(r"[。！？；，：、”」।]|[.,!?;:](?=\s|$|[\"”])")

CACHED = 1024  # texts: a page has some two hundred, and each is asked for several times

# Thresholds, calibrated on the labelled portal pages; lengths in characters of Chinese (see weight).
DOMINANT = 0.8  # the box to descend into holds at least this share of the prose of its parent
ALIKE = 0.5  # boxes that share so many of their class names are of one kind
FORSAKEN = 0.3  # a container with less of the page's prose is doubted
ENOUGH = 60.0  # prose outside of foreign boxes that is enough for a (short) article
FULL_WEIGHT = 60.0  # a block of this length is surely prose; shorter ones count less than their length
TABLE_PARTS = ("tr", "tbody", "thead")
LINK_LINE = 0.6  # a larger share of its characters in links: a line of links, not of text
LINK_SHARE, RESIDUE = 0.2, 2.0  # with so much in links, and no more than this beside them, it is one too
REVEAL = 5.0  # hidden prose counts when it is so many times the shown one
RECORD_BLOCKS = 12  # a record of a list has no more blocks
RECORD_DISCOUNT = 0.1  # texts of teaser and comment lists against running text
REPEAT = 24  # characters: a paragraph this long that comes again is a copy
CHINESE = 0.3  # of the characters of a text in Chinese at least so many are Han
KANA = 0.1  # a Japanese text has more kana to its Han than this
MINIMUM_PROSE = 12.0  # less in a whole page: there is no article in its blocks


def count_in(runs: re.Pattern[str], text: str) -> int:
    """How many characters of a text stand in the runs that a pattern finds."""
    return sum(map(len, runs.findall(text)))


@lru_cache(maxsize=CACHED)
def weight(text: str) -> float:
    """Length of a text in characters of Chinese: a CJK character counts 1, any other 1/3."""
    cjk = 0 if text.isascii() else count_in(_CJK, text)
    return cjk + (len(text) - cjk) / 3


@lru_cache(maxsize=CACHED)
def has_stop(text: str) -> bool:
    """Whether a text is punctuated as sentences are."""
    return _STOPS.search(text) is not None


def is_link_line(block: Block) -> bool:
    """A line of links, or one that begins with a link and has only dates, counts and a name in brackets beside it."""
    if block.link_density > LINK_LINE:
        return True
    if block.link_density < LINK_SHARE or not block.links:  # a link around several blocks is listed with the first only
        return False
    if not block.text.lstrip(_BULLETS).startswith(block.links[0].text or "\n"):
        return False
    rest = block.text
    for link in block.links:
        rest = rest.replace(link.text, "", 1)
    return weight(_BESIDE.sub("", rest)) <= RESIDUE


def prose(block: Block, *, hidden: bool = False) -> float:
    """How much running text a block holds, in CJK characters: 0 for links, headings and unpunctuated short lines.

    Hidden blocks weigh nothing unless `hidden` is true.
    """
    if (block.hidden and not hidden) or block.heading or is_link_line(block):
        return 0.0
    size = weight(block.text) * (1 - block.link_density)
    if not has_stop(block.text):
        return size * 0.3 if size >= FULL_WEIGHT else 0.0
    return size * min(1.0, size / FULL_WEIGHT)


def prose_scores(layout: Layout, marks: Sequence[Mark | None]) -> tuple[list[float], bool]:
    """The prose weight of every block: none for marked lines, repeats and the excerpts and comments of record lists.

    Where a page shows no text at all but hides one (a script would reveal it), the hidden text counts: the second
    value tells.
    """
    scores = [prose(b) for b in layout.blocks]
    hidden = {b.index: prose(b, hidden=True) for b in layout.blocks if b.hidden and b.box.tag not in HIDDEN_TAGS}
    reveal = sum(hidden.values()) > REVEAL * max(sum(scores), MINIMUM_PROSE)
    if reveal:
        for i, score in hidden.items():
            scores[i] = score
    for i, mark in enumerate(marks):
        if mark is not None and not mark.heading:
            scores[i] = 0.0
    _drop_repeats(layout, scores)
    _discount_records(layout, scores)
    return scores, reveal


def is_chinese(layout: Layout, scores: Sequence[float]) -> bool:
    """Whether the running text of a page is Chinese: Han characters, and hardly any kana among them."""
    text = "".join(b.text for b in layout.blocks if scores[b.index] > 0)
    han = count_in(_HAN, text)
    return han > CHINESE * len(text) and count_in(_KANA, text) <= KANA * han


def _drop_repeats(layout: Layout, scores: list[float]) -> None:
    """A paragraph printed again weighs nothing: copies for phones and printers would split the page in two.

    The one among other paragraphs counts, not its copy in a summary box; among equals the first.
    """
    places: dict[str, list[int]] = {}
    for block in layout.blocks:
        if scores[block.index] and len(block.text) >= REPEAT:
            places.setdefault(block.text, []).append(block.index)

    def in_company(index: int) -> bool:
        beside = layout.blocks[max(0, index - 1) : index + 2]
        return any(scores[b.index] and b.text != layout.blocks[index].text for b in beside)

    for copies in places.values():
        if len(copies) > 1:
            kept = next(filter(in_company, copies), copies[0])
            for i in copies:
                if i != kept:
                    scores[i] = 0.0


def _discount_records(layout: Layout, scores: list[float]) -> None:
    """Lists of records (teasers, comments): three or more boxes alike, each with a link line and a text."""
    groups: dict[tuple[int, str, str | None], list[Box]] = {}
    for box in layout.boxes[1:]:
        if 2 <= box.end - box.first <= RECORD_BLOCKS:
            groups.setdefault((id(box.parent), box.tag, box.element.get("class")), []).append(box)
    for boxes in groups.values():
        held = [sum(scores[b.first : b.end]) for b in boxes]
        if len(boxes) < 3 or max(held) > 0.5 * sum(held):
            continue
        records = [b for b in boxes if any(x.link_density > 0.8 for x in layout.blocks[b.first : b.end])]
        if len(records) >= 0.8 * len(boxes):
            for box in boxes:
                for i in range(box.first, box.end):
                    scores[i] *= RECORD_DISCOUNT


def find_container(layout: Layout, scores: Sequence[float], headline: int | None) -> tuple[Box, float]:
    """The box the article stands in, and its share (0..1) of the page's prose.

    Boxes with foreign names are passed by, unless nearly all text then is: some pages name their main box badly.
    """
    box, share = _descend(layout, scores, headline, by_name=True)
    if share < FORSAKEN:
        other, other_share = _descend(layout, scores, headline, by_name=False)
        if other_share > 2 * share:
            return other, other_share
    return box, share


def _descend(layout: Layout, scores: Sequence[float], headline: int | None, *, by_name: bool) -> tuple[Box, float]:
    sums = [0.0]
    for s in scores:
        sums.append(sums[-1] + s)
    children: dict[int, list[Box]] = {}
    for box in layout.boxes[1:]:
        children.setdefault(id(box.parent), []).append(box)

    def held(box: Box) -> float:
        return sums[box.end] - sums[box.first]

    current = layout.boxes[0]
    while True:
        inner = [b for b in children.get(id(current), ()) if held(b) > 0]
        loose = held(current) - sum(held(b) for b in inner)
        foreign = [foreign_label(b) for b in inner]
        domestic = [
            b
            for b, label in zip(inner, foreign, strict=True)
            if label is None or holds(b, headline) or not (by_name or label is Label.COMMENTS)
        ]
        kept = sum(held(b) for b in domestic) + loose
        # a page whose only text stands in a box with a foreign name has named its box badly
        proper = domestic if kept >= ENOUGH or kept >= 0.5 * held(current) else inner
        if not proper:
            break
        best = max(proper, key=held)
        rest = sum(held(b) for b in proper) + loose
        if held(best) < DOMINANT * rest and not _stands_out(best, proper, loose, held):
            break
        alone = not any(held(b) > 0 for b in children.get(id(best), ()))
        if best.tag in PARAGRAPH_TAGS and alone and current.tag not in ("body", "html"):
            break  # a single paragraph: its parent is the container, short neighbours belong to it
        current = best
    while current.tag in TABLE_PARTS and current.parent is not None:
        current = current.parent  # a row is read in its table
    return current, held(current) / (sums[-1] or 1.0)


def holds(box: Box, index: int | None) -> bool:
    """Whether a block stands in a box."""
    return index is not None and box.first <= index < box.end


def _stands_out(best: Box, proper: Sequence[Box], loose: float, held: Callable[[Box], float]) -> bool:
    """At a fork: the best child is the article's box if the others are boxes of another kind, not its paragraphs."""
    if best.tag in PARAGRAPH_TAGS and best.tag not in ("td", "li"):
        return False
    others = [b for b in proper if b is not best]
    if loose > 0.2 * held(best) or any(held(b) > 0.6 * held(best) for b in others):
        return False
    return not any(b.tag in PARAGRAPH_TAGS or _alike(b, best) for b in others)


def _alike(one: Box, other: Box) -> bool:
    """Boxes of one kind: page builders give each module a class of its own beside those of its kind."""
    if one.tag != other.tag:
        return False
    names, others = ((b.element.get("class") or "").split() for b in (one, other))
    return names == others or len({*names} & {*others}) >= ALIKE * len({*names} | {*others}) > 0
