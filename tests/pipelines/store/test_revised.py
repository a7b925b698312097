"""One page taken apart anew is the same version, revised; another page is another version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.items import Article, Dropped, Link, Origin
from pipelines.store import schema
from pipelines.store.articles import Change, Store, write_articles
from pipelines.store.changes import note_gone
from tests.pipelines.store.events import AT, article, events, record, rows, url_of

LATER = "2026-06-23T08:00:00Z"
FETCHED = "2026-06-22T07:59:00+00:00"
SAVED = Origin("hash-1", "0.2", saved=True)


def put(store: Store, one: Article, origin: Origin | None, at: str = LATER) -> Change:
    with store.database.write() as connection:
        return write_articles(connection, [one], at, {one.id: origin} if origin else None)[one.id]


@pytest.fixture
def store(any_store: Store) -> Store:
    """A store with an article that was fetched and taken apart by version 0.1."""
    put(any_store, article("a", fetched_at=FETCHED, status=200), Origin("hash-1", "0.1"), AT)
    return any_store


def row(store: Store) -> dict[str, Any]:
    return rows(store, schema.articles)[0]


def test_the_same_page_with_another_result_is_revised(store: Store) -> None:
    assert put(store, article("a", text="更好的正文", fetched_at=FETCHED, status=200), SAVED) is Change.REVISED
    assert events(store) == [("a", 1, "created"), ("a", 1, "revised")]
    assert record(store)["text"] == "更好的正文"
    found = row(store)
    assert (found["version"], found["revision"], found["revised"], found["extractor"]) == (1, 1, LATER, "0.2")
    assert (found["first_seen"], found["last_seen"]) == (AT, AT)  # nobody looked at its site
    assert store.versions("a") == []
    assert [a["id"] for a in store.iterate(phrases=["更好"])] == ["a"]


def test_the_same_page_with_the_same_result_is_nothing(store: Store) -> None:
    before = row(store)
    assert put(store, article("a", fetched_at=FETCHED, status=200), SAVED) is Change.UNCHANGED
    assert row(store) == before
    assert len(events(store)) == 1


def test_lists_of_one_page_are_compared_where_another_version_read_them(store: Store) -> None:
    related = article("a", fetched_at=FETCHED, related=[Link("相关", url_of("b"))])
    assert put(store, related, Origin("hash-1", "0.1", saved=True)) is Change.UNCHANGED
    assert put(store, related, SAVED) is Change.REVISED
    assert record(store)["related"] == [{"title": "相关", "url": url_of("b")}]


def test_what_only_the_fetch_knew_stays(store: Store) -> None:
    assert put(store, article("a", text="更好的正文"), SAVED) is Change.REVISED
    assert (row(store)["fetched_at"], row(store)["status"]) == (FETCHED, 200)


def test_other_bytes_are_another_version(store: Store) -> None:
    newer = article("a", text="更正", fetched_at="2026-06-23T07:00:00+00:00")
    assert put(store, newer, Origin("hash-2", "0.1")) is Change.CHANGED
    assert events(store)[-1] == ("a", 2, "updated")
    assert [v["record"]["text"] for v in store.versions("a")] == ["正文 a"]
    assert put(store, article("a", text="重抽", fetched_at=newer.fetched_at), Origin("hash-2", "0.2", saved=True)) is (
        Change.REVISED
    )
    assert events(store)[-1] == ("a", 2, "revised")


def test_other_bytes_with_the_same_article_are_what_it_is_known_by(store: Store) -> None:
    fresh = article("a", fetched_at="2026-06-23T07:00:00+00:00", status=200)
    assert put(store, fresh, Origin("hash-2", "0.1")) is Change.UNCHANGED
    assert (row(store)["page_hash"], row(store)["last_seen"]) == ("hash-2", LATER)
    assert put(store, article("a", text="重抽"), Origin("hash-2", "0.2", saved=True)) is Change.REVISED


def test_an_older_saved_page_changes_nothing(store: Store) -> None:
    before = row(store)
    older = article("a", text="旧文", fetched_at="2026-06-20T00:00:00+00:00")
    assert put(store, older, Origin("hash-0", "0.2", saved=True)) is Change.UNCHANGED
    assert row(store) == before
    assert len(events(store)) == 1


def test_where_the_bytes_are_not_known_the_time_of_the_fetch_tells(any_store: Store) -> None:
    any_store.upsert([article("a", fetched_at=FETCHED)], datetime(2026, 6, 22, 8, tzinfo=UTC))
    same_time = article("a", text="更好", fetched_at="2026-06-22T07:59:00Z")
    assert put(any_store, same_time, SAVED) is Change.REVISED
    assert row(any_store)["page_hash"] == "hash-1"


def test_a_page_fetched_again_with_the_same_bytes_is_revised_and_seen(store: Store) -> None:
    again = article("a", text="更好的正文", fetched_at="2026-06-23T07:00:00+00:00")
    assert put(store, again, Origin("hash-1", "0.2")) is Change.REVISED
    assert (row(store)["last_seen"], row(store)["fetched_at"]) == (LATER, again.fetched_at)


def test_the_way_it_was_found_is_no_change(store: Store) -> None:
    again = article("a", method="site-memory", confidence=0.9, fetched_at=LATER)
    assert put(store, again, Origin("hash-2", "0.1")) is Change.UNCHANGED


def test_a_saved_page_does_not_bring_a_withdrawn_article_back(store: Store) -> None:
    with store.database.write() as connection:
        assert note_gone(connection, [Dropped(url_of("a"), "fetch/410", "gone")], LATER)
    assert put(store, article("a", text="更好的正文"), SAVED) is Change.UNCHANGED
    assert put(store, article("a", text="旧", fetched_at=FETCHED), Origin("hash-0", "0.2", saved=True)) is (
        Change.UNCHANGED
    )
    assert events(store)[-1] == ("a", 2, "withdrawn")
    assert row(store)["withdrawn"] == LATER
