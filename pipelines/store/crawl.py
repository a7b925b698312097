"""One worker at one job: takes URLs in hand, and writes what they came to, each call one transaction.

    crawl = Crawl(store, "news.example", bound=50)
    crawl.begin()
    supply = crawl.take(Need(total=100))
    crawl.commit([Outcome(lease.url, lease, article=…) for lease in supply.leases])
    crawl.end()

Kill the process at any moment: what was committed stands, with its links and outbox rows, and the rest is handed out
again, once the process is gone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select, text, update

from pipelines.errors import StoreError
from pipelines.items import OPEN_STATES, Found, Lease, Outcome, State
from pipelines.store import again, frontier, kept, owners, patience, removal, reprints, schema, traps, variants
from pipelines.store.articles import NOT_MISSING, Change, Store, write_articles, write_dropped
from pipelines.store.changes import note_gone, set_duplicates
from pipelines.store.reprints import Reprints
from pipelines.store.rows import CHUNK, chunks, upsert, utc
from pipelines.store.traps import Limits

REAP_EVERY = 5.0  # seconds between two looks for workers that have ended


@dataclass(frozen=True, slots=True)
class Need:
    """What a worker asks for: up to `total` URLs, so that it has `ahead` of each host, beside those in hand.

    `beyond`: hosts of which it may have more, and how many.

    Where it names its leases (`known`), it gets those again that it was given and never heard of. `paces` are those
    that hosts ask for, in seconds between two requests, as far as they are news.
    """

    total: int
    ahead: int = 64
    in_hand: Mapping[str, int] = field(default_factory=dict)  # URLs in hand by host
    known: Set[int] | None = None  # ids of the leases in hand
    paces: Mapping[str, float] = field(default_factory=dict)
    beyond: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supply:
    """What a worker gets. Without leases: whether the job goes on elsewhere, and when there may be something to do."""

    leases: tuple[Lease, ...] = ()
    elsewhere: bool = False  # others have URLs of the job in hand, which may lead to more
    wait: float | None = None  # seconds until a deferred URL or a resting host is due; None: nothing waits
    fenced: bool = False  # the leases handed out before are no longer ours
    surplus: tuple[str, ...] = ()  # hosts that others should have: give back what was not asked yet


class Verdict(StrEnum):
    """What became of an outcome."""

    NEW = "new"
    CHANGED = "changed"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"  # its server says that the page is gone, for good
    DONE = "done"  # written; there was no article in it
    LATE = "late"  # refused: the URL was in other hands


class Crawl:
    """A worker at a job of a store. One thread at a time. Times are seconds since 1970 by the database's clock.

    `bound` is the number of list pages of a round, `recheck` asks known articles again, `ages` are those in seconds at
    which they are asked in any case, `delay` is the pace of a host in seconds, `limits` what hosts are held to,
    `reprints` tells which articles repeat others (None: that is not looked at), `run` the number of the run in the
    table `runs`.
    """

    def __init__(
        self,
        store: Store,
        job: str,
        *,
        bound: int,
        recheck: bool = False,
        ages: Sequence[float] = (),
        delay: float = 0.0,
        reprints: Reprints | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._store, self._name = store, job
        self._ages, self._reprints = ages, reprints
        self._bound, self._recheck, self._delay = bound, recheck, delay
        self._limits = limits or Limits()
        self._lock = owners.lock_for(store.database)
        self._worker_name = ""
        self._beaten = self._reaped = 0.0
        self._after = ""  # the host after which the next search for hosts begins
        self.run = 0
        self.job = 0
        self.worker = 0

    def begin(self, *, fresh: bool = False) -> None:
        """Join the job, or begin its next round where nothing is left of the last one and nobody works at it.

        `fresh` forgets its frontier first. Raises StoreError, also where others work at a job that is to begin afresh.
        """
        try:
            self._enroll()
            self._join(fresh)
        except BaseException:
            self._lock.release()  # else this process would hold it on, and count as a worker that lives
            raise

    def _join(self, fresh: bool) -> None:
        with self._store.database.write() as connection:
            now = self._clock(connection)
            owners.reap(connection, self._lock, self.worker, now, self._delay)
            patience.put_right(connection, self.job, now)
            alone = owners.living(connection, self.job) == 1
            if fresh:
                if not alone:
                    raise StoreError(f"the job {self._name[:80]!r} is under way in another process: no fresh=1 now")
                for table in (schema.frontier, schema.kept, schema.patterns):
                    connection.execute(delete(table).where(table.c.job == self.job))
            if alone and not self._is_open(connection):
                round_ = update(schema.jobs).where(schema.jobs.c.id == self.job)
                connection.execute(round_.values(round=schema.jobs.c.round + 1, lists=0))
                current = connection.scalars(select(schema.jobs.c.round).where(schema.jobs.c.id == self.job)).one()
                again.due(connection, self.job, current, now, recheck=self._recheck)
            started = insert(schema.runs).values(job=self._name, started=utc(datetime.now(UTC)), counts="{}")
            self.run = int(connection.execute(started).inserted_primary_key[0])  # type: ignore[index]

    def take(self, need: Need, starts: Sequence[Found] = (), idle: Sequence[Lease] = ()) -> Supply:
        """Take in start URLs, give back idle leases, and hand out URLs."""
        if self._beaten + owners.BEAT_EVERY < time.monotonic() and not self._lock.stands():
            name = owners.new_name()  # the old lock may be held by a session that nobody has any more
            self._lock.hold(name)
            self._worker_name = name
        with self._store.database.write() as connection:
            now = self._clock(connection)
            fenced = not self._beat(connection, now)
            if not fenced:
                return self._take(connection, need, starts, idle, now)
        self._enroll()
        self._same_store()
        return Supply(elsewhere=True, wait=0.0, fenced=True)

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """Write what URLs came to, in one transaction: articles, outbox rows, links, records, states."""
        at = utc(datetime.now(UTC))
        with self._store.database.write() as connection:
            standing = frontier.held(connection, (o.lease for o in outcomes if o.lease))
            good = [o for o in outcomes if o.lease is None or o.lease.id in standing]
            removal.refuse(connection, good)
            now = self._clock(connection)
            asked = [o for o in good if o.lease is not None and standing[o.lease.id] != State.KEPT.value]
            lost = patience.weigh(connection, self.worker, asked, now, self._limits.patience)
            ended = [o for o in good if o.defer is None]
            variants.recognise(connection, self.job, good)
            changes = self._write(connection, [o for o in good if o.article is not None and o.alias is None], at)
            withdrawn = note_gone(connection, (o.dropped for o in ended if o.dropped is not None), at)
            records = [record for o in ended for record in (o.dropped, *o.also) if record is not None]
            write_dropped(connection, self.run, records, at)
            kept.remove(connection, [o.lease.id for o in good if o.lease])
            kept.put(connection, self.job, good, at)
            frontier.settle(connection, good, now)
            patience.give_up(connection, (self.job, self.worker, self.run), lost, at)
            found = [(one, o.lease.depth + 1 if o.lease else 0) for o in good for one in o.found]
            new = self._take_in(connection, good, found, now)
            fruitful = {o.lease.id for o in good if o.lease and any(one.key in new for one in o.found)}
            seen = again.note(connection, good, fruitful, now, self._ages)
            for chunk in chunks(sorted(seen)):
                touched = update(schema.articles).where(schema.articles.c.id.in_(chunk))
                connection.execute(touched.values(last_seen=at, **NOT_MISSING))
        late = {id(o) for o in outcomes} - {id(o) for o in good}
        return [_verdict(o, changes, withdrawn) if id(o) not in late else Verdict.LATE for o in outcomes]

    def _write(self, connection: Connection, outcomes: Sequence[Outcome], at: str) -> dict[str, Change]:
        """Store articles, each told whether it repeats another one."""
        articles = [o.article for o in outcomes if o.article is not None]
        if not articles:
            return {}
        origins = {o.article.id: o.origin for o in outcomes if o.article is not None and o.origin is not None}
        others = reprints.group(connection, articles, self._reprints) if self._reprints else {}
        beside = {o.article.id: o.beside for o in outcomes if o.article is not None and o.beside is not None}
        changes = write_articles(connection, articles, at, origins, beside)
        set_duplicates(connection, others, at)
        return changes

    def _take_in(
        self, connection: Connection, outcomes: Sequence[Outcome], found: Sequence[tuple[Found, int]], now: float
    ) -> set[str]:
        """Take in what was found, but for what belongs to a trap; gives the keys of URLs that were not known."""
        if not found and not any(one.lease and one.state is State.READ for one in outcomes):
            return set()
        gate = traps.Traps(connection, self.job, self._limits)
        good, trapped = gate.sift(found)
        new = frontier.add(connection, self.job, good, now, bound=self._bound, recheck=self._recheck)
        frontier.set_aside(connection, self.job, trapped)
        gate.note(outcomes, good, new)
        return new

    def end(self) -> None:
        """Give everything back; where the store is away at least the lock, by which the others see that we ended."""
        try:
            if self.worker:
                with self._store.database.write() as connection:
                    owners.forget(connection, self.worker, self._clock(connection), self._delay)
                self.worker = 0
        finally:
            self._lock.release()

    def summary(self) -> dict[tuple[str, str | None], int]:
        """How many URLs of the job's present round stand where: (state, reason) -> count."""
        with self._store.database.read() as connection:
            return frontier.summary(connection, self.job)

    def left(self, most: int) -> int:
        """How many URLs of the job are still to be asked, counted to about `most`: quick, however many there are."""
        with self._store.database.read() as connection:
            return frontier.left(connection, self.job, most)

    def traps(self) -> list[traps.Trap]:
        """What was left out as part of a trap in the job's present round, by host and rule."""
        with self._store.database.read() as connection:
            return traps.found(connection, self.job)

    def next_wait(self) -> float | None:
        """Seconds until the next URL of the job may be asked; None where none waits."""
        with self._store.database.read() as connection:
            return self._wait(connection, self._clock(connection))

    def kept_sites(self) -> list[str]:
        """The sites of which the job keeps pages that wait to be taken apart."""
        with self._store.database.read() as connection:
            return kept.sites(connection, self.job)

    def take_kept(self, site: str, limit: int, after: int = 0) -> list[Outcome]:
        """Take kept pages of a site in hand: outcomes with lease and page, as their spider gave them.

        In the order of their leases' ids, from the one that follows `after`.
        """
        table, row = schema.kept.c, schema.frontier.c
        with self._store.database.write() as connection:
            query = (
                select(schema.kept, schema.frontier)
                .join(schema.frontier, row.id == table.task)
                .where(table.job == self.job, table.site == site, row.state == State.KEPT.value, row.owner.is_(None))
                .where(table.task > after)
                .order_by(table.task)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            rows = connection.execute(query).all()
            ids = [r.task for r in rows]
            connection.execute(update(schema.frontier).where(row.id.in_(ids)).values(owner=self.worker))
        return [
            Outcome(
                r.url,
                frontier.lease_of(r, self.worker, r.tries),
                page=kept.unpack(r.page, r.body),
            )
            for r in rows
        ]

    def _take(
        self, connection: Connection, need: Need, starts: Sequence[Found], idle: Sequence[Lease], now: float
    ) -> Supply:
        if starts:
            pairs = [(one, 0) for one in starts]
            frontier.add(connection, self.job, pairs, now, bound=self._bound, recheck=self._recheck)
        frontier.give_back(connection, idle)
        patience.note_paces(connection, need.paces)
        frontier.wake(connection, self.job, now)
        variants.release(connection, self.job)
        if self._reaped + REAP_EVERY < time.monotonic():
            self._reaped = time.monotonic()
            owners.reap(connection, self._lock, self.worker, now, self._delay)
        leases: list[Lease] = []
        hosts, surplus = self._hosts(connection, need, now)
        for host in hosts:
            ahead = need.beyond.get(host, need.ahead)
            room = min(need.total - len(leases), ahead - need.in_hand.get(host, 0))
            if room > 0:
                leases += frontier.take(connection, self.job, self.worker, host, room)
        if not leases and need.known is not None:
            leases = frontier.forgotten(connection, self.worker, need.known)
        if leases:
            return Supply(tuple(leases), surplus=surplus)
        return Supply((), self._elsewhere(connection), self._wait(connection, now), surplus=surplus)

    def _hosts(self, connection: Connection, need: Need, now: float) -> tuple[list[str], tuple[str, ...]]:
        """The hosts that are ours up to a fair share, after taking free ones and giving back those that are done.

        And those beyond the share that are given back once nothing of them is in hand any more.
        """
        owned = frontier.owned_hosts(connection, self.job)
        mine = [host for host, owner in owned.items() if owner == self.worker]
        ready = frontier.ready_hosts(connection, self.job, self._after)
        if not ready and self._after:
            self._after = ""
            ready = frontier.ready_hosts(connection, self.job)
        self._after = ready[-1] if len(ready) >= frontier.SCAN else ""
        waiting = set(ready)
        share = -(-len(waiting | owned.keys()) // max(1, owners.living(connection, self.job)))
        # those of which most is in hand are kept: the others lose least by changing hands
        mine.sort(key=lambda host: -need.in_hand.get(host, 0))
        done = [host for host in mine if not need.in_hand.get(host) and host not in waiting]
        useful = [host for host in mine if host not in set(done)]
        keep, surplus = useful[:share], useful[share:]
        leave = done + [host for host in surplus if not need.in_hand.get(host)]
        frontier.leave_hosts(connection, self.worker, leave, now, self._delay)
        room = min(share - len(keep), max(0, need.total))
        if room > 0:
            free = [host for host in ready if host not in owned]
            keep += frontier.take_hosts(connection, self.worker, free, room, now)
        return keep, tuple(host for host in surplus if need.in_hand.get(host))

    def _elsewhere(self, connection: Connection) -> bool:
        table = schema.frontier.c
        query = select(table.id).where(table.owner.is_not(None), table.owner != self.worker, table.job == self.job)
        return connection.scalar(query.limit(1)) is not None

    def _wait(self, connection: Connection, now: float) -> float | None:
        """Seconds until something may be handed out: a deferred URL, a host that rests or is another worker's."""
        row = schema.frontier.c
        due = select(func.min(row.not_before)).where(row.job == self.job, text("frontier.state = 'deferred'"))
        times = [connection.scalar(due)]
        ready = frontier.ready_hosts(connection, self.job)
        if ready:
            table = schema.hosts.c
            rests = select(table.next_at).where(table.host.in_(ready[:CHUNK]))
            times += [max(at, now) for at in connection.scalars(rests)] or [now]
        known = [at for at in times if at is not None]
        return max(0.0, min(known) - now) if known else None

    def _enroll(self) -> None:
        """Become a worker, with a new name and number: the lock first, so that nobody sees us without it."""
        self._worker_name = owners.new_name()
        self._lock.hold(self._worker_name)
        with self._store.database.write() as connection:
            jobs = schema.jobs
            if connection.scalar(select(jobs.c.id).where(jobs.c.name == self._name)) is None:
                connection.execute(
                    upsert(connection)(jobs).values(name=self._name, round=0, lists=0).on_conflict_do_nothing()
                )
            # one begins after the other
            self.job = connection.scalars(select(jobs.c.id).where(jobs.c.name == self._name).with_for_update()).one()
            now = self._clock(connection)
            self.worker = owners.register(connection, self._worker_name, self.job, now)
            self._beaten = time.monotonic()

    def _same_store(self) -> None:
        runs = schema.runs.c
        with self._store.database.read() as connection:
            if connection.scalar(select(runs.job).where(runs.id == self.run)) != self._name:
                raise StoreError("the store is not the one in which this run began: was it restored or emptied?")

    def _beat(self, connection: Connection, now: float) -> bool:
        if self._beaten + owners.BEAT_EVERY >= time.monotonic():
            query = select(schema.workers.c.id).where(schema.workers.c.id == self.worker)
            return connection.scalar(query) is not None
        self._beaten = time.monotonic()
        return owners.beat(connection, self.worker, self._worker_name, now)

    def _is_open(self, connection: Connection) -> bool:
        table = schema.frontier.c
        states = [state.value for state in OPEN_STATES]
        query = select(table.id).where(table.job == self.job, table.state.in_(states)).limit(1)
        return connection.scalar(query) is not None

    def _clock(self, connection: Connection) -> float:
        return owners.clock(self._store.database, connection)


def _verdict(outcome: Outcome, changes: Mapping[str, Change], withdrawn: Set[str]) -> Verdict:
    """What became of an outcome that was written."""
    if outcome.alias is not None or (outcome.fresh is not None and outcome.fresh.unchanged):
        return Verdict.UNCHANGED
    if outcome.article is not None:
        return Verdict(changes[outcome.article.id])
    return Verdict.WITHDRAWN if outcome.dropped and outcome.dropped.url in withdrawn else Verdict.DONE
