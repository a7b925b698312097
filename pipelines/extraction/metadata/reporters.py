"""The persons that a paragraph of the text itself names as its reporters: in brackets, or before the report."""

from __future__ import annotations

import re

from pipelines.extraction.metadata.byline import Byline, parse_byline
from pipelines.extraction.metadata.byline_words import HAN, is_person, split_names

# A report names its reporters in brackets or behind the dateline, at the head or the end of the text.
_IN_BRACKETS = re.compile(
    r"[（(【\[][^（()）【】\[\]。]{0,40}?(?:记者|記者|通讯员|通訊員|作者|撰文|文|采写)[\s:：/／]?[^（()）【】\[\]。]{1,80}[)）】\]]"
)
_WRITTEN = re.compile(r"[（(【](?P<who>[^（()）【】/／：:，。]{2,20}?)\s?[/／]\s?文[）)】]")  # （张三/文）
_REPORTS = re.compile(
    rf"^[{HAN}·・\s]{{0,14}}?(?:记者|記者|通讯员|通訊員)\s?(?P<who>[{HAN}、，\s]{{2,40}}?)"
    r"(?:\d{1,2}月\d{1,2}日)?(?:报道|報導|報道|电|電|讯|訊|综合报道|摄影报道|[/／][^\s，。]{2,8}報導)"
)


def reported_by(text: str) -> list[str]:
    """The reporters that a paragraph names in brackets or before its report: （记者 张三 通讯员李四）, 记者王五报道."""
    names: list[str] = []
    for line in bracketed_credits(text):
        names.extend(line.authors)
    report = _REPORTS.match(text)
    if report:
        names.extend(n for n in split_names(report["who"]) if is_person(n))
    return list(dict.fromkeys(names))


def bracketed_credits(text: str) -> list[Byline]:
    """The credits in brackets at the beginning and end of a paragraph: （文/钱某 责编/魏某）; not pictures' credits."""
    ends = text[:200] + "\n" + text[200:][-160:]
    found = [parse_byline(m.group(0)[1:-1]) for m in _IN_BRACKETS.finditer(ends) if m.group(0)[1] not in "图圖"]
    found.extend(Byline(authors=tuple(split_names(m["who"])), labelled=True) for m in _WRITTEN.finditer(ends))
    return found
