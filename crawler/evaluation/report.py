"""Scores for a reader: the table of figures, and the worst pages with what was missed and what was too much."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crawler.evaluation.differences import Field, State, compare_fields, compare_texts, extra, lost
from crawler.evaluation.run import Score, ScoredPage
from crawler.evaluation.scoring import FIGURES, Match, Share, f1
from crawler.rendering import printable

if TYPE_CHECKING:
    from rich.console import Console

LINES = 3  # of what was missed, and of what was too much, a page
CPU_COLUMN = "cpu ms"
SIGNS = {State.RIGHT: " ", State.LOST: "-", State.EXTRA: "+"}


def show(figure: str, value: float) -> str:
    """A figure as text: percents with one digit, others with four."""
    return f"{value:.1f}" if FIGURES[figure].percent else f"{value:.4f}"


def print_table(corpus: str, scores: Sequence[Score], console: Console) -> None:
    """One row an extractor with all figures the corpus has labels for; cut into tables that fit the console."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"{corpus}: {len(scores[0].pages)} labelled pages", style="bold"))
    for columns in _fitting(scores, console.width):
        table = Table(box=None, padding=(0, 2, 0, 0))
        table.add_column("")
        for name, _ in columns:
            table.add_column(name, justify="right", no_wrap=True)
        for row, score in enumerate(scores):
            cells = [
                Text(values[row], style="bold" if values[row] in _best(name, values) else "")
                for name, values in columns
            ]
            table.add_row(Text(printable(score.extractor)), *cells)
        console.print(table)
    for score in scores:
        if score.missing:
            console.print(Text(f"{printable(score.extractor)}: {score.missing} pages without an answer count as empty"))
    console.print()


def print_worst(scored: Sequence[ScoredPage], console: Console) -> None:
    """Each page with its figures, the first lines missed (-) and too much (+), and the fields that are wrong."""
    from rich.padding import Padding
    from rich.text import Text

    def say(text: str, style: str = "") -> None:
        line = Text(printable(text).replace("\n", " "), style=style)
        line.truncate(console.width, overflow="ellipsis")
        console.print(line)

    for page in scored:
        say(f"── {page.id}  {page.gold.get('url') or ''}", "bold")
        console.print(Padding(Text("  ".join(page_figures(page)), style="dim"), (0, 0, 0, 3)))
        if "error" in page.answer:
            say(f"   {page.answer.get('reason')}: {page.answer['error']}", "red")
        rows = compare_texts(page)
        for sign, style, found in (("-", "red", lost(rows)), ("+", "yellow", extra(rows))):
            for text in found[:LINES]:
                say(f"   {sign} {text}", style)
            if len(found) > LINES:
                say(f"   {sign} … {len(found) - LINES} more", style)
        for field in compare_fields(page):
            for text, style in _wrong_entries(field):
                say(text, style)
    if scored:
        console.print()


def page_figures(page: ScoredPage) -> Iterator[str]:
    """The figures of one page as "name value", in their order, without those of which gold and answer hold nothing."""
    for name in FIGURES:
        value = page.values.get(name)
        if isinstance(value, Match) and (value.found or value.gold):
            yield f"{name} {f1(value):.2f}"
        elif isinstance(value, Share) and value.part:
            yield f"{name[:-1]} {value.part} of {value.whole}"
        elif isinstance(value, (int, float)):
            yield f"{name} {show(name, value)}"


def _fitting(scores: Sequence[Score], width: int) -> Iterator[list[tuple[str, list[str]]]]:
    """The columns of the table (name, a cell an extractor), so many at a time as fit the width."""
    first = max(_width(score.extractor) for score in scores) + 2
    used, columns = first, list[tuple[str, list[str]]]()
    for name, values in _columns(scores):
        needed = max(map(len, (name, *values))) + 2
        if columns and used + needed > width:
            yield columns
            used, columns = first, []
        used += needed
        columns.append((name, values))
    yield columns


def _columns(scores: Sequence[Score]) -> Iterator[tuple[str, list[str]]]:
    for name in FIGURES:
        if any(name in score.figures for score in scores):
            yield name, [show(name, score.figures[name]) if name in score.figures else "" for score in scores]
    if any(score.cpu_ms is not None for score in scores):
        yield CPU_COLUMN, ["" if score.cpu_ms is None else f"{score.cpu_ms:.1f}" for score in scores]


def _best(name: str, values: Sequence[str]) -> set[str]:
    """The cell that wins its column, where there is something to win."""
    numbers = [float(value) for value in values if value]
    if len(numbers) < 2 or len(set(numbers)) == 1:
        return set()
    least = name == CPU_COLUMN or FIGURES[name].less_is_better
    best = min(numbers) if least else max(numbers)
    return {value for value in values if value and float(value) == best}


def _wrong_entries(field: Field) -> Iterator[tuple[str, str]]:
    """Lines for the entries of a field that are lost or too much."""
    if field.gold is None:
        return
    for style, entries in (("red", field.gold), ("yellow", field.answer)):
        wrong = [span for span in entries if span.state is not State.RIGHT]
        for span in wrong[:LINES]:
            yield f"   {SIGNS[span.state]} {field.name}: {span.text}", style
        if len(wrong) > LINES:
            yield f"   {SIGNS[wrong[0].state]} {field.name}: … {len(wrong) - LINES} more", style


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
