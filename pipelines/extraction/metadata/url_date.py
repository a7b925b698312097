"""The date in a URL: a check on the others, what completes a date without a year, and the last resort."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

# Real shapes of article URLs, the surest first: /2019/09/07/ and 2019-09-07; /20190907/, /2019/0907/, /2018/05-25/,
# /201909/07/; a day that a number begins with; /19/0907/.
_SHAPES = (
    re.compile(r"(?<!\d)(?P<y>20[0-4]\d|199\d)(?P<s>[/\-_.])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>[0-2]?\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>20[0-4]\d|199\d)[/\-_]?(?P<m>0[1-9]|1[0-2])[/\-_]?(?P<d>[0-2]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-2]\d|3[01])(?=\d{2,11}(?!\d))"),
    re.compile(r"/(?P<y>[0-4]\d)/(?P<m>0[1-9]|1[0-2])(?P<d>[0-2]\d|3[01])(?=/)"),
)
_MONTH = re.compile(r"/(?P<y>20[0-4]\d|199\d)[/\-_]?(?P<m>0[1-9]|1[0-2])(?=/)")


def url_date(url: str | None) -> date | None:
    """The day in a URL's path (its query is left alone); None where it holds none."""
    path = urlsplit(url).path if url else ""
    for shape in _SHAPES:
        for match in shape.finditer(path):
            year = int(match["y"])
            try:
                return date(year if year > 100 else 2000 + year, int(match["m"]), int(match["d"]))
            except ValueError:
                continue
    return None


def url_month(url: str | None) -> date | None:
    """The first day of the month in a URL's path (/201909/, /2019/09/); None where it holds none."""
    match = _MONTH.search(urlsplit(url).path) if url else None
    return date(int(match["y"]), int(match["m"]), 1) if match else None
