"""The day on which an article was printed, as far as its list and its URL tell before it is fetched."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

# Whole dates only: a year that is not printed would have to be guessed.
_PRINTED = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(?:T|$)")
_IN_PATH = re.compile(
    r"/((?:19|20)\d\d)[-/_.]?(\d{1,2})[-/_.]?(\d{1,2})(?=/)|/((?:19|20)\d\d)-(\d\d)-(\d\d)(?=[-/_.]|$)"
)


def listed_day(text: str | None, url: str) -> date | None:
    """The day that a list, feed or sitemap prints for a URL, else the one in its path; None where neither is whole."""
    return _printed(text or "") or _in_path(url)


def _printed(text: str) -> date | None:
    match = _PRINTED.search(text) or _COMPACT.search(text)
    if match:
        return _day(*match.groups())
    try:
        return parsedate_to_datetime(text).date() if text.count(" ") >= 3 else None
    except ValueError:
        return None


def _in_path(url: str) -> date | None:
    match = _IN_PATH.search(urlsplit(url).path)
    return _day(*(group for group in match.groups() if group)) if match else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
