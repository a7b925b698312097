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
    """The blocks between the headline and the first paragraph: the byline's usual place."""
    if zone.headline is None:
        stop = zone.first
        start = max(0, (stop or 0) - AFTER_HEADLINE // 2)
    else:
        start = zone.headline + 1
        stop = zone.first
    stop = start + AFTER_HEADLINE if stop is None or stop < start else min(stop, start + AFTER_HEADLINE)
    yield from layout.blocks[start:stop]


def before(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks right above the headline, nearest first."""
    if zone.headline is not None:
        yield from reversed(layout.blocks[max(0, zone.headline - BEFORE_HEADLINE) : zone.headline])


def foot(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks right after the last body block."""
    if zone.body:
        last = zone.body[-1]
        yield from layout.blocks[last + 1 : last + 1 + FOOT_BLOCKS]
