"""Changes of articles that no page of theirs brought: gone at their site, or told to be another one's duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from pipelines.items import Dropped, Event
from pipelines.store import outbox, schema
from pipelines.store.articles import keep_versions, rows_of
from pipelines.store.rows import chunks, utc

# How often in a row a server must say that a page is gone before its article is withdrawn. 410 is said on purpose; a
# 404 comes from a moved template, a broken cache or a wrong deploy as well, most of which are mended within two days.
ASKS = {"fetch/410": 1, "fetch/404": 3}
APART = timedelta(hours=20)  # between two 404s that count: a crawl a day, give or take, however often it runs


def note_gone(connection: Connection, pages: Iterable[Dropped], at: str) -> set[str]:
    """Count, within a transaction, pages whose server says that they are gone; gives the URLs of articles withdrawn.

    A withdrawn article stays in the store; `withdrawn` says since when, and one event tells it. It comes back as
    updated when its page does. Only the URL under which an article was fetched last counts.
    """
    reasons = {page.url: page.reason for page in pages if page.url and page.reason in ASKS}
    table, found = schema.articles, list[str]()
    for chunk in chunks(sorted(reasons)):
        named = select(table.c.id).where(table.c.url.in_(chunk), table.c.withdrawn.is_(None))
        found += connection.scalars(named)
    gone = []
    for row in rows_of(connection, sorted(found), lock=True).values():
        if row["withdrawn"] or row["url"] not in reasons:  # another worker was faster
            continue
        needed, again = ASKS[reasons[row["url"]]], _counts(row["missing_at"], at)
        missing = row["missing"] + again
        if missing >= needed or needed == 1:
            gone.append(row)
        elif again:
            counted = update(table).where(table.c.id == row["id"])
            connection.execute(counted.values(missing=missing, missing_at=at))
    keep_versions(connection, gone, at)
    for row in gone:
        taken_back = {"version": row["version"] + 1, "withdrawn": at, "missing": 0, "missing_at": None}
        connection.execute(update(table).where(table.c.id == row["id"]).values(taken_back))
        outbox.withdraw(connection, {**row, **taken_back}, at)
    return {row["url"] for row in gone}


def set_duplicates(connection: Connection, survivors: Mapping[str, str | None], at: str | None = None) -> list[str]:
    """Say, within a transaction, of which article each of some is a duplicate (None: of none); gives what changed.

    Each change is a version of its own and an event; what is so already, and ids that are not in the store, are passed
    over. An article is never its own duplicate. `at` is UTC, ISO 8601 (default: now).
    """
    at = at or utc(datetime.now(UTC))
    rows = rows_of(connection, sorted(survivors), lock=True)
    changed: list[Mapping[str, Any]] = []
    for key, row in rows.items():
        survivor = survivors[key] if survivors[key] != key else None
        if row["duplicate_of"] != survivor:
            changed.append({**row, "duplicate_of": survivor, "version": row["version"] + 1})
    keep_versions(connection, [rows[row["id"]] for row in changed], at)
    table = schema.articles
    for row in changed:
        values = {"duplicate_of": row["duplicate_of"], "version": row["version"]}
        connection.execute(update(table).where(table.c.id == row["id"]).values(values))
    outbox.add(connection, [(Event.DUPLICATE_CHANGED, row) for row in changed if not row["withdrawn"]], at)
    return [row["id"] for row in changed]


def _counts(before: str | None, at: str) -> bool:
    """Whether a 404 at a time is told apart from the one counted before."""
    return before is None or datetime.fromisoformat(at) - datetime.fromisoformat(before) >= APART
