"""What tests of changes share: reading the outbox and the rows, and short ways to put articles there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select

from pipelines.items import Article, Found, Outcome
from pipelines.store import schema
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl, Need

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
AT = "2026-06-22T08:00:00Z"


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    """All rows of a table, in the order of its primary key."""
    with store.database.read() as connection:
        query = select(table).order_by(*table.primary_key.columns)
        return [dict(row) for row in connection.execute(query).mappings()]


def events(store: Store) -> list[tuple[str, int, str]]:
    """The outbox: key, version, event."""
    return [(row["key"], row["version"], row["event"]) for row in rows(store, schema.outbox)]


def record(store: Store, index: int = -1) -> dict[str, Any]:
    """The record of an event."""
    found: dict[str, Any] = json.loads(rows(store, schema.outbox)[index]["record"])
    return found


def url_of(name: str) -> str:
    return f"http://a.example/{name}"


def article(name: str, **fields: Any) -> Article:
    """An article at a URL of that name."""
    given = {"url": url_of(name), "site": "a.example", "title": f"标题 {name}", "text": f"正文 {name}"}
    return Article(id=name, **{**given, **fields})


def found(name: str) -> Found:
    url = url_of(name)
    return Found(url, url.removeprefix("http://"), "a.example", "article", {"date": "2026-06-22"})


def crawled(store: Store, *names: str, job: str = "job") -> None:
    """A crawl that stores these articles."""
    crawl = Crawl(store, job, bound=9)
    crawl.begin()
    leases = crawl.take(Need(100), [found(name) for name in names]).leases
    crawl.commit([Outcome(lease.url, lease, article=article(lease.url[len(url_of("")) :])) for lease in leases])
    crawl.end()
