"""What leaves the store by hand, and may never come back: nothing of it stays but digests by which it is known again.

The frontier asks `removed` before it takes URLs in, the commit of outcomes before it stores them (`refuse`).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.errors import StoreError
from pipelines.items import Dropped, Outcome, State, key_digest
from pipelines.store import outbox, schema, search
from pipelines.store.articles import Store, rows_of
from pipelines.store.changes import set_duplicates
from pipelines.store.reprints import leave
from pipelines.store.rows import chunks

REASON = "removed"
KNOWN_OF_ARTICLE = ("article", "recheck_at", "etag", "last_modified")  # columns of the frontier that hang on an article


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be removed: articles by their ids or URLs, and the keys by which the frontier knows the URLs."""

    ids: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


def removed(connection: Connection, digests: Iterable[bytes]) -> set[bytes]:
    """Which of the digests (`key_digest` of an id, a URL or a URL's key) were removed."""
    table, found = schema.removed.c, set[bytes]()
    for chunk in chunks(list(digests)):
        found |= set(map(bytes, connection.scalars(select(table.key).where(table.key.in_(chunk)))))
    return found


def refuse(connection: Connection, outcomes: Iterable[Outcome]) -> None:
    """Turn outcomes with an article or a page that was removed into records of that."""
    known = {id(o): (o, set(_digests(o))) for o in outcomes if o.article is not None or o.page is not None}
    gone = removed(connection, set[bytes]().union(*(digests for _, digests in known.values())))
    for outcome, digests in known.values():
        if digests & gone:
            outcome.article = outcome.page = outcome.origin = None
            outcome.dropped = Dropped(outcome.url, REASON, "removed by hand: it is never stored again")


def widen(store: Store, target: Target) -> Target:
    """The target with all that the store knows of it: the articles' ids, all their URLs, those of their further parts.

    What they name as their canonical URL is not among them: some sites name their front page there.
    """
    digests = sorted(map(key_digest, target.keys))
    with store.database.read() as connection:
        urls = set(target.urls)
        for chunk in chunks(digests):
            urls |= set(connection.scalars(select(schema.frontier.c.url).where(schema.frontier.c.key.in_(chunk))))
        ids = _articles(connection, Target(target.ids, frozenset(urls)))
        for row in rows_of(connection, ids).values():
            urls |= {url for url in (row["url"], *json.loads(row["page_urls"])) if url}
        for chunk in chunks(ids):
            urls |= set(connection.scalars(select(schema.frontier.c.url).where(schema.frontier.c.article.in_(chunk))))
    return Target(target.ids | set(ids), frozenset(urls), target.keys)


def remove(store: Store, target: Target, at: str) -> int:
    """Remove articles with all that the store has of them; gives how many there were. `at` is UTC, ISO 8601.

    One transaction: the articles, their versions, search terms and events, pages that wait; in their place one event
    `withdrawn` each. Their URLs are never asked again, by whatever job. Of their duplicates one becomes the survivor.
    """
    with store.database.write() as connection:
        if store.database.sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # else the text stays in the file's free pages
        digests = sorted({key_digest(one) for one in target.ids | target.urls | target.keys})
        _take_from_frontier(connection, digests)  # rows in the order in which a commit locks them
        ids = _articles(connection, target)
        rows = rows_of(connection, ids, lock=True)
        upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        marks = [{"key": key, "at": at} for key in sorted({*digests, *map(key_digest, ids)})]
        if marks:
            connection.execute(upsert(schema.removed).on_conflict_do_nothing(), marks)
        forget(connection, ids)
        for chunk in chunks(ids):
            connection.execute(delete(schema.outbox).where(schema.outbox.c.key.in_(chunk)))
        for row in rows.values():
            outbox.withdraw(connection, {**row, "version": row["version"] + 1}, at)
        for row in rows.values():
            _orphans(connection, row["id"], at)
        # no worker takes links in meanwhile: what it took in before is seen now, what it takes in later sees the marks
        connection.execute(select(schema.jobs.c.id).order_by(schema.jobs.c.id).with_for_update()).all()
        _take_from_frontier(connection, digests)
    if store.database.sqlite:
        _overwrite(store)
    return len(ids)


def forget(connection: Connection, ids: Sequence[str]) -> None:
    """Delete articles with their versions and search terms. A table with rows of articles is to be named here."""
    search.remove(connection, ids)
    leave(connection, ids)
    for chunk in chunks(ids):
        connection.execute(delete(schema.article_versions).where(schema.article_versions.c.id.in_(chunk)))
        connection.execute(delete(schema.articles).where(schema.articles.c.id.in_(chunk)))


def _articles(connection: Connection, target: Target) -> list[str]:
    table, found = schema.articles.c, set[str]()
    for chunk in chunks(sorted(target.ids)):
        found |= set(connection.scalars(select(table.id).where(table.id.in_(chunk))))
    for chunk in chunks(sorted(target.urls)):
        named = or_(table.url.in_(chunk), table.canonical_url.in_(chunk))
        found |= set(connection.scalars(select(table.id).where(named)))
    return sorted(found)


def _take_from_frontier(connection: Connection, digests: Sequence[bytes]) -> None:
    """End the URLs in every job, also those that a worker has in hand: what it brings is refused."""
    table = schema.frontier
    for chunk in chunks(digests):
        rows = connection.scalars(
            select(table.c.id).where(table.c.key.in_(chunk)).order_by(table.c.id).with_for_update()
        )
        for ids in chunks(list(rows)):
            ended = dict.fromkeys(("owner", "not_before", "args", *KNOWN_OF_ARTICLE))
            ended |= {"state": State.REMOVED.value, "reason": REASON}
            connection.execute(update(table).where(table.c.id.in_(ids)).values(ended))
            connection.execute(delete(schema.kept).where(schema.kept.c.task.in_(ids)))


def _digests(outcome: Outcome) -> Iterator[bytes]:
    """By what an outcome with an article or a page may be known as removed."""
    if outcome.lease is not None:
        yield outcome.lease.key
    names = [outcome.url]
    if outcome.article is not None:
        names += [outcome.article.id, outcome.article.url, outcome.article.canonical_url]
    yield from (key_digest(name) for name in names if name)


def _overwrite(store: Store) -> None:
    """SQLite: what was deleted leaves the index of terms and the log too. Where others read just now, it does later."""
    with contextlib.suppress(StoreError):
        with store.database.write() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            search.compact(connection)
        store.database.empty_log()


def _orphans(connection: Connection, survivor: str, at: str) -> None:
    """Of the duplicates of an article that is no more the one published first is the survivor."""
    table = schema.articles.c
    query = select(table.id).where(table.duplicate_of == survivor)
    ids = list(connection.scalars(query.order_by(table.published_utc.is_(None), table.published_utc, table.id)))
    if ids:
        set_duplicates(connection, {key: None if key == ids[0] else ids[0] for key in ids}, at)
