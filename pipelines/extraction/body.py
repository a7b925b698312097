"""Which blocks are the article: the container by its share of the page's prose, then every unit of it by its own merits.

1. Each block gets a prose weight: characters of running text, punctuated and not linked, of blocks that no phrase marks.
2. From the root, the walk descends into the child box that holds most of the prose, until none does: the container.
3. Within the container, units that are lists, boxes or marked lines are cut; short lines between paragraphs stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.phrases import Mark
from pipelines.items import Label

# Words of class and id that say "not the article" (matched by token, never by substring).
FOREIGN_TOKENS = frozenset(
    """comment comments reply replies cmt tie pinglun disqus discuss footer foot copyright aside sidebar sidebox related relate
    relates relation recommend recommended recommends rank ranking hot hotnews nav navigation navbar breadcrumb breadcrumbs crumb
    crumbs share sharing social toolbar menu advert ads ad banner promo promotion sponsor newsletter subscribe popup modal cookie
    toplist tuijian xiangguan login pagination pager paging prevnext prenext mianze shengming disclaimer widget""".split()
)
FOREIGN_TAGS = frozenset(("footer", "nav", "aside", "form"))
PARAGRAPH_TAGS = frozenset(("p", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dd", "dt", "figcaption", "figure", "center", "tr", "td", "th", "tbody", "ul", "ol", "picture"))
_CJK = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
_STOPS = re.compile(r"[。！？；，：、”」]|[.,!?;:](?=\s|$|[\"”])")

# Calibrated on the labelled portal pages: the container holds at least this share of the prose of its parent.
DOMINANT = 0.8
# A paragraph of this weight is surely prose; shorter ones count less, so that many short lines do not beat one long text.
FULL_WEIGHT = 60.0
LINK_LINE = 0.6  # more than this share in links: a line of links, not of text
MINIMUM_PROSE = 12.0  # less than this in a whole page: there is no article in its blocks


@dataclass(slots=True)
class Body:
    """The article's blocks (indexes in document order), their container, how sure, and what was cut inside it."""

    blocks: tuple[int, ...]
    box: Box
    method: str = "density"
    confidence: float = 0.0
    cut: dict[int, Mark] = field(default_factory=dict)


def weight(text: str) -> float:
    """Length of a text in characters of Chinese: a CJK character counts 1, any other 1/3."""
    cjk = len(_CJK.findall(text))
    return cjk + (len(text) - cjk) / 3


def prose(block: Block) -> float:
    """How much running text a block holds, in CJK characters: 0 for links, headings and unpunctuated short lines."""
    if block.hidden or block.heading or block.link_density > LINK_LINE:
        return 0.0
    size = weight(block.text) * (1 - block.link_density)
    stops = len(_STOPS.findall(block.text))
    if not stops:
        return size * 0.3 if size >= FULL_WEIGHT else 0.0
    return size * min(1.0, size / FULL_WEIGHT)


def is_foreign(box: Box) -> bool:
    """A box whose tag or names say that it is not the article."""
    return box.tag in FOREIGN_TAGS or not FOREIGN_TOKENS.isdisjoint(box.tokens)


def find_body(layout: Layout, marks: Sequence[Mark | None], headline: int | None) -> Body:
    """Choose the container and its blocks. `marks` are the phrase marks by block; `headline` the title's block index."""
    scores = [0.0 if m is not None and not m.heading else prose(b) for b, m in zip(layout.blocks, marks, strict=True)]
    _drop_repeats(layout, scores)
    sums = [0.0]
    for s in scores:
        sums.append(sums[-1] + s)
    container, share = _descend(layout, sums, headline)
    picker = _Picker(layout, marks, scores, headline)
    picker.take(container)
    picker.close()
    blocks = tuple(sorted(picker.kept))
    inside = sum(scores[i] for i in blocks)
    total = sums[-1]
    confidence = 0.0 if total < MINIMUM_PROSE else min(1.0, 0.5 * share + 0.5 * (inside / total)) * min(1.0, inside / 100)
    return Body(blocks, container, "density", round(confidence, 3), picker.cut)


def _drop_repeats(layout: Layout, scores: list[float]) -> None:
    """A paragraph printed a second time weighs nothing: copies for phones and printers would split the page in two."""
    seen: set[str] = set()
    for block in layout.blocks:
        if scores[block.index] and len(block.text) >= 24:
            if block.text in seen:
                scores[block.index] = 0.0
            seen.add(block.text)


def _descend(layout: Layout, sums: Sequence[float], headline: int | None) -> tuple[Box, float]:
    """The box the article stands in, and its share of the page's prose."""
    children: dict[int, list[Box]] = {}
    for box in layout.boxes[1:]:
        children.setdefault(id(box.parent), []).append(box)

    def held(box: Box) -> float:
        return sums[box.end] - sums[box.first]

    total = sums[-1] or 1.0
    current = layout.boxes[0]
    while True:
        inner = [b for b in children.get(id(current), ()) if held(b) > 0]
        proper = [b for b in inner if not (is_foreign(b) and held(b) < 0.5 * total and not _holds(b, headline))]
        loose = held(current) - sum(held(b) for b in inner)
        if not proper:
            break
        best = max(proper, key=held)
        rest = sum(held(b) for b in proper) + loose
        if held(best) < DOMINANT * rest and not _stands_out(best, proper, loose, held, headline):
            break
        if best.tag in PARAGRAPH_TAGS and not any(held(b) > 0 for b in children.get(id(best), ())) and current.tag not in ("body", "html"):
            break  # a single paragraph: its parent is the container, short neighbours belong to it
        current = best
    return current, held(current) / total


