"""What belongs to the article although its box ends before it: data tables and lists of references right behind it.

Layout tables and editors put the text in one table and its data in the next; journals end a paper with its references
in a box of their own. Boxes beside the text are mostly not the article's: only what follows at once and has the form
of data (rows of several cells without a link) or of references (numbered entries under their heading) is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.body.container import weight
from pipelines.extraction.names import foreign_label
from pipelines.extraction.phrases import Mark
from pipelines.items import Label

# Calibrated on old Chinese layout tables and journal pages.
DATA_ROWS = 3  # so many rows of two or more cells make a table of data
CELL_WIDTH = 1.5  # mean width of a cell in characters of Chinese: those of a calendar are narrower
CELL_LONGEST = 60.0  # a cell with a longer line is a column of the layout
LINKED_CELLS = 0.05  # share of the characters in links; lists and menus set in tables have more
LEVELS = 5  # so many boxes, from the container outwards, are asked for what follows them: td, tr, tbody, table, div
ENTRIES = 3  # numbered entries that make a list of references

REFERENCES = re.compile(
    r"[\[【\s]*(?:主要)?(?:参考(?:文献|资料|文章|来源)|參考(?:文獻|資料)|引用文献|注释|註釋|references|bibliography)[\]】：:\s]*",
    re.I,
)
_NUMBERED = re.compile(r"[\[［【(（〔]\s?\d{1,3}\s?[\]］】)）〕]|\d{1,3}[.．、]|[①-⑳]")
_DATA_MARKS = (Label.PAGINATION, Label.BYLINE)  # what numbers and dates in cells look like by themselves


def adjoining(layout: Layout, marks: Sequence[Mark | None], container: Box) -> range:
    """The blocks right behind the container that are the article's data tables or references; maybe none."""
    start = end = container.end
    while (box := _next_box(layout, container, end)) is not None:
        if not (_is_data(layout.blocks, marks, box) or _is_references(layout.blocks, box)):
            break
        end = box.end
    return range(start, end)


def tables_within(layout: Layout, marks: Sequence[Mark | None], start: int, end: int) -> frozenset[int]:
    """The blocks of the tables of data that lie between two blocks."""
    if start >= end:
        return frozenset()
    tables = (b for b in layout.boxes if b.tag == "table" and start <= b.first and b.end <= end)
    return frozenset(i for b in tables if _is_data(layout.blocks, marks, b) for i in range(b.first, b.end))


def _next_box(layout: Layout, container: Box, start: int) -> Box | None:
    """The box that begins at a block, in the container's column: its sibling, or that of a box which ends with it."""
    if start >= len(layout.blocks) or container.tag in ("body", "html"):
        return None
    around = [container]
    while len(around) < LEVELS and around[-1].end == container.end:
        parent = around[-1].parent
        if parent is None or parent.tag in ("body", "html"):
            break
        around.append(parent)
    parents = {id(b.parent) for b in around if b.tag not in ("td", "th")}
    box: Box | None = layout.blocks[start].box
    found = None
    while box is not None and box.first == start:
        if id(box.parent) in parents:
            found = box
        box = box.parent
    return found


def _is_data(blocks: Sequence[Block], marks: Sequence[Mark | None], box: Box) -> bool:
    """Rows of several cells, narrow and without links, in a box that claims to be nothing else."""
    inside = blocks[box.first : box.end]
    if not inside or any(b.hidden for b in inside):
        return False
    rows: dict[int, set[int]] = {}
    tables: set[int] = set()
    for block in inside:
        mark, cell = marks[block.index], block.box
        if mark is not None and not mark.heading and mark.label not in _DATA_MARKS:  # no links: nothing is headed
            return False
        while cell.tag not in ("td", "th") and cell is not box and cell.parent is not None:
            cell = cell.parent
        if cell.tag not in ("td", "th") or cell.parent is None or weight(block.text) > CELL_LONGEST:
            return False
        if foreign_label(cell) is not None:
            return False
        rows.setdefault(id(cell.parent), set()).add(id(cell))
        tables.add(id(_table(cell)))
    size = sum(len(b.text) for b in inside)
    return (
        len(tables) == 1
        and sum(len(cells) > 1 for cells in rows.values()) >= DATA_ROWS
        and sum(b.link_chars for b in inside) <= LINKED_CELLS * size
        and sum(weight(b.text) for b in inside) >= CELL_WIDTH * sum(map(len, rows.values()))
        and foreign_label(box) is None
    )


def _table(cell: Box) -> Box:
    box = cell
    while box.tag != "table" and box.parent is not None:
        box = box.parent
    return box


def _is_references(blocks: Sequence[Block], box: Box) -> bool:
    """A heading that says so, and numbered entries under it."""
    inside = blocks[box.first : box.end]
    if len(inside) <= ENTRIES or not REFERENCES.fullmatch(inside[0].text):
        return False
    listed = sum(_NUMBERED.match(b.text) is not None or b.tag == "li" for b in inside[1:])
    return listed >= ENTRIES and 2 * listed >= len(inside) - 1
