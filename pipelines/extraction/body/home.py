"""Where a block stands among others of a text: the box that its paragraphs share, the kind of box each has."""

from __future__ import annotations

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.names import PARAGRAPH_TAGS

COLUMN_PARTS = PARAGRAPH_TAGS | {"table", "thead", "tfoot", "caption"}


def home_box(block: Block) -> Box:
    """The box in which a block is a paragraph among others: its own, or the parent of its p, li, td."""
    box = block.box
    return box.parent if box.tag in PARAGRAPH_TAGS and box.parent is not None else box


def column_box(block: Block) -> Box:
    """The box that a block's whole list or table is a part of: Western texts end with lists and tables."""
    box = block.box
    while box.tag in COLUMN_PARTS and box.parent is not None:
        box = box.parent
    return box


def paragraph_kind(block: Block) -> tuple[int, str | None]:
    """What the boxes of paragraphs have in common where an editor gives each a div of its own: parent and class."""
    box = block.box
    alone = box.tag == "div" and box.end - box.first == 1
    return (id(box.parent), box.element.get("class")) if alone else (id(box), "")


def series(layout: Layout, box: Box) -> list[Box]:
    """A box and its siblings alike: "sidebar-grid" four times over is the layout of a text."""
    kind = (box.tag, box.element.get("class"))
    return [b for b in layout.boxes if b.parent is box.parent and (b.tag, b.element.get("class")) == kind]


def shared_box(one: Block, other: Block) -> Box:
    """The smallest box that holds two blocks."""
    box = one.box
    while not box.first <= other.index < box.end and box.parent is not None:
        box = box.parent
    return box
