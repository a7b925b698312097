"""A table in another database: one row a version of an article, upserted by key and version.

PostgreSQL, MariaDB (MySQL) and SQLite through one code. A repeat changes nothing: of two writes of one version the
higher `seq` stays. A withdrawn article keeps one row, of the event "withdrawn": what the table held of it before is
deleted in the same transaction, and a replay of older records does not bring it back.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from pipelines.delivery.deadline import deadline
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.paths import inside
from pipelines.delivery.record import COLUMNS, KINDS, row
from pipelines.delivery.sink import Place, one_line
from pipelines.errors import SinkDownError, SinkRefusedError, SinkStateError, UsageError
from pipelines.events import OutboxEntry
from pipelines.items import Event

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
# Compared by bytes, spaces at the end too: their usual orders take "A" and "a", "a" and "a " for one.
_BYTES_MARIADB, _BYTES_MYSQL = "utf8mb4_nopad_bin", "utf8mb4_0900_bin"
_KEY_LENGTH = 512  # characters; MariaDB indexes 768 of them at most


class Options(SinkOptions):
    """Options of an `sql` sink."""

    url: str = Field(description="database URL as SQLAlchemy writes them; an SQLite file lies inside OUTPUT_DIR")
    table: str = Field("newswinnow", description="the table; it is made where it is missing")

    @field_validator("table")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _IDENTIFIER.fullmatch(value):
            raise ValueError("a name of letters, digits and _, at most 63")
        return value


class SqlSink:
    """Upserts each batch in one transaction. Repeats are refused by the key."""

    def __init__(self, place: Place, options: Options) -> None:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            self._url = make_url(options.url)
        except (ArgumentError, ValueError):
            raise UsageError(f"sink {place.name}: url is not a database URL") from None
        if self._url.drivername in ("postgresql", "postgres"):  # as psql takes it; the driver is ours to choose
            self._url = self._url.set(drivername="postgresql+psycopg")
        self._kind = self._url.get_backend_name()
        self._timeout = options.timeout
        if self._kind == "sqlite":
            file = inside(place.root, self._url.database or "")
            self._url = self._url.set(database=str(file))
        elif self._kind not in ("postgresql", "mysql", "mariadb"):
            raise UsageError(f"sink {place.name}: {self._kind}: PostgreSQL, MariaDB, MySQL or SQLite")
        self._table = _table(options.table)
        self._engine: Any = None

    def tail(self, cursor: int) -> int | None:
        """The highest number in the table; None where it is empty. Makes the table where it is missing."""
        from sqlalchemy import func, select

        self.close()
        with self._transaction() as connection:
            self._prepare(connection)
            found: int | None = connection.scalar(select(func.max(self._table.c.seq)))
        return found

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """All in one transaction; gives how many rows it wrote: those of a replay are not told from new ones."""
        table = self._table
        rows = {(r["key"], r["version"]): r for r in map(row, entries)}
        gone = {r["key"]: r["seq"] for r in rows.values() if r["event"] == Event.WITHDRAWN}
        with self._transaction() as connection:
            gone = self._withdrawn(connection, {key for key, _ in rows}) | gone
            kept = [r for r in rows.values() if r["seq"] >= gone.get(r["key"], 0)]
            for key, seq in gone.items():
                connection.execute(table.delete().where(table.c.key == key, table.c.seq < seq))
            if kept:
                connection.execute(self._upsert(), kept)
        return len(kept)

    def close(self) -> None:
        """Give the connection back."""
        if self._engine is not None:
            with contextlib.suppress(Exception):  # a connection that is broken already
                self._engine.dispose()
            self._engine = None

    def _withdrawn(self, connection: Any, keys: set[str]) -> dict[str, int]:
        """The numbers at which these keys were withdrawn, as far as the table knows."""
        from sqlalchemy import select

        table = self._table
        query = select(table.c.key, table.c.seq).where(table.c.key.in_(keys), table.c.event == Event.WITHDRAWN.value)
        found: dict[str, int] = {}
        for key, seq in connection.execute(query):
            found[key] = max(seq, found.get(key, 0))
        return found

    def _upsert(self) -> Any:
        from sqlalchemy import func
        from sqlalchemy.dialects import mysql, postgresql, sqlite

        table = self._table
        others = [c.name for c in table.c if c.name not in ("key", "version", "seq")]
        if self._kind in ("mysql", "mariadb"):
            new = mysql.insert(table)
            newer = new.inserted.seq >= table.c.seq
            # in this order: seq last, or the comparisons after it would see the new one
            values = [(name, func.if_(newer, new.inserted[name], table.c[name])) for name in (*others, "seq")]
            return new.on_duplicate_key_update(values)
        insert = postgresql.insert(table) if self._kind == "postgresql" else sqlite.insert(table)
        return insert.on_conflict_do_update(
            index_elements=["key", "version"],
            set_={name: insert.excluded[name] for name in (*others, "seq")},
            where=insert.excluded.seq >= table.c.seq,
        )

    def _prepare(self, connection: Any) -> None:
        from sqlalchemy import inspect

        if self._kind in ("mysql", "mariadb"):
            self._table = _table(self._table.name, _BYTES_MARIADB if connection.dialect.is_mariadb else _BYTES_MYSQL)
        self._table.create(connection, checkfirst=True)
        there = {column["name"] for column in inspect(connection).get_columns(self._table.name)}
        if missing := [column.name for column in self._table.c if column.name not in there]:
            raise SinkStateError(
                f"the table {self._table.name} is not ours, or older: it lacks {', '.join(missing)}; "
                "name another table, or add them"
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        """A connection with a transaction that is committed at the end; the driver's errors as ours."""
        from sqlalchemy import exc

        try:
            with self._connect() as connection, self._limit(connection), connection.begin():
                yield connection
        except (exc.DataError, exc.IntegrityError) as error:
            raise SinkRefusedError(f"the database refused a record: {one_line(error)}") from None
        except (exc.SQLAlchemyError, OSError) as error:
            self.close()
            raise SinkDownError(f"the database did not take it: {one_line(error)}") from None

    def _connect(self) -> Any:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import NoSuchModuleError
        from sqlalchemy.pool import QueuePool

        if self._engine is None:
            try:
                arguments = _arguments(self._kind, self._timeout, self._url)
                self._engine = create_engine(
                    self._url, connect_args=arguments, poolclass=QueuePool, pool_size=1, hide_parameters=True
                )
            except (NoSuchModuleError, ImportError) as error:
                raise SinkStateError(f"the driver of the database is not installed: {one_line(error)}") from None
        return self._engine.connect()

    def _limit(self, connection: Any) -> contextlib.AbstractContextManager[None]:
        """psycopg waits for ever for a server that is silent; the other drivers have a limit of their own."""
        if self._kind != "postgresql":
            return contextlib.nullcontext()
        return deadline(self._timeout, connection.connection.driver_connection.fileno)


