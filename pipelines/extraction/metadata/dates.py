"""Dates in a line of text: absolute, without a year, relative; each with its precision, never invented.

Order: (1) numeric and Chinese dates with the year first, (2) numeric dates with the year last, (3) month names in some
thirty languages, (4) dates without a year, (5) relative dates. dateparser is asked only by `parse_date`, for a string
that is nothing but a date and that no pattern of ours reads.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pipelines.extraction.metadata.clock import Clock, clock_after, clock_before
from pipelines.extraction.metadata.date_patterns import RawDate, absolute_dates
from pipelines.extraction.metadata.date_value import (
    DateContext,
    DateValue,
    FoundDate,
    iso,
    make_date,
    page_clock,
)
from pipelines.extraction.metadata.dates_relative import Relative, relative_dates

__all__ = ["CHINA", "NOTHING", "DateContext", "DateValue", "FoundDate", "find_dates", "parse_date"]

CHINA = timezone(timedelta(hours=8))
NOTHING = DateContext()
LONGEST_DATE = 80  # characters of a string that is only a date, weekday and zone names included

# One character for one, so that spans point into the text as it came.
_WIDE = str.maketrans(
    "０１２３４５６７８９：／－．（）　\u00a0\u2002\u2003\u2009\u202f‐‑–", "0123456789:/-.()" + " " * 6 + "---"
)
_IS_WIDE = re.compile(f"[{''.join(map(chr, _WIDE))}]")
_TRIGGER = re.compile(
    r"\d|[〇○零一二三四五六七八九]{4}年|前|刚|剛|昨|[周週]|星期|today|yester|just|\ban?\s\w+\sago", re.I
)
_MACHINE = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<sep>-?)(?P<m>\d{2})(?P=sep)(?P<d>\d{2})"
    r"(?:[T\s]?(?P<h>[01]\d|2[0-3]):?(?P<min>[0-5]\d)(?::?(?P<s>[0-5]\d))?(?:[.,]\d+)?)?\s?"
    r"(?:(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})(?:\[\S+\])?)?"
)
_COARSE = re.compile(r"(?P<y>(?:19|20)\d{2})(?:-(?P<m>\d{2}))?")
# The form of C's ctime and of some APIs: Sat Sep 07 13:43:45 +0800 2019.
_CTIME = re.compile(
    r"(?:\w{3}\s)?(?P<md>\w{3}\s+\d{1,2})\s(?P<t>\d{2}:\d{2}:\d{2}(?:\s\S{1,6})?)\s(?P<y>(?:19|20)\d{2})"
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")


def _narrow(text: str) -> str:
    """The text with narrow digits, signs and blanks; most have no others, and a search costs less than to translate."""
    return text.translate(_WIDE) if _IS_WIDE.search(text) else text


def may_be_dated(text: str) -> bool:
    """A cheap look before `find_dates`: whether a line holds anything that a date begins with."""
    return _TRIGGER.search(_narrow(text)) is not None


def find_dates(text: str, context: DateContext = NOTHING) -> list[FoundDate]:
    """All dates of a line with their spans, in order; what cannot be resolved has an empty value and its raw string."""
    plain = _narrow(text)
    if not _TRIGGER.search(plain):
        return []
    found: list[FoundDate] = []
    for raw in absolute_dates(plain, context.language, context.roc):
        if not _overlaps(found, raw.start, raw.end):
            item = _finish(text, plain, raw, context)
            if item is not None and not _overlaps(found, item.start, item.end):
                found.append(item)
    for relative in relative_dates(plain, page_clock(context)):
        if not _overlaps(found, relative[0], relative[1]):
            found.append(_relative(text, relative, context))
    return sorted(found, key=lambda f: f.start)


def parse_date(text: str, context: DateContext = NOTHING) -> FoundDate | None:
    """The date of a string that is meant to be one (meta data, time element, script variable); None where it is not.

    Reads ISO 8601, 20160621123005, seconds or milliseconds of the Unix epoch, what `find_dates` reads, and, last and
    slowly, what dateparser reads.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_DATE:
        return None
    machine = _machine(text, context)
    if machine is not None:
        return machine
    text = _CTIME.sub(r"\g<md> \g<y> \g<t>", text)
    found = [f for f in find_dates(text, context) if f.value]
    if found:
        return next((f for f in found if f.has_time), found[0])
    return _fallback(text, context)


def _overlaps(found: list[FoundDate], start: int, end: int) -> bool:
    return any(start < f.end and f.start < end for f in found)


