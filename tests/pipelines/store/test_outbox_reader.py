"""The outbox as delivery reads it, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from pipelines.errors import StoreAwayError
from pipelines.events import Cursor
from pipelines.items import Article
from pipelines.store import outbox_reader
from pipelines.store.articles import Store, open_store, write_articles
from pipelines.store.outbox_reader import OutboxReader, open_outbox
from tests.relay import Relay

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
AT = "2026-06-22T08:00:00Z"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def reader(url: str, store: Store) -> Iterator[OutboxReader]:
    opened = open_outbox(url)
    yield opened
    opened.close()


def put(store: Store, *keys: str, at: datetime = MONDAY) -> None:
    store.upsert([Article(id=key, title=key) for key in keys], at)


def keys(reader: OutboxReader, after: int = 0, limit: int = 100) -> list[str]:
    return [entry.key for entry in reader.read(after, limit)]


def test_entries_come_in_order_after_a_number_and_up_to_a_limit(store: Store, reader: OutboxReader) -> None:
    put(store, "a", "b")
    put(store, "c")
    first, second, third = reader.read(0, 10)
    assert [first.key, second.key, third.key] == ["a", "b", "c"]
    assert (first.version, first.event, first.at) == (1, "created", AT)
    assert keys(reader, first.seq) == ["b", "c"]
    assert keys(reader, first.seq, 1) == ["b"]
    assert keys(reader, third.seq) == []
    assert reader.bounds() == (0, third.seq)


def test_a_cursor_is_set_forward_and_back(reader: OutboxReader) -> None:
    assert reader.cursor("feed") == Cursor()
    reader.advance("feed", 7, "note")
    reader.advance("other", 1, "")
    found = reader.cursor("feed")
    assert (found.seq, found.state) == (7, "note")
    assert found.updated
    reader.advance("feed", 3, "")
    assert (reader.cursor("feed").seq, reader.cursor("other").seq) == (3, 1)


@pytest.mark.parametrize("name", ["'; DROP TABLE cursors; --", "a\u2028b", "x" * 300])
def test_a_sinks_name_is_data(reader: OutboxReader, name: str) -> None:
    reader.advance(name, 5, name)
    assert reader.cursor(name).seq == 5
    assert reader.cursor(name).state == name
    assert reader.cursor("a").seq == 0


def test_a_position_in_time(store: Store, reader: OutboxReader) -> None:
    put(store, "a")
    put(store, "b", "c", at=MONDAY + timedelta(days=1))
    numbers = [entry.seq for entry in reader.read(0, 10)]
    assert reader.position("2026-01-01T00:00:00Z") == numbers[0] - 1
    assert reader.position("2026-06-23T00:00:00Z") == numbers[1] - 1
    assert reader.position("2027-01-01T00:00:00Z") == numbers[2]


def test_retention_removes_the_oldest_and_remembers_it(store: Store, reader: OutboxReader) -> None:
    assert reader.prune(AT) == 0
    put(store, "a", "b")
    put(store, "c", at=MONDAY + timedelta(days=1))
    numbers = [entry.seq for entry in reader.read(0, 10)]
    assert reader.prune(AT) == 0
    assert reader.bounds() == (0, numbers[2])
    assert reader.prune("2026-06-23T00:00:00Z") == 2
    assert reader.bounds() == (numbers[1], numbers[2])
    assert keys(reader) == ["c"]
    assert reader.prune("2030-01-01T00:00:00Z") == 1
    assert reader.bounds() == (numbers[2], numbers[2])
    put(store, "d")
    (last,) = reader.read(0, 10)
    assert last.seq > numbers[2]


# PostgreSQL: numbers commit out of order ----------------------------------------------------------------------------


@pytest.fixture
def pair(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store, OutboxReader]]:
    monkeypatch.setattr(outbox_reader, "PATIENCE", 0.1)
    with open_store(postgresql) as first, open_store(postgresql) as second:
        reader = open_outbox(postgresql)
        yield first, second, reader
        reader.close()


def test_a_gap_that_retention_made_is_waited_for_by_nobody(pair: tuple[Store, Store, OutboxReader]) -> None:
    first, second, reader = pair
    put(first, "a", "b")
    put(first, "c", at=MONDAY + timedelta(days=1))
    with second.database.write() as connection:  # open for hours, whoever's it is
        connection.execute(select(func.pg_current_xact_id()))
        assert reader.prune("2026-06-23T00:00:00Z") == 2
        assert keys(reader) == ["c"]


def test_what_commits_late_is_not_skipped(pair: tuple[Store, Store, OutboxReader]) -> None:
    first, second, reader = pair
    put(first, "zero")
    (zero,) = reader.read(0, 10)
    with first.database.write() as connection:
        write_articles(connection, [Article(id="late")], AT)  # takes the lower number
        put(second, "early")  # commits first
        assert keys(reader, zero.seq) == []
        assert keys(reader) == ["zero"]
    found = reader.read(zero.seq, 10)
    assert [entry.key for entry in found] == ["late", "early"]
    assert found[0].seq < found[1].seq


def test_a_number_that_was_rolled_back_holds_up_nothing(pair: tuple[Store, Store, OutboxReader]) -> None:
    first, second, reader = pair

    class Stop(Exception):
        pass

    with pytest.raises(Stop), first.database.write() as connection:
        write_articles(connection, [Article(id="gone")], AT)
        put(second, "early")
        assert keys(reader) == []
        raise Stop
    assert keys(reader) == ["early"]


def test_a_gap_is_settled_while_newer_transactions_are_open(pair: tuple[Store, Store, OutboxReader]) -> None:
    first, second, reader = pair

    class Stop(Exception):
        pass

    with pytest.raises(Stop), first.database.write() as connection:
        write_articles(connection, [Article(id="gone")], AT)
        put(second, "a")
        assert keys(reader) == []
        raise Stop
    with first.database.write() as connection:  # one that began after the gap was seen
        write_articles(connection, [Article(id="open")], AT)
        assert keys(reader) == ["a"]
        put(second, "b")
        assert keys(reader) == ["a"]
    assert keys(reader) == ["a", "open", "b"]


def test_many_writers_and_a_reader_between_them(postgresql: str) -> None:
    """Every committed entry is read once, in order, whatever the order of the commits."""
    total, writers = 100, 4
    open_store(postgresql).close()

    def write(worker: int) -> None:
        with open_store(postgresql) as store:
            for number in range(total):
                put(store, f"{worker}-{number}", f"{worker}+{number}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    reader, seen = open_outbox(postgresql), []
    after = 0
    while any(thread.is_alive() for thread in threads) or reader.bounds()[1] > after:
        for entry in reader.read(after, 50):
            assert entry.seq > after
            after = entry.seq
            seen.append(entry.key)
    reader.close()
    assert len(seen) == len(set(seen)) == 2 * total * writers


def test_a_database_that_hangs_is_given_up(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_reader, "ANSWER", 0.5)
    relay, url = Relay.before(postgresql)
    with relay, open_store(postgresql) as store:
        put(store, "a")
        reader = open_outbox(url)
        assert keys(reader) == ["a"]
        relay.mode("hang")
        with pytest.raises(StoreAwayError):
            reader.read(0, 10)
        relay.mode("pass")
        reader.close()
        assert keys(reader) == ["a"]
        reader.close()


def test_a_sink_is_claimed_by_one_machine_until_it_lets_go(postgresql: str) -> None:
    open_store(postgresql).close()
    first, second = open_outbox(postgresql), open_outbox(postgresql)
    assert first.claim("feed")
    assert first.claim("feed")
    assert not second.claim("feed")
    assert second.claim("other")
    first.close()
    assert second.claim("feed")
    second.close()
