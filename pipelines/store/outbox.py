"""The outbox: what happened to articles, written in the transaction in which it happened. Delivery reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, cast, func, insert

from pipelines.items import Event
from pipelines.store import schema
from pipelines.store.rows import as_json, insert_many, record_json

NAME = ("id", "url", "canonical_url", "site")  # what may be told of an article that is taken back


def add(connection: Connection, rows: Iterable[tuple[Event, Mapping[str, Any]]], at: str) -> None:
    """Announce events: each with the article's row as it is now stored, its version included.

    The transaction has written something before: on PostgreSQL it then has its id before it takes a number, on which
    `outbox_reader` relies.
    """
    _write(connection, [_entry(event, row, at, record_json(row)) for event, row in rows])


def withdraw(connection: Connection, row: Mapping[str, Any], at: str) -> None:
    """Announce that an article is taken back: its row as it is now stored, of which only the name is told on."""
    _write(connection, [_entry(Event.WITHDRAWN, row, at, as_json({name: row[name] for name in NAME}))])


def _entry(event: Event, row: Mapping[str, Any], at: str, record: str) -> dict[str, Any]:
    return {"key": row["id"], "version": row["version"], "event": event.value, "at": at, "record": record}


def _write(connection: Connection, entries: list[dict[str, Any]]) -> None:
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        numbered = insert(schema.outbox).values(txid=cast(cast(func.pg_current_xact_id(), Text), BigInteger))
        connection.execute(numbered, entries)
    else:
        insert_many(connection, schema.outbox, entries)
