from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from crawler.timetable.slots import Slots, jitter


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(cron: str, zone: str, after: str, number: int) -> list[str]:
    """The first slots after a moment, as UTC."""
    schedule, moment = Slots(cron, zone), at(after)
    found = []
    while len(found) < number and (moment := schedule.next(moment)) is not None:  # type: ignore[assignment]
        found.append(f"{moment:%m-%dT%H:%M}")
    return found


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 6 * * 0", ["06-21", "06-28"]),  # Sundays, as in cron; APScheduler's 0 is Monday
        ("0 6 * * 7", ["06-21", "06-28"]),
        ("0 6 * * sun", ["06-21", "06-28"]),
        ("0 6 * * 1", ["06-22", "06-29"]),
        ("0 6 * * 5-7", ["06-19", "06-20", "06-21", "06-26"]),
        ("0 6 * * mon-fri", ["06-18", "06-19", "06-22"]),
        ("0 6 * * */2", ["06-18", "06-20", "06-21", "06-23"]),  # 0, 2, 4, 6
        ("0 6 20 * 1", ["06-20", "06-22", "06-29", "07-06", "07-13", "07-20"]),  # either will do
        ("0 6 31 2 *", []),
        ("0 6 29 2 *", []),
        ("@weekly", ["06-21", "06-28"]),
        ("0 6 1 jan *", ["01-01"]),
        ("0 6 25/3 * *", ["06-25", "06-28", "07-25"]),
    ],
)
def test_days_are_those_of_cron(cron: str, expected: list[str]) -> None:
    found = slots(cron, "UTC", "2026-06-18T00:00", len(expected))
    assert [day[:5] for day in found] == expected


def test_hours_are_those_of_the_zone() -> None:
    assert slots("30 6 * * *", "Asia/Shanghai", "2026-06-18T00:00", 1) == ["06-18T22:30"]


def test_a_time_that_the_clock_skips_comes_once_an_hour_later() -> None:
    # Berlin, 29 March 2026: 01:59 is followed by 03:00 (01:00 UTC)
    assert slots("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00", 3) == ["03-28T01:30", "03-29T01:30", "03-30T00:30"]
    assert slots("30 2,3 * * *", "Europe/Berlin", "2026-03-28T22:00", 2) == ["03-29T01:30", "03-30T00:30"]


def test_a_time_that_the_clock_shows_twice_counts_once() -> None:
    # Berlin, 25 October 2026: 02:59 (00:59 UTC) is followed by 02:00
    assert slots("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == ["10-25T00:30", "10-26T01:30"]


@pytest.mark.parametrize("start", ["2026-03-28T23:00", "2026-10-24T22:00"])
def test_a_schedule_of_every_hour_follows_real_time(start: str) -> None:
    schedule, moment, gaps = Slots("*/20 * * * *", "Europe/Berlin"), at(start), set[timedelta]()
    for _ in range(15):
        following = schedule.next(moment)
        assert following is not None
        gaps.add(following - moment)
        moment = following
    assert gaps == {timedelta(minutes=20)}


@pytest.mark.parametrize("cron", ["* * * * *", "17 * * * *", "30 2 * * *", "0 6 * * 0", "0 0 29 2 *", "0 0 1 1 mon"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_the_last_slot_is_the_one_before_the_next(cron: str, zone: str) -> None:
    schedule = Slots(cron, zone)
    now = at("2026-10-25T01:17")
    last = schedule.last(at("1999-01-01T00:00"), now)
    assert last is not None
    assert last <= now
    following = schedule.next(last)
    assert following is not None
    assert following > now
    assert schedule.last(last, now) is None  # nothing was missed since
    assert schedule.last(last - timedelta(seconds=1), now) == last


def test_where_no_slot_was_there_is_no_last_one() -> None:
    assert Slots("0 0 31 2 *", "UTC").last(at("2026-01-01T00:00"), at("2026-06-01T00:00")) is None
    assert Slots("* * * * *", "UTC").last(at("2026-06-01T00:00"), at("2026-01-01T00:00")) is None


def test_jitter_is_the_same_for_everyone_and_spreads() -> None:
    moments = [at("2026-06-18T00:00") + timedelta(hours=n) for n in range(200)]
    waits = [jitter("news.example", moment, 60).total_seconds() for moment in moments]
    assert waits == [jitter("news.example", moment, 60).total_seconds() for moment in moments]
    assert all(0 <= wait < 60 for wait in waits)
    assert min(waits) < 10
    assert max(waits) > 50
    assert len({jitter(f"site{n}", moments[0], 60) for n in range(20)}) == 20
    assert jitter("news.example", moments[0], 0) == timedelta(0)


def test_what_is_no_line_of_cron_is_refused() -> None:
    for line in islice(("61 * * * *", "* * * *", "* * * * 8", "*/0 * * * *"), 4):
        with pytest.raises(ValueError, match="not a time of cron"):
            Slots(line, "UTC")