def _finish(text: str, plain: str, raw: RawDate, context: DateContext) -> FoundDate | None:
    start, end, clock = raw.start, raw.end, None
    if raw.day is not None:
        clock = clock_after(plain, end)
        if clock is not None:
            end = clock.end
        else:
            clock = clock_before(plain, start)
            if clock is not None:
                start = clock.start
    string = text[start:end].strip(" ,，、|")
    span = {"start": start, "end": end}
    if raw.year:
        return _with(make_date((raw.year, raw.month, raw.day), clock, string, context), "absolute", span)
    base = page_clock(context)
    near = base.date() if base else context.near
    # A month without a year is prose; so is "May 5" without anything to complete it from, but its raw string is kept.
    if raw.day is None or raw.month is None:
        return None
    if near is None:
        return FoundDate("", "day", string, start, end, "yearless", problem="unresolved")
    years = (near.year, near.year - 1) if base else (near.year, near.year - 1, near.year + 1)
    items = [make_date((year, raw.month, raw.day), clock, string, context) for year in years]
    real = [i for i in items if i is not None and i.value]
    if not real:
        return None
    if base is None:
        real.sort(key=lambda i: abs((datetime.fromisoformat(i.value[:10]).date() - near).days))
    return _with(real[0], "yearless", span)


def _with(item: FoundDate | None, kind: str, span: dict[str, int]) -> FoundDate | None:
    if item is None:
        return None
    return FoundDate(
        item.value, item.precision, item.raw, span["start"], span["end"], kind, item.offset_assumed, item.problem
    )


def _relative(text: str, relative: Relative, context: DateContext) -> FoundDate:
    start, end, moment, precision, clock = relative
    raw = text[start:end].strip()
    if moment is None:
        return FoundDate("", precision, raw, start, end, "relative", problem="unresolved")
    if clock is not None:
        item = make_date((moment.year, moment.month, moment.day), clock, raw, context)
        if item is not None:
            return FoundDate(item.value, item.precision, raw, start, end, "relative", item.offset_assumed, item.problem)
    offset = context.offset or _fixed(moment)
    return FoundDate(iso(moment, precision, offset), precision, raw, start, end, "relative", context.offset is not None)


def _fixed(moment: datetime) -> timezone | None:
    shift = moment.utcoffset()
    return None if shift is None else timezone(shift)


def _machine(text: str, context: DateContext) -> FoundDate | None:
    if _EPOCH.fullmatch(text):
        seconds = int(text[:10])
        moment = datetime.fromtimestamp(seconds, context.offset or UTC)
        shown = Clock(moment.hour, moment.minute, moment.second, "UTC" if context.offset is None else None, 0)
        item = make_date((moment.year, moment.month, moment.day), shown, text, context)
        # An epoch is exact: the zone it is shown in is a choice, the moment is not.
        return _with(item, "absolute", {"start": 0, "end": len(text)})
    m = _COARSE.fullmatch(text)
    if m is not None:
        parts = (int(m["y"]), int(m["m"]) if m["m"] else None, None)
        return _with(make_date(parts, None, text, context), "absolute", {"start": 0, "end": len(text)})
    m = _MACHINE.fullmatch(text)
    if m is None:
        return None
    clock: Clock | None = None
    if m["h"]:
        zone = None if not m["z"] else "UTC" if m["z"] in ("Z", "UTC", "GMT") else _colon(m["z"])
        clock = Clock(int(m["h"]), int(m["min"]), int(m["s"]) if m["s"] else None, zone, 0)
    item = make_date((int(m["y"]), int(m["m"]), int(m["d"])), clock, text, context)
    return _with(item, "absolute", {"start": 0, "end": len(text)})


def _colon(zone: str) -> str:
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _fallback(text: str, context: DateContext) -> FoundDate | None:
    # Without a year only "vor 3 Stunden" and its like are dates, and those need a base.
    digits = r"\d" if context.base else r"(?<!\d)\d{4}(?!\d)"
    if not re.search(digits, text) or not re.search(r"[^\W\d_]{2}", text) or re.search(r"[\u4e00-\u9fff]", text):
        return None
    import dateparser

    language = (context.language or "").split("-")[0].lower()
    settings: dict[str, Any] = {"PREFER_DATES_FROM": "past", "REQUIRE_PARTS": ["day", "month", "year"]}
    if context.base is not None:
        settings["RELATIVE_BASE"] = context.base.replace(tzinfo=None)
    try:
        moment = dateparser.parse(text, languages=[language] if language else None, settings=settings)
    except (ValueError, OverflowError):  # an unknown language, a year out of reach
        moment = None
    if moment is None:
        return None
    clock = None
    if re.search(r"\d{1,2}[:.]\d{2}", text):
        clock = Clock(moment.hour, moment.minute, None, None, 0)
    item = make_date((moment.year, moment.month, moment.day), clock, text, context)
    return _with(item, "absolute", {"start": 0, "end": len(text)})
