"""Which named part every block that is not the article belongs to, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipelines.extraction.blocks import HIDDEN_TAGS, Block, Box, Layout
from pipelines.extraction.body.container import LINK_LINE, REPEAT, has_stop, is_link_line, weight
from pipelines.extraction.body.picker import LINK_TITLE, Body
from pipelines.extraction.lists import is_tag_line, named_side
from pipelines.extraction.metadata.byline import is_byline, may_be_byline
from pipelines.extraction.metadata.byline_words import RUN
from pipelines.extraction.metadata.roles import is_credit_line
from pipelines.extraction.names import foreign_label
from pipelines.extraction.phrases import HEADING_MAX, Mark, match_heading, match_mark
from pipelines.items import Label

BODY = Mark(Label.BODY, "paragraph of the text")
COPY = Mark(Label.DUPLICATE, "a paragraph of the text again")
CREDITS = Mark(Label.BYLINE, "roles and names only", ends=True, last=True)
NEIGHBOUR = Mark(Label.PREV_NEXT, "link to the previous or next")
FILED = Mark(Label.RELATED, "articles under a heading of tags")
NEIGHBOUR_WIDTH = 6.0  # the narrowest title of a neighbour; a narrower one turns pages
FEED_LINES = 3  # so many link lines under the text, without a heading: a feed of articles
FEED_WIDTH = 8.0  # their mean width in characters of Chinese; channel names are shorter
CRUMB_BLOCKS = 4  # breadcrumbs stand at most so many blocks above the headline
SUMMARY_WIDTH = 20.0  # a summary is at least so wide, with its label
NOTICE_WIDTH = 30.0  # a linked notice so wide is its text, a shorter one leads to it
TAG_BLOCKS = 12  # tags stand at most so many blocks under the text
TAG_SHARE = 0.6  # so many of the words of an unlabelled tag line stand in the article
ENTRY_WIDTH = 6.0
LINKED_TAGS = 0.3  # share of the characters of such a line that are links
LATE_LABEL = 6  # text nodes of a line among which a label of tags may follow that of the section
# What the picker says of a block when it knows only that it is not the text: a list's heading may know better.
_OPEN_LABELS = (Label.OTHER, Label.HIDDEN, Label.RELATED, Label.NAVIGATION, Label.PROMOTION, Label.LATEST)
_MISNAMED_TAGS = (Label.RELATED, Label.PROMOTION, Label.SHARE)  # what the box of a line of tags may be called
_SAYS_TAGS = re.compile(r"(?:主题|主題|标签|標籤|关键[词字]|關鍵[詞字]|话题|topics|tags)\s*[:：]", re.I)
# 关于 楼市 开盘 的: the linked words head what is related to them.
_ABOUT = re.compile(r"关于\s.+\s的(?:新闻|文章|报道|资讯)?")
_LISTED = (Label.RELATED, Label.LATEST)
_NOTICE = re.compile(r"©|版[权權]所有|ICP|公网安备|copyright\s*(?:©|\(c\)|\d)|all rights reserved", re.I)
_MORE = re.compile(r"[\W_]*(?:更多|more)?[\W_]*", re.I)
NUMBERED_TAGS = ("p", "td", "th")  # a number alone in one is a datum or the number of a section, unless it links
_CRUMB_SIGNS = (">", "»", "›", "→", "》")


def mark_blocks(layout: Layout, mute: Collection[int] = ()) -> list[Mark | None]:
    """What the words of each block say it is: the heading of a list, a marked line, a byline, or nothing.

    `mute`: indexes of blocks that are known to be no byline.
    """
    return [_mark(block, block.index in mute) for block in layout.blocks]


def _mark(block: Block, mute: bool) -> Mark | None:
    mark = match_heading(block.text) or match_mark(block.text)
    if (
        mark is not None
        and mark.label is Label.COPYRIGHT
        and block.link_density > 0.5
        and weight(block.text) < NOTICE_WIDTH
        and not _NOTICE.search(block.text)
    ):
        mark = None  # a footer's menu that links to a notice
    if mark is not None and mark.label is Label.PAGINATION and block.tag in NUMBERED_TAGS and not block.links:
        mark = None if len(block.text.split()) == 1 else mark
    if mark is not None:
        return mark
    if len(block.links) == 1 and _is_neighbour(block):
        return NEIGHBOUR
    if block.links and block.text.startswith("关于") and _ABOUT.fullmatch(block.text) and is_tag_line(block):
        return Mark(Label.RELATED, "heading of related", heading=True)
    if len(block.runs) > 1 and len(block.text) <= 2 * HEADING_MAX:
        inner = [match_heading(r) for r in block.runs if not _MORE.fullmatch(r)]
        if inner and all(m is not None for m in inner):
            return inner[0]  # tabs: the headings of several lists in one line
    if (
        not mute
        and block.link_density <= LINK_LINE
        and not _is_entry_line(block)
        and may_be_byline(block.text)
        and is_byline(block.runs)
    ):
        return Mark(Label.BYLINE, "names date, source or persons only")
    if not mute and not block.links and is_credit_line(RUN.join(block.runs)):
        return CREDITS
    return _labelled(block) if len(block.runs) > 1 else None


def _is_neighbour(block: Block) -> bool:
    """A link that calls itself the previous or next one, with a title as its text: rel=prev, a class nav-next."""
    link = block.links[0]
    wide = weight(link.text) >= NEIGHBOUR_WIDTH and block.link_density > LINK_LINE
    return wide and named_side(block, link) is not None


def _labelled(block: Block) -> Mark | None:
    """A block whose first run of text is a label of its own, without a colon: a summary, a tag line."""
    first = match_heading(block.runs[0])
    if first is None:  # "Posted in News | Tagged landing, market"
        if block.link_density < LINKED_TAGS:
            return None
        later = any((m := match_heading(r)) and m.label is Label.TAGS for r in block.runs[1:LATE_LABEL])
        return Mark(Label.TAGS, "tag line") if later and is_tag_line(block) else None
    if first.label is Label.SUMMARY and weight(block.text) > SUMMARY_WIDTH:
        return Mark(Label.SUMMARY, "labelled summary", ends=True)
    if first.label is Label.TAGS and block.links and is_tag_line(block):
        return Mark(Label.TAGS, "tag line")
    return None


def _is_entry_line(block: Block) -> bool:
    """A linked headline with its date."""
    return bool(block.links) and weight(block.links[0].text) >= LINK_TITLE and is_link_line(block)


def label_blocks(layout: Layout, marks: Sequence[Mark | None], body: Body, title: range) -> list[Mark]:
    """One Mark (label and reason) a block. `title`: the blocks that print the headline."""
    labels: list[Mark | None] = [None] * len(layout.blocks)
    for i in body.blocks:
        labels[i] = BODY
    for i in title:
        labels[i] = labels[i] or Mark(Label.TITLE, "the headline")
    for i, mark in body.cut.items():
        labels[i] = labels[i] or mark
    _label_lists(layout, marks, labels, body, title.start if title else 0)
    said = {layout.blocks[i].text for i in body.blocks if len(layout.blocks[i].text) >= REPEAT}
    for block in layout.blocks:
        if labels[block.index] is None:
            copy = COPY if block.text in said and not block.hidden else None
            labels[block.index] = copy or _label_one(block, marks[block.index])
    _label_surroundings(layout, labels, body, title)
    return [m or Mark(Label.OTHER, "no rule speaks of it") for m in labels]


def _label_lists(
    layout: Layout, marks: Sequence[Mark | None], labels: list[Mark | None], body: Body, headline: int
) -> None:
    """Give each headed list, from its heading to its end, the heading's label; lists in hidden tabs too."""
    for block in layout.blocks:
        mark = marks[block.index]
        if mark is None or not mark.heading or block.box.tag in HIDDEN_TAGS:
            continue
        if mark.label is Label.TAGS and (block.index < headline or _in_menu(block)):
            continue  # the topics of the site
        if mark.label is Label.OTHER:
            mark = _first_tab(layout, marks, block) or mark
        taken = labels[block.index]
        if taken is not None and taken.label not in (mark.label, *_OPEN_LABELS):
            continue
        for i in range(block.index, _list_end(layout, marks, block, body)):
            old, own = labels[i], marks[i]
            if own is not None and (own.label is Label.COPYRIGHT or own == NEIGHBOUR):
                continue  # a notice below the buttons of a box
            if old is None or (old == body.cut.get(i) and old.label in _OPEN_LABELS):
                filed = mark.label is Label.TAGS and not is_tag_line(layout.blocks[i])
                labels[i] = FILED if filed else mark


