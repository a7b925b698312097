"""One database behind the store: its engine, its two kinds of transaction, and its errors in our words.

SQLite (WAL, one writer) by default, PostgreSQL by URL. Nothing here knows a table.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipelines.errors import StoreAwayError, StoreError

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",  # never corrupt; a power cut may take the last commits, and their pages are fetched again
    "foreign_keys = ON",
    "cache_size = -16384",  # kB; random keys of a large frontier want more than the default of 2 MB
    "wal_autocheckpoint = 4000",  # pages, 16 MB: an index of random keys is written back less often
)
BUSY_TIMEOUT = 2.0  # seconds that SQLite waits for another process's write; longer waits are ours, and can be stopped
# For connections to PostgreSQL, where the URL says nothing else: seconds to connect; and a network that is gone without
# a word is noticed within a minute, not within the two hours of the system's own keepalives.
_NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# Seconds after which PostgreSQL ends a write that says nothing: its worker hangs, or its machine is gone, and its
# locks would hold up all others. Ten times the longest commit that was seen.
SILENT_WRITE = 30.0
READ_ONLY = "25006"  # SQLSTATE: the server became a standby, or is being moved; another one takes writes soon
_FORBIDDEN = "are it and its folder there, and may this user write both?"
_DAMAGED = "docs/operations.md, A damaged store"
# What to do about an error of SQLite, by its primary code.
_HINTS = {
    sqlite3.SQLITE_CANTOPEN: _FORBIDDEN,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


class Database:
    """An engine; made by `open_database`. Methods may be called from any one thread at a time, `cut` from another."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self.file = Path(engine.url.database) if self.sqlite and engine.url.database else None
        self._made = False  # whether the file was there once
        self._sockets: set[int] = set()  # of the open connections, while there are any
        if self.sqlite:
            event.listen(engine, "do_connect", self._find_file)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "connect", self._note_file)
            event.listen(engine, "checkout", self._check_file)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            event.listen(engine, "connect", self._note_socket)
            event.listen(engine, "close", self._forget_socket)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises StoreError, StoreAwayError."""
        with in_our_words("read"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block. Raises StoreError, StoreAwayError."""
        with (
            in_our_words("write to"),
            self.engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            if not self.sqlite:
                milliseconds = round(SILENT_WRITE * 1000)
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}")
            yield connection

    def empty_log(self) -> None:
        """SQLite: write the log back into the file and empty it, as far as nobody reads from it. Raises StoreError."""
        with in_our_words("tidy"), contextlib.closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def cut(self) -> None:
        """Break the connections under a call that hangs in another thread: it comes back with StoreAwayError."""
        for number in tuple(self._sockets):
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as copy:
                copy.shutdown(socket.SHUT_RDWR)

    def _find_file(self, *_: object) -> None:
        """SQLite would make a new file, without a table, where the store was taken away."""
        if self._made and self.file is not None and _identity(self.file) is None:
            raise StoreAwayError(f"the file of the store is gone: {self.file}")

    def _note_file(self, _: object, record: Any) -> None:
        record.info["file"] = _identity(self.file) if self.file is not None else None
        self._made = record.info["file"] is not None

    def _check_file(self, _: object, record: Any, __: object) -> None:
        """What is written to a file that was taken away or replaced goes nowhere, and SQLite does not say so."""
        if self.file is not None and _identity(self.file) != record.info["file"]:
            raise DisconnectionError  # the pool connects to the file that stands there now

    def _note_socket(self, connection: Any, _: object) -> None:
        with contextlib.suppress(Exception):  # a driver that does not tell cannot be cut
            self._sockets.add(connection.fileno())

    def _forget_socket(self, connection: Any, _: object) -> None:
        with contextlib.suppress(Exception):
            self._sockets.discard(connection.fileno())


def default_url(output_dir: str) -> str:
    """The URL of the store under an output folder: OUTPUT_DIR/articles.db."""
    return f"sqlite:///{Path(output_dir) / 'articles.db'}"


def open_database(url: str, *, create: bool = True) -> Database:
    """The database at a URL; the folder of an SQLite file is made where it is missing. Connects to nothing yet.

    Raises StoreError: not a database URL, driver not installed, no such file (with create=False).
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            file = Path(parsed.database)
            if not create and not file.exists():
                raise StoreError(f"no store at {file}: crawl first, or set OUTPUT_DIR or STORE_URL")
            file.parent.mkdir(parents=True, exist_ok=True)
        return Database(create_engine(parsed, **_options(parsed)))
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"the driver of the store is not installed: {one_line(error)}") from None
    except ArgumentError:
        raise StoreError("STORE_URL is not a database URL (such as sqlite:///output/articles.db)") from None
    except OSError as error:
        raise StoreError(f"cannot make the folder of the store: {error.strerror}: {error.filename}") from None


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT}}
    if url.get_backend_name() == "postgresql":
        return {"connect_args": {name: value for name, value in _NETWORK.items() if name not in url.query}}
    return {}


def one_line(error: BaseException) -> str:
    """The database's own words on one line, without the statement and its parameters."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:200]


@contextmanager
def in_our_words(verb: str) -> Iterator[None]:
    """What the database raises as StoreAwayError, where it may pass, or StoreError."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        cause, kind = getattr(error, "orig", None), StoreAwayError if _may_pass(error) else StoreError
        hint = _HINTS.get(_sqlite_code(cause))
        raise kind(f"cannot {verb} the store: {one_line(error)}{f' ({hint})' if hint else ''}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"cannot {verb} the store: {one_line(error)}") from None


def _may_pass(error: DBAPIError | PoolTimeoutError) -> bool:
    """Whether the store is away, and not of another kind than it should be."""
    cause = getattr(error, "orig", None)
    if isinstance(error, PoolTimeoutError) or getattr(cause, "sqlstate", None) == READ_ONLY:
        return True
    # SQLite's plain error is a table or column that is not there
    operational = isinstance(error, OperationalError) and _sqlite_code(cause) != sqlite3.SQLITE_ERROR
    return operational or isinstance(error, InterfaceError) or error.connection_invalidated


def _sqlite_code(cause: object) -> int:
    """The primary code of an error of SQLite; 0 for any other."""
    return int(getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver's guess
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a write takes its lock at once and waits for it: a reader that turns writer would fail instead of waiting
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
