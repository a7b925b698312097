"""The outbox: what happened to articles, written in the transaction in which it happened. Delivery reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, cast, func, insert

from pipelines.items import Event
from pipelines.store import schema
from pipelines.store.rows import as_json, record_of


def add(connection: Connection, rows: Iterable[tuple[Event, Mapping[str, Any]]], at: str) -> None:
    """Announce events: each with the article's row as it is now stored, its version included.

    The transaction has written something before: on PostgreSQL it then has its id before it takes a number, on which
    `outbox_reader` relies.
    """
    given = [
        {
            "key": row["id"],
            "version": row["version"],
            "event": event.value,
            "at": at,
            "record": as_json(record_of(row, segments=False)),
        }
        for event, row in rows
    ]
    if not given:
        return
    statement = insert(schema.outbox)
    if connection.dialect.name == "postgresql":
        statement = statement.values(txid=cast(cast(func.pg_current_xact_id(), Text), BigInteger))
    connection.execute(statement, given)
