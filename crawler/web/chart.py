"""Bars over days as inline SVG: no script, no style of its own, the numbers also in words."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, FOOT, HEAD = 720, 150, 26, 4  # units of the drawing
GAP = 2


def bars(values: Sequence[tuple[str, int]], title: str) -> Markup:
    """One bar a value, each with its name and number on hover; `title` names it for those who do not see it."""
    top = max([number for _, number in values], default=0)
    total = sum(number for _, number in values)
    step = WIDTH / max(len(values), 1)
    room = HEIGHT - FOOT - HEAD
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}: {total} in all">',
        f'<line x1="0" y1="{HEIGHT - FOOT}" x2="{WIDTH}" y2="{HEIGHT - FOOT}"/>',
    ]
    for at, (name, number) in enumerate(values):
        height = max(room * number / top, 1.5) if number else 0
        y = HEIGHT - FOOT - height
        parts.append(
            f'<rect x="{at * step + GAP / 2:.1f}" y="{y:.1f}" width="{step - GAP:.1f}" height="{height:.1f}">'
            f"<title>{escape(name)}: {number}</title></rect>"
        )
    if values:
        parts.append(f'<text x="0" y="{HEIGHT - 6}">{escape(values[0][0])}</text>')
        parts.append(f'<text x="{WIDTH}" y="{HEIGHT - 6}" text-anchor="end">{escape(values[-1][0])}</text>')
    return Markup("".join(parts) + "</svg>")
