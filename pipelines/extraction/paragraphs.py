"""Body blocks -> the paragraphs of the text: what a reader sees, one paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.extraction.blocks import Block, Box
from pipelines.extraction.phrases import match_mark
from pipelines.items import Label

_ENDS = re.compile(r"[\s　]*(?:[（(]\s*(?:完|END|end|全文完|本文完)\s*[)）])?[\s　]*$")
_GLUED_CALLS = frozenset((Label.SHARE, Label.PROMOTION))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the text. kind: "p", "h2".."h6", "li", "quote" or "row" (cells of a table row, parted by tabs)."""

    text: str
    kind: str
    block: int  # index of its (first) block


def paragraphs(blocks: Sequence[Block], indexes: Iterable[int]) -> list[Paragraph]:
    """The paragraphs of the body blocks: calls glued to an end are cut, the cells of a table row are one line."""
    out: list[Paragraph] = []
    row: Box | None = None
    for index in indexes:
        block = blocks[index]
        text = trim_calls(block)  # one line: a block's white space is collapsed
        if not text:
            continue
        here = _data_row(block)
        if here is not None and here is row and out:
            out[-1] = Paragraph(f"{out[-1].text}\t{text}", "row", out[-1].block)
        else:
            out.append(Paragraph(text, "row" if here is not None else _kind(block), index))
        row = here
    return out


def join(parts: Iterable[Paragraph]) -> str:
    """The plain text: one paragraph a line."""
    return "\n".join(p.text for p in parts)


def trim_calls(block: Block) -> str:
    """The text of a block without the linked call at its end ("返回首页，查看更多" glued to a last paragraph)."""
    text = block.text
    for link in reversed(block.links):
        if not link.text or not text.endswith(link.text) or link.text == text:
            break
        mark = match_mark(link.text)
        if mark is None or mark.label not in _GLUED_CALLS:
            break
        text = _ENDS.sub("", text[: -len(link.text)])
    return text


def _kind(block: Block) -> str:
    if block.heading:
        return f"h{max(2, block.heading)}"
    box: Box | None = block.box
    for _ in range(3):
        if box is None:
            break
        if box.tag == "li":
            return "li"
        if box.tag == "blockquote":
            return "quote"
        box = box.parent
    return "p"


def _data_row(block: Block) -> Box | None:
    """The table row of a cell that holds only this block and has neighbours; layout tables hold whole texts."""
    cell: Box | None = block.box
    while cell is not None and cell.tag not in ("td", "th"):
        if cell.end - cell.first > 1:
            return None
        cell = cell.parent
    if cell is None or cell.end - cell.first != 1 or cell.parent is None or cell.parent.tag != "tr":
        return None
    row = cell.parent
    return row if row.end - row.first > 1 else None
