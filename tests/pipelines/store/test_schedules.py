from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

import pytest

from pipelines.store.articles import Store, open_store
from pipelines.store.crawl import Crawl
from pipelines.store.schedules import Timetable

SITE, RULE = "news.example", "0 * * * * UTC"
NOON = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_new_site_begins_with_the_next_slot(any_store: Store) -> None:
    with Timetable(any_store) as timetable:
        timetable.enter(SITE, RULE, NOON)
        assert timetable.standings()[SITE].slot == NOON
        assert not timetable.claim(SITE, NOON, NOON)
        timetable.enter(SITE, RULE, NOON + HOUR)  # it is known already
        assert timetable.standings()[SITE].slot == NOON
        timetable.enter(SITE, "5 * * * * UTC", NOON + HOUR)  # another rule has slots of its own
        assert timetable.standings()[SITE].slot == NOON + HOUR


def test_a_slot_is_taken_once_and_its_end_is_noted(any_store: Store) -> None:
    with Timetable(any_store) as one, open_store(_url(any_store)) as store, Timetable(store) as other:
        one.enter(SITE, RULE, NOON - HOUR)
        assert one.claim(SITE, NOON, NOON)
        assert not one.claim(SITE, NOON, NOON)
        assert not other.claim(SITE, NOON, NOON)
        assert not other.claim(SITE, NOON + HOUR, NOON + HOUR)  # its crawl is under way
        assert other.standings()[SITE].running
        other.finish(SITE, 0, NOON)  # not the one that runs it
        assert other.standings()[SITE].running
        one.finish(SITE, 3, NOON + HOUR)
        standing = other.standings()[SITE]
        assert (standing.running, standing.result, standing.finished) == (False, 3, NOON + HOUR)
        assert other.claim(SITE, NOON + HOUR, NOON + HOUR)


def test_a_crawl_begun_by_hand_keeps_a_site_from_being_crawled_twice(any_store: Store) -> None:
    with Timetable(any_store) as timetable, open_store(_url(any_store)) as store:
        timetable.enter(SITE, RULE, NOON - HOUR)
        crawl = Crawl(store, SITE, bound=5)
        crawl.begin()
        assert timetable.standings()[SITE].running
        assert not timetable.claim(SITE, NOON, NOON)
        crawl.end()
        assert not timetable.standings()[SITE].running
        assert timetable.claim(SITE, NOON, NOON)


def test_a_clock_that_was_far_ahead_stops_nothing_for_long(any_store: Store) -> None:
    with Timetable(any_store) as timetable:
        timetable.enter(SITE, RULE, NOON + 400 * 24 * HOUR)
        timetable.enter(SITE, RULE, NOON)
        assert timetable.standings()[SITE].slot == NOON
        timetable.enter(SITE, RULE, NOON - 2 * HOUR)  # a clock put back by two hours runs no slot twice
        assert timetable.standings()[SITE].slot == NOON


def _hold_a_slot(url: str, pipe: Connection, begun: bool) -> None:
    with open_store(url) as store, Timetable(store) as timetable:
        assert timetable.claim(SITE, NOON, NOON)
        if begun:
            store.start_run(SITE, NOON)
        pipe.send("taken")
        signal.pause()


@pytest.mark.parametrize("begun", [False, True])
def test_a_scheduler_that_is_killed_holds_nothing_and_its_slot_is_run_once(any_store: Store, begun: bool) -> None:
    url = _url(any_store)
    later = NOON + timedelta(seconds=61)
    with Timetable(any_store) as timetable:
        timetable.enter(SITE, RULE, NOON - HOUR)
        here, there = multiprocessing.get_context("spawn").Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_hold_a_slot, args=(url, there, begun))
        process.start()
        assert here.poll(60)
        assert here.recv() == "taken"
        assert not timetable.reopen(SITE, later)  # it lives
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        here.close(), there.close()
        _wait_until_free(timetable)
        assert not timetable.reopen(SITE, NOON + timedelta(seconds=30))  # its crawl may still be coming up
        assert timetable.reopen(SITE, later) is not begun
        assert timetable.claim(SITE, NOON, later) is not begun
        assert timetable.claim(SITE, NOON + HOUR, NOON + HOUR) is begun


def _wait_until_free(timetable: Timetable) -> None:
    """PostgreSQL notices the end of a session a moment later."""
    for _ in range(100):
        if not timetable.standings()[SITE].running:
            return
        signal.sigtimedwait([], 0.05)
    raise AssertionError("the lock of a dead process is held")


def _url(store: Store) -> str:
    return store.database.engine.url.render_as_string(hide_password=False)
