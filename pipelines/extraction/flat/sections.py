"""Which lines of a dump are the body: a Viterbi path over head, body, gap and tail.

Each line has a weight for being body (its evidence against being boilerplate); head, gap and tail weigh nothing. The
best path is thus the run of lines with the largest sum, where a gap in the body costs something to enter and much to
leave: boxes of other texts stand behind the article, seldom in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from pipelines.extraction.flat.lines import CJK, Line, has_words, is_number, measure
from pipelines.items import Label

_CJK = re.compile(f"[{CJK}]")


class Part(IntEnum):
    """Where a line stands in the dump."""

    HEAD = 0
    BODY = 1
    GAP = 2
    TAIL = 3


# Weights of a line for being body. Calibrated by hand on 205 labelled dumps of some 60 sites.
CLOSED = 2.0  # a closed sentence
LONGER = 2.0  # what its length adds, in full from LONG characters on
LONG = 60
SENTENCE = 0.7  # each sentence that ends within the line, three at most
COMMAS = 1.0  # a long line with commas that no full stop closes
BARE = 0.15  # a short unclosed line before any sign of the foot: most are captions, subheadings, the author's lists
BARE_LATIN = -0.25  # the same in scripts with spaces, where nearly every line of a text closes with a stop
BARE_FOOT = -0.35  # the same behind one: entries of lists, buttons
NUMBER = -0.4  # a number alone
RUN = -0.5  # more for each line of a run of four and more bare lines behind a sign of the foot: lists
CUT = -1.5  # a text cut by dots: a teaser
MARKED = {
    Label.BODY: 0.3,
    Label.BYLINE: -2.2,
    Label.SUMMARY: -1.5,
    Label.COPYRIGHT: -3.0,
    Label.TAGS: -4.0,
    Label.SHARE: -2.0,
    Label.COMMENTS: -3.0,
    Label.PREV_NEXT: -4.0,
    Label.RELATED: -4.0,
    Label.PAGINATION: -1.0,
    Label.BREADCRUMBS: -3.0,
    Label.NAVIGATION: -3.0,
    Label.PROMOTION: -2.0,
}
DATED = -0.3  # a line with a date and little else behind running text: times of an event, the date of a list entry
HEADED = -1.0  # a heading of a box whose list does not follow at once
LISTED = -6.0  # a heading with a list behind it
DISTRUST = 0.45  # each sign of the foot before a line takes this share of its weight away, as 1 / (1 + n * DISTRUST)
FOOT = {
    Label.TAGS: 1.0,
    Label.PREV_NEXT: 1.0,
    Label.COMMENTS: 0.7,
    Label.COPYRIGHT: 0.5,
    Label.NAVIGATION: 1.0,
    Label.BYLINE: 0.25,
}
COPY = 0.6  # share of a run of body lines that stands above, from which it is a second copy
CLEAR_FOOT = 0.5  # signs of the foot from which bare lines are its own
LIST_RUN = 4
LONG_RUN = 6  # so many bare lines above the text and without a byline before them are a menu
BEGUN = 0.15  # share of all running text from which signs of a foot count: a cookie notice above the page is no body
ENTER_GAP, LEAVE_GAP = 1.5, 7.0


def find_parts(lines: Sequence[Line]) -> list[Part]:
    """The part of each line; no line is BODY where nothing reads as text."""
    weights = _weights(lines)
    costs: dict[tuple[Part, Part], float] = {  # (from, to): what the step costs
        (Part.HEAD, Part.HEAD): 0.0,
        (Part.HEAD, Part.BODY): 0.0,
        (Part.BODY, Part.BODY): 0.0,
        (Part.BODY, Part.GAP): ENTER_GAP,
        (Part.BODY, Part.TAIL): 0.0,
        (Part.GAP, Part.GAP): 0.0,
        (Part.GAP, Part.BODY): LEAVE_GAP,
        (Part.TAIL, Part.TAIL): 0.0,
    }
    best = {Part.HEAD: 0.0}
    back: list[dict[Part, Part]] = []
    for weight in weights:
        step: dict[Part, float] = {}
        came: dict[Part, Part] = {}
        for (source, target), cost in costs.items():
            if source not in best:
                continue
            score = best[source] - cost + (weight if target is Part.BODY else 0.0)
            if target not in step or score > step[target]:
                step[target], came[target] = score, source
        best = step
        back.append(came)
    ends = {p: s for p, s in best.items() if p is not Part.GAP}
    part: Part = max(ends, key=lambda p: (ends[p], p))
    path: list[Part] = []
    for came in reversed(back):
        path.append(part)
        part = came[part]
    return path[::-1]


def second_copies(lines: Sequence[Line], parts: Sequence[Part]) -> set[int]:
    """Body lines that print the article a second time: runs behind a gap most of whose text stands above."""
    said: set[str] = set()
    out: set[int] = set()
    start = 0
    while start < len(parts):
        end = start
        while end < len(parts) and parts[end] is parts[start]:
            end += 1
        if parts[start] is Part.BODY:
            run = range(start, end)
            size = sum(lines[i].size for i in run)
            if sum(lines[i].size for i in run if lines[i].text in said) >= COPY * size:
                out.update(run)
            said.update(lines[i].text for i in run if lines[i].prose)
        start = end
    return out


def _weights(lines: Sequence[Line]) -> list[float]:
    runs = _bare_runs(lines)
    enough = BEGUN * sum(line.size for line in lines if line.prose and line.mark is None)
    weights: list[float] = []
    foot = 0.0
    said = 0  # running text so far
    dated = False  # the headline's byline stands above
    for i, line in enumerate(lines):
        begun = said > 0 and said >= enough
        weight = _weight(line, lines[i + 1 : i + 4], begun)
        if weight == BARE and (foot >= CLEAR_FOOT or not (begun or dated or runs[i] < LONG_RUN)):
            weight = BARE_FOOT
        elif weight == BARE and not _CJK.search(line.text):
            weight = BARE_LATIN
        if foot >= CLEAR_FOOT and runs[i] >= LIST_RUN and weight < 0:
            weight += RUN
        if weight > 0:
            weight /= 1 + DISTRUST * foot
        if line.mark is None:
            said += line.size if line.prose else 0
        elif begun:
            foot += 1.0 if line.mark.heading and weight <= LISTED else FOOT.get(line.mark.label, 0.0)
        elif line.mark.label is Label.BYLINE:
            dated = True
        weights.append(weight)
    return weights


def _weight(line: Line, after: Sequence[Line], begun: bool) -> float:
    if line.mark is not None:
        if begun and line.mark.reason == "date" and measure(line.text) > 8:
            return DATED
        if not line.mark.heading:
            return MARKED.get(line.mark.label, -1.0)
        if line.mark.label is Label.BODY:
            return BARE
        listed = len(after) >= 2 and sum(not n.prose for n in after) >= 2
        return LISTED if listed and line.mark.label in (Label.RELATED, Label.LATEST) else HEADED
    if is_number(line.text):
        return NUMBER if has_words(line.text) else 0.0
    if line.text.endswith(("...", "……", "…")) and not line.stops:
        return CUT
    if not line.prose:
        return BARE
    weight = (CLOSED if line.ends else COMMAS) + LONGER * min(1.0, line.size / LONG)
    return weight + SENTENCE * min(3, line.stops)


def _bare_runs(lines: Sequence[Line]) -> list[int]:
    """For each line the length of the run of unclosed lines that it stands in."""
    runs = [0] * len(lines)
    start = 0
    for i in range(len(lines) + 1):
        if i == len(lines) or lines[i].prose:
            for k in range(start, i):
                runs[k] = i - start
            start = i + 1
    return runs
