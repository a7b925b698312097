"""The outbox as delivery reads it (the protocol `Outbox` of items.py): in the order of the numbers, never too early.

PostgreSQL gives a number when a row is written, not when it is committed: 105 may be there while 104 is still to come,
and a cursor past 105 would never see 104. So a reader stops at a gap until every transaction that was open when the gap
was seen has ended (a transaction has its id before it takes a number, and the snapshot tells which ids are open).
A gap that is left then is a transaction that was rolled back. SQLite has one writer: what is there is complete.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, text, true, update

from pipelines.events import Cursor, OutboxEntry
from pipelines.store import schema
from pipelines.store.database import Database, in_our_words, open_database
from pipelines.store.rows import utc

ANSWER = 30.0  # seconds that the database may take for one call, then its connection is cut
PATIENCE = 2.0  # seconds that a read waits at a gap before it gives what stands before it
PRUNED = "outbox_pruned"  # key in `meta`: the highest number that retention has removed
_MY_ID = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
_CLAIM = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_LET_GO = text("SELECT pg_advisory_unlock_all()")
_OLDEST_OPEN = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


def open_outbox(url: str) -> OutboxReader:
    """The outbox of the store at a database URL. Raises StoreError as `open_database` does; connects to nothing yet."""
    return OutboxReader(open_database(url, create=False))


class OutboxReader:
    """One reader, for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claim: Connection | None = None
        self._settled = 0  # no number up to here can still appear
        self._mark: tuple[int, int] | None = None  # a transaction's id, and the highest number that was seen before it

    def read(self, after: int, limit: int) -> list[OutboxEntry]:
        """Entries with a higher number than `after`, in order; never past one that may still commit a lower number."""
        end = time.monotonic() + PATIENCE
        table = schema.outbox.c
        query = select(table.seq, table.key, table.version, table.event, table.at, table.record)
        query = query.where(table.seq > after).order_by(table.seq).limit(limit)
        while True:
            with self._call(), self._database.read() as connection:
                entries = [OutboxEntry(*row) for row in connection.execute(query)]
            safe = self._safe(after, entries)
            if len(safe) == len(entries):
                return entries
            self._settle()
            if safe or time.monotonic() > end:
                return safe
            time.sleep(0.02)

    def bounds(self) -> tuple[int, int]:
        """The highest number that retention has removed (0: none), and the highest that was ever committed."""
        with self._call(), self._database.read() as connection:
            pruned = _pruned(connection)
            return pruned, max(pruned, connection.scalar(select(func.max(schema.outbox.c.seq))) or 0)

    def position(self, since: str) -> int:
        """The number after which the first entry at or after `since` (UTC, ISO 8601) stands."""
        table = schema.outbox.c
        query = select(table.seq).where(table.at >= since).order_by(table.seq).limit(1)
        with self._call(), self._database.read() as connection:
            found = connection.scalar(query)
        return self.bounds()[1] if found is None else int(found) - 1

    def claim(self, sink: str) -> bool:
        """Whether this reader may deliver to a sink, until it is closed: False while one on another machine does.

        PostgreSQL: a lock of a session that is kept open. SQLite has no other machines.
        """
        if self._database.sqlite:
            return True
        with self._call(), in_our_words("read"):
            if self._claim is None:
                self._claim = self._database.engine.connect()
            mine = bool(self._claim.scalar(_CLAIM, {"name": f"newswinnow deliver {sink}"}))
            self._claim.commit()  # the lock is the session's, not the transaction's
        return mine

    def cursor(self, sink: str) -> Cursor:
        """The cursor of a sink; Cursor() where it has none."""
        table = schema.cursors.c
        with self._call(), self._database.read() as connection:
            row = connection.execute(select(table.seq, table.state, table.updated).where(table.sink == sink)).first()
        return Cursor() if row is None else Cursor(row.seq, row.state or "", row.updated)

    def advance(self, sink: str, seq: int, state: str) -> None:
        """Set the cursor of a sink (back too: a replay) and its note."""
        table, values = schema.cursors, {"seq": seq, "state": state, "updated": utc(datetime.now(UTC))}
        with self._call(), self._database.write() as connection:
            if not connection.execute(update(table).where(table.c.sink == sink).values(values)).rowcount:
                connection.execute(insert(table).values(sink=sink, **values))

    def prune(self, before: str, up_to: int | None = None) -> int:
        """Remove the entries from before a moment (UTC, ISO 8601), delivered or not; gives how many.

        With `up_to` none of a higher number: what all sinks have got.
        """
        table = schema.outbox.c
        stays = table.at >= before if up_to is None else or_(table.at >= before, table.seq > up_to)
        kept = select(table.seq).where(stays).order_by(table.seq).limit(1)
        with self._call(), self._database.write() as connection:
            first = connection.scalar(kept)
            older = true() if first is None else table.seq < first
            last = connection.scalar(select(func.max(table.seq)).where(older))
            if last is None:
                return 0
            removed = connection.execute(delete(schema.outbox).where(table.seq <= last)).rowcount
            known = update(schema.meta).where(schema.meta.c.key == PRUNED).values(value=str(last))
            if not connection.execute(known).rowcount:
                connection.execute(insert(schema.meta).values(key=PRUNED, value=str(last)))
        return removed

    def close(self) -> None:
        """Give the connections back, and with them what was claimed."""
        if self._claim is not None:
            # the server ends a session in its own time, so say it; an error means that the connection is broken already
            with contextlib.suppress(Exception), self._call():
                self._claim.execute(_LET_GO)
            with contextlib.suppress(Exception):
                self._claim.close()
            self._claim = None
        self._database.close()

    def _settle(self) -> None:
        """Note which transactions are open now, or see whether those that were noted have ended.

        An id of our own is the mark: whoever took a number before has a lower one. (The end of a snapshot is no mark:
        it is one past the highest id that has ended, and open transactions may be beyond it.)
        """
        with self._call(), self._database.read() as connection:
            self._settled = max(self._settled, _pruned(connection))  # a gap that retention made
        if self._mark is None:
            with self._call(), self._database.write() as connection:
                top = connection.scalar(select(func.max(schema.outbox.c.seq))) or 0
                self._mark = (int(connection.scalar(_MY_ID) or 0), top)
        with self._call(), self._database.read() as connection:
            oldest = int(connection.scalar(_OLDEST_OPEN) or 0)
        if oldest >= self._mark[0]:
            self._settled, self._mark = max(self._settled, self._mark[1]), None

    def _safe(self, after: int, entries: list[OutboxEntry]) -> list[OutboxEntry]:
        """The entries up to the first gap in which a number may still appear."""
        if self._database.sqlite:
            return entries
        for index, entry in enumerate(entries):
            if entry.seq != after + 1 and entry.seq - 1 > self._settled:
                return entries[:index]
            after = entry.seq
        return entries

    @contextmanager
    def _call(self) -> Iterator[None]:
        """One call of the database: one that hangs is cut, and comes back as StoreAwayError."""
        timer = threading.Timer(ANSWER, self._database.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _pruned(connection: Connection) -> int:
    return int(connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == PRUNED)) or 0)
