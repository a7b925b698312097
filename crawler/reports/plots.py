"""Plots as inline SVG: no script, nothing loaded; colours are the page's own variables. Pure.

Every number of a plot can be read without it too: as text beside it or as the `title` of its mark. Words stand outside
of the SVG, as they would shrink with it on a small screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from crawler.rendering import printable

WIDTH = 640  # of a plot in its own units; the page scales it


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: `value` 0..1 of the width, `mark` where it usually is, `text` what stands behind it."""

    label: str
    value: float
    text: str
    mark: float | None = None
    bad: bool = False


def bars(rows: Sequence[Bar]) -> str:
    """Horizontal bars, one below the other, each with its label before and its value behind: a list."""
    parts = []
    for row in rows:
        size = max(0.0, min(1.0, row.value)) * 100
        hint = f"{row.label}: {row.text}" + ("" if row.mark is None else f", usually {row.mark:.0%}")
        marks = '<rect width="100" height="16" class="rail"/>'
        marks += f'<rect width="{size:.1f}" height="16" class="{"bad" if row.bad else "bar"}"/>'
        if row.mark is not None:
            at = max(0.3, min(99.7, row.mark * 100))
            marks += f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="16" class="mark"/>'
        svg = f'<svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">{marks}</svg>'
        parts.append(
            f'<li title="{_text(hint)}"><span>{_text(row.label)}</span>{svg}<span>{_text(row.text)}</span></li>'
        )
    return f'<ul class="bars">{"".join(parts)}</ul>'


@dataclass(frozen=True, slots=True)
class Column:
    """One run of a history: what stands in its hint, its value, whether it raised an alarm, whether it is this one."""

    hint: str
    value: float
    bad: bool = False
    now: bool = False


def columns(values: Sequence[Column], usual: float | None, title: str, height: int = 140) -> str:
    """A history: columns from left to right, a line where it usually is."""
    top, foot = 4, 2
    most = max([column.value for column in values] + [usual or 0, 1])
    room = height - top - foot
    step = WIDTH / max(len(values), 12)
    parts = [f'<line x1="0" x2="{WIDTH}" y1="{height - foot}" y2="{height - foot}" class="axis"/>']
    for number, column in enumerate(values):
        size = column.value / most * room
        kind = "bad" if column.bad else "bar" if column.now else "past"
        left = number * step
        parts.append(
            f'<rect x="{left + step * 0.12:.1f}" y="{height - foot - size:.1f}" width="{step * 0.76:.1f}" '
            f'height="{size:.1f}" class="{kind}"/>'
            f'<rect x="{left:.1f}" y="0" width="{step:.1f}" height="{height}" class="hit">'
            f"<title>{_text(column.hint)}</title></rect>"
        )
    if usual is not None:
        at = height - foot - usual / most * room
        parts.append(f'<line x1="0" x2="{WIDTH}" y1="{at:.1f}" y2="{at:.1f}" class="mark"/>')
    return _svg(parts, height, title)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole: its name, how many, the class that gives its colour."""

    name: str
    number: int
    kind: str


def whole(parts: Sequence[Part], title: str) -> str:
    """One bar of all parts; what each is stands in a legend beside it."""
    total = sum(part.number for part in parts)
    found, left = [], 0.0
    for part in parts:
        size = WIDTH * part.number / total if total else 0
        hint = f"{part.name}: {part.number} of {total}"
        if size:
            found.append(
                f'<rect x="{left:.1f}" y="0" width="{size:.1f}" height="28" class="{part.kind}">'
                f"<title>{_text(hint)}</title></rect>"
            )
        left += size
    return _svg(found, 28, title)


def _svg(parts: Sequence[str], height: float, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{_text(title)}">'
        f"<title>{_text(title)}</title>{''.join(parts)}</svg>"
    )


def _text(value: str) -> str:
    return escape(printable(value))