def _holds(box: Box, index: int | None) -> bool:
    return index is not None and box.first <= index < box.end


def _stands_out(best: Box, proper: Sequence[Box], loose: float, held, headline: int | None) -> bool:  # type: ignore[no-untyped-def]
    """At a fork: the best child is the article's box if the others are boxes of another kind, and not its paragraphs."""
    if best.tag in PARAGRAPH_TAGS and best.tag not in ("td", "li"):
        return False
    others = [b for b in proper if b is not best]
    if loose > 0.2 * held(best) or any(held(b) > 0.6 * held(best) for b in others):
        return False
    alike = (best.tag, best.element.get("class"))
    return not any(b.tag in PARAGRAPH_TAGS or (b.tag, b.element.get("class")) == alike for b in others)


class _Picker:
    """Walks the container's blocks in order and decides each: body, or cut with a label and reason."""

    def __init__(self, layout: Layout, marks: Sequence[Mark | None], scores: Sequence[float], headline: int | None) -> None:
        self.layout = layout
        self.marks = marks
        self.scores = scores
        self.headline = headline
        self.kept: set[int] = set()
        self.cut: dict[int, Mark] = {}

    def drop(self, index: int, label: Label, reason: str) -> None:
        self.cut[index] = Mark(label, reason)

    def take(self, box: Box) -> None:
        blocks, scores = self.layout.blocks, self.scores
        first = box.first
        if _holds(box, self.headline):
            assert self.headline is not None
            before = sum(scores[first : self.headline])
            if before < 0.3 * sum(scores[first : box.end]):
                first = self.headline + 1
        total = sum(scores[first : box.end])
        skip_until = first
        done = 0.0
        seen: set[str] = set()
        title = blocks[self.headline].text if self.headline is not None else None
        for index in range(first, box.end):
            block, mark = blocks[index], self.marks[index]
            left = total - done
            done += scores[index]
            if index < skip_until:
                continue
            if block.hidden:
                self.drop(index, Label.HIDDEN, "not shown to a reader")
                continue
            foreign = self._foreign_box(block, box)
            if foreign is not None and sum(scores[foreign.first : foreign.end]) < 0.4 * total:
                for i in range(foreign.first, foreign.end):
                    self.drop(i, Label.OTHER, "box named " + "/".join(sorted(FOREIGN_TOKENS.intersection(foreign.tokens)) or [foreign.tag]))
                skip_until = foreign.end
                continue
            if mark is not None and mark.heading:
                end = self._list_after(index, box)
                if end > index + 1:
                    for i in range(index, end):
                        self.drop(i, mark.label, mark.reason)
                    skip_until = end
                    continue
            elif mark is not None and self._believes(mark, left, total, done):
                self.cut[index] = mark
                continue
            if title is not None and block.text == title:
                self.drop(index, Label.TITLE, "the headline again")
                continue
            if len(block.text) >= 24 and block.text in seen:
                self.drop(index, Label.DUPLICATE, "printed before")
                continue
            seen.add(block.text)
            if block.link_density > LINK_LINE and len(block.text) > 1 and not self._inline_link(index):
                self.drop(index, Label.RELATED, "a line of links")
                continue
            self.kept.add(index)

    def _foreign_box(self, block: Block, top: Box) -> Box | None:
        """The outermost foreign box around a block, inside the container."""
        found = None
        box: Box | None = block.box
        while box is not None and box is not top:
            if is_foreign(box):
                found = box
            box = box.parent
        return found

    def _believes(self, mark: Mark, left: float, total: float, done: float) -> bool:
        """Notices are believed at the ends of a text only: in the middle, an article may be about them."""
        if mark.label is Label.COPYRIGHT:
            return left <= 0.3 * total or done <= 0.05 * total
        return True

    def _list_after(self, index: int, top: Box) -> int:
        """End of the list that a heading block opens (index + 1 if there is none)."""
        blocks = self.layout.blocks
        box: Box | None = blocks[index].box
        end = index + 1
        while box is not None and box is not top and box.parent is not None:
            if index - box.first > 1:
                break
            links = sum(b.link_density > LINK_LINE for b in blocks[index + 1 : box.end])
            if links and sum(self.scores[box.first : box.end]) < 0.4 * sum(self.scores[top.first : top.end]):
                end = max(end, box.end)
            box = box.parent
        if end > index + 1:
            return end
        position = index + 1
        while position < top.end and blocks[position].link_density > 0.5:
            position += 1
        return position

    def _inline_link(self, index: int) -> bool:
        """A linked line that belongs to the text: a linked subheading or a list entry within prose."""
        return bool(self.layout.blocks[index].heading) and index + 1 < len(self.scores) and self.scores[index + 1] > 0

    def close(self) -> None:
        """Trim the ends: what stands before the first and after the last paragraph must look like text."""
        blocks = self.layout.blocks
        order = sorted(self.kept)
        prose_at = [i for i in order if self.scores[i] > 0]
        if not prose_at:
            return
        home = {id(blocks[i].box) for i in prose_at} | {id(blocks[i].box.parent) for i in prose_at if blocks[i].box.tag in PARAGRAPH_TAGS}
        for i in order:
            if prose_at[0] <= i <= prose_at[-1]:
                continue
            block = blocks[i]
            at_home = id(block.box) in home or (block.box.tag in PARAGRAPH_TAGS and id(block.box.parent) in home)
            if not at_home:
                self.kept.discard(i)
                self.drop(i, Label.OTHER, "outside the run of paragraphs")