def _in_menu(block: Block) -> bool:
    box: Box | None = block.box
    while box is not None:
        if foreign_label(box) is Label.NAVIGATION:
            return True
        box = box.parent
    return False


def _first_tab(layout: Layout, marks: Sequence[Mark | None], tab: Block) -> Mark | None:
    """The heading right before one that is its like, if it names a list: what stands under tabs is the first one's."""
    before = marks[tab.index - 1] if tab.index else None
    if before is None or not before.heading or before.label not in _LISTED:
        return None
    return before if _signature(layout.blocks[tab.index - 1]) == _signature(tab) else None


def _list_end(layout: Layout, marks: Sequence[Mark | None], heading: Block, body: Body) -> int:
    """Where the list under a heading ends: with the smallest box that begins with the heading and holds links."""
    blocks = layout.blocks
    first, last = (body.blocks[0], body.blocks[-1]) if body.blocks else (-1, -1)
    own = marks[heading.index]
    enough = 1 if own is not None and own.label is Label.PREV_NEXT else 2
    box: Box | None = heading.box
    end = start = heading.index + 1
    while box is not None and box.parent is not None:
        if box.first <= first < box.end or box.first <= last < box.end or heading.index - box.first > 1:
            break
        end = max(end, box.end)
        if sum(_is_entry(b) for b in blocks[start:end]) >= enough:
            break
        box = box.parent
    if box is not None and sum(_is_entry(b) for b in blocks[start:end]) < enough:
        # the heading stands alone in its box, or with a "more": the list is the next box that holds links
        following = (b for b in layout.boxes if b.parent is box and b.first >= end and b.end > b.first)
        found = next((b for b in following if any(_is_entry(x) for x in blocks[b.first : b.end])), None)
        end = end if found is None else _panels_end(layout, found)
    for block in blocks[start:end]:
        mark = marks[block.index]
        if mark is not None and mark.heading and (block.link_density < 0.5 or block.tag == heading.tag):
            return block.index
        same_rank = heading.heading > 0 and block.heading == heading.heading and block.link_density < 0.5
        if same_rank and any(_is_entry(b) for b in blocks[start : block.index]):
            return block.index
    if heading.link_density > LINK_LINE and end > start and _signature(blocks[start]) == _signature(heading):
        return start  # a menu entry among its like is no heading
    return end


