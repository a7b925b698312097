"""Where on the page metadata is looked for: the blocks around the headline, and those right after the body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.extraction.blocks import Block, Layout

# Calibrated on labelled pages: dates and sources stand within 15 blocks after the headline or 6 before it;
# 責編 and credits within 12 blocks after the last paragraph.
BEFORE_HEADLINE = 6
AFTER_HEADLINE = 30
FOOT_BLOCKS, CREDIT_BLOCKS = 12, 40
SHORT = 100  # columns: a longer line of the body is prose
HEAD_PROSE = 2  # a standfirst may stand between headline and byline
HEAD_LINES = 4  # lines at the body's beginning that may still be byline


@dataclass(frozen=True, slots=True)
class Zone:
    """Indexes of the headline's block (None: not printed) and of the body's blocks, in the page's order.

    `mute`: blocks that are known to name no date and nobody.
    """

    headline: int | None
    body: tuple[int, ...] = ()
    mute: frozenset[int] = frozenset()

    @property
    def first(self) -> int | None:
        """Index of the first body block below the headline; None where the page has no body text."""
        headline = _used_headline(self)
        if headline is not None:
            below = next((i for i in self.body if i > headline), None)
            if below is not None:
                return below
        return self.body[0] if self.body else None


def between(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks from the headline to the first paragraph: the byline's usual place.

    Short lines at the body's beginning are among them: a byline may have been taken for its first line.
    """
    headline = _used_headline(zone)
    first = zone.first
    start = max(0, (first or 0) - AFTER_HEADLINE // 2) if headline is None else headline + 1
    body = frozenset(zone.body)
    blocks = layout.blocks[start : start + AFTER_HEADLINE]
    if first is not None and first > start + AFTER_HEADLINE:
        # A long menu or column stands between: the byline is near the headline or right above the text.
        blocks += layout.blocks[first - BEFORE_HEADLINE : first]
    prose = 0
    for block in blocks:
        if zone.body and block.index > zone.body[-1]:
            return
        if block.index in body and (_is_wide(block.text) or (first or 0) + HEAD_LINES <= block.index):
            prose += 1
            if prose > HEAD_PROSE:
                return
            continue
        yield block


def _used_headline(zone: Zone) -> int | None:
    """The headline's index, if it stands above half of the body: a copy at the foot has no byline beside it."""
    if zone.headline is None or (zone.body and zone.headline > zone.body[len(zone.body) // 2]):
        return None
    return zone.headline


def before(layout: Layout, zone: Zone) -> Iterator[Block]:
    """The blocks right above the headline, nearest first."""
    headline = _used_headline(zone)
    if headline is not None:
        above = layout.blocks[max(0, headline - BEFORE_HEADLINE) : headline]
        yield from (b for b in reversed(above) if b.index not in zone.mute)


def foot(layout: Layout, zone: Zone, size: int = FOOT_BLOCKS) -> Iterator[Block]:
    """The `size` blocks after the last body block."""
    if zone.body:
        last = zone.body[-1]
        yield from (b for b in layout.blocks[last + 1 : last + 1 + size] if b.index not in zone.mute)


def _is_wide(text: str) -> bool:
    return len(text) > SHORT or (2 * len(text) > SHORT and width(text) > SHORT)


def width(text: str) -> int:
    """Columns of a text: a CJK character is two wide."""
    return sum(2 if c > "\u2e80" else 1 for c in text)
