import pytest

from crawler.middlewares.setbacks import retry_after

LATER = "Sun, 21 Jun 2026 00:01:00 GMT"  # a minute later
DATE = "Sun, 21 Jun 2026 00:00:30 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, None, None),
        ("120", None, 120.0),
        (" 1.5 ", None, 1.5),
        ("0", None, 0.0),
        ("1e9", None, 1e9),
        ("9" * 400, None, 1e9),
        ("-5", None, None),
        ("soon", None, None),
        ("", None, None),
        ("１２", None, None),
        (LATER, None, 60.0),
        (LATER, DATE, 30.0),  # by the server's own clock
        (LATER, "nonsense", 60.0),
        ("Sun, 21 Jun 2020 00:01:00 GMT", None, 0.0),
        ("Sun, 99 Jun 2026 00:01:00 GMT", None, None),
    ],
)
def test_what_a_retry_after_asks_for(value: str | None, date: str | None, seconds: float | None) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 6, 21, tzinfo=UTC).timestamp()
    assert retry_after(value, date, now) == seconds
