"""Hosts that fail: how long they rest, when they are given up; on both databases."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from pipelines.items import Dropped, Lease, Outcome
from pipelines.setback import Setback
from pipelines.store import schema
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl
from pipelines.store.patience import Patience
from pipelines.store.traps import Limits
from tests.pipelines.store.test_crawl import ALL, done, found, states, worker

LIMITS = Limits(patience=Patience(first=1000.0, most=3000.0, tries=3))
ONE = replace(ALL, total=1)


def failed(lease: Lease, **more: float | bool) -> Outcome:
    why = Dropped(lease.url, "fetch/503", "busy")
    return Outcome(lease.url, lease, dropped=why, setback=Setback(**more))  # type: ignore[arg-type]


def host(store: Store) -> tuple[int, float]:
    """Failures in a row, and the seconds of rest that are left, give or take a quarter and a moment."""
    with store.database.read() as connection:
        row = connection.execute(select(schema.hosts.c.failures, schema.hosts.c.next_at)).one()
    return row.failures, row.next_at - time.time()


def due(store: Store) -> None:
    """Let all rests be over."""
    with store.database.write() as connection:
        connection.execute(update(schema.hosts).values(next_at=0.0))
        connection.execute(update(schema.frontier).values(not_before=0.0))


def begin(crawl: Crawl, urls: int = 4) -> None:
    crawl.take(replace(ALL, total=0), [found(str(n)) for n in range(urls)])


def test_each_failure_in_a_row_doubles_the_rest_and_the_last_gives_the_host_up(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        for number, rest in enumerate((1000.0, 2000.0), 1):
            (lease,) = crawl.take(ONE).leases
            crawl.commit([failed(lease)])
            failures, left = host(any_store)
            assert failures == number
            assert left == pytest.approx(rest, rel=0.3)
            assert crawl.take(ALL).leases == ()
            due(any_store)
        (lease,) = crawl.take(ONE).leases
        crawl.commit([failed(lease)])
        assert set(states(any_store).values()) == {"failed"}
        assert [one["reason"] for one in any_store.dropped()] == ["fetch/503"] * 4
        assert crawl.take(ALL).wait is None


def test_what_was_under_way_counts_once_and_an_answer_ends_the_row(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        one, two, three, four = crawl.take(ALL).leases
        early = time.monotonic()
        crawl.commit([failed(one), failed(two)])
        crawl.commit([failed(three)])
        assert host(any_store)[0] == 1
        late = done(four)
        late.answered = early  # it was answered before the host failed
        crawl.commit([late])
        assert host(any_store)[0] == 1
        due(any_store)
        leases = crawl.take(ALL).leases
        assert {lease.tries for lease in leases} == {2}
        crawl.commit([done(leases[0])])
        assert host(any_store)[0] == 0


def test_a_host_that_asks_for_time_takes_no_try(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl, urls=1)
        (lease,) = crawl.take(ALL).leases
        crawl.commit([failed(lease, wait=1000.0, counts=False)])
        assert 940 < host(any_store)[1] < 1310  # what it asks for, or a first rest of ours, give or take a quarter
        due(any_store)
        (lease,) = crawl.take(ALL).leases
        assert lease.tries == 1
        crawl.commit([failed(lease, again=False)])  # its last try
        assert states(any_store) == {"0": "failed"}


def test_the_pace_of_a_host_outlives_the_worker_that_learned_it(url: str, any_store: Store) -> None:
    with worker(url, delay=1.0) as crawl:
        begin(crawl)
        crawl.take(ONE)
        crawl.take(replace(ONE, paces={"a.example": 400.0}))
        crawl.end()
    assert host(any_store)[1] == pytest.approx(400, abs=60)


def test_rests_that_were_noted_under_a_wrong_clock_are_put_right(url: str, any_store: Store) -> None:
    """A machine that believed to be in another year: nothing would be asked until then."""
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl, urls=2)
        (lease,) = crawl.take(ONE).leases
        crawl.commit([failed(lease)])
        crawl.end()
    ahead = 365 * 86_400.0
    with any_store.database.write() as connection:
        connection.execute(update(schema.hosts).values(next_at=schema.hosts.c.next_at + ahead))
        connection.execute(update(schema.frontier).values(not_before=schema.frontier.c.not_before + ahead))
    with worker(url, limits=LIMITS) as crawl:
        assert len(crawl.take(ALL).leases) == 2
        crawl.end()
