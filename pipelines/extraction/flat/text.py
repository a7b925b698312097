"""Sentences of a dump put together again: quotes closed, no line that begins with a stop, plausible paragraphs.

Earlier scrapers cut the text behind every full stop, so that a closing quote begins the next line; others glued
paragraphs, so that a subheading stands at the head of a sentence. Where blank lines do not tell, the borders of
paragraphs are guessed: only then sentences are gathered up to a usual length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.extraction.flat.lines import CJK, Line, has_words, measure

# What may not begin a line: it belongs to the end of the line before.
_LEADING = re.compile(r"[”’」』）】》〉。．！？!?…)\]、，；：,;:]+")
_CONTINUES = re.compile(r"[、，；：,;:]$")
_STOPPED = re.compile(r"[。．.！？!?…；;：:][”’」』）】》〉)\"'\]]*$")
_BEGINS = (
    "“|「|去年|今年|昨|今天|近日|近年|近期|日前|目前|此前|同时|另外|此外|随着|据|在|对于|为了|如果|虽然|不过|其实|事实上|同样|展望|接下来"
    r"|\d{1,4}[年月日世]"
)
_GLUED = re.compile(rf"(?P<head>[{CJK}“”《》、·\d]{{4,18}}) (?P<rest>(?:{_BEGINS}).*)")
_QUOTED = re.compile(rf"(?P<head>[{CJK}、，：·\d]{{3,18}}) (?=[“「])")
_NO_HEADING = re.compile(r"(?:社|网|報|报|讯|电|台|记者|記者|财经|日|月|年|称|说|道|表示|指出|认为)$")

# Calibrated on news prose: Chinese paragraphs have 60 to 200 characters.
PARAGRAPH = 120  # CJK characters at which a guessed paragraph ends with its sentence
LONGEST_QUOTE = 8  # lines after which an open quote is taken for a slip
CUT_SHARE = 0.1  # a dump was cut at full stops where fewer of its lines hold one inside
CUT_LINES = 6  # closed lines it takes to tell


@dataclass(slots=True)
class Row:
    """A line of the text on its way into a paragraph."""

    text: str
    gap: bool = False  # a blank line or a cut-out block stands before it
    tied: bool = False  # it stood in one line with the closing quote of the row before


def join_lines(lines: Sequence[tuple[Line, bool]]) -> tuple[list[str], bool]:
    """The paragraphs of the body lines (line, gap before it); True where their borders had to be guessed."""
    cut = was_cut([line for line, _ in lines])
    rows = [part for row in close_quotes(Row(line.text, gap) for line, gap in lines) for part in part_heading(row)]
    if not cut:
        return [r.text for r in rows], False
    return list(_paragraphs(rows)), True


def was_cut(lines: Iterable[Line]) -> bool:
    """The dump was cut behind every full stop."""
    closed = [line for line in lines if line.ends]
    return len(closed) >= CUT_LINES and sum(line.stops > 0 for line in closed) < CUT_SHARE * len(closed)


def close_quotes(rows: Iterable[Row]) -> list[Row]:
    """Stops, quotes and brackets that begin a row moved to the end of the row before; rows of signs alone dropped."""
    out: list[Row] = []
    for row in rows:
        text = row.text
        lead = _LEADING.match(text)
        if text.startswith('"') and out and out[-1].text.count('"') % 2:
            lead = re.match(r'"[。，,.!?！？；;]*', text)
        if lead is not None:
            behind = text[lead.end() :]
            rest = behind.lstrip()
            if out:
                out[-1].text = f"{out[-1].text}{lead.group()}"
                if rest and _CONTINUES.search(lead.group()):
                    out[-1].text += rest
                    continue
            if not rest:
                continue
            parted = behind[:1].isspace() and rest[0] in "“「"  # ” “…: the space was the border of two paragraphs
            out.append(Row(rest, parted, tied=len(out) > 0 and not parted))
        elif has_words(text):
            out.append(row)
    return out


def part_heading(row: Row) -> list[Row]:
    """A subheading that is glued to the sentence behind it, told apart where a space stands between them."""
    match = _QUOTED.match(row.text) if row.tied else None
    if match is None:
        match = _GLUED.match(row.text)
    if match is None or measure(row.text) < 2 * measure(match["head"]) or _NO_HEADING.search(match["head"]):
        return [row]
    head = match["head"]
    if head.count("“") != head.count("”"):
        return [row]
    return [Row(head, True), Row(row.text[len(head) :].strip(), True)]


def _paragraphs(rows: Sequence[Row]) -> Iterable[str]:
    current = ""
    taken = 0
    for row in rows:
        inside = current and _open(current) and taken < LONGEST_QUOTE
        begins = not current or row.gap or not _STOPPED.search(current) or not _STOPPED.search(row.text)
        if not current:
            current, taken = row.text, 1
        elif inside or row.tied or not (begins or measure(current) >= PARAGRAPH):
            current, taken = _append(current, row.text), taken + 1
        else:
            yield current
            current, taken = row.text, 1
    if current:
        yield current


def _append(left: str, right: str) -> str:
    wide = re.compile(rf"[{CJK}\u3000-\u303f\uff00-\uffef“”‘’…]")
    glue = "" if wide.match(right) or wide.match(left[-1]) else " "
    return f"{left}{glue}{right}"


def _open(text: str) -> bool:
    return any(text.count(a) > text.count(b) for a, b in ("“”", "「」", "『』"))