def _arguments(kind: str, timeout: float, url: Any) -> dict[str, Any]:
    seconds = max(1, int(timeout))
    if kind == "sqlite":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return {"timeout": timeout}
    if kind == "postgresql":
        return {"connect_timeout": max(2, seconds)}
    return {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}


def _table(name: str, collation: str = _BYTES_MARIADB) -> Any:
    from sqlalchemy import BigInteger, Column, Float, Index, MetaData, String, Table, Text
    from sqlalchemy.dialects.mysql import LONGTEXT, VARCHAR

    text = Text().with_variant(LONGTEXT(charset="utf8mb4"), "mysql", "mariadb")
    key = Text().with_variant(VARCHAR(_KEY_LENGTH, charset="utf8mb4", collation=collation), "mysql", "mariadb")
    kinds: dict[str, Any] = {"int": BigInteger(), "float": Float(53), "key": key, "event": String(40), "at": String(40)}
    columns: Iterator[Any] = (
        Column(
            n,
            kinds.get(n) or kinds.get(KINDS[n], text),
            primary_key=n in ("key", "version"),
            autoincrement=False,
            nullable=n not in ("seq", "key", "version", "event", "at"),
        )
        for n in COLUMNS
    )
    index = Index(f"{name[:50]}_seq", "seq")  # the cursor is read from it
    return Table(name, MetaData(), *columns, index, mysql_charset="utf8mb4", mariadb_charset="utf8mb4")
