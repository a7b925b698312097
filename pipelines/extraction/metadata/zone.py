"""Where on the page metadata is looked for: the blocks around the headline, and those right after the body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.extraction.blocks import Block, Layout

# Calibrated on labelled pages: dates and sources stand within 15 blocks after the headline or 6 before it;
# 責編 and credits within 12 blocks after the last paragraph.
BEFORE_HEADLINE = 6
AFTER_HEADLINE = 30
FOOT_BLOCKS = 12
SHORT = 100  # columns: a longer line of the body is prose
HEAD_LINES = 4  # lines at the body's beginning that may still be byline


@dataclass(frozen=True, slots=True)
class Zone:
    """Indexes of the headline's block (None: not printed) and of the body's blocks, in the page's order."""

    headline: int | None
    body: tuple[int, ...] = ()

    @property
    def first(self) -> int | None:
        """Index of the first body block below the headline; None where the page has no body text."""
        if self.headline is not None:
            below = next((i for i in self.body if i > self.headline), None)
            if below is not None:
                return below
        return self.body[0] if self.body else None


def between(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks from the headline to the first paragraph: the byline's usual place.

    Short lines at the body's beginning are among them: a byline may have been taken for its first line.
    """
    first = zone.first
    start = max(0, (first or 0) - AFTER_HEADLINE // 2) if zone.headline is None else zone.headline + 1
    body = frozenset(zone.body)
    for block in layout.blocks[start : start + AFTER_HEADLINE]:
        if block.index in body and (_width(block.text) > SHORT or (first or 0) + HEAD_LINES <= block.index):
            return
        yield block


def before(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks right above the headline, nearest first."""
    if zone.headline is not None:
        yield from reversed(layout.blocks[max(0, zone.headline - BEFORE_HEADLINE) : zone.headline])


def foot(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks right after the last body block."""
    if zone.body:
        last = zone.body[-1]
        yield from layout.blocks[last + 1 : last + 1 + FOOT_BLOCKS]


def _width(text: str) -> int:
    """Columns of a text: a CJK character is two wide."""
    return sum(2 if c > "\u2e80" else 1 for c in text)
