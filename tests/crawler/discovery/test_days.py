from datetime import date

import pytest

from crawler.discovery.days import listed_day


@pytest.mark.parametrize(
    ("text", "path", "day"),
    [
        ("2026-06-21 12:30", "/a.html", date(2026, 6, 21)),
        ("2026年6月1日", "/a.html", date(2026, 6, 1)),
        ("2026-06-21T08:00:00+08:00", "/c/2025-01-01/a.html", date(2026, 6, 21)),
        ("Sun, 21 Jun 2026 08:00:00 GMT", "/a.html", date(2026, 6, 21)),
        ("20260621T0800", "/a.html", date(2026, 6, 21)),
        ("06-21 12:30", "/c/2026-06-20/doc-1.shtml", date(2026, 6, 20)),
        (None, "/2026/06/21/title/", date(2026, 6, 21)),
        (None, "/20260621/123.html", date(2026, 6, 21)),
        ("06-21 12:30", "/a.html", None),
        ("3 days ago", "/a/1234567.html", None),
        ("2026-13-45", "/c/2026-99-99/a.html", None),
        ("one two three four", "/a.html", None),
    ],
)
def test_the_day_that_a_list_tells(text: str | None, path: str, day: date | None) -> None:
    assert listed_day(text, f"http://news.example{path}") == day