def _panels_end(layout: Layout, shown: Box) -> int:
    """The end of a tab's list with those of the other tabs: hidden boxes alike right behind it."""
    end, alike = shown.end, (shown.tag, shown.element.get("class"))
    for box in layout.boxes:
        if (
            box.first == end
            and box.parent is shown.parent
            and box.hidden
            and (box.tag, box.element.get("class")) == alike
        ):
            end = box.end
    return end


def _is_entry(block: Block) -> bool:
    """A line that may be an entry of a list of articles."""
    return block.link_density > 0.5 and weight(block.text) >= ENTRY_WIDTH


def _signature(block: Block) -> tuple[str, str | None]:
    return block.tag, block.box.element.get("class")


def _label_one(block: Block, mark: Mark | None) -> Mark | None:
    if block.hidden:
        return Mark(Label.HIDDEN, "not shown to a reader")
    if mark is not None and not mark.heading:
        return mark
    box: Box | None = block.box
    while box is not None and box.parent is not None:
        label = foreign_label(box)
        if label is Label.TAGS and not is_tag_line(block):
            label = Label.RELATED  # what a site files under its keywords: articles on the same subject
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
    _label_tags(layout, labels, body, title)
    for run in _feeds(layout, labels, body):
        for i in run:
            labels[i] = Mark(Label.RELATED, "feed of links under the text")


def _label_tags(layout: Layout, labels: list[Mark | None], body: Body, title: range) -> None:
    """A line of short links under the text that no phrase calls tags: its words stand in the article."""
    if not body.blocks:
        return
    text = "".join(layout.blocks[i].text for i in (*title, *body.blocks))
    for block in layout.blocks[body.blocks[-1] + 1 : body.blocks[-1] + TAG_BLOCKS]:
        taken = labels[block.index]
        words = [link.text for link in block.links if link.text]
        if len(words) < 2 or block.hidden or not (taken is None or taken.label in _MISNAMED_TAGS):
            continue
        if _ABOUT.fullmatch(block.text) or not is_tag_line(block):
            continue
        if _SAYS_TAGS.search(block.text) or sum(w in text and not w.isdigit() for w in words) >= TAG_SHARE * len(words):
            labels[block.index] = Mark(Label.TAGS, "linked words of the article")


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
