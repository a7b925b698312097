"""Reprints in the store: the same groups and originals for any order of arrival, change and batch."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from pipelines.dedup.reprints import TextReprints
from pipelines.dedup.sketch import fingerprint
from pipelines.items import Article, Outcome, hash_text
from pipelines.store import schema
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.crawl import Crawl
from pipelines.store.removal import forget
from pipelines.store.reprints import bands_of
from tests.pipelines.dedup.test_sketch import story

STORIES = [story(500, random.Random(n)).split("\n") for n in range(3)]
DAY = "2026-06-2{}T08:00:00+08:00"


def article(key: str, paragraphs: Sequence[str], day: int = 1, source: str | None = None) -> Article:
    text = "\n".join(paragraphs)
    return Article(
        key,
        url=f"http://www.s{key}.example/a",
        title=f"T {key}",
        text=text,
        published=DAY.format(day),
        published_precision="minute",
        source_url=source,
        content_hash=hash_text(text),
        fingerprint=fingerprint(text),
    )


# Three stories with reprints, cut and changed, and a chain in which the ends are not alike: 7 - 8 - 9.
ARTICLES = [
    article("1", STORIES[0], day=3),
    article("2", STORIES[0][:4], day=2),
    article("3", [*STORIES[0], "（责任编辑：王五）"], day=1),
    article("4", STORIES[1], day=1),
    article("5", STORIES[1][1:], day=1, source="http://s6.example/"),
    article("6", [*STORIES[1][2:], "本文来源：六网"], day=5),
    article("7", STORIES[2][:4], day=1),
    article("8", STORIES[2][1:], day=2),
    article("9", [*STORIES[2][2:], STORIES[0][0]], day=3),
    article("a", ["短讯。"], day=1),
    article("b", ["短讯。"], day=1),
]
WANTED = {
    "1": "3",
    "2": "3",
    "3": None,
    "4": "6",
    "5": "6",
    "6": None,
    "7": None,
    "8": "7",
    "9": "7",
    "a": None,
    "b": None,
}
CHANGED = [article("2", STORIES[1], day=2), article("8", story(400, random.Random(9)).split("\n"), day=2)]


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(default_url(str(tmp_path_factory.mktemp("reprints")))) as store:
        yield store


def put(store: Store, batch: Sequence[Article]) -> None:
    crawl = Crawl(store, "job", bound=0, reprints=TextReprints())
    if not crawl.run:
        crawl.run = store.start_run("job", datetime.now(UTC))
    fresh = [Article(**{name: getattr(one, name) for name in Article.__slots__}) for one in batch]
    crawl.commit([Outcome(one.url, article=one) for one in fresh])


def empty(store: Store) -> None:
    with store.database.write() as connection:
        for table in (schema.articles, schema.bands, schema.outbox, schema.article_versions):
            connection.execute(delete(table))


def groups(store: Store) -> dict[str, str | None]:
    return {a["id"]: a["duplicate_of"] for a in store.iterate()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(ARTICLES), cuts=st.lists(st.integers(1, len(ARTICLES) - 1), max_size=4))
def test_any_order_any_batches(one_store: Store, order: list[Article], cuts: list[int]) -> None:
    empty(one_store)
    edges = [0, *sorted(set(cuts)), len(order)]
    for start, end in pairwise(edges):
        put(one_store, order[start:end])
    assert groups(one_store) == WANTED


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([*ARTICLES, *CHANGED]), again=st.lists(st.sampled_from(ARTICLES), max_size=3))
def test_a_change_leads_where_the_new_text_alone_would(
    one_store: Store, order: list[Article], again: list[Article]
) -> None:
    """An article leaves the group that it no longer belongs to, and those that it held together part."""
    empty(one_store)
    for one in [*order, *again]:
        put(one_store, [one])
    last = {one.id: one for one in [*order, *again]}
    after = groups(one_store)
    empty(one_store)
    put(one_store, sorted(last.values(), key=lambda one: one.id))
    assert after == groups(one_store)


def events(store: Store) -> list[tuple[str, str, str | None]]:
    with store.database.read() as connection:
        rows = connection.execute(select(schema.outbox).order_by(schema.outbox.c.seq)).all()
        return [(row.event, row.key, json.loads(row.record)["duplicate_of"]) for row in rows]


def test_each_change_is_announced_once(any_store: Store) -> None:
    put(any_store, ARTICLES[:2])
    assert events(any_store) == [("created", "1", "2"), ("created", "2", None)]
    put(any_store, ARTICLES[2:3])
    assert events(any_store)[2:] == [
        ("created", "3", None),
        ("duplicate-changed", "1", "3"),
        ("duplicate-changed", "2", "3"),
    ]
    put(any_store, ARTICLES[:3])  # nothing new
    assert len(events(any_store)) == 5
    put(any_store, CHANGED[:1])
    assert events(any_store)[5:] == [("updated", "2", "3"), ("duplicate-changed", "2", None)]
    assert groups(any_store) == {"1": "3", "2": None, "3": None}


def test_many_copies_of_one_text(any_store: Store) -> None:
    """A form letter under hundreds of addresses is compared once."""
    put(any_store, [article(f"{n:03}", STORIES[0]) for n in range(300)])
    put(any_store, [article("999", STORIES[0][:4], day=2)])
    assert groups(any_store) == {f"{n:03}": "000" if n else None for n in range(300)} | {"999": "000"}


def test_off(tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path))) as store:
        crawl = Crawl(store, "job", bound=0)
        crawl.run = store.start_run("job", datetime.now(UTC))
        crawl.commit([Outcome(one.url, article=one) for one in ARTICLES[:3]])
        assert set(groups(store).values()) == {None}


def test_bands_are_told_apart_by_their_place() -> None:
    assert len(set(bands_of("0" * 192))) == 24
    assert max(bands_of("f" * 192)) < 2**63
    assert bands_of(None) == []
    assert len(bands_of(ARTICLES[0].fingerprint)) == 24


def test_what_is_deleted_leaves_no_band(any_store: Store) -> None:
    put(any_store, ARTICLES[:2])
    with any_store.database.write() as connection:
        forget(connection, ["1"])
        assert set(connection.scalars(select(schema.bands.c.article))) == {"2"}
