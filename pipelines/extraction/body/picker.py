"""Which blocks are the article, and why the others in its container are not. One pass in document order.

The container is found by prose (container). Inside it, boxes with foreign names, lists under a heading, marked
lines, lines of links, copies and what stands outside the run of paragraphs are cut; each cut keeps label and reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipelines.extraction.blocks import HIDDEN_TAGS, Block, Box, Layout
from pipelines.extraction.body import lines
from pipelines.extraction.body.adjoining import REFERENCES, adjoining, tables_within
from pipelines.extraction.body.asides import Asides
from pipelines.extraction.body.container import (
    LINK_LINE,
    MINIMUM_PROSE,
    REPEAT,
    find_container,
    has_stop,
    holds,
    is_chinese,
    is_link_line,
    prose_scores,
    weight,
)
from pipelines.extraction.body.home import column_box, home_box, paragraph_kind, series
from pipelines.extraction.body.lead import Above
from pipelines.extraction.body.records import discount_threads
from pipelines.extraction.lists import is_tag_line
from pipelines.extraction.metadata.byline import original_title
from pipelines.extraction.metadata.byline_words import is_person_line
from pipelines.extraction.names import (
    LAYOUT_LABELS,
    PARAGRAPH_TAGS,
    foreign_label,
    in_comments,
    is_part_of_layout,
    names_around,
)
from pipelines.extraction.phrases import Mark
from pipelines.items import Label

# Shares of the container's prose, calibrated on the labelled portal pages.
NEARLY_ALL = 0.95  # the smallest box with so much of the wanted text is their container
WHOLE_BOX = 0.4  # a box that holds more is not cut whole, whatever its name
ASIDE = 0.1  # a box of a Western text that names itself an aside holds no more than this
HEAD, TAIL = 0.05, 0.3  # "at the two ends": so much prose before, or after
DIGEST, SENTENCE = 0.8, 8  # share of a lead's sentences, each so long (characters), that come again: a digest
LAST = 0.001  # no running text follows
BYLINE_TAIL = 0.05  # a byline this near to the end is one; further up it is a caption or a question
TAIL_CUT = 0.15  # what follows a tail-opening line is cut when it holds no more than this
CAPTION = 60.0  # characters of Chinese: the longest line under an image that is its caption
WESTERN_CAPTION = 100.0  # the same where captions are no part of the text
LINK_TITLE = 10.0  # a linked line this wide (characters of Chinese) is a headline; shorter ones are buttons
SUMMARY_REST = 3  # paragraphs from a summary on, of which the first is it where it has no box of its own
BOXED_PARAGRAPHS = 2  # so many paragraphs in divs alike: short lines in such divs are paragraphs too
SURE_LENGTH = 100.0  # characters of Chinese: a shorter body is less sure
_LIST_TAGS = ("ul", "ol", "dl")
_LIST_LABELS = (Label.RELATED, Label.LATEST)
_SENTENCES = re.compile(r"[。！？；…\[【]+|[.!?]\s")
_SIGNATURE = re.compile(r"[（(][^（()）]{1,14}[）)]")


@dataclass(slots=True)
class Body:
    """The article's blocks (indexes in document order), their container, how sure (0..1), and the cuts inside it.

    `share`: of the page's prose, what the container holds, 0..1.
    """

    blocks: tuple[int, ...]
    box: Box
    confidence: float
    cut: dict[int, Mark] = field(default_factory=dict)
    share: float = 0.0


def find_body(layout: Layout, marks: Sequence[Mark | None], headline: int | None, announced: str = "") -> Body:
    """Choose the container and its blocks.

    `marks`: the phrase marks by block; `headline`: the title's block index; `announced`: the page's own description of
    its article, if it has one.
    """
    scores, reveal = prose_scores(layout, marks)
    discount_threads(layout, scores, headline)
    container, share = find_container(layout, scores, headline)
    return _pick(_Picker(layout, marks, scores, headline, reveal), container, share, announced)


def body_from(
    layout: Layout, marks: Sequence[Mark | None], headline: int | None, wanted: Collection[int], announced: str = ""
) -> Body | None:
    """The body that another extractor sees, corrected: the `wanted` blocks but for those that are cut in any body.

    None where they hold no running text.
    """
    scores, _ = prose_scores(layout, marks)
    discount_threads(layout, scores, headline)
    wanted = [i for i in wanted if not in_comments(layout.blocks[i].box)]
    total = sum(scores[i] for i in wanted)
    if total < MINIMUM_PROSE:
        return None
    chosen = frozenset(wanted)
    box = layout.boxes[0]
    for inner in layout.boxes:
        if sum(scores[i] for i in range(inner.first, inner.end) if i in chosen) >= NEARLY_ALL * total:
            box = inner  # document order: the last one is the smallest
    picker = _Picker(layout, marks, scores, headline, True)
    body = _pick(picker, box, total / (sum(scores) or 1.0), announced)
    body.blocks = tuple(i for i in body.blocks if i in chosen)
    return body if body.blocks else None


def body_in(
    layout: Layout, marks: Sequence[Mark | None], headline: int | None, container: Box, announced: str = ""
) -> Body:
    """The body in a container that is known, its blocks chosen as in any."""
    scores, reveal = prose_scores(layout, marks)
    share = sum(scores[container.first : container.end]) / (sum(scores) or 1.0)
    return _pick(_Picker(layout, marks, scores, headline, reveal), container, share, announced)


def _pick(picker: _Picker, container: Box, share: float, announced: str) -> Body:
    picker.walk(container)
    picker.trim()
    picker.lead(container, announced)
    if picker.kept:
        picker.kept.update(adjoining(picker.layout, picker.marks, container))
    blocks = tuple(sorted(picker.kept))
    total, inside = sum(picker.scores), sum(picker.scores[i] for i in blocks)
    sure = 0.0 if total < MINIMUM_PROSE else (0.5 * share + 0.5 * inside / total) * min(1.0, inside / SURE_LENGTH)
    return Body(blocks, container, round(sure, 3), picker.cut, share)


class _Picker:
    """Decides block by block: kept, or cut with a label and reason."""

    def __init__(
        self, layout: Layout, marks: Sequence[Mark | None], scores: Sequence[float], headline: int | None, reveal: bool
    ) -> None:
        self.layout = layout
        self.blocks = layout.blocks
        self.under_image = {i.block for i in layout.images}
        self.marks = marks
        self.scores = scores
        self.headline = headline
        self.reveal = reveal
        self.paragraphs = {b.text: b.index for b in layout.blocks if scores[b.index] > 0}
        self.total = 0.0  # prose of the container; known when the walk begins
        self.around: frozenset[str] = frozenset()  # class names of the container and the boxes around it
        self.timetable = False
        self.data: frozenset[int] = frozenset()  # blocks of tables of data
        self.asides: Asides | None = None
        self.kept: set[int] = set()
        self.cut: dict[int, Mark] = {}
        self.chinese = is_chinese(layout, scores)

    def drop(self, start: int, end: int, label: Label, reason: str) -> int:
        """Cut a range; gives its end."""
        for i in range(start, end):
            if i not in self.cut:
                self.cut[i] = Mark(label, reason)
        return end

    def drop_rest(self, start: int, end: int, label: Label, reason: str) -> int:
        """Cut a range; what a line says of itself is more than where it stands."""
        for i in range(start, end):
            own = self.marks[i]
            if own is not None and not own.heading and i not in self.cut:
                self.cut[i] = own
        return self.drop(start, end, label, reason)

    def _drop_foreign(self, start: int, box: Box) -> int:
        """Cut the rest of a box with a foreign name; what a site files under its keywords are related articles."""
        label, reason = foreign_label(box) or Label.OTHER, f"box named {' '.join(box.tokens[:4]) or box.tag}"
        if label is Label.TAGS:
            for block in self.blocks[start : box.end]:
                if not is_tag_line(block) and not self.marks[block.index]:
                    self.drop(block.index, block.index + 1, Label.RELATED, reason)
        return self.drop_rest(start, box.end, label, reason)

    def walk(self, top: Box) -> None:
        """Decide every block of the container."""
        self.total = self._held(top)
        self.asides = None if self.chinese else Asides(self.layout, self.scores, top, self.total)
        self.around = names_around(top)
        self.timetable = lines.is_timetable(self.blocks[top.first : top.end], self.marks)
        self.data = tables_within(self.layout, self.marks, top.first, top.end)
        first = self._first(top)
        own = list(self.scores)  # without that of boxes that will be cut: no text follows where they alone do
        for i in range(first, top.end):
            own[i] = 0.0 if own[i] and self._foreign_box(self.blocks[i], top) else own[i]
        total = sum(own[first : top.end]) or 1.0
        done, position, seen = 0.0, first, set[str]()
        while position < top.end:
            nearby = (done / total, 1 - done / total - own[position] / total)
            inside = position in self.data and nearby[0] > 0
            after = position if inside else self._cut_at(position, top, nearby, seen)
            if after == position:
                self.kept.add(position)
                after = position + 1
            done += sum(own[position:after])
            position = after

    def _first(self, top: Box) -> int:
        """Where the text may begin: after the headline, if that stands in the container before most of the text."""
        if self.headline is None or not holds(top, self.headline):
            return top.first
        before = sum(self.scores[top.first : self.headline])
        return self.headline + 1 if before < TAIL * sum(self.scores[top.first : top.end]) else top.first

    def _cut_at(self, index: int, top: Box, share: tuple[float, float], seen: set[str]) -> int:
        """Cut what begins at a block, if it is not the article's: gives the index after it, or `index` to keep it."""
        block, mark = self.blocks[index], self.marks[index]
        if not self._is_shown(block):
            return self.drop(index, index + 1, Label.HIDDEN, "not shown to a reader")
        if (box := self._foreign_box(block, top)) is not None:
            return self._drop_foreign(index, box)
        if mark is not None and mark.heading and (self.chinese or mark.label is not Label.SUMMARY):
            end = self._list_end(index, top)
            last = share[0] > 0.5 and share[1] <= BYLINE_TAIL and not REFERENCES.fullmatch(block.text)
            if end == index + 1 and mark.label in _LIST_LABELS and last:
                end = top.end
            if mark.label is Label.SUMMARY and share[0] == 0.0 and end == index + 1:
                end = self._summary_end(index, top)
            sign = mark.label is Label.PROMOTION and not (self.chinese and lines.AD_SIGN.fullmatch(block.text) is None)
            sign = sign or (last and share[1] < LAST)  # over nothing
            if end > index + 1 or mark.label is Label.PREV_NEXT or sign:
                return self.drop(index, end, mark.label, mark.reason)
        elif mark is not None and not mark.heading and self._believes(mark, block, share):
            end = top.end if mark.tail and share[0] > 0.5 and share[1] <= TAIL_CUT else index + 1
            self.cut[index] = mark
            return self.drop_rest(index + 1, end, Label.OTHER, f"after: {mark.reason}")
        if self.headline is not None and block.text == self.blocks[self.headline].text:
            return self.drop(index, index + 1, Label.TITLE, "the headline again")
        if self._may_repeat(block) and (block.text in seen or self._comes_again(block, top)):
            return self.drop(index, index + 1, Label.DUPLICATE, "printed twice")
        opening = self._before_text(block, top) if share[0] == 0.0 else None
        if opening is not None:
            return self.drop(index, index + 1, opening.label, opening.reason)
        aside = self.asides.reason(block) if self.asides is not None else None
        if aside is not None:
            return self.drop(index, index + 1, Label.OTHER, aside)
        if self._is_link_line(block) and not self._in_flow(index, share):
            label = Label.RELATED if weight(block.text) >= LINK_TITLE else Label.OTHER
            return self.drop(index, index + 1, label, "a line of links")
        seen.add(block.text)
        return index

    def _before_text(self, block: Block, top: Box) -> Mark | None:
        """What stands before the first paragraph: a line of names, a digest of the text."""
        if self.chinese and block.index not in self.under_image and is_person_line(block.text):
            return Mark(Label.BYLINE, "names before the text")
        return Mark(Label.SUMMARY, "says what the text says again") if self._is_digest(block, top) else None

    def _is_shown(self, block: Block) -> bool:
        """To a reader, who may have to unfold it; hidden text counts on a page that shows no other."""
        if not block.hidden or (self.reveal and block.box.tag not in HIDDEN_TAGS):
            return True
        return self.asides is not None and self.asides.unfolds(block)

    def _may_repeat(self, block: Block) -> bool:
        """Long enough to be a copy when it comes twice; in Western texts cells and specifications come twice too."""
        return len(block.text) >= REPEAT and (self.chinese or has_stop(block.text))

    def _comes_again(self, block: Block, top: Box) -> bool:
        """Whether a summary prints here what comes again as a paragraph among others."""
        twin = self.paragraphs.get(block.text, block.index)
        return twin > block.index and holds(top, twin) and self._foreign_box(self.blocks[twin], top) is None

    def _is_digest(self, block: Block, top: Box) -> bool:
        """A lead whose sentences nearly all come again, word for word, further down in the container."""
        parts = [p for p in _SENTENCES.split(block.text) if len(p) >= SENTENCE]
        if self.scores[block.index] == 0.0 or not parts:
            return False
        rest = "".join(b.text for b in self.blocks[block.index + 1 : top.end] if self.scores[b.index] > 0)
        return sum(len(p) for p in parts if p in rest) >= DIGEST * sum(map(len, parts))

    def _believes(self, mark: Mark, block: Block, share: tuple[float, float]) -> bool:
        """Whether a mark counts here: notices and bylines do at a text's ends; in its middle they are its subject."""
        if mark.label is Label.BYLINE and not mark.tail and not mark.last:
            if original_title(block.text) is not None:
                return True
            if share[0] > 0 and self.timetable and lines.is_dated(block):
                return False
            if share[0] <= HEAD:
                return True
            by_image = not self.under_image.isdisjoint((block.index, block.index + 1))
            caption = lines.is_caption(block.text, by_image, closing=share[1] < LAST)
            return share[1] <= BYLINE_TAIL and not caption and lines.CREDIT.search(block.text) is not None
        if mark.last and (share[0] > HEAD or not mark.ends):
            return share[0] > TAIL and share[1] < LAST
        return not mark.ends or share[0] <= HEAD or share[1] <= TAIL

    def _foreign_box(self, block: Block, top: Box) -> Box | None:
        """The outermost box around a block, inside the container, that names itself something else than the article."""
        found, box = None, block.box
        while box is not top and box.parent is not None:
            whole = box.tag not in PARAGRAPH_TAGS or box.tag in _LIST_TAGS or box.end - box.first == 1
            claims = whole and foreign_label(box) is not None and not holds(box, self.headline)
            if claims and self._is_small(box):
                found = found if is_part_of_layout(box, self.around) else box
            box = box.parent
        return found

    def _is_small(self, box: Box) -> bool:
        """Whether a box holds so little of the container's prose that it may be cut whole."""
        limit = WHOLE_BOX * self.total
        held = self._held(box)
        if 0 < held <= limit and foreign_label(box) in LAYOUT_LABELS:
            held = sum(map(self._held, series(self.layout, box)))
        return held <= limit

    def _is_link_line(self, block: Block) -> bool:
        """Lines of links; a linked subheading or a linked sentence within the text is none."""
        if not is_link_line(block):
            return False
        following = self.scores[block.index + 1] if block.index + 1 < len(self.scores) else 0.0
        return not (block.heading and following > 0)

    def _list_end(self, index: int, top: Box) -> int:
        """End of the list or box that a heading block opens; index + 1 if there is none."""
        blocks = self.blocks
        end, box = index + 1, blocks[index].box
        while box is not top and box.parent is not None and index - box.first <= 1:
            links = any(b.link_density > LINK_LINE for b in blocks[index + 1 : box.end])
            if links and self._is_small(box):
                end = max(end, box.end)
            box = box.parent
        if end > index + 1:
            return end
        while end < top.end and blocks[end].link_density > 0.5:
            end += 1
        return end

    def _summary_end(self, index: int, top: Box) -> int:
        """End of the summary that a heading above the text opens: its box, else the paragraph under it."""
        if lines.LEAD_HEADING.search(self.blocks[index].text):
            return index + 1
        box = self.blocks[index].box
        while box.end == index + 1 and box.parent is not None and box is not top:
            box = box.parent
        if box is not top and holds(top, box.first) and box.first == index and self._is_small(box):
            return box.end
        following = [i for i in range(index + 1, top.end) if self.scores[i] > 0][:SUMMARY_REST]
        return index + 2 if len(following) == SUMMARY_REST and following[0] == index + 1 else index + 1

    def trim(self) -> None:
        """What stands above the first or below the last paragraph stays only among paragraphs, or as a caption."""
        order = sorted(self.kept)
        text = [i for i in order if self.scores[i] > 0]
        if not text:
            return
        while order and _SIGNATURE.fullmatch(self.blocks[order[-1]].text):  # "(Smith)" under the last paragraph
            self.kept.discard(last := order.pop())
            self.drop(last, last + 1, Label.BYLINE, "signature")
        if order and lines.is_heading_of_links(self.blocks[order[-1]], self.cut.get(order[-1] + 1)):
            self.kept.discard(last := order.pop())
            self.drop(last, last + 1, Label.RELATED, "heading of the links below it")
        home_of = home_box if self.chinese else column_box
        home = {id(home_of(self.blocks[i])) for i in text}
        alike = Counter(paragraph_kind(self.blocks[i]) for i in text)
        for i in order:
            if text[0] <= i <= text[-1] or i in self.data:
                continue
            block = self.blocks[i]
            at_home = id(home_of(block)) in home or alike[paragraph_kind(block)] >= BOXED_PARAGRAPHS
            opens = not self.chinese and block.heading > 0 and i + 1 == text[0]
            if not at_home and not opens and not self._is_caption(block):
                self.kept.discard(i)
                self.drop(i, i + 1, Label.OTHER, "outside the run of paragraphs")

    def _is_caption(self, block: Block) -> bool:
        """A short line right under an image."""
        return block.index in self.under_image and weight(block.text) <= CAPTION and not has_stop(block.text[:-1])

    def lead(self, top: Box, description: str) -> None:
        """Add what of a Western article stands between its headline and its container."""
        if self.headline is None or not self.kept or self.chinese or holds(top, self.headline):
            return
        said = "".join(self.blocks[i].text for i in self.kept)
        above = Above(self.layout, self.marks, self.scores, self.headline, top, said)
        self.kept.update(above.standfirst(description), above.introduction())

    def _in_flow(self, index: int, share: tuple[float, float]) -> bool:
        """A linked line of a Western text, in the box of its paragraphs and between two: a reference."""
        block = self.blocks[index]
        if self.chinese or share[0] == 0 or (share[1] <= 0 and not lines.is_linking_sentence(block)):
            return False
        home = home_box(block)
        for tags in (("li",), _LIST_TAGS):
            home = home.parent if home.tag in tags and home.parent is not None else home
        return any(self.scores[i] > 0 and home_box(self.blocks[i]) is home for i in range(home.first, home.end))

    def _held(self, box: Box) -> float:
        return sum(self.scores[box.first : box.end])
