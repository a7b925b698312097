"""Who is alive: each worker holds a lock that ends with its process or its connection, however it ends.

SQLite: an flock on a file beside the database. PostgreSQL: a session's advisory lock. A worker that is alive but has
given no sign for HUNG_AFTER counts as dead too; whatever it still writes is refused, as its leases are no longer its.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from pipelines.errors import StoreAwayError
from pipelines.store import schema
from pipelines.store.database import Database, in_our_words

HUNG_AFTER = 300.0  # seconds; ten times the longest pause of a busy worker that was seen (30 s: a machine that swaps)
BEAT_EVERY = 10.0  # seconds between two signs of life


class Lock(Protocol):
    """A lock with the worker's name that ends with the worker."""

    def hold(self, name: str) -> None:
        """Take the lock of a new name, in place of the one that was held. Raises StoreAwayError."""

    def stands(self) -> bool:
        """Whether the lock is still held."""

    def is_free(self, connection: Connection, name: str) -> bool:
        """Whether nobody holds the lock of that name: its worker has ended."""

    def release(self) -> None:
        """Give the lock back."""


class FileLock:
    """An flock on a file: for processes of one machine, which share an SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: tuple[Path, int] | None = None

    def hold(self, name: str) -> None:
        """Take the lock; it is kept as long as the process lives."""
        self.release()
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreAwayError(f"cannot lock the store: {error.strerror}: {path}") from None
        self._held = path, number

    def stands(self) -> bool:
        """Whether the file is still there."""
        return self._held is not None and self._held[0].exists()

    def is_free(self, connection: Connection, name: str) -> bool:
        """Whether the file is gone or can be locked; then it is taken away."""
        path = self._folder / name
        try:
            number = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(number)

    def release(self) -> None:
        """Give the lock back and take the file away."""
        if self._held:
            path, number = self._held
            path.unlink(missing_ok=True)
            os.close(number)
            self._held = None


class SessionLock:
    """An advisory lock of PostgreSQL: it ends with the session that holds it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None

    def hold(self, name: str) -> None:
        """Take the lock in a session of its own."""
        self.release()
        with in_our_words("lock"):
            self._session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                self._session.execute(select(func.pg_advisory_lock(_number(name))))
            except BaseException:
                self.release()
                raise

    def stands(self) -> bool:
        """Whether the session is; the server may hold the lock of a broken one for a while yet."""
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def is_free(self, connection: Connection, name: str) -> bool:
        """Whether the lock can be taken; it is given back with the transaction."""
        return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_number(name)))))

    def release(self) -> None:
        """End the session."""
        if self._session is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._session.invalidate()  # the connection is closed and the lock with it, not put back into the pool
            with contextlib.suppress(SQLAlchemyError):
                self._session.close()
            self._session = None


def clock(database: Database, connection: Connection) -> float:
    """Seconds since 1970 by the database's clock, which all its workers share."""
    if database.sqlite:
        return time.time()
    return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)


def lock_for(database: Database) -> Lock:
    """The kind of lock that fits a database."""
    if database.file is not None:
        return FileLock(database.file.with_name(f"{database.file.name}-workers"))
    return SessionLock(database)


def new_name() -> str:
    """A name that no other worker has; it says where the worker runs."""
    return f"{socket.gethostname()[:40]}.{os.getpid()}.{uuid.uuid4().hex[:16]}"


def register(connection: Connection, name: str, job: int, now: float) -> int:
    """Note a worker whose lock is held already; gives its number, which no other worker ever has."""
    result = connection.execute(insert(schema.workers).values(name=name, job=job, beat=now))
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def beat(connection: Connection, worker: int, name: str, now: float) -> bool:
    """Give a sign of life, and the name of the lock held; False where the others have counted the worker as dead."""
    table = schema.workers
    return bool(connection.execute(update(table).where(table.c.id == worker).values(name=name, beat=now)).rowcount)


def living(connection: Connection, job: int) -> int:
    """How many workers a job has."""
    return connection.scalar(select(func.count()).where(schema.workers.c.job == job)) or 0


def jobs_at_work(connection: Connection, lock: Lock, now: float) -> set[str]:
    """The names of the jobs of which a worker is alive, whoever started it."""
    table = schema.workers.c
    query = select(schema.jobs.c.name, table.name, table.beat).join_from(
        schema.workers, schema.jobs, schema.jobs.c.id == table.job
    )
    rows = connection.execute(query).all()
    return {job for job, name, last in rows if now - last <= HUNG_AFTER and not lock.is_free(connection, name)}


def reap(connection: Connection, lock: Lock, own: int, now: float, delay: float) -> int:
    """Take the leases of workers that have ended; gives how many there were.

    Their hosts rest for `delay` seconds, as nobody knows when they were asked last.
    """
    dead = [
        worker
        for worker, name, last in _others(connection, own)
        if now - last > HUNG_AFTER or lock.is_free(connection, name)
    ]
    for worker in dead:
        forget(connection, worker, now, delay)
    return len(dead)


def forget(connection: Connection, worker: int, now: float, delay: float) -> None:
    """Give back everything that a worker has in hand, and take it off the list; its hosts rest for one delay."""
    connection.execute(update(schema.frontier).where(schema.frontier.c.owner == worker).values(owner=None))
    hosts = update(schema.hosts).where(schema.hosts.c.owner == worker)
    connection.execute(hosts.values(owner=None, next_at=rested(now, delay)))
    connection.execute(delete(schema.workers).where(schema.workers.c.id == worker))


def rested(now: float, delay: float) -> ColumnElement[float]:
    """When a host that changes hands may be asked: after `delay`, or later where it asks for that."""
    host = schema.hosts.c
    due = case((host.delay > delay, now + host.delay), else_=now + delay)
    return case((host.next_at > due, host.next_at), else_=due)


def _others(connection: Connection, own: int) -> Iterator[tuple[int, str, float]]:
    table = schema.workers.c
    query = select(table.id, table.name, table.beat).where(table.id != own).order_by(table.id)
    return iter(connection.execute(query).all())


def _number(name: str) -> int:
    """A name as PostgreSQL numbers its locks: 64 bits with sign."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
