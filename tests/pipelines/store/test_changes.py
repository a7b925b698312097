"""Articles that change though no page of theirs brought it: gone at their site, found to be duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipelines.items import Article, Dropped, Fresh, Outcome
from pipelines.store import schema
from pipelines.store.articles import Change, Store
from pipelines.store.changes import note_gone, set_duplicates
from pipelines.store.crawl import Crawl, Need, Verdict
from pipelines.store.reading import Query
from tests.pipelines.store.events import AT, MONDAY, article, crawled, events, found, record, rows, url_of


def gone(store: Store, reason: str, at: str, name: str = "a") -> set[str]:
    with store.database.write() as connection:
        return note_gone(connection, [Dropped(url_of(name), reason, "gone")], at)


def day(number: int, hour: int = 8) -> str:
    return f"2026-06-{number:02}T{hour:02}:00:00Z"


def test_410_withdraws_at_once(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b")], MONDAY)
    assert gone(any_store, "fetch/410", day(23)) == {url_of("a")}
    assert events(any_store) == [("a", 1, "created"), ("b", 1, "created"), ("a", 2, "withdrawn")]
    assert record(any_store) == {"id": "a", "url": url_of("a"), "canonical_url": None, "site": "a.example"}
    assert [a["id"] for a in any_store.iterate()] == ["b"]
    assert [a["id"] for a in any_store.iterate(query=Query(withdrawn=True))] == ["a"]
    assert any_store.get("a")["text"] == "正文 a"  # type: ignore[index]
    assert [v["version"] for v in any_store.versions("a")] == [1]


@pytest.mark.parametrize(
    ("times", "withdrawn"),
    [
        ([day(23), day(24), day(25)], [False, False, True]),
        ([day(23), day(24)], [False, False]),
        ([day(23, 1), day(23, 2), day(23, 3), day(23, 4)], [False] * 4),  # one bad morning
        ([day(23, 8), day(24, 5), day(25, 7)], [False, False, True]),  # a crawl a day, give or take
    ],
)
def test_404_withdraws_when_it_stays(any_store: Store, times: Sequence[str], withdrawn: Sequence[bool]) -> None:
    any_store.upsert([article("a")], MONDAY)
    assert [bool(gone(any_store, "fetch/404", at)) for at in times] == list(withdrawn)
    assert events(any_store)[1:] == [("a", 2, "withdrawn")] * any(withdrawn)


def test_a_page_that_is_there_in_between_begins_the_count_again(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    for number in (23, 24):
        assert not gone(any_store, "fetch/404", day(number))
    assert any_store.upsert([article("a")], MONDAY) == {"a": Change.UNCHANGED}
    assert [bool(gone(any_store, "fetch/404", day(number))) for number in (25, 26, 27)] == [False, False, True]


@pytest.mark.parametrize("reason", ["fetch/500", "fetch/403", "fetch/robots", "fetch/timeout", "not-an-article"])
def test_other_failures_withdraw_nothing(any_store: Store, reason: str) -> None:
    any_store.upsert([article("a")], MONDAY)
    for number in range(10, 20):
        assert not gone(any_store, reason, day(number))
    assert len(events(any_store)) == 1


def test_a_withdrawn_article_is_withdrawn_once_and_comes_back_as_updated(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    gone(any_store, "fetch/410", day(23))
    assert not gone(any_store, "fetch/410", day(24))
    assert any_store.upsert([article("a")], MONDAY) == {"a": Change.CHANGED}
    assert events(any_store) == [("a", 1, "created"), ("a", 2, "withdrawn"), ("a", 3, "updated")]
    assert record(any_store)["text"] == "正文 a"
    assert [a["id"] for a in any_store.iterate()] == ["a"]


def test_only_the_url_that_was_fetched_last_counts(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    any_store.upsert([article("a", url=url_of("a?new"))], MONDAY)
    assert not gone(any_store, "fetch/410", day(23))
    assert gone(any_store, "fetch/410", day(23), "a?new")


def test_a_crawl_says_what_it_withdrew_and_a_rollback_withdraws_nothing(any_store: Store) -> None:
    crawled(any_store, "a", "b")
    crawl = Crawl(any_store, "job", bound=9, recheck=True)
    crawl.begin()
    one, two = crawl.take(Need(9), [found("a"), found("b")]).leases
    outcomes = [Outcome(one.url, one, dropped=Dropped(one.url, "fetch/410", "gone")), Outcome(two.url, two)]
    outcomes[1].dropped = Dropped(two.url, "fetch/404", "not found")
    assert crawl.commit(outcomes) == [Verdict.WITHDRAWN, Verdict.DONE]
    crawl.end()
    assert [(r["state"], r["reason"]) for r in rows(any_store, schema.frontier)] == [
        ("failed", "fetch/410"),
        ("failed", "fetch/404"),
    ]
    assert [(r["id"], r["missing"]) for r in rows(any_store, schema.articles)] == [("a", 0), ("b", 1)]
    assert crawl.commit(outcomes) == [Verdict.LATE] * 2  # given back: nothing is counted twice
    assert [r["missing"] for r in rows(any_store, schema.articles)] == [0, 1]


@pytest.mark.parametrize("reason", ["fetch/410", "fetch/404"])
def test_a_page_that_was_said_to_be_gone_is_asked_without_conditions(any_store: Store, reason: str) -> None:
    """Else "not modified" would be all that its server says when it is there again."""
    crawl = Crawl(any_store, "job", bound=9)
    crawl.begin()
    (lease,) = crawl.take(Need(9), [found("a")]).leases
    crawl.commit([Outcome(lease.url, lease, article=article("a"), fresh=Fresh(etag='"1"'))])
    crawl.end()
    for etag, outcome in (('"1"', Dropped(lease.url, reason, "")), (None, None)):
        crawl = Crawl(any_store, "job", bound=9, recheck=True)
        crawl.begin()
        (lease,) = crawl.take(Need(9), [found("a")]).leases
        assert lease.etag == etag
        one = article("a", text="wieder da") if outcome is None else None
        crawl.commit([Outcome(lease.url, lease, article=one, dropped=outcome)])
        crawl.end()
    withdrawn = [("a", 2, "withdrawn"), ("a", 3, "updated")]
    assert events(any_store)[1:] == (withdrawn if reason == "fetch/410" else [("a", 2, "updated")])


def test_not_modified_in_between_begins_the_count_again(any_store: Store) -> None:
    crawled(any_store, "a")
    gone(any_store, "fetch/404", day(23))
    crawl = Crawl(any_store, "job", bound=9, recheck=True)
    crawl.begin()
    (lease,) = crawl.take(Need(9), [found("a")]).leases
    crawl.commit([Outcome(lease.url, lease, fresh=Fresh(unchanged=True))])
    crawl.end()
    assert [(r["missing"], r["missing_at"]) for r in rows(any_store, schema.articles)] == [(0, None)]


def duplicates(store: Store, **survivors: str | None) -> list[str]:
    with store.database.write() as connection:
        return set_duplicates(connection, survivors, AT)


def test_a_changed_survivor_is_a_version_and_an_event(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b"), article("c")], MONDAY)
    assert duplicates(any_store, b="a", c="a") == ["b", "c"]
    assert duplicates(any_store, b="a", c="b", gone="a") == ["c"]
    assert duplicates(any_store, b=None) == ["b"]
    assert events(any_store)[3:] == [
        ("b", 2, "duplicate-changed"),
        ("c", 2, "duplicate-changed"),
        ("c", 3, "duplicate-changed"),
        ("b", 3, "duplicate-changed"),
    ]
    assert [record(any_store, index)["duplicate_of"] for index in range(3, 7)] == ["a", "a", "b", None]
    assert [v["record"]["duplicate_of"] for v in any_store.versions("c")] == [None, "a"]
    assert any_store.get("c") == any_store.get("c") | {"duplicate_of": "b", "text": "正文 c"}  # type: ignore[operator]


def test_no_article_is_its_own_duplicate(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    assert duplicates(any_store, a="a") == []
    assert len(events(any_store)) == 1


def test_a_duplicate_stays_one_when_its_page_is_stored_again(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b")], MONDAY)
    duplicates(any_store, b="a")
    assert any_store.upsert([article("b")], MONDAY) == {"b": Change.UNCHANGED}
    assert any_store.upsert([article("b", text="其他")], MONDAY) == {"b": Change.CHANGED}
    assert record(any_store)["duplicate_of"] == "a"


def test_a_withdrawn_article_is_told_of_no_more(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b")], MONDAY)
    gone(any_store, "fetch/410", day(23), "b")
    assert duplicates(any_store, b="a") == ["b"]
    assert events(any_store)[-1] == ("b", 2, "withdrawn")


def test_hostile_names_are_values(any_store: Store) -> None:
    name = "'; DROP TABLE articles; --"
    any_store.upsert([Article(id=name, url=name), article("a")], MONDAY)
    assert duplicates(any_store, **{name: "%_'\""}) == [name]
    with any_store.database.write() as connection:
        assert note_gone(connection, [Dropped(name, "fetch/410", "x"), Dropped(None, "fetch/410", "x")], AT) == {name}
