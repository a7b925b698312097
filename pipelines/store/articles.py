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

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from pipelines.items import ARTICLE_FIELDS, Article, Beside, Dropped, Event, Origin, clean, url_id
from pipelines.redaction import redact
from pipelines.store import migrations, outbox, schema, search
from pipelines.store.database import Database, default_url, open_database
from pipelines.store.reading import Query, statement
from pipelines.store.rows import CHUNK, article_row, as_json, chunks, insert_many, record_of, sortable, utc

__all__ = ["Change", "Store", "default_url", "open_store", "sortable"]

# What differs at each fetch though the article is the same: lists of other articles, and how and when it was fetched.
VOLATILE = frozenset(
    (
        *("fetched_at", "status", "related", "latest", "prev_next"),
        *("method", "warnings", "evidence", "confidence", "segments"),
        *("fingerprint", "duplicate_of"),  # reprints.py and changes.py write these
    )
)
LISTS = frozenset(("related", "latest", "prev_next"))  # of one page they differ only by the program that read it
NOT_MISSING = {"missing": 0, "missing_at": None}


class Change(StrEnum):
    """What storing an article did to its row."""

    NEW = "new"
    CHANGED = "changed"
    REVISED = "revised"  # the same page, taken apart to another result
    UNCHANGED = "unchanged"


EVENTS = {Change.NEW: Event.CREATED, Change.CHANGED: Event.UPDATED, Change.REVISED: Event.REVISED}


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
            row = rows_of(connection, [article_id]).get(article_id)
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

    def iterate(
        self, site: str | None = None, phrases: Sequence[str] = (), query: Query | None = None
    ) -> Iterator[dict[str, Any]]:
        """All articles that stand (of one site, with all the phrases in title or text), as `Article.to_dict()` gives.

        Newest first, undated ones last. `query` asks for more than the two, and stands for both.
        """
        chosen = statement(self.database.engine.dialect.name, query or Query(tuple(phrases), site))
        with self.database.read() as connection:
            for row in connection.execution_options(yield_per=CHUNK).execute(chosen).mappings():
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


def write_articles(
    connection: Connection,
    articles: Iterable[Article],
    seen: str,
    origins: Mapping[str, Origin] | None = None,
    beside: Mapping[str, Beside] | None = None,
) -> dict[str, Change]:
    """Store articles within a transaction, with their outbox rows; gives what became of each id.

    An article that is there unchanged (its VOLATILE fields aside) gets a new last_seen and nothing else. One that
    changed keeps what it was in `article_versions`. Where `origins` (by id) say that it was taken from the same page as
    before, it is the same version, revised; a saved page that is older than the one stored changes nothing. A duplicate
    stays one until `changes.set_duplicates` says otherwise. Of two with one id in a batch the later wins.
    `beside`: what was reckoned of them before, by id.
    """
    rows = {row["id"]: row for row in map(article_row, articles)}
    known = rows_of(connection, sorted(rows), lock=True)
    done = {key: _change(known.get(key), row, (origins or {}).get(key)) for key, row in rows.items()}
    new, written, before, unchanged = [], [], [], []
    for key, row in rows.items():
        old, change = known.get(key), done[key]
        if old is None:
            new.append({**row, "first_seen": seen, "last_seen": seen, "version": 1, "withdrawn": None})
        elif change is Change.CHANGED:
            before.append(old)
            version = old["version"] + 1
            written.append({**row, "last_seen": seen, "version": version, "withdrawn": None, **NOT_MISSING})
        elif change is Change.REVISED:
            known_still = {name: old[name] for name in ("fetched_at", "status", "version") if row.get(name) is None}
            seen_anew = {} if _is_saved(origins, key) else {"last_seen": seen, **NOT_MISSING}
            written.append({**row, **known_still, **seen_anew, "revision": old["revision"] + 1, "revised": seen})
        else:
            unchanged.append((row, old, _is_saved(origins, key)))
    if new:
        insert_many(connection, schema.articles, sorted(new, key=itemgetter("id")))  # no two writers lock crosswise
    for row in sorted(written, key=itemgetter("id")):
        connection.execute(update(schema.articles).where(schema.articles.c.id == row["id"]).values(row))
    keep_versions(connection, before, seen)
    _touch(connection, unchanged, seen)
    search.put(connection, [*new, *written], beside)
    outbox.add(connection, [(EVENTS[done[row["id"]]], row) for row in (*new, *written)], seen)
    return done


