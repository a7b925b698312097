"""When a page was published and last modified, from all that it says, in the order of trust.

1. a date printed between headline and body, or right above the headline (with a time of day before one without)
2. JSON-LD of the article, 3. meta elements, 4. time elements and itemprop, 5. the line at the article's foot,
6. script variables, where the document has none of these, 7. the day in the URL, 8. the date, if its year is printed,
that the list had beside the link.
Never prose, lists, comments, copyright years, widgets. A printed day takes its time of day from machine data that
names the same day. No date found is None.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extraction.blocks import Block, Layout
from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.byline import is_byline
from pipelines.extraction.metadata.dates import (
    CHINA,
    DateContext,
    DateValue,
    FoundDate,
    find_dates,
    parse_date,
)
from pipelines.extraction.metadata.url_date import url_date, url_month
from pipelines.extraction.metadata.zone import Zone, before, between, foot, width

OLDEST = "1990"  # the Web has no older page
DATE_LINE = 90  # characters of a line that is a date with little beside it
LONGEST_LINE = 220  # longer lines are prose
LABEL_REACH = 24  # characters before a date in which its label stands
DATE_LINK = 26  # columns: a longer link beside the date is a headline of a list
LAST_LINES = 2  # lines at the body's end that may be its date
FOOT_LINES = 6  # a date without a label at the foot stands this near to the text
SCRIPT_LIMIT = 2_000_000  # characters of scripts that are searched
_OFFSETS = {"zh": CHINA}
_DAY_FIRST_HOST = re.compile(
    r"^https?://[^/]+\.(?:uk|ie|au|nz|in|za|sg|my|ke|ng)(?:[:/]|$)"
)  # English, day before month
_DATED = XPath("//time | //*[@itemprop='datePublished' or @itemprop='dateModified'][not(self::meta)]")
_QUOTE = r"""[\\"']{0,2}"""  # JSON in a string has its quotes escaped
_SCRIPT_VALUE = r"""(?P<value>\d{10,13}(?!\d)|[^\\"'<>,;{}\[\]\n()]{8,40})"""
_TIME_TOKENS = frozenset(("published", "entry", "post", "pubdate", "publish", "updated"))
_KINDS = ("published", "modified")
OUTSIDE = ("url", "list")  # evidence of a date that the page itself does not print: its URL, the list that linked it
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; `raw` is the string of the published date even where it could not be resolved."""

    published: DateValue | None = None
    raw: str | None = None
    modified: DateValue | None = None
    evidence: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidate:
    date: FoundDate
    where: str


def page_context(doc: Document, language: str | None) -> DateContext:
    """What the dates of a page are read against: its fetch time, the day in its URL, its language's usual offset."""
    return _context(doc.page.fetched_at, doc.page.url, doc.canonical, doc.language or "", language)


@lru_cache(maxsize=16)
def _context(
    fetched_at: str | None, url: str | None, canonical: str | None, declared: str, language: str | None
) -> DateContext:
    """The same for all readers of a page, which ask one after the other."""
    base = None
    if fetched_at:
        try:
            base = datetime.fromisoformat(fetched_at)
        except ValueError:
            base = None
    local = declared.lower()  # "en-gb": tells the order of 03/04/2026
    if language == "en" and _DAY_FIRST_HOST.search(url or ""):
        local = "en-gb"
    roc = language == "zh" and bool(re.search(r"(?:TW|Hant)\b", declared))
    return DateContext(
        base=base,
        near=url_date(url or canonical) or url_month(url or canonical),
        offset=_OFFSETS.get(language or ""),
        language=local if language and local.startswith(language) else language,
        roc=roc,
    )


def find_published(
    doc: Document, layout: Layout, zone: Zone, language: str | None = None, *, printed: bool = False
) -> Found:
    """The page's dates. `language`: primary tag of the article's text, or None.

    `printed`: the site prints them beside its headlines; machine data is not asked where that is so on this page.
    """
    search = _Search(doc, layout, zone, page_context(doc, language))
    return search.run(printed)


class _Search:
    def __init__(self, doc: Document, layout: Layout, zone: Zone, context: DateContext) -> None:
        self.doc, self.layout, self.zone, self.context = doc, layout, zone, context
        self.body = frozenset(zone.body)
        self.warnings: list[str] = []
        if doc.page.fetched_at and context.base is None:
            self.warnings.append(
                f"fetched_at is no ISO 8601 date, relative dates stay open: {doc.page.fetched_at[:40]}"
            )
        self._dated: list[HtmlElement] | None = None
        self.unresolved: str | None = None
        self.updates: list[_Candidate] = []

    def run(self, printed: bool) -> Found:
        head = self.printed()
        known = printed and bool(head)
        machine = [] if known else list(self.machine("published"))
        modified_data = [] if known else list(self.machine("modified"))
        chosen = (
            self.weigh(head, machine, modified_data)
            or self.choose(self.at_foot())
            or self.choose(list(self.in_scripts()))
        )
        if chosen is None:
            chosen = self.choose(list(self.from_outside()))
        modified = next(iter([*self.updates, *modified_data]), None)
        if chosen is None and self.updates:
            chosen = self.updates[0]
        evidence = {}
        for name, item in (("published", chosen), ("modified", modified)):
            if item is not None:
                evidence[name] = item.where + (", offset assumed" if item.date.offset_assumed else "")
        return Found(
            _plain(chosen), chosen.date.raw if chosen else self.unresolved, _plain(modified), evidence, self.warnings
        )

    def from_outside(self) -> Iterator[_Candidate]:
        """What the page's URL and the list that linked it say; without a year a list's date would be guessed."""
        day, listed = url_date(self.doc.page.url), self.doc.page.list_date or ""
        told = (day.isoformat() if day else "", listed if _YEAR.search(listed) else "")
        for text, where in zip(told, OUTSIDE, strict=True):
            candidate = self.accept(parse_date(text, self.context), where) if text else None
            if candidate is not None:
                yield candidate

    def dated(self) -> list[HtmlElement]:
        """The elements that may hold a date for machines."""
        if self._dated is None:
            there = self.doc.says(b"<time", b"itemprop")
            self._dated = cast("list[HtmlElement]", _DATED(self.doc.root)) if there else []
        return self._dated

    def weigh(self, head: list[_Candidate], machine: list[_Candidate], modified: list[_Candidate]) -> _Candidate | None:
        """The printed date before machine data, with two exceptions.

        A printed day that machine data calls the day of the last change is no publication date. Where the language does
        not tell the offset of a printed time, machine data of the same day does, to the second.
        """
        if not head or not machine:
            return self.choose(head or machine)
        if not head[0].date.day and any(c.date.day for c in machine):
            return self.choose(machine)  # a month and its year are rather prose
        # A time element may be the very date that is printed.
        days = {c.date.day for c in machine if not c.where.startswith("element")} or {c.date.day for c in machine}
        changed = {c.date.day for c in modified} - days
        if head[0].date.day not in days and any(_near(head[0].date.day, day) for day in changed):
            self.updates.extend(head)
            return self.choose(machine)
        if self.context.offset is None and head[0].date.day in days:
            return self.choose([c for c in machine if c.date.day == head[0].date.day] + head)
        return self.choose(head + machine)

    def choose(self, candidates: list[_Candidate]) -> _Candidate | None:
        """The first; if that names a day only, the first with a time of day on the same day."""
        if not candidates or candidates[0].date.has_time:
            return candidates[0] if candidates else None
        day = candidates[0].date.day
        return next((c for c in candidates if c.date.has_time and c.date.day == day and day), candidates[0])

    def accept(self, item: FoundDate | None, where: str) -> _Candidate | None:
        """A candidate, if its date is resolved and plausible; else a warning or the raw string is kept."""
        if item is None:
            return None
        if item.problem == "future":
            self.warnings.append(f"date in the future rejected: {item.raw} ({where})")
        elif item.problem:
            self.unresolved = self.unresolved or item.raw
        if not item.value or item.value < OLDEST:
            return None
        return _Candidate(item, where)

    def printed(self) -> list[_Candidate]:
        """Dates in lines around the headline, those with a time of day first."""
        for hidden in (False, True):
            sides = []
            for where, blocks in (("below the headline", between), ("above the headline", before)):
                lines = [b for b in blocks(self.layout, self.zone) if b.hidden == hidden]
                found = [c for b in lines for c in self.in_line(b, where + (", hidden" if hidden else ""))]
                sides.append(sorted(found, key=lambda c: not c.date.has_time))
            below, above = sides
            if below:
                # The same day with its time of day may stand on the other side.
                return below + [c for c in above if c.date.day == below[0].date.day]
            if above:
                return above
        return []

    def in_line(self, block: Block, where: str) -> Iterator[_Candidate]:
        """The dates of a line that is a byline and no prose; those labelled as updates are put aside."""
        text = " ".join(block.runs)
        if len(text) > LONGEST_LINE:
            return
        dates = find_dates(text, self.context)
        if not dates or not self.is_date_line(block, text, dates):
            return
        for item in dates:
            label = text[max(0, item.start - LABEL_REACH) : item.start].lower()
            candidate = self.accept(item, where)
            if candidate is None or _words("today").search(text):
                continue
            # The last word before the date counts: 发布于 … 更新时间：2026-06-21.
            kinds = {kind: max((m.end() for m in _words(kind).finditer(label)), default=-1) for kind in _KINDS}
            if not item.day and max(kinds.values()) < 0:
                continue  # a month alone is an entry of an archive or prose
            if kinds["modified"] >= max(kinds["published"], 0):
                self.updates.append(candidate)
            else:
                yield candidate

    def is_date_line(self, block: Block, text: str, dates: list[FoundDate]) -> bool:
        """A byline, or a short line that begins with its date; never an entry of a list of links."""
        if any(width(link.text) > DATE_LINK for link in block.links) and block.link_density > 0.5:
            return False
        if is_byline(block.runs):
            return True
        if len(text) <= DATE_LINE and any(self.is_part(block, item) for item in dates):
            return True
        if block.index in self.body:
            return False
        return len(text) <= DATE_LINE and dates[0].start <= LABEL_REACH and not re.search(r"[。！？]", text)

    @staticmethod
    def is_part(block: Block, item: FoundDate) -> bool:
        """The date is a part of its own between text nodes, bars or dots: Jane Doe | Published June 3, 2026."""
        parts = [p.strip() for run in block.runs for p in re.split(r"\s[|·•⋅]\s", run)]
        return any(item.raw in p and len(p) <= len(item.raw) + LABEL_REACH // 2 for p in parts)

    def at_foot(self) -> list[_Candidate]:
        """Dates in bylines right after the body: labelled, or alone on their line near the text."""
        last = [self.layout.blocks[i] for i in self.zone.body[-LAST_LINES:]]
        for block in [*last, *list(foot(self.layout, self.zone))[:FOOT_LINES]]:
            if block.hidden or not is_byline(block.runs):
                continue
            # Beside a link a date is one of a list, if no word tells that it is this text's.
            if not block.links or _words("published").search(block.text):
                found = sorted(self.in_line(block, "below the text"), key=lambda c: not c.date.has_time)
                if found:
                    return found
        return []

    def machine(self, kind: str) -> Iterator[_Candidate]:
        """Dates of the article's JSON-LD, of meta elements, of time elements and itemprop, in this order."""
        article = jsonld.find_article(self.doc)
        key = "datePublished" if kind == "published" else "dateModified"
        for item in (article, *self.doc.jsonld[: jsonld.MAX_OBJECTS]):
            candidate = self.accept(parse_date(jsonld.text(item, key), self.context), f"JSON-LD {key}")
            if candidate is not None:
                yield candidate
                break
        for name in tables()[kind]:
            content = self.doc.meta.get(name)
            candidate = self.accept(parse_date(content, self.context), f"meta {name}") if content else None
            if candidate is not None:
                yield candidate
        yield from self.elements(kind)

    def elements(self, kind: str) -> Iterator[_Candidate]:
        """Dates of elements that say what they are: itemprop, time with pubdate or such a class."""
        prop = "datePublished" if kind == "published" else "dateModified"
        unnamed = set()
        for el in self.dated():
            if el.tag == "time":
                tokens = {t for n in (el.get("class") or "").lower().split() for t in re.split(r"[\W_]+", n)}
                update = bool(tokens & {"updated", "modified"}) and "published" not in tokens
                named = el.get("pubdate") is not None or bool(tokens & _TIME_TOKENS)
                if el.get("itemprop") != prop and (update != (kind == "modified") or not named):
                    unnamed.add(el.get("datetime") or collapse(el.text_content()))
                    continue
            elif el.get("itemprop") != prop:
                continue
            value = el.get("datetime") or el.get("content") or el.get("title") or collapse(el.text_content())
            candidate = self.accept(parse_date(value, self.context), f"element {el.tag}")
            if candidate is not None:
                yield candidate
                return
        # Time elements that all tell one moment tell the page's; several are a list.
        if len(unnamed) == 1 and kind == "published":
            candidate = self.accept(parse_date(unnamed.pop(), self.context), "element time")
            if candidate is not None:
                yield candidate

    def in_scripts(self) -> Iterator[_Candidate]:
        """Dates of script variables and of the JSON in scripts; a script that holds the headline comes first."""
        title = self.layout.blocks[self.zone.headline].text if self.zone.headline is not None else ""
        elements = [el for el in self.doc.scripts if "ld+json" not in (el.get("type") or "")]
        scripts = [el.text for el in elements if el.text and len(el.text) < SCRIPT_LIMIT]
        for script in sorted(scripts, key=lambda s: not (title and title in s)):
            found = {m["name"].lower(): m["value"] for m in reversed(list(_script_pattern().finditer(script)))}
            for name in tables()["script"]:
                value = found.get(name)
                candidate = self.accept(parse_date(value, self.context), f"script {name}") if value else None
                if candidate is not None:
                    yield candidate


def _near(day: str, other: str) -> bool:
    """The same day, seen from another time zone perhaps."""
    if not day or not other:
        return False
    return abs((date.fromisoformat(day) - date.fromisoformat(other)).days) <= 1


def _plain(candidate: _Candidate | None) -> DateValue | None:
    if candidate is None:
        return None
    return DateValue(candidate.date.value, candidate.date.precision, candidate.date.raw)


@cache
def tables() -> dict[str, Any]:
    """The tables of published.toml."""
    return tomllib.loads(files("pipelines.extraction.metadata").joinpath("published.toml").read_text("utf-8"))


@cache
def _words(kind: str) -> re.Pattern[str]:
    # The last word decides, and 更新时间 is one word.
    tail = "(?:时间|時間|日期|于|於|\\s(?:on|at))?" if kind == "modified" else ""
    return re.compile(f"(?:{'|'.join(map(re.escape, tables()['words'][kind]))}){tail}", re.I)


@cache
def _script_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(tables()["script"], key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z0-9_\-])(?P<name>{names}){_QUOTE}\s*[:=]\s*(?:new Date\()?{_QUOTE}{_SCRIPT_VALUE}", re.I
    )
