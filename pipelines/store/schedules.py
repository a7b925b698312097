"""What each site's schedule has come to, in the store: every slot is taken once, whoever looks at the clock.

    with open_store(url) as store, Timetable(store) as timetable:
        timetable.enter("news.example", "17 * * * * UTC", now)
        if timetable.claim("news.example", slot, now):
            ...  # crawl
            timetable.finish("news.example", 0, now)

A slot is a moment of UTC. The crawl of a site is under way while its scheduler lives (a lock that ends with it) and has
not said that it ended, or while any worker of the site's job lives: a crawl that outlives its scheduler counts too, and
one that was begun by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from pipelines.store import owners, schema
from pipelines.store.articles import Store
from pipelines.store.rows import upsert, utc

BEGINS_WITHIN = timedelta(seconds=60)  # from the claim of a slot to the run's row in the store: ten times what was seen
AHEAD = timedelta(days=1)  # a slot further in the future than this was taken under a clock that was wrong


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a site's schedule stands. Moments have the zone UTC; `result` is the last crawl's exit code."""

    name: str
    rule: str
    slot: datetime
    started: datetime | None = None
    finished: datetime | None = None
    result: int | None = None
    running: bool = False


class Timetable:
    """The table `schedules`, as one scheduler sees it. One thread at a time; every method raises StoreAwayError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = owners.lock_for(store.database)
        self._name = ""

    def __enter__(self) -> Timetable:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._lock.release()

    def enter(self, name: str, rule: str, now: datetime) -> None:
        """Note a site that is new, or whose rule is: what lies before `now` is not run for it.

        So it is for a slot that lies more than AHEAD in the future too: the clock was wrong when it was taken.
        """
        table, stamp = schema.schedules, utc(now)
        with self._store.database.write() as connection:
            new = upsert(connection)(table).values(name=name, rule=rule, slot=stamp)
            connection.execute(new.on_conflict_do_nothing())
            other = (table.c.rule != rule) | (table.c.slot > utc(now + AHEAD))
            connection.execute(update(table).where(table.c.name == name, other).values(rule=rule, slot=stamp))

    def standings(self, names: Iterable[str] | None = None) -> dict[str, Standing]:
        """Where the schedules stand (of those names), and whether a crawl of theirs is under way."""
        table = schema.schedules
        query = select(table).order_by(table.c.name)
        if names is not None:
            query = query.where(table.c.name.in_(sorted(names)))
        with self._store.database.read() as connection:
            jobs = self._jobs_at_work(connection)
            return {row.name: self._standing(connection, row, jobs) for row in connection.execute(query).all()}

    def claim(self, name: str, slot: datetime, now: datetime) -> bool:
        """Take a slot: True for one caller only, and only while no crawl of the site is under way."""
        self._hold()
        table = schema.schedules
        with self._store.database.write() as connection:
            row = connection.execute(select(table).where(table.c.name == name).with_for_update()).one_or_none()
            if row is None or row.slot >= utc(slot):
                return False
            if self._is_running(connection, row, self._jobs_at_work(connection)):
                return False
            values = {"slot": utc(slot), "owner": self._name, "started": utc(now), "finished": None, "result": None}
            connection.execute(update(table).where(table.c.name == name).values(values))
            return True

    def finish(self, name: str, result: int, now: datetime) -> None:
        """Note how the crawl of a slot that we took has ended."""
        table = schema.schedules
        done = update(table).where(table.c.name == name, table.c.owner == self._name)
        with self._store.database.write() as connection:
            connection.execute(done.values(owner=None, finished=utc(now), result=result))

    def reopen(self, name: str, now: datetime) -> bool:
        """Give back a slot whose scheduler died before the crawl began; True where that was so."""
        table, runs = schema.schedules, schema.runs
        with self._store.database.write() as connection:
            row = connection.execute(select(table).where(table.c.name == name).with_for_update()).one_or_none()
            if row is None or row.owner is None or row.started > utc(now - BEGINS_WITHIN):
                return False
            if self._is_running(connection, row, self._jobs_at_work(connection)):
                return False
            begun = select(func.count()).select_from(runs).where(runs.c.job == name, runs.c.started >= row.started)
            values: dict[str, object] = {"owner": None}
            lost = not connection.scalar(begun)
            if lost:
                values["slot"] = utc(_moment(row.slot) - timedelta(seconds=1))
            connection.execute(update(table).where(table.c.name == name).values(values))
            return lost

    def _standing(self, connection: Connection, row: Row[Any], jobs: set[str]) -> Standing:
        times = {key: _moment(value) if (value := getattr(row, key)) else None for key in ("started", "finished")}
        running = self._is_running(connection, row, jobs)
        return Standing(row.name, row.rule, _moment(row.slot), **times, result=row.result, running=running)

    def _jobs_at_work(self, connection: Connection) -> set[str]:
        return owners.jobs_at_work(connection, self._lock, owners.clock(self._store.database, connection))

    def _is_running(self, connection: Connection, row: Row[Any], jobs: set[str]) -> bool:
        return row.name in jobs or (row.owner is not None and not self._lock.is_free(connection, row.owner))

    def _hold(self) -> None:
        """Hold a lock of our own; of a new name where its session broke: the crawls under way come along."""
        if self._name and self._lock.stands():
            return
        before, self._name = self._name, owners.new_name()
        self._lock.hold(self._name)
        if before:
            table = schema.schedules
            with self._store.database.write() as connection:
                connection.execute(update(table).where(table.c.owner == before).values(owner=self._name))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
