import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, inspect, select, text

from pipelines.errors import StoreError
from pipelines.items import Article
from pipelines.store import schema
from pipelines.store.articles import Change, Store, default_url, open_store
from pipelines.store.crawl import Crawl, Need

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures/store"
MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)


def old(tmp_path: Path, version: int) -> str:
    """A store of an older version, as the code of that version wrote it."""
    connection = sqlite3.connect(tmp_path / "articles.db")
    connection.executescript((FIXTURES / f"version-{version}.sql").read_text("utf-8"))
    connection.close()
    return default_url(str(tmp_path))


def shape(store: Store) -> dict[str, set[str]]:
    inspector = inspect(store.database.engine)
    return {name: {c["name"] for c in inspector.get_columns(name)} for name in schema.metadata.tables}


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def indexes(store: Store) -> set[str]:
    """By their names; SQLAlchemy reads none with expressions."""
    with store.database.read() as connection:
        return set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'index'")))


def test_every_older_version_has_a_fixture() -> None:
    assert {path.stem for path in FIXTURES.glob("version-*.sql")} == {f"version-{n}" for n in range(1, schema.VERSION)}


def test_other_tables_are_another_version(tmp_path: Path) -> None:
    """Where this fails: see the docstring of pipelines/store/migrations.py, then write the file anew."""
    with open_store(default_url(str(tmp_path))) as store:
        lines = [f"{name}: {' '.join(sorted(columns))}\n" for name, columns in sorted(shape(store).items())]
    assert "".join(lines) == (FIXTURES / f"columns-{schema.VERSION}.txt").read_text("utf-8")


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_an_old_store_becomes_a_new_one(tmp_path: Path, version: int) -> None:
    url = old(tmp_path, version)
    with open_store(url) as store, open_store(default_url(str(tmp_path / "new"))) as new:
        assert shape(store) == shape(new)
        assert store.counts() == {"articles": 2, "dropped/fetch/404": 1}
        assert {(r["missing"], r["revision"]) for r in rows(store, schema.articles)} == {(0, 0)}
        assert store.runs()[0]["counts"] == {"store/new": 2}
        assert [a["title"] for a in store.iterate(phrases=["发展"])] == ["城市发展的新路"]
        assert indexes(store) == indexes(new)
        tagged = {(tag, a["id"]) for a in store.iterate() for tag in a["tags"]}
        assert {(r["tag"], r["id"]) for r in rows(store, schema.article_tags)} == tagged
        kept = store.get("0000000000000001")
        assert kept is not None
        assert store.upsert([Article(id="0000000000000002", title="Another")], MONDAY).popitem()[1] is Change.CHANGED
        assert [v["version"] for v in store.versions("0000000000000002")] == [1]
    with open_store(url) as store:  # nothing is left to do
        assert store.get("0000000000000001") == kept


def test_the_frontier_the_outbox_and_what_is_kept_come_along(tmp_path: Path) -> None:
    with open_store(old(tmp_path, 2)) as store:
        states = [(r["url"].rpartition("/")[2], r["state"]) for r in rows(store, schema.frontier)]
        assert states == [
            ("", "read"),
            ("1.shtml", "stored"),
            ("2.shtml", "stored"),
            ("3.shtml", "failed"),
            ("4.shtml", "kept"),
            ("5.shtml", "pending"),
        ]
        assert [(r["seq"], r["event"]) for r in rows(store, schema.outbox)] == [
            (1, "created"),
            (2, "created"),
            (3, "updated"),
        ]
        assert [(r["sink"], r["seq"]) for r in rows(store, schema.cursors)] == [("desk", 2)]
        assert [v["record"]["title"] for v in store.versions("0000000000000001")] == ["城市发展"]
        crawl = Crawl(store, "news.example", bound=9)
        crawl.begin()
        assert [lease.url for lease in crawl.take(Need(9)).leases] == ["http://news.example/5.shtml"]
        (kept,) = crawl.take_kept("news.example", 9)
        assert kept.page is not None
        assert kept.page.body == b"<p>waits</p>"
        crawl.end()


def test_a_migration_that_fails_leaves_the_old_store(tmp_path: Path) -> None:
    url = old(tmp_path, 1)
    connection = sqlite3.connect(tmp_path / "articles.db")
    connection.execute("CREATE VIEW frontier AS SELECT 1")  # in the way of a table to come
    connection.commit()
    before = list(connection.iterdump())
    with pytest.raises(StoreError):
        open_store(url)
    assert list(connection.iterdump()) == before
    connection.close()


@pytest.mark.parametrize("version", ["4", "99", "two", ""])
def test_a_version_that_is_not_known_is_refused(any_store: Store, url: str, version: str) -> None:
    with any_store.database.write() as connection:
        connection.execute(text("UPDATE meta SET value = :v"), {"v": version})
    with pytest.raises(StoreError, match="has tables of version"):
        open_store(url)
