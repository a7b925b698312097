"""The head of a dump: title, date, source, names; and the neighbour's headline that stuck to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.extraction.flat.lines import Line, fold, is_button, is_number
from pipelines.extraction.metadata.byline import Byline, clean_source, original_title, parse_byline
from pipelines.extraction.metadata.byline_words import is_organisation, is_person
from pipelines.extraction.metadata.dates import DateContext, FoundDate
from pipelines.items import Label

# Weights of a line for being the title, calibrated on the labelled dumps; the best line of at least ACCEPT wins.
REPEATED = 1.5  # printed twice in the head
BYLINE_NEXT = 1.5  # date or source follow at once; half of it when buttons stand between
TOPMOST = 0.5  # the first line whose words the body uses (TELLING of its character pairs)
AFTER_BYLINE = -0.8  # the date of the headline stands above already
OVERLAP = 3.0  # times the share of its character pairs that the body uses too
ORIGINAL = 2.0  # times its likeness to the line 原标题：X
SHORT = -1.0
ACCEPT = 0.7
TOP = 3  # a title without any other sign is one of the first lines
TELLING = 0.25
ENOUGH = 0.6  # more overlap than this is a lead's, not a better title's
STRANGE = 0.12  # below this overlap a headline without a full byline is a neighbour's
SAME_TITLE = 0.6  # likeness from which a line says the title again
SHORTEST, LONGEST = 5, 70  # CJK characters of a title, a word of another script as two
HEAD_LINES = 60
LONGEST_ORIGINAL = 200  # characters of a line 原标题：X

_KIND = re.compile(r"^(?:原创|轉載|转载|独家|首发)\s+")
_UNMARKED = re.compile(r"(?P<lead>(?:^|[|｜])\s*)(?P<label>来源|來源|作者|编辑|責編|责编)(?=[^\s:：|｜于於])")


@dataclass(slots=True)
class Head:
    """What the head says; `title_at` is the index of the title's line, `neighbours` of lines of other pages."""

    title: str = ""
    title_at: int | None = None
    confidence: float = 0.0
    neighbours: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)


def find_title(lines: Sequence[Line], first: int, body: Sequence[str]) -> Head:
    """The title among the lines before the body and its first two lines (`first`: index of the first body line)."""
    head = Head()
    pairs = Counter(pair for text in body for pair in _pairs(text))
    stop = min(first + 2, len(lines))
    original = next((t for line in lines[:stop] if (t := original_title(line.text[:LONGEST_ORIGINAL]))), "")
    best, dated, topmost = ACCEPT, False, True
    window = range(max(0, first - HEAD_LINES), stop)
    for i in window:
        line = lines[i]
        dated = dated or (line.mark is not None and line.mark.reason in ("date and time", "source or names"))
        if not _may_be_title(line) or (i >= first and line.prose and line.ends):
            continue
        mine = _pairs(line.text)
        overlap = sum(pairs[p] > (i >= first) for p in mine) / max(1, len(mine))
        same = [k for k in window if k != i and fold(lines[k].text) == fold(line.text)]
        follows, full = _byline_follows(lines, i, stop)
        score = follows * BYLINE_NEXT + OVERLAP * min(overlap, ENOUGH) + ORIGINAL * likeness(line.text, original)
        score += REPEATED * bool(same) + (SHORT if line.size < 2 * SHORTEST else 0.0) + AFTER_BYLINE * dated
        if overlap >= TELLING and topmost:
            score, topmost = score + TOPMOST, False
        if overlap < STRANGE and i < first and not full and not same and not original:
            if i < 3 and line.size >= 2 * SHORTEST and follows == 1.0:
                head.neighbours.append(i)
            continue
        evident = follows or same or likeness(line.text, original) >= SAME_TITLE or i < TOP
        if score > best and evident and not line.text.endswith((":", "：")):
            best, head.title, head.title_at = score, _KIND.sub("", line.text), i
    if head.title_at is None and original:
        head.title = original
    head.confidence = min(1.0, best / 4) if head.title else 0.0
    head.repeats = [
        k
        for k in range(window.start, min(first + 3, len(lines)))
        if head.title and k != head.title_at and not lines[k].ends and likeness(lines[k].text, head.title) >= SAME_TITLE
    ]
    return head


def _may_be_title(line: Line) -> bool:
    if line.mark is not None and not line.mark.heading and line.mark.label is not Label.PROMOTION:
        return False
    return SHORTEST <= line.size <= LONGEST and not is_number(line.text) and line.stops == 0 and not line.ends


def _byline_follows(lines: Sequence[Line], i: int, stop: int) -> tuple[float, bool]:
    """How near a byline follows (1, 0.5, 0), and whether it holds a whole date or a source."""
    for distance, line in enumerate(lines[i + 1 : min(stop + 2, i + 12)]):
        if line.mark is None or line.mark.heading:
            if distance:
                return 0.0, False
            continue
        if line.mark.label is Label.BYLINE and original_title(line.text) is None:
            byline = parse_byline(line.text)
            full = any(d.day for d in byline.dates) or bool(byline.source or byline.authors)
            return (1.0 if distance == 0 else 0.5), full
    return 0.0, False


def _pairs(text: str) -> set[str]:
    folded = fold(text)
    return {folded[i : i + 2] for i in range(len(folded) - 1)}


def likeness(left: str, right: str) -> float:
    """Share of common character pairs of two texts (Dice), 0..1."""
    a, b = _pairs(left), _pairs(right)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


@dataclass(slots=True)
class Credits:
    """Date, source and names of a dump, the first of each that was read."""

    date: FoundDate | None = None
    source: str | None = None
    source_from: str = ""
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)


def read_credits(groups: Sequence[tuple[str, Sequence[Line]]], context: DateContext) -> Credits:
    """Read bylines in order of trust; each group is its name for the evidence and its lines.

    A date with a time of day outranks one without within its group; an unresolved one stands only for itself.
    """
    out = Credits()
    for name, lines in groups:
        # Between bars the markup was the colon: | 来源新华社 | 作者张三.
        bylines = [parse_byline(_UNMARKED.sub(r"\g<lead>\g<label>：", line.text), context) for line in lines]
        dates = [d for b in bylines for d in b.dates if d.day]
        if (out.date is None or not out.date.day) and dates:
            out.date = next((d for d in dates if d.has_time), dates[0])
        elif out.date is None:
            out.date = next((d for b in bylines for d in b.dates if d.kind == "yearless"), None)
        if out.source is None:
            dated = [s for b in bylines if b.dates and (s := b.source or (_bare_source(b) if name == "head" else None))]
            out.source = next(iter(dated), None) or next((b.source for b in bylines if b.source), None)
            out.source_from = name if out.source else ""
        out.authors.extend(a for b in bylines for a in b.authors if a not in out.authors)
        out.editors.extend(e for b in bylines for e in b.editors if e not in out.editors)
    return out


def _bare_source(byline: Byline) -> str | None:
    """The name beside the date of the headline: 2016年06月21日 12:30 新华社."""
    if not any(d.day or d.has_time for d in byline.dates):
        return None
    for part in byline.bare:
        words = _KIND.sub("", part).split(" ")
        while len(words) > 1 and is_button(words[-1]):
            words.pop()
        source = clean_source(" ".join(words))
        if source and (is_organisation(source) or not is_person(source)):
            return source
    return None