def rows_of(connection: Connection, ids: Sequence[str], *, lock: bool = False) -> dict[str, Mapping[str, Any]]:
    """The rows of ids; locked against other writers where they will be changed (PostgreSQL; SQLite has one writer)."""
    found: dict[str, Mapping[str, Any]] = {}
    for chunk in chunks(ids):
        query = select(schema.articles).where(schema.articles.c.id.in_(chunk)).order_by(schema.articles.c.id)
        query = query.with_for_update() if lock else query
        found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def keep_versions(connection: Connection, rows: Sequence[Mapping[str, Any]], replaced: str) -> None:
    """Keep what articles were, as their rows stood before a change."""
    if rows:
        versions = [
            {
                "id": row["id"],
                "version": row["version"],
                "replaced": replaced,
                "record": as_json(record_of(row, segments=True)),
            }
            for row in rows
        ]
        connection.execute(insert(schema.article_versions), versions)


def _change(old: Mapping[str, Any] | None, row: dict[str, Any], origin: Origin | None) -> Change:
    """What storing a row does; completes the row by what is known of it otherwise."""
    row |= {"page_hash": origin and origin.page_hash, "extractor": origin and origin.extractor}
    if old is None:
        return Change.NEW
    row["duplicate_of"] = row["duplicate_of"] or old["duplicate_of"]
    same, saved = _same_page(old, row), origin is not None and origin.saved
    if saved and (old["withdrawn"] or (not same and _is_older(row, old))):
        return Change.UNCHANGED
    if old["withdrawn"]:  # it is there again
        return Change.CHANGED
    passed_by = VOLATILE
    if same and row["extractor"] != old["extractor"]:
        passed_by = VOLATILE - LISTS
    if all(row[name] == old[name] for name in ARTICLE_FIELDS if name not in passed_by):
        return Change.UNCHANGED
    return Change.REVISED if same else Change.CHANGED


def _same_page(old: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether two rows were taken from one page: the same bytes or, where those are not known, fetched at one time."""
    if not row["page_hash"]:
        return False
    if old["page_hash"]:
        return bool(row["page_hash"] == old["page_hash"])
    return row["fetched_at"] is not None and sortable(row["fetched_at"]) == sortable(old["fetched_at"])


def _is_older(row: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a row's page was fetched before that of another row, as far as that is known."""
    mine, other = sortable(row["fetched_at"]), sortable(old["fetched_at"])
    return mine is not None and other is not None and mine < other


def _is_saved(origins: Mapping[str, Origin] | None, key: str) -> bool:
    """Whether an article was taken from a page that lay somewhere: nobody has looked at its site."""
    return bool(origins and key in origins and origins[key].saved)


def _touch(
    connection: Connection, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any], bool]], seen: str
) -> None:
    """Note that articles (row, row as stored, whether saved) are as they were, and the bytes that they have now."""
    table, ids, pages = schema.articles, [], []
    for row, old, saved in rows:
        same = _same_page(old, row)
        if saved and (old["withdrawn"] or (not same and _is_older(row, old))):
            continue
        if not (saved and same):
            ids.append(row["id"])
        if row["page_hash"] and row["page_hash"] != old["page_hash"]:
            pages.append({"row_id": row["id"], "page_hash": row["page_hash"]})
    for chunk in chunks(ids):
        connection.execute(update(table).where(table.c.id.in_(chunk)).values(last_seen=seen, **NOT_MISSING))
    if pages:
        connection.execute(update(table).where(table.c.id == bindparam("row_id")), pages)


def write_dropped(connection: Connection, run: int, pages: Iterable[Dropped], at: str) -> None:
    """Note, within a transaction, pages that ended without an article, without the secrets of their URLs."""
    said = [(redact(clean(p.url or "")) or None, p.reason, redact(clean(p.message))) for p in pages]
    rows = [{"run": run, "url": url, "reason": reason, "message": message, "at": at} for url, reason, message in said]
    if rows:
        connection.execute(insert(schema.dropped), rows)
