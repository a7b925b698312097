"""What of an article stands above its container: the standfirst under the headline, introductory paragraphs in a box
of their own. Of Western pages only: between headline and text, Chinese portals print a digest made from the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.body.container import has_stop, weight
from pipelines.extraction.names import PARAGRAPH_TAGS, foreign_label
from pipelines.extraction.phrases import Mark

LEAD_BLOCKS = 5  # a standfirst stands at most so many blocks under the headline
LEAD_TAGS = ("p", "h2")
SHORTEST_LEAD = 12.0  # characters of Chinese
LEAD_LINKS = 0.2  # a larger share of its characters in links: no standfirst
# An introduction in a box of its own, wherever between headline and container: real paragraphs, so many characters of
# Chinese together. Calibrated on 180 labelled Western pages with text there: 3 of 4 such boxes are the article's; of
# texts in a bare div every second one.
INTRODUCTION = 40.0
INTRODUCTION_TAGS = ("p", "li")
_LEAD_NAMES = frozenset(
    "figure figcaption caption picture author authors autor byline meta infos info bio tooltip "
    "disclosure affiliate affiliates disclaimer cta credit credits form toc modal".split()
)
_INTRODUCTION_NAMES = _LEAD_NAMES | {"excerpt", "highlights"}


@dataclass(frozen=True, slots=True)
class Above:
    """A page between its headline (block index) and the container of its text. `said`: the text of the container."""

    layout: Layout
    marks: Sequence[Mark | None]
    scores: Sequence[float]
    headline: int
    top: Box
    said: str

    def standfirst(self, description: str) -> list[int]:
        """The author's own lead right under the headline, where it says something new.

        What the page's `description` repeats is the lead wherever it stands; without that, its tag and its box must
        speak for it.
        """
        found = []
        for block in self.layout.blocks[self.headline + 1 : min(self.top.first, self.headline + LEAD_BLOCKS)]:
            announced = block.text.rstrip("…. ") in description
            if not self._is_new(block) or block.link_density > LEAD_LINKS or weight(block.text) < SHORTEST_LEAD:
                continue
            if not has_stop(block.text) or not (announced or block.tag in LEAD_TAGS):
                continue
            if announced or not self._inside(block, _LEAD_NAMES):
                found.append(block.index)
        return found

    def introduction(self) -> list[int]:
        """The paragraphs of boxes beside the container that hold some, and what stands between them there."""
        groups: dict[int, list[Block]] = {}
        homes: dict[int, Box] = {}
        for block in self.layout.blocks[self.headline + 1 : self.top.first]:
            if self.scores[block.index] <= 0 or block.tag not in INTRODUCTION_TAGS or not self._is_new(block):
                continue
            if block.link_density > LEAD_LINKS or self._inside(block, _INTRODUCTION_NAMES):
                continue
            home = block.box
            while home.tag in PARAGRAPH_TAGS and home.parent is not None:
                home = home.parent
            homes[id(home)] = home
            groups.setdefault(id(home), []).append(block)
        found: list[int] = []
        for group in groups.values():
            key_points = all(b.tag == "li" for b in group)  # a digest in a box of its own
            if not key_points and sum(weight(b.text) for b in group) >= INTRODUCTION:
                found += [b.index for b in group]
        return found

    def _is_new(self, block: Block) -> bool:
        return not block.hidden and self.marks[block.index] is None and block.text.rstrip("…. ") not in self.said

    def _inside(self, block: Block, names: frozenset[str]) -> bool:
        """In a box with a foreign name, or one of `names`, that does not hold the article as well."""
        box: Box | None = block.box
        while box is not None and not box.first <= self.top.first < self.top.end <= box.end:
            if foreign_label(box) is not None or not names.isdisjoint((box.tag, *box.tokens)):
                return True
            box = box.parent
        return False
