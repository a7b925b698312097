"""What is asked again, and when: by a clock of the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from pipelines.addresses import key
from pipelines.items import Dropped, Found, Fresh, Lease, Outcome
from pipelines.store import schema
from pipelines.store.again import LIST_REST, next_time, rests
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl, Need, Verdict
from tests.pipelines.store.test_crawl import worker
from tests.pipelines.store.test_variants import START, answer, found

HOUR, DAY = 3600.0, 86_400.0
AGES = (HOUR, 6 * HOUR, DAY, 7 * DAY)
LINK = "http://www.news.example/a/1"
ALL = Need(99)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The database's clock, in a list of one."""
    now = [1_000_000.0]
    monkeypatch.setattr(Crawl, "_clock", lambda self, connection: now[0])
    return now  # type: ignore[return-value]


def start(*, changed: float | None = None) -> Found:
    return Found(START, key(START), "www.news.example", "list", listing=True, changed=changed)


def run(url: str, *links: Found, text: str = "", recheck: bool = False, ages: tuple[float, ...] = AGES) -> list[Lease]:
    """One round; gives what was asked besides the list."""
    asked: list[Lease] = []
    with worker(url, recheck=recheck, ages=ages) as crawl:
        leases = crawl.take(ALL, [start()]).leases
        while leases:
            for lease in leases:
                if lease.kind == "list":
                    crawl.commit([Outcome(lease.url, lease, found=list(links))])
                    continue
                asked.append(lease)
                if lease.etag and not text:
                    assert crawl.commit([Outcome(lease.url, lease, fresh=Fresh(unchanged=True))]) == [Verdict.UNCHANGED]
                else:
                    outcome = answer(lease, text=text)
                    outcome.fresh = Fresh('"1"', "Sun, 21 Jun 2026 12:00:00 GMT")
                    crawl.commit([outcome])
            leases = crawl.take(ALL).leases
    return asked


def test_an_immediate_second_run_asks_lists_only(url: str, any_store: Store, clock: list[float]) -> None:
    assert [lease.url for lease in run(url, found(LINK))] == [LINK]
    clock[0] += 1
    assert run(url, found(LINK)) == []


def test_articles_are_asked_at_growing_ages_whether_they_are_linked_or_not(
    url: str, any_store: Store, clock: list[float]
) -> None:
    first = clock[0]
    run(url, found(LINK))
    asked = []
    for hours in (0.5, 1.5, 2, 5, 7, 20, 25, 26, 100, 170, 171, 1000):
        clock[0] = first + hours * HOUR
        asked += [hours for _ in run(url)]
    assert asked == [1.5, 7, 25, 170]


def test_who_comes_late_asks_once_for_all_that_was_missed(url: str, any_store: Store, clock: list[float]) -> None:
    first = clock[0]
    run(url, found(LINK))
    clock[0] = first + 30 * HOUR
    assert len(run(url)) == 1
    assert run(url) == []


def test_the_question_is_conditional_and_no_costs_no_row(url: str, any_store: Store, clock: list[float]) -> None:
    (lease,) = run(url, found(LINK))
    assert (lease.etag, lease.last_modified) == (None, None)
    before = rows(any_store)
    clock[0] += 2 * HOUR
    (lease,) = run(url)
    assert (lease.etag, lease.last_modified) == ('"1"', "Sun, 21 Jun 2026 12:00:00 GMT")
    assert rows(any_store) == before


def test_a_change_is_one_new_version(url: str, any_store: Store, clock: list[float]) -> None:
    run(url, found(LINK))
    clock[0] += 2 * HOUR
    run(url, text="text of 1, corrected")
    assert rows(any_store) == (1, 1, 2)  # articles, versions before, events
    clock[0] += 10 * HOUR
    run(url, text="text of 1, corrected")  # a server that knows no conditions
    assert rows(any_store) == (1, 1, 2)


def rows(store: Store) -> tuple[int, int, int]:
    with store.database.read() as connection:
        tables = (schema.articles, schema.article_versions, schema.outbox)
        a, b, c = (len(connection.execute(select(table)).all()) for table in tables)
    return a, b, c


def test_at_once_where_it_is_asked_for_or_the_site_says_so(url: str, any_store: Store, clock: list[float]) -> None:
    run(url, found(LINK))
    clock[0] += 60
    assert len(run(url, recheck=True)) == 1
    at = clock[0]
    clock[0] += 60
    assert run(url, replace(found(LINK), changed=at - 1)) == []  # it was asked after that
    assert len(run(url, replace(found(LINK), changed=at + 30))) == 1
    assert run(url, replace(found(LINK), changed=at + 30)) == []


def test_a_change_that_lies_ahead_is_believed_when_its_time_has_come(
    url: str, any_store: Store, clock: list[float]
) -> None:
    """Sites print years that will never come; asked for their sake in every run would be asked for nothing."""
    ahead = replace(found(LINK), changed=clock[0] + 300)
    asked = []
    for _ in range(5):
        asked.append(len(run(url, ahead)))
        clock[0] += 120
    assert asked == [1, 0, 0, 1, 0]


def test_a_server_that_fails_at_a_recheck_is_asked_in_the_next_round(
    url: str, any_store: Store, clock: list[float]
) -> None:
    run(url, found(LINK))
    clock[0] += 2 * HOUR
    with worker(url, ages=AGES) as crawl:
        (lease,) = crawl.take(ALL).leases
        crawl.commit([Outcome(LINK, lease, dropped=Dropped(LINK, "fetch/503", "busy"))])
    assert [lease.url for lease in run(url)] == [LINK]
    assert run(url) == []


def test_no_ages_no_questions(url: str, any_store: Store, clock: list[float]) -> None:
    run(url, found(LINK), ages=())
    clock[0] += 99 * DAY
    assert run(url, found(LINK), ages=()) == []


def test_lists_are_asked_at_their_pace(url: str, any_store: Store, clock: list[float]) -> None:
    inner = Found("http://www.news.example/old/", "inner", "www.news.example", "list", listing=True)

    def lists(*links: Found) -> list[str]:
        asked = []
        with worker(url) as crawl:
            while leases := crawl.take(ALL, [start()]).leases:
                asked += [lease.url for lease in leases]
                for lease in leases:
                    given = [inner] if lease.url == START else links
                    crawl.commit([Outcome(lease.url, lease, found=list(given))])
        return asked

    assert lists(Found(START + "b/", "b", "www.news.example", "list", listing=True)) == [START, inner.url, START + "b/"]
    clock[0] += 1
    assert inner.url in lists()  # at once
    clock[0] += 10 * DAY
    assert inner.url in lists()
    clock[0] += HOUR
    assert lists() == [START]  # ten days without anything new: once a day
    clock[0] += DAY
    assert inner.url in lists(Found(START + "c/", "c", "www.news.example", "list", listing=True))
    clock[0] += HOUR
    assert inner.url in lists()  # it lives


def test_times() -> None:
    assert next_time(100, 100, AGES) == 100 + HOUR
    assert next_time(100, 100 + 2 * HOUR, AGES) == 100 + 6 * HOUR
    assert next_time(100, 100 + 7 * DAY, AGES) is None
    assert not rests(None, None, 5.0)
    assert not rests(400 * DAY, 300 * DAY, 100 * DAY)  # asked under a clock that was a year ahead
    assert rests(100 * DAY, 0.0, 100 * DAY + LIST_REST - 1)
    assert not rests(100 * DAY, 0.0, 100 * DAY + LIST_REST)
