"""A date as this project writes it: ISO 8601 cut to its precision, on the page's own wall clock, never converted."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from pipelines.extraction.metadata.clock import Clock, zone_offset

PRECISIONS = ("year", "month", "day", "hour", "minute", "second")
SIZES = dict(zip(PRECISIONS, (4, 7, 10, 13, 16, 19), strict=True))  # characters of the ISO form
FUTURE_SLACK = timedelta(hours=24)  # a page's clock may stand in another zone than the crawler's
OLDEST_YEAR, NEWEST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date as ISO 8601 cut to its precision (2016, 2016-06-21, 2016-06-21T12:30+08:00); the string it came from."""

    value: str
    precision: str
    raw: str


@dataclass(frozen=True, slots=True)
class FoundDate(DateValue):
    """A date in a line. `value` is "" where it cannot be told; `problem` says why ("unresolved", "future")."""

    start: int = 0
    end: int = 0
    kind: str = "absolute"  # absolute, yearless, relative
    offset_assumed: bool = False
    problem: str = ""

    @property
    def has_time(self) -> bool:
        """A time of day is printed, to the hour at least."""
        return PRECISIONS.index(self.precision) >= 3

    @property
    def day(self) -> str:
        """The day (YYYY-MM-DD), "" where the date is less precise or not known."""
        return self.value[:10] if len(self.value) >= 10 else ""


@dataclass(frozen=True, slots=True)
class DateContext:
    """What dates are read against.

    base: the fetch time; relative dates need it, and nothing may lie more than 24 h after it.
    near: a date known of the page (its URL, its meta data); completes dates without a year where there is no base.
    offset: the UTC offset assumed for a time that is printed without one. language: settles 03/04/2026 and month names.
    roc: the page is from Taiwan, so that 115-06-21 is a year of the Republic.
    """

    base: datetime | None = None
    near: date | None = None
    offset: timezone | None = None
    language: str | None = None
    roc: bool = False


NOTHING = DateContext()


def make_date(
    parts: tuple[int, int | None, int | None], clock: Clock | None, raw: str, context: DateContext
) -> FoundDate | None:
    """Put a date together and check it: a real day, in a plausible year; "future" is told as a problem."""
    year, month, day = parts
    if not OLDEST_YEAR <= year <= NEWEST_YEAR:
        return None
    try:
        moment = datetime(year, month or 1, day or 1)
    except ValueError:
        return None
    if day is None or clock is None:
        precision = "day" if day else "month" if month else "year"
        value = moment.strftime("%Y-%m-%d")[: SIZES[precision]]
        return _checked(FoundDate(value, precision, raw), moment, None, context)
    offset = zone_offset(clock.zone, moment.date(), context.offset) if clock.zone else None
    assumed = offset is None and context.offset is not None
    offset = offset or context.offset
    precision = "second" if clock.second is not None else "minute" if clock.minute is not None else "hour"
    moment = moment.replace(hour=clock.hour, minute=clock.minute or 0, second=min(clock.second or 0, 59))
    value = iso(moment, precision, offset)
    return _checked(FoundDate(value, precision, raw, offset_assumed=assumed), moment, offset, context)


def iso(moment: datetime, precision: str, offset: timezone | None) -> str:
    """A moment cut to its precision, the offset behind it where there is one and a time of day is given."""
    size = SIZES[precision]
    value = moment.strftime("%Y-%m-%dT%H:%M:%S")[:size]
    if size > 10 and offset is not None:
        minutes = int((offset.utcoffset(None) or timedelta()).total_seconds() // 60)
        value += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return value


def _checked(item: FoundDate, moment: datetime, offset: timezone | None, context: DateContext) -> FoundDate:
    if context.base is None:
        return item
    zone = offset or context.offset or context.base.tzinfo or UTC
    base = context.base if context.base.tzinfo else context.base.replace(tzinfo=zone)
    if moment.replace(tzinfo=zone) > base + FUTURE_SLACK:
        return dataclasses.replace(item, value="", problem="future")
    return item


def page_clock(context: DateContext) -> datetime | None:
    """The fetch time on the page's own wall clock; None where nobody recorded it."""
    if context.base is None or context.base.tzinfo is None or context.offset is None:
        return context.base
    return context.base.astimezone(context.offset)
