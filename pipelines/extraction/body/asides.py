"""Small boxes inside the container of a Western text that are none of it, by their names: captions, notes about the
author, calls to buy; and hidden ones that are: answers folded under their questions. Chinese articles caption pictures
in the flow and name their boxes otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.extraction.blocks import HEADING_TAGS, HIDDEN_TAGS, Block, Box, Layout
from pipelines.extraction.body.container import LINK_LINE, has_stop, weight
from pipelines.extraction.body.home import series
from pipelines.extraction.names import ASIDE_TOKENS, CAPTION_TOKENS, PICTURE_TOKENS, POPUP_TOKENS, foreign_label

# Shares of the container's prose; widths in characters of Chinese.
CAPTION_BOX = 0.4  # a box named after captions holds no more
ASIDE_BOX = 0.1  # nor one that names itself an aside
PICTURE_BLOCKS = 2  # a box named after its picture holds caption and credit
PICTURE_CAPTION = 100.0  # and the caption is no longer than this
FOLDED = 30.0  # a folded answer has a paragraph so long
_MACHINE = "{[<"  # settings of a script begin so


@dataclass(frozen=True, slots=True)
class Asides:
    """The boxes in a container (`top`) of a page with these prose weights."""

    layout: Layout
    scores: Sequence[float]
    top: Box
    total: float  # prose of the container
    _held: dict[tuple[int, str, str | None], float] = field(default_factory=dict)  # by boxes that are alike

    def reason(self, block: Block) -> str | None:
        """Why a block is no part of the text: the name of the smallest telling box around it; None if it may be."""
        box: Box | None = block.box
        while box is not None and box is not self.top:
            if box.tag == "figcaption" or not CAPTION_TOKENS.isdisjoint(box.tokens):
                return "caption of a picture" if self._holds_at_most(CAPTION_BOX, box) else None
            if self._is_picture(box) and not block.heading:
                narrow = weight(block.text) <= PICTURE_CAPTION and self._holds_at_most(CAPTION_BOX, box)
                return "caption of a picture" if narrow else None
            if box.tag not in HEADING_TAGS and not ASIDE_TOKENS.isdisjoint(box.tokens):
                return "about the article" if self._holds_at_most(ASIDE_BOX, box) else None
            box = box.parent
        return None

    def unfolds(self, block: Block) -> bool:
        """Whether a hidden block is text that a reader can open in its place, and no window over the page."""
        if block.box.tag in HIDDEN_TAGS or block.text[0] in _MACHINE:
            return False
        if not has_stop(block.text) or block.link_density > LINK_LINE:
            return False
        box, folded = block.box, block.box
        while box is not self.top and box.parent is not None:
            if not POPUP_TOKENS.isdisjoint(box.tokens) or foreign_label(box) is not None:
                return False
            folded = box if box.hidden else folded
            box = box.parent
        return any(weight(b.text) >= FOLDED for b in self.layout.blocks[folded.first : folded.end])

    def _holds_at_most(self, share: float, box: Box) -> bool:
        """Whether a box with its siblings alike holds so little: a class that all paragraphs have is no aside's."""
        kind = (id(box.parent), box.tag, box.element.get("class"))
        if kind not in self._held:
            alike = series(self.layout, box)
            self._held[kind] = sum(sum(self.scores[b.first : b.end]) for b in alike)
        return self._held[kind] <= share * self.total

    @staticmethod
    def _is_picture(box: Box) -> bool:
        return box.end - box.first <= PICTURE_BLOCKS and not PICTURE_TOKENS.isdisjoint(box.tokens)
