"""What the demo site knows of its own pages: the expected fields of each article, by the rules of docs/fields.md.

Only what is printed on the page counts. Captions in the flow are lines of the body on Chinese pages; a box headed 摘要
or 核心提示 that repeats the body is not; footer lines (©, ICP) and notices are copyright; list titles are the link
texts without rank numbers and dates.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

CHINA = dt.timezone(dt.timedelta(hours=8))
FIELDS = (
    "title",
    "published",
    "authors",
    "editors",
    "source",
    "text",
    "tags",
    "related",
    "latest",
    "prev_next",
    "copyright",
    "pages",
)
_CUT = {"day": 10, "hour": 13, "minute": 16}  # characters of an ISO time that each precision keeps


@dataclass(frozen=True, slots=True)
class Printed:
    """A date as the page prints it.

    `kind`: absolute (`moment` says it), minutes / hours / days (ago), clock (`amount` days ago at `moment`'s time of
    day), monthday (no year: the latest such day that is not after the fetch).
    """

    raw: str
    kind: str
    moment: dt.datetime
    amount: int = 0

    def resolve(self, fetched_at: str | None) -> tuple[str | None, str | None]:
        """The expected `published` and its precision; (None, None) for a relative date of a page without fetch time."""
        if self.kind == "absolute":
            return _iso(self.moment, "minute"), "minute"
        if not fetched_at:
            return None, None
        now = dt.datetime.fromisoformat(fetched_at).astimezone(CHINA)
        if self.kind == "minutes":
            return _iso(now - dt.timedelta(minutes=self.amount), "minute"), "minute"
        if self.kind == "hours":
            return _iso(now - dt.timedelta(hours=self.amount), "hour"), "hour"
        if self.kind == "days":
            return _iso(now - dt.timedelta(days=self.amount), "day"), "day"
        if self.kind == "clock":
            day = (now - dt.timedelta(days=self.amount)).date()
            return _iso(dt.datetime.combine(day, self.moment.time(), CHINA), "minute"), "minute"
        if self.kind == "monthday":
            this_year = self.moment.replace(year=now.year)
            return _iso(
                this_year if this_year.date() <= now.date() else this_year.replace(year=now.year - 1), "day"
            ), "day"
        raise ValueError(f"unknown kind of date: {self.kind}")


def _iso(moment: dt.datetime, precision: str) -> str:
    text = moment.isoformat()[: _CUT[precision]]
    return text if precision == "day" else text + "+08:00"


@dataclass(frozen=True, slots=True)
class Truth:
    """The expected article of one URL path."""

    path: str
    template: str
    title: str
    printed: Printed
    text: str
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    source: str | None = None
    tags: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    prev_next: tuple[str, ...] = ()
    copyright: tuple[str, ...] = ()
    pages: int = 1

    def expected(self, fetched_at: str | None) -> dict[str, Any]:
        """The fields in the form of `Article.to_dict()`, dates resolved against the fetch time; lists hold strings."""
        published, precision = self.printed.resolve(fetched_at)
        out: dict[str, Any] = {"published_precision": precision}
        for name in FIELDS:
            value = published if name == "published" else getattr(self, name)
            out[name] = list(value) if isinstance(value, tuple) else value
        return out
