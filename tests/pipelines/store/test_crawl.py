"""Workers at a job: what they are handed, what is written, what happens when one of them ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, update

from pipelines.errors import StoreError
from pipelines.items import Article, Dropped, Found, Lease, Outcome, Page
from pipelines.setback import Setback
from pipelines.store import owners, schema
from pipelines.store.articles import Store, open_store
from pipelines.store.crawl import Crawl, Need, Supply, Verdict

ALL = Need(total=1000)


def found(path: str, host: str = "a.example", *, listing: bool = False, **args: Any) -> Found:
    url = f"http://{host}/{path}"
    kind = "list" if listing else "article"
    return Found(url, url.removeprefix("http://"), host, kind, args, priority=int(listing), listing=listing)


def paths(leases: tuple[Lease, ...]) -> list[str]:
    return [lease.url.removeprefix("http://").partition("/")[2] for lease in leases]


def done(lease: Lease, *links: Found) -> Outcome:
    return Outcome(lease.url, lease, found=list(links))


def stored(lease: Lease) -> Outcome:
    return Outcome(lease.url, lease, article=Article(id=lease.url[-8:], url=lease.url, text="x"))


@contextmanager
def worker(url: str, job: str = "job", *, fresh: bool = False, **options: Any) -> Iterator[Crawl]:
    """Another process: a store and a lock of its own. It ends without a word, as a killed one does."""
    with open_store(url) as store:
        crawl = Crawl(store, job, **{"bound": 50, **options})
        try:
            crawl.begin(fresh=fresh)
            yield crawl
        finally:
            crawl._lock.release()


def states(store: Store) -> dict[str, str]:
    with store.database.read() as connection:
        rows = connection.execute(select(schema.frontier.c.url, schema.frontier.c.state))
        return {url.removeprefix("http://").partition("/")[2]: state for url, state in rows}


def hurry(crawl: Crawl) -> None:
    """Let the next call look for dead workers and give a sign of life at once."""
    crawl._reaped = crawl._beaten = float("-inf")


def test_starts_then_links_then_the_end(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, [found("", listing=True)]).leases
        assert (lease.url, lease.kind, lease.args, lease.depth, lease.tries) == (
            "http://a.example/",
            "list",
            None,
            0,
            1,
        )
        assert crawl.take(ALL).leases == ()  # what is in hand is handed out once
        crawl.commit([done(lease, found("2", date="06-21"), found("1"), found("p2", listing=True))])
        supply = crawl.take(ALL)
        assert paths(supply.leases)[0] == "p2"  # listings first
        assert set(paths(supply.leases)) == {"p2", "1", "2"}
        by_path = dict(zip(paths(supply.leases), supply.leases, strict=True))
        assert (by_path["2"].args, by_path["2"].depth) == ('{"date":"06-21"}', 1)
        verdicts = crawl.commit(
            [
                done(by_path["p2"]),
                stored(by_path["1"]),
                Outcome(by_path["2"].url, by_path["2"], dropped=Dropped(by_path["2"].url, "fetch/404", "gone")),
            ]
        )
        assert verdicts == [Verdict.DONE, Verdict.NEW, Verdict.DONE]
        assert crawl.take(ALL) == Supply()
        assert crawl.summary() == {("read", None): 2, ("stored", None): 1, ("failed", "fetch/404"): 1}
        crawl.end()
    assert states(any_store) == {"": "read", "p2": "read", "1": "stored", "2": "failed"}
    assert [d["reason"] for d in any_store.dropped()] == ["fetch/404"]


def test_a_page_is_not_done_before_its_links_are_there(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, [found("", listing=True)]).leases
        bad = Found("http://a.example/x", "k", "a.example", "article", {"bad": object()})
        with pytest.raises(TypeError):
            crawl.commit([done(lease, found("1"), bad)])
        assert states(any_store) == {"": "pending"}
        assert any_store.counts() == {"articles": 0}
        assert crawl.commit([done(lease, found("1"))]) == [Verdict.DONE]


def test_a_link_found_again_is_asked_once(url: str) -> None:
    with worker(url) as crawl:
        one, two = crawl.take(ALL, [found("l1", listing=True), found("l2", listing=True)]).leases
        crawl.commit([done(one, found("1"), found("1"), found("2")), done(two, found("1"), found("l1", listing=True))])
        leases = crawl.take(ALL).leases
        assert sorted(paths(leases)) == ["1", "2"]
        crawl.commit([done(leases[0], found("2"), found("3"))])
        assert paths(crawl.take(ALL).leases) == ["3"]


def test_the_bound_of_list_pages_holds_over_workers_and_restarts(url: str, any_store: Store) -> None:
    with worker(url, bound=3) as crawl:
        (lease,) = crawl.take(ALL, [found("l0", listing=True)]).leases
        crawl.commit([done(lease, *(found(f"l{n}", listing=True) for n in range(9)))])
    with worker(url, bound=3) as crawl:
        leases = crawl.take(ALL, [found("l0", listing=True), found("l9", listing=True)]).leases
        assert len(leases) == 2
        crawl.commit([done(leases[0], found("l8", listing=True))])
    assert len(states(any_store)) == 3


def test_what_a_dead_worker_had_is_handed_out_again(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        leases = crawl.take(ALL, [found(str(n)) for n in range(5)]).leases
        crawl.commit([stored(leases[0])])
    with worker(url) as second:
        again = second.take(ALL, [found("0")]).leases
        assert sorted(paths(again)) == sorted(paths(leases[1:]))
        assert {lease.tries for lease in again} == {2}


def test_a_late_owner_is_fenced(url: str, any_store: Store) -> None:
    with worker(url) as slow:
        (lease,) = slow.take(ALL, [found("1")]).leases
        with any_store.database.write() as connection:  # it gives no sign of life for long, its lock held or not
            connection.execute(update(schema.workers).values(beat=0.0))
        with worker(url) as other:
            (taken,) = other.take(ALL).leases
            assert taken.url == lease.url
            assert slow.commit([stored(lease)]) == [Verdict.LATE]
            assert any_store.counts() == {"articles": 0}
            assert other.commit([stored(taken)]) == [Verdict.NEW]
            assert slow.commit([stored(lease)]) == [Verdict.LATE]
            hurry(slow)
            assert slow.take(ALL).fenced
            assert not slow.take(ALL).fenced  # it goes on under a new number
            assert slow.worker != lease.owner


def test_a_host_has_one_owner(url: str) -> None:
    with worker(url) as one, worker(url) as two:
        starts = [found(str(n), host) for host in ("a.example", "b.example") for n in range(6)]
        first = one.take(Need(total=4), starts).leases
        assert {lease.host for lease in first} == {"a.example"}  # a fair share: one host of two
        second = two.take(ALL).leases
        assert {lease.host for lease in second} == {"b.example"}
        assert len(second) == 6
        rest = one.take(Need(1000, in_hand={"a.example": 4})).leases
        assert {lease.host for lease in rest} == {"a.example"}
        assert one.take(Need(1000, in_hand={"a.example": 6})).surplus == ()
        nothing = two.take(Need(1000, in_hand={"b.example": 6}))
        assert (nothing.leases, nothing.elsewhere) == ((), True)


def test_who_comes_later_gets_a_share_of_the_hosts(url: str) -> None:
    starts = [found(str(n), f"h{n % 4}.example") for n in range(12)]
    with worker(url) as early:
        leases = early.take(ALL, starts).leases
        assert len({lease.host for lease in leases}) == 4
        with worker(url) as later:
            assert later.take(ALL).leases == ()
            hand = Counter(lease.host for lease in leases)
            surplus = early.take(Need(9, in_hand=hand)).surplus
            assert len(surplus) == 2
            back = [lease for lease in leases if lease.host in surplus]
            kept = Counter(lease.host for lease in leases if lease.host not in surplus)
            early.take(Need(9, in_hand=kept), idle=back)
            assert {lease.host for lease in later.take(ALL).leases} == set(surplus)


def test_a_host_of_a_dead_worker_rests_for_its_pace(url: str) -> None:
    with worker(url) as one:
        one.take(Need(total=1), [found("1"), found("2")])
    with worker(url, delay=60.0) as two:
        supply = two.take(ALL)
        assert supply.leases == ()
        assert supply.wait is not None
        assert 50 < supply.wait <= 60


def test_a_deferred_url_waits_and_comes_back(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, [found("1")]).leases
        crawl.commit([Outcome(lease.url, lease, defer=120.0)])
        supply = crawl.take(ALL)
        assert supply.leases == ()
        assert supply.wait == pytest.approx(120, abs=5)
        with any_store.database.write() as connection:
            connection.execute(update(schema.frontier).values(not_before=time.time() - 1))
        assert paths(crawl.take(ALL).leases) == ["1"]


def test_a_host_that_must_rest_is_asked_by_nobody(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        one, two = crawl.take(ALL, [found("1"), found("2"), found("3", "b.example")]).leases[:2]
        outcome = Outcome(one.url, one, dropped=Dropped(one.url, "fetch/503", "busy"), setback=Setback(60.0))
        assert crawl.commit([outcome]) == [Verdict.DONE]
        assert outcome.rest == 60.0
        assert outcome.defer == 90.0
        assert any_store.dropped() == []  # it is not done with
        with worker(url) as other:
            supply = other.take(ALL, idle=())
            assert supply.leases == ()
        supply = crawl.take(ALL, idle=[two])
        assert supply.leases == ()
        assert supply.wait == pytest.approx(60, abs=5)
        with any_store.database.write() as connection:
            connection.execute(update(schema.frontier).values(not_before=0.0))
            connection.execute(update(schema.hosts).values(next_at=0.0))
        assert sorted(paths(crawl.take(ALL).leases)) == ["1", "2"]


def test_rounds(url: str) -> None:
    starts = [found("", listing=True)]
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, starts).leases
        crawl.commit([done(lease, found("good"), found("bad"))])
        by_path = {paths((one,))[0]: one for one in crawl.take(ALL).leases}
        bad = by_path["bad"]
        crawl.commit([stored(by_path["good"]), Outcome(bad.url, bad, dropped=Dropped(bad.url, "fetch/500", "busy"))])
        assert crawl.take(ALL, starts) == Supply()  # in the same round nothing is asked twice
    with worker(url) as crawl:  # the next run: lists again, and what failed; not what is known
        (lease,) = crawl.take(ALL, starts).leases
        crawl.commit([done(lease, found("good"), found("bad"), found("new"))])
        assert sorted(paths(crawl.take(ALL).leases)) == ["bad", "new"]
    with worker(url) as crawl:  # killed with two in hand: the round goes on, its list is not asked again
        assert sorted(paths(crawl.take(ALL, starts).leases)) == ["bad", "new"]
    with worker(url, fresh=True) as crawl:
        (lease,) = crawl.take(ALL, starts).leases
        crawl.commit([done(lease, found("good"))])
        (lease,) = crawl.take(ALL).leases
        crawl.commit([stored(lease)])
    with worker(url, recheck=True) as crawl:
        leases = crawl.take(ALL, starts).leases  # at once, whether a list still links it or not
        assert paths(leases) == ["", "good"]
        crawl.commit([done(leases[0], found("good"))])
        assert paths(crawl.take(ALL).leases) == []


def test_jobs_do_not_mix(url: str) -> None:
    with worker(url, "one") as one, worker(url, "two") as two:
        one.take(Need(total=0), [found("1")])
        assert two.take(ALL, [found("2", "b.example")]).leases[0].url == "http://b.example/2"
        assert paths(one.take(ALL).leases) == ["1"]


def test_fresh_waits_for_others(url: str) -> None:
    with worker(url) as one:
        one.take(ALL, [found("1")])
        with pytest.raises(StoreError, match="under way in another process"), worker(url, fresh=True):
            pass
    with worker(url, fresh=True) as two:
        assert two.take(ALL) == Supply()


def test_an_emptied_store_is_noticed(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        with any_store.database.write() as connection:
            for table in (schema.workers, schema.runs):
                connection.execute(table.delete())
        with pytest.raises(StoreError, match="not the one in which this run began"):
            crawl.take(ALL)


def test_pages_are_kept_and_taken_apart_later(url: str, any_store: Store) -> None:
    page = Page(
        b"<html>\xb0\xa1",
        "http://a.example/1",
        site="a.example",
        content_type="text/html",
        status=200,
        fetched_at="2026-06-21T00:00:00+00:00",
        parts=(b"two", b""),
        part_urls=("http://a.example/1_2", "http://a.example/1_3"),
    )
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, [found("1")]).leases
        assert crawl.commit([Outcome(lease.url, lease, page=page)]) == [Verdict.DONE]
        assert states(any_store) == {"1": "kept"}
        assert crawl.take(ALL) == Supply()  # never fetched again
        assert crawl.kept_sites() == ["a.example"]
    with worker(url) as crawl:
        assert crawl.take(ALL, [found("1")]) == Supply()
        (outcome,) = crawl.take_kept("a.example", 10)
        assert outcome.page == page
        assert crawl.take_kept("a.example", 10) == []
        assert outcome.lease is not None
        assert crawl.commit([stored(outcome.lease)]) == [Verdict.NEW]
        assert crawl.kept_sites() == []
    assert states(any_store) == {"1": "stored"}


def test_leases_are_given_back(url: str) -> None:
    with worker(url) as crawl:
        leases = crawl.take(ALL, [found("1"), found("2")]).leases
        again = crawl.take(ALL, idle=leases[:1]).leases
        assert paths(again) == paths(leases[:1])
        assert again[0].tries == 1
        crawl.end()
    with worker(url) as second:
        assert len(second.take(ALL).leases) == 2


def test_what_was_handed_out_and_never_arrived_is_handed_out_again(url: str) -> None:
    """The answer to a committed transaction can be lost on its way."""
    with worker(url) as crawl:
        one, two = crawl.take(ALL, [found("1"), found("2")]).leases
        (again,) = crawl.take(Need(9, known={one.id})).leases
        assert again == two
        assert crawl.take(Need(9, known={one.id, two.id})) == Supply()


def test_a_worker_whose_session_breaks_keeps_its_leases(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        (lease,) = crawl.take(ALL, [found("1")]).leases
        crawl._lock.release()
        hurry(crawl)
        assert not crawl.take(ALL).fenced
        with worker(url) as other:
            assert other.take(ALL).leases == ()
            assert crawl.commit([stored(lease)]) == [Verdict.NEW]


def test_ten_thousand_hosts_are_all_found(url: str) -> None:
    hosts = 1200  # more than one search looks at
    with worker(url) as crawl:
        crawl.take(Need(total=0), [found("1", f"h{n}.example") for n in range(hosts)])
        seen: set[str] = set()
        for _ in range(10):
            leases = crawl.take(Need(total=300)).leases
            seen |= {lease.host for lease in leases}
            crawl.commit([done(lease) for lease in leases])
        assert len(seen) == hosts


def test_the_longest_silence_is_longer_than_the_pause_between_signs_of_life() -> None:
    assert owners.HUNG_AFTER > 10 * owners.BEAT_EVERY
