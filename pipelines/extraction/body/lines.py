"""What the words of single lines tell about the text around them: credits, programmes, headings of summaries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipelines.extraction.blocks import Block
from pipelines.extraction.body.adjoining import REFERENCES
from pipelines.extraction.body.container import has_stop, weight
from pipelines.extraction.phrases import Mark
from pipelines.items import Label

LIST_HEADING, BOLD = 14.0, 0.8  # the widest heading of links under the text (see weight); share of it that is bold
BEFORE_LINK = 3  # words of a sentence before its first link
TIMETABLE = 3  # so many lines of a date and a few words are a programme or a chronicle, not bylines

# A byline at the end of a text says what the persons did.
CREDIT = re.compile(
    r"编|編|责|責|记\s*者|記\s*者|来\s*源|來\s*源|来自|作\s*者|文\s?[/／|｜:：]|摄|攝|校|稿|译|撰|写|报道|通讯员|\bby\b|source|reporting|发[表布]于|發[表佈布]於|张贴|阅读|閱讀|автор|источник"
    r"|源自|转自|摘自|选自|contributed|(?:发布|發布|发表|發表|更新|发稿|录入)(?:时间|時間|日期)",
    re.I,
)
# Over an advertisement that a script loads.
AD_SIGN = re.compile(r"\W*(?:广告|廣告|推广|推廣|赞助|贊助|ad|advertisement)\W*", re.I)
_EDITOR = re.compile("[编編]")
_CLOSING = re.compile(r"\W*(?!.*[摄攝图圖影])(?:来源|來源|稿源|作者|记者|記者|通讯员|通訊員|校对)")
_DATED = re.compile(r"\W{0,3}(?:(?:19|20)\d\d\s?[-/.年]\s?)?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?\W*[^\W\d]{2}")
# What stands under such a heading may be new: the author's own lead.
LEAD_HEADING = re.compile("导语|導語|导读|導讀")  # what stands under them may be new


def is_dated(block: Block) -> bool:
    """A line of a date and a few words that name no person and no source."""
    return _DATED.match(block.text) is not None and CREDIT.search(block.text) is None


def is_timetable(blocks: Iterable[Block], marks: Sequence[Mark | None]) -> bool:
    """Whether the dated lines of a text that look like bylines are a programme or a chronicle."""
    marked = (b for b in blocks if (m := marks[b.index]) is not None and m.label is Label.BYLINE)
    return sum(map(is_dated, marked)) >= TIMETABLE


def is_caption(text: str, by_image: bool, *, closing: bool) -> bool:
    """Whether a line like a byline is a caption. `by_image`: beside a picture; `closing`: no text follows it.

    Beside a picture a line that names an editor is none; nor is, as the last line, one that begins with source or
    reporter and says nothing of pictures.
    """
    if "《" in text:
        return True
    return by_image and not (_EDITOR.search(text) or (closing and _CLOSING.match(text)))


def is_heading_of_links(block: Block, below: Mark | None) -> bool:
    """Whether the last line of a text names the links cut below it, in any language: heading, bold, or with a colon."""
    if below is None or below.label is not Label.RELATED or has_stop(block.text[:-1]):
        return False
    if REFERENCES.fullmatch(block.text):
        return False
    stands_out = block.heading > 0 or block.bold_chars >= BOLD * len(block.text) or block.text[-1] in ":："
    return stands_out and weight(block.text) <= LIST_HEADING


def is_linking_sentence(block: Block) -> bool:
    """A Western sentence most of which is a link: words before it, no label, a stop at its end."""
    first = next((link.text for link in block.links if link.text), None)
    before = block.text.partition(first)[0] if first is not None else ""
    return len(before.split()) >= BEFORE_LINK and ":" not in before and block.text[-1] in '.!?”"'
