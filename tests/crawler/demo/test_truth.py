import datetime as dt

import pytest

from crawler.demo.truth import CHINA, FIELDS, Printed, Truth

MOMENT = dt.datetime(2025, 6, 21, 12, 30, tzinfo=CHINA)
FETCHED = "2026-06-21T02:10:05+00:00"  # 10:10 in China


@pytest.mark.parametrize(
    ("kind", "amount", "published", "precision"),
    [
        ("absolute", 0, "2025-06-21T12:30+08:00", "minute"),
        ("minutes", 25, "2026-06-21T09:45+08:00", "minute"),
        ("hours", 3, "2026-06-21T07+08:00", "hour"),
        ("hours", 11, "2026-06-20T23+08:00", "hour"),
        ("days", 4, "2026-06-17", "day"),
        ("clock", 1, "2026-06-20T12:30+08:00", "minute"),
        ("monthday", 0, "2026-06-21", "day"),
    ],
)
def test_dates_resolve_against_the_fetch(kind: str, amount: int, published: str, precision: str) -> None:
    assert Printed("", kind, MOMENT, amount).resolve(FETCHED) == (published, precision)


def test_a_day_still_to_come_this_year_was_last_year() -> None:
    assert Printed("06-21", "monthday", MOMENT).resolve("2026-06-20T10:00:00+08:00")[0] == "2025-06-21"


def test_midnight_in_china_counts_not_in_utc() -> None:
    assert Printed("昨天 12:30", "clock", MOMENT, 1).resolve("2026-06-20T17:00:00+00:00")[0] == "2026-06-20T12:30+08:00"


def test_without_a_fetch_time_only_absolute_dates_are_known() -> None:
    assert Printed("", "absolute", MOMENT).resolve(None)[1] == "minute"
    assert Printed("3小时前", "hours", MOMENT, 3).resolve(None) == (None, None)


def test_an_unknown_kind_of_date_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Printed("", "soon", MOMENT).resolve(FETCHED)


def test_expected_has_every_field() -> None:
    truth = Truth("/a", "x", "题", Printed("", "absolute", MOMENT), "文", tags=("甲",))
    expected = truth.expected(None)
    assert set(expected) == {*FIELDS, "published_precision"}
    assert expected["tags"] == ["甲"]
    assert expected["source"] is None
