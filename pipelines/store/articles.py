"""The store of record: one row an article in a SQL database, and what became of every other page.

    with open_store("sqlite:///output/articles.db") as store:
        for article in store.iterate(site="news.example"):
            print(article["published"], article["title"])

Every write is one transaction. Times are ISO 8601 in UTC, to the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from pipelines.items import Article, Dropped, Event, clean, url_id
from pipelines.redaction import redact
from pipelines.store import migrations, outbox, schema, search
from pipelines.store.database import Database, default_url, open_database
from pipelines.store.rows import article_row, as_json, record_of, sortable, utc

__all__ = ["Change", "Store", "default_url", "open_store", "sortable"]

# What differs at each fetch though the article is the same: lists of other articles, and how and when it was fetched.
VOLATILE = frozenset(
    ("fetched_at", "status", "related", "latest", "prev_next", "warnings", "evidence", "confidence", "segments")
)
CHUNK = 500  # ids in one query: SQLite of old takes 999 parameters


class Change(StrEnum):
    """What storing an article did to its row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store at a database URL, making its tables (and the folder of an SQLite file) where they are missing.

    Tables of an older version are migrated. Raises StoreError: not a database URL, driver not installed, no such store
    (with create=False), a version that is not known.
    """
    database = open_database(url, create=create)
    try:
        migrations.prepare(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


class Store:
    """The tables behind one database; made by `open_store`. Methods may be called from any one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back; everything is committed already."""
        self.database.close()

    def upsert(self, articles: Iterable[Article], now: datetime) -> dict[str, Change]:
        """Store articles in one transaction; gives what became of each id. See `write_articles`."""
        with self.database.write() as connection:
            return write_articles(connection, articles, utc(now))

    def get(self, article_id: str) -> dict[str, Any] | None:
        """The article of an id in the form of `Article.to_dict(segments=True)`, or None."""
        with self.database.read() as connection:
            row = _rows(connection, [article_id]).get(article_id)
        return None if row is None else record_of(row, segments=True)

    def find(self, key: str) -> dict[str, Any] | None:
        """The article of an id or URL, as `get` gives it; a URL may be the canonical one or the one fetched."""
        found = self.get(key) or self.get(url_id(key))
        if found is None and "://" in key:
            table = schema.articles.c
            query = select(table.id).where(or_(table.url == key, table.canonical_url == key)).limit(1)
            with self.database.read() as connection:
                named = connection.scalar(query)
            found = self.get(named) if named is not None else None
        return found

    def versions(self, article_id: str) -> list[dict[str, Any]]:
        """What an article was before: version, replaced, record (as `get` gives it); oldest first."""
        table = schema.article_versions
        query = select(table).where(table.c.id == article_id).order_by(table.c.version)
        with self.database.read() as connection:
            rows = connection.execute(query).mappings()
            return [
                {"version": r["version"], "replaced": r["replaced"], "record": json.loads(r["record"])} for r in rows
            ]

    def iterate(self, site: str | None = None, phrases: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """All articles (of one site, with all the phrases in title or text), in the form of `Article.to_dict()`.

        Newest first, undated ones last.
        """
        table = schema.articles.c
        query: Select[Any] = select(schema.articles).order_by(
            table.published_utc.is_(None), table.published_utc.desc(), table.id
        )
        if site is not None:
            query = query.where(table.site == site)
        if phrases:
            query = query.where(search.condition(self.database.engine.dialect.name, phrases))
        with self.database.read() as connection:
            for row in connection.execution_options(yield_per=CHUNK).execute(query).mappings():
                yield record_of(dict(row), segments=False)

    def start_run(self, job: str, now: datetime) -> int:
        """Note that a run begins; gives its number."""
        with self.database.write() as connection:
            result = connection.execute(insert(schema.runs).values(job=job, started=utc(now), counts="{}"))
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def finish_run(self, run: int, state: str, counts: Mapping[str, int], now: datetime) -> None:
        """Note how a run ended and what became of its pages."""
        done = update(schema.runs).where(schema.runs.c.id == run)
        with self.database.write() as connection:
            connection.execute(done.values(finished=utc(now), state=state, counts=json.dumps(dict(counts))))

    def drop(self, run: int, pages: Iterable[Dropped], now: datetime) -> None:
        """Note pages that ended without an article."""
        with self.database.write() as connection:
            write_dropped(connection, run, pages, utc(now))

    def dropped(self, run: int | None = None) -> list[dict[str, Any]]:
        """The pages that ended without an article (of one run): run, url, reason, message, at; in order of time."""
        table = schema.dropped.c
        query = select(table.run, table.url, table.reason, table.message, table.at).order_by(table.id)
        if run is not None:
            query = query.where(table.run == run)
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def runs(self) -> list[dict[str, Any]]:
        """All runs in order: id, job, started, finished, state, counts."""
        with self.database.read() as connection:
            rows = connection.execute(select(schema.runs).order_by(schema.runs.c.id)).mappings()
            return [{**row, "counts": json.loads(row["counts"])} for row in rows]

    def counts(self) -> dict[str, int]:
        """How many articles there are, and how many pages were dropped: "articles", then "dropped/<reason>"."""
        reasons = select(schema.dropped.c.reason, func.count()).group_by(schema.dropped.c.reason).order_by("reason")
        with self.database.read() as connection:
            found = connection.scalar(select(func.count()).select_from(schema.articles)) or 0
            return {"articles": found} | {f"dropped/{reason}": n for reason, n in connection.execute(reasons)}


def write_articles(connection: Connection, articles: Iterable[Article], seen: str) -> dict[str, Change]:
    """Store articles within a transaction, with their outbox rows; gives what became of each id.

    An article that is there unchanged (its VOLATILE fields aside) gets a new last_seen and nothing else. One that
    changed keeps what it was in `article_versions`. Of two with one id in a batch the later wins.
    """
    rows = {row["id"]: row for row in map(article_row, articles)}
    changes: dict[str, Change] = {}
    new, changed, before, unchanged = [], [], [], []
    known = _rows(connection, sorted(rows), lock=True)
    for key, row in rows.items():
        old = known.get(key)
        if old is None:
            changes[key] = Change.NEW
            new.append({**row, "first_seen": seen, "last_seen": seen, "version": 1, "withdrawn": None})
        elif any(row[name] != old[name] for name in row if name not in VOLATILE):
            changes[key] = Change.CHANGED
            changed.append({**row, "last_seen": seen, "version": old["version"] + 1, "withdrawn": None})
            before.append(old)
        else:
            changes[key] = Change.UNCHANGED
            unchanged.append(key)
    if new:
        connection.execute(insert(schema.articles), sorted(new, key=itemgetter("id")))  # no two writers lock crosswise
    for row in sorted(changed, key=itemgetter("id")):
        connection.execute(update(schema.articles).where(schema.articles.c.id == row["id"]).values(row))
    if before:
        connection.execute(insert(schema.article_versions), [_version(old, seen) for old in before])
    for chunk in _chunks(unchanged):
        touched = update(schema.articles).where(schema.articles.c.id.in_(chunk))
        connection.execute(touched.values(last_seen=seen))
    search.put(connection, [*new, *changed])
    events = [(Event.CREATED, row) for row in new] + [(Event.UPDATED, row) for row in changed]
    outbox.add(connection, events, seen)
    return changes


def write_dropped(connection: Connection, run: int, pages: Iterable[Dropped], at: str) -> None:
    """Note, within a transaction, pages that ended without an article, without the secrets of their URLs."""
    said = [(redact(clean(p.url or "")) or None, p.reason, redact(clean(p.message))) for p in pages]
    rows = [{"run": run, "url": url, "reason": reason, "message": message, "at": at} for url, reason, message in said]
    if rows:
        connection.execute(insert(schema.dropped), rows)


def _rows(connection: Connection, ids: Sequence[str], *, lock: bool = False) -> dict[str, Mapping[str, Any]]:
    """The rows of ids; locked against other writers where they will be changed (PostgreSQL; SQLite has one writer)."""
    found: dict[str, Mapping[str, Any]] = {}
    for chunk in _chunks(ids):
        query = select(schema.articles).where(schema.articles.c.id.in_(chunk)).order_by(schema.articles.c.id)
        query = query.with_for_update() if lock else query
        found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _version(old: Mapping[str, Any], replaced: str) -> dict[str, Any]:
    record = as_json(record_of(old, segments=True))
    return {"id": old["id"], "version": old["version"], "replaced": replaced, "record": record}


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))
