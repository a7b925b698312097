"""Which named part every block that is not the article belongs to, and why."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.body import Body
from pipelines.extraction.container import LINK_LINE, has_stop, weight
from pipelines.extraction.metadata.byline import is_byline
from pipelines.extraction.names import foreign_label
from pipelines.extraction.phrases import Mark, match_heading, match_mark
from pipelines.items import Label

BODY = Mark(Label.BODY, "paragraph of the text")
FEED_LINES = 3  # so many link lines under the text, without a heading: a feed of articles
FEED_WIDTH = 8.0  # their mean width in characters of Chinese; channel names are shorter
CRUMB_BLOCKS = 4  # breadcrumbs stand at most so many blocks above the headline
_CRUMB_SIGNS = (">", "»", "›", "→", "》")


def mark_blocks(layout: Layout) -> list[Mark | None]:
    """What the words of each block say it is: the heading of a list, a marked line, a byline, or nothing."""
    marks: list[Mark | None] = []
    for block in layout.blocks:
        mark = match_heading(block.text) or match_mark(block.text)
        if mark is None and is_byline(block.text):
            mark = Mark(Label.BYLINE, "names date, source or persons only")
        if mark is None and len(block.runs) > 1:
            first = match_heading(block.runs[0])
            if first is not None and first.label is Label.SUMMARY and weight(block.text) > 20:
                mark = Mark(Label.SUMMARY, "labelled summary", ends=True)
        marks.append(mark)
    return marks


def label_blocks(layout: Layout, marks: Sequence[Mark | None], body: Body, title: range) -> list[Mark]:
    """One Mark (label and reason) a block. `title`: the blocks that print the headline."""
    labels: list[Mark | None] = [None] * len(layout.blocks)
    for i in body.blocks:
        labels[i] = BODY
    for i in title:
        labels[i] = labels[i] or Mark(Label.TITLE, "the headline")
    for i, mark in body.cut.items():
        labels[i] = labels[i] or mark
    _label_lists(layout, marks, labels, body)
    for block in layout.blocks:
        if labels[block.index] is None:
            labels[block.index] = _label_one(block, marks[block.index])
    _label_surroundings(layout, labels, body, title)
    return [m or Mark(Label.OTHER, "no rule speaks of it") for m in labels]


def _label_lists(layout: Layout, marks: Sequence[Mark | None], labels: list[Mark | None], body: Body) -> None:
    """Give each headed list, from its heading to its end, the heading's label."""
    for block in layout.blocks:
        mark = marks[block.index]
        if mark is None or not mark.heading or block.hidden:
            continue
        taken = labels[block.index]
        if taken is not None and taken.label is not mark.label:
            continue
        for i in range(block.index, _list_end(layout, marks, block, body)):
            if labels[i] is None or labels[i] == body.cut.get(i):
                labels[i] = mark


def _list_end(layout: Layout, marks: Sequence[Mark | None], heading: Block, body: Body) -> int:
    """Where the list under a heading ends: with the box that begins with the heading, or before the next heading."""
    first, last = (body.blocks[0], body.blocks[-1]) if body.blocks else (-1, -1)
    box: Box | None = heading.box
    end = heading.index + 1
    while box is not None and box.parent is not None:
        if box.first <= first < box.end or box.first <= last < box.end or heading.index - box.first > 1:
            break
        end = max(end, box.end)
        box = box.parent
    if box is not None and not any(b.links for b in layout.blocks[heading.index + 1 : end]):
        # the heading stands alone in its box: the list is the box after it
        end = next((b.end for b in layout.boxes if b.first == end and b.parent is box and b.end > end), end)
    for block in layout.blocks[heading.index + 1 : end]:
        if _closes(block, marks[block.index], heading):
            return block.index
    return end


def _closes(block: Block, mark: Mark | None, heading: Block) -> bool:
    """Another heading of the same rank ends a list."""
    if mark is not None and mark.heading:
        return block.link_density < 0.5 or block.tag == heading.tag
    return heading.heading > 0 and block.heading == heading.heading


def _label_one(block: Block, mark: Mark | None) -> Mark | None:
    if block.hidden:
        return Mark(Label.HIDDEN, "not shown to a reader")
    if mark is not None and not mark.heading:
        return mark
    box: Box | None = block.box
    while box is not None and box.parent is not None:
        label = foreign_label(box)
        if label is not None:
            return Mark(label, f"box named {' '.join(box.tokens[:4]) or box.tag}")
        box = box.parent
    return mark


def _label_surroundings(layout: Layout, labels: list[Mark | None], body: Body, title: range) -> None:
    """What no phrase and no name tells: breadcrumbs over the headline, feeds under the text, menus, the rest."""
    start = title.start if title else (body.blocks[0] if body.blocks else len(layout.blocks))
    for block in layout.blocks[max(0, start - CRUMB_BLOCKS) : start]:
        if labels[block.index] is None and block.links and any(s in block.text for s in _CRUMB_SIGNS):
            labels[block.index] = Mark(Label.BREADCRUMBS, "links parted by > above the headline")
    for block in layout.blocks[:start]:
        if labels[block.index] is None and block.link_density > LINK_LINE:
            labels[block.index] = Mark(Label.NAVIGATION, "links above the headline")
    for run in _feeds(layout, labels, body):
        for i in run:
            labels[i] = Mark(Label.RELATED, "feed of links under the text")


def _feeds(layout: Layout, labels: Sequence[Mark | None], body: Body) -> list[list[int]]:
    """Runs of link lines without a heading, after the text and in its column."""
    if not body.blocks:
        return []
    column = body.box
    for _ in range(2):
        if column.parent is not None and column.parent.tag not in ("body", "html"):
            column = column.parent
    runs: list[list[int]] = []
    run: list[int] = []
    for block in layout.blocks[body.blocks[-1] + 1 : column.end]:
        if labels[block.index] is None and block.link_density > 0.8 and not block.hidden:
            run.append(block.index)
            continue
        runs.append(run)
        run = []
    runs.append(run)
    blocks = layout.blocks
    return [
        r
        for r in runs
        if len(r) >= FEED_LINES
        and sum(weight(blocks[i].text) for i in r) >= FEED_WIDTH * len(r)
        and not _headed(blocks, r[0], labels)
    ]


def _headed(blocks: Sequence[Block], first: int, labels: Sequence[Mark | None]) -> bool:
    """A short line without a stop right before a list is its heading, even where no phrase knows it."""
    before = blocks[first - 1]
    return labels[before.index] is None and weight(before.text) <= 14 and not has_stop(before.text)
