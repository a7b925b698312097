"""What stands around the body of a dump: lists of links, tags, notices, previous and next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.extraction.flat.lines import RIGHTS, Line, fold, is_number, make_line, measure
from pipelines.extraction.metadata.dates import find_dates
from pipelines.items import Label, Link, Segment

_MORE = re.compile(r"[\s.…]*(?:more|更多)[\s>»]*", re.I)
_COUNTED = re.compile(r"(?P<rank>\d{1,2})\s*[、.．:：]?\s*(?=\D)")
_RANK = re.compile(r"(?:(?:TOP\s*)?\d{1,2}\s*[、.．:：]\s*|0\d\s*|[·•■▪◆●※★>›»\-]+\s*|\[\d+\]\s*)+(?=\S)", re.I)
_PREV_NEXT = re.compile(
    r"[\[【<«‹←\s]{0,3}(?P<way>上|前|下|后|後|previous|next)(?:一?(?:篇|条|條|则|則)(?:文章|稿件|新闻|新聞|主题)?|\s+(?:article|post|story))"
    r"\s*[\]】]?\s*[:：>»]?\s*",
    re.I,
)
_NOTHING = re.compile(r"(?:没有|沒有|无|已是|已经是|暂无|到头)[了]?.{0,8}$")
_LABEL = re.compile(r"^[^:：]{1,12}?\s*[:：]\s*|^(?:标签|標籤|关键词|關鍵字|关键字)\s*", re.I)
_TAG_GAP = re.compile(r"[,，、;；|｜/／﹒·#\s]+")
_TAG_COMMA = re.compile(r"[,，、;；|｜﹒#]+")
_LATIN = re.compile(r"[A-Za-zА-Яа-яÀ-ÿ]")

# Calibrated on the lists of the labelled dumps.
SHORTEST_ENTRY = 5  # characters of the shortest headline of a list; a word counts as two
LONGEST_ENTRY = 48
LONGEST_LINE = 300  # characters of a line that may be an entry, date and all
SHORT_RUN = 2  # shorter lines in a row that end a list: a menu has begun
BOX_NAME = 10  # characters of a name of a box in two parts
LONGEST_TAG = 16
TAG_LINE = re.compile(r"[^\W\d_][\w \-+.]*")
TAG_SIZE = 8  # characters of a tag that stands in a line of its own
TAG_MOST = 12  # more are a menu
TAG_RUN = 3  # such lines in a row behind the last sentence that are no captions
TEASER = 26  # a closed sentence this long below a headline announces it


@dataclass(slots=True)
class Parts:
    """The named parts of a dump, as they are gathered."""

    related: list[Link] = field(default_factory=list)
    latest: list[Link] = field(default_factory=list)
    prev_next: list[Link] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    copyright: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def add(self, label: Label, text: str, reason: str) -> None:
        """Note a line with its label."""
        self.segments.append(Segment(label, text, reason))


class ListReader:
    """Reads the lines around the body one by one and keeps in mind under which heading they stand."""

    def __init__(self, parts: Parts, title: str, body: str) -> None:
        self.parts = parts
        self.title = fold(title)
        self.body = body
        self.section: Label | None = None
        self.notice = False  # the line before was a notice that ends in a colon
        self.short = 0
        self.entry: str | None = None  # the headline that a teaser may follow
        self.entries = 0
        self.rank = 0

    def read(self, line: Line) -> None:
        """Put one line into its part."""
        mark = line.mark
        notice, self.notice = self.notice, False
        listed = self.section in (Label.RELATED, Label.LATEST)
        if listed and mark is None and "|" in line.text and line.size <= BOX_NAME:
            self.section = None  # 美食 | 专题: another box begins
        if mark is not None and mark.label is Label.COPYRIGHT and listed and not RIGHTS.search(line.text):
            mark = None  # 某某声明：… is a headline among headlines
        if mark is None:
            if notice:
                self._notice(line, "notice goes on")
            else:
                self._bare(line)
        elif mark.heading:
            self._begin(mark.label)
            self.parts.add(mark.label, line.text, mark.reason)
        elif mark.label is Label.COPYRIGHT or (notice and line.prose):
            self._notice(line, mark.reason)
        elif mark.label is Label.TAGS:
            values = tag_values(line.text, self.body)
            self.parts.tags.extend(values)
            self.section = None if values or len(line.text) > 6 else Label.TAGS
            self.parts.add(Label.TAGS, line.text, mark.reason)
        elif mark.label is Label.RELATED:
            self._begin(Label.RELATED)
            self.parts.add(Label.RELATED, line.text, mark.reason)
            rest = make_line(_LABEL.sub("", line.text))
            if rest.text and "专题" not in line.text[:6]:
                self._bare(rest)
        elif mark.label is Label.PREV_NEXT:
            self.parts.prev_next.extend(prev_next(line.text))
            self.section = None
            self.parts.add(Label.PREV_NEXT, line.text, mark.reason)
        else:
            if mark.label in (Label.NAVIGATION, Label.COMMENTS) or (self.entries > 1 and _MORE.fullmatch(line.text)):
                self.section = None
            self.parts.add(mark.label, line.text, mark.reason)

    def _begin(self, section: Label) -> None:
        self.section, self.short, self.entry, self.entries, self.rank = section, 0, None, 0, 0

    def _notice(self, line: Line, reason: str) -> None:
        self.parts.copyright.append(line.text)
        self.parts.add(Label.COPYRIGHT, line.text, reason)
        self.notice = line.text.endswith((":", "："))
        self.section = None

    def _bare(self, line: Line) -> None:
        if self.section in (Label.RELATED, Label.LATEST):
            self._entry(line, self.section)
        elif self.section is Label.TAGS and line.size <= LONGEST_TAG and not line.prose:
            self.parts.tags.extend(tag_values(line.text, line.text))
            self.parts.add(Label.TAGS, line.text, "entry of tags")
        else:
            self.parts.add(self.section or Label.OTHER, line.text, "outside the body, no words of its own")

    def _entry(self, line: Line, section: Label) -> None:
        rest = self._unranked(line)
        if rest is None:
            self.section = None
            self.parts.add(Label.OTHER, line.text, "first of a ranking under no known heading")
            return
        link = entry(rest)
        if link is None:
            self.short += not is_number(line.text) and line.size < SHORTEST_ENTRY
            if self.short >= SHORT_RUN:
                self.section = None
            self.parts.add(self.section or Label.OTHER, line.text, "number, date or teaser of a list")
            return
        self.short = 0
        if self.entry is not None and line.prose and line.size >= TEASER:
            self.parts.add(section, line.text, "teaser of a list entry")
            self.entry = None
            return
        self.entry = link.title
        self.entries += 1
        if fold(link.title) != self.title:
            (self.parts.related if section is Label.RELATED else self.parts.latest).append(link)
        self.parts.add(section, line.text, f"entry of {section.value}")

    def _unranked(self, line: Line) -> Line | None:
        """The line without its number where the entries of this list are counted; None where another count begins."""
        match = _COUNTED.match(line.text)
        if match is None or int(match["rank"]) != self.rank + 1:
            return line
        if self.rank == 0 and self.entries:
            return None  # a count that begins amid a list is another list
        self.rank += 1
        return make_line(line.text[match.end() :])


def entry(line: Line) -> Link | None:
    """The list entry that a line is: its headline without rank and date; None for numbers, dates and teasers."""
    text = _RANK.sub("", line.text, count=1) if _RANK.match(line.text) else line.text
    if len(text) > LONGEST_LINE:
        return None
    date = None
    for found in reversed(find_dates(text)):
        edge = found.end >= len(text.rstrip(" )）]】")) or found.start <= 1
        told = found.day or len(found.raw) > 4  # 06-21 does, 3-1 may be a score
        if edge and told and found.kind != "relative" and found.raw[-1] not in "月日":
            date = found.value or None
            text = (text[: found.start] + text[found.end :]).strip(" ()（）[]【】\t|")
    row = make_line(text)
    if row.size < SHORTEST_ENTRY or is_number(text):
        return None
    if (row.ends and row.size >= TEASER) or row.stops > 1 or row.size > LONGEST_ENTRY or "@" in text:
        return None
    if row.size >= TEASER and text.endswith(("...", "…")):
        return None
    return Link(text, date=date)


def prev_next(text: str) -> list[Link]:
    """The neighbours that a line names: 上一篇：X, and 下一篇：Y in the same line."""
    starts = list(_PREV_NEXT.finditer(text))
    links = []
    for i, match in enumerate(starts):
        stop = starts[i + 1].start() if i + 1 < len(starts) else len(text)
        title = text[match.end() : stop].strip(" |｜[]【】")
        if measure(title) >= 3 and not _NOTHING.fullmatch(title):
            way = match["way"].lower()
            links.append(Link(title, rel="prev" if way in ("上", "前", "previous") else "next"))
    return links


def tag_values(text: str, body: str) -> list[str]:
    """The tags of a tag line. Glued tags cannot be told apart: a value alone counts only where `body` uses it."""
    value = _LABEL.sub("", text).strip(" 【】[]。.")
    gap = _TAG_COMMA if _TAG_COMMA.search(value) or _LATIN.search(value) else _TAG_GAP
    values = [v.strip() for v in gap.split(value) if v.strip()]
    values = [v for v in values if measure(v) <= LONGEST_TAG and not is_number(v)]
    if len(values) == 1 and measure(values[0]) > 2 and values[0] not in body:
        return []
    return values


def trailing_tags(lines: Sequence[Line]) -> int:
    """How many of the last lines are tags, each a line of its own: no signs in them, or a comma behind each."""
    count = 0
    for line in reversed(lines):
        word = line.text.rstrip(",，、")
        parted = len(word) < len(line.text)
        if line.mark is not None or not TAG_LINE.fullmatch(word) or line.size > TAG_SIZE or (parted and not count):
            break
        if not parted and count and lines[-2].text[-1] in ",，、":
            break
        count += 1
    parted = count >= 2 and lines[-2].text[-1] in ",，、"
    return count if count <= TAG_MOST and (parted or count >= TAG_RUN) else 0


def read_all(reader: ListReader, lines: Sequence[Line]) -> None:
    """Read lines that stand in a row, under no heading at first."""
    reader.section = None
    for line in lines:
        reader.read(line)
