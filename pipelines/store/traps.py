"""Traps that only many pages tell: lists without end that lead to nothing new, hosts without end.

What a URL's form tells (`Found.trap`) comes from those who found it. Here is counted, per job and host, in the
transaction that takes the links in; URLs of a trap stand in the frontier as `trapped`, with the rule as reason, and are
not asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from pipelines.items import Found, Outcome, State, key_digest
from pipelines.store import schema
from pipelines.store.patience import Patience
from pipelines.store.rows import chunks

WHOLE = ""  # the pattern that stands for all of a host
MARK = 8  # bytes by which a link is remembered
MARKS = 512  # links of a host that are remembered
PROBES = 5  # list pages of a pattern that was a trap in an earlier round, before it is one again

Pairs = Sequence[tuple[Found, int]]


@dataclass(frozen=True, slots=True)
class Limits:
    """List pages in a row without a new article link: of one pattern, of a host; new URLs of a host in a round; depth.

    The depth is that of links from a start URL; 0: no limit, likewise for the others. And the patience with hosts that
    fail.
    """

    lists: int = 50
    host_lists: int = 200
    urls: int = 100_000
    depth: int = 0
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class _Count:
    """A row of the table `patterns`."""

    urls: int = 0
    barren: int = 0
    suspect: bool = False
    marks: bytes = b""
    old: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Trap:
    """What was left out on a host in a round by one rule, with one of the URLs."""

    host: str
    rule: str
    urls: int
    example: str


class Traps:
    """The counts of a job's round, within one transaction that holds the job's row."""

    def __init__(self, connection: Connection, job: int, limits: Limits) -> None:
        self._connection, self._job, self._limits = connection, job, limits
        jobs = schema.jobs.c
        query = select(jobs.round).where(jobs.id == job).with_for_update()
        self._round: int = connection.scalars(query).one()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._before: dict[tuple[str, str], _Count] = {}

    def sift(self, found: Pairs) -> tuple[Pairs, list[tuple[Found, int, str]]]:
        """Those that may be asked, and those of a trap with the rule. Start URLs are none."""
        self._load({(one.host, pattern) for one, _ in found for pattern in (WHOLE, one.pattern or WHOLE)})
        good, trapped = list[tuple[Found, int]](), list[tuple[Found, int, str]]()
        taken: dict[str, int] = {}
        for one, depth in found:
            rule = self._rule(one, depth, taken.get(one.host, 0)) if depth else None
            if rule is None:
                taken[one.host] = taken.get(one.host, 0) + 1
                good.append((one, depth))
            else:
                trapped.append((one, depth, f"trap/{rule}"))
        return good, trapped

    def note(self, outcomes: Iterable[Outcome], found: Pairs, new: Collection[str]) -> None:
        """Count the new URLs of each host, and the list pages that led to none; what is pending of a trap ends."""
        for key, host in {one.key: one.host for one, _ in found}.items():
            self._counts[host, WHOLE].urls += key in new
        lists = [o for o in outcomes if o.lease is not None and o.state is State.READ]
        patterns = self._patterns([o.lease.id for o in lists if o.lease is not None])
        self._load({(o.lease.host, p) for o in lists if o.lease for p in (WHOLE, patterns.get(o.lease.id, WHOLE))})
        for outcome in lists:
            lease = outcome.lease
            if lease is None or lease.id not in patterns:
                continue
            some = [one for one in outcome.found if not one.listing and one.trap is None]
            fresh = any(one.key in new for one in some)
            unseen = not fresh and self._unseen(lease.host, some)
            for pattern in (WHOLE, patterns[lease.id]):
                self._judge(lease.host, pattern, fresh=fresh, unseen=unseen)
        self._save()

    def _rule(self, one: Found, depth: int, taken: int) -> str | None:
        limits = self._limits
        if one.trap is not None:
            return one.trap
        if 0 < limits.depth < depth:
            return "depth"
        if 0 < limits.urls <= self._counts[one.host, WHOLE].urls + taken:
            return "host-budget"
        if one.pattern is not None:
            return self._verdict(one.host, one.pattern) or self._verdict(one.host, WHOLE)
        return None

    def _verdict(self, host: str, pattern: str) -> str | None:
        limit = self._limits.lists if pattern else self._limits.host_lists
        rule = "barren-lists" if pattern else "barren-host"
        return rule if 0 < limit <= self._counts[host, pattern].barren else None

    def _judge(self, host: str, pattern: str, *, fresh: bool, unseen: bool) -> None:
        count = self._counts[host, pattern]
        if fresh or (unseen and not count.suspect):
            count.barren, count.suspect = 0, count.suspect and not fresh
            return
        count.barren += 1
        rule = self._verdict(host, pattern)
        if rule is None or count.barren != (self._limits.lists if pattern else self._limits.host_lists):
            return
        count.suspect = True
        row = schema.frontier
        like = row.c.pattern == pattern if pattern else row.c.pattern.is_not(None)
        pending = (
            row.c.job == self._job,
            row.c.host == host,
            row.c.state == State.PENDING.value,
            row.c.owner.is_(None),
        )
        ended = update(row).where(*pending, like).values(state=State.TRAPPED.value, reason=f"trap/{rule}")
        self._connection.execute(ended)

    def _unseen(self, host: str, links: Sequence[Found]) -> bool:
        """Whether a list shows an article of an earlier round that the last lists of its host did not show."""
        row, keys = schema.frontier.c, [key_digest(one.key) for one in links]
        earlier = set[bytes]()
        for chunk in chunks(keys):
            query = select(row.key).where(row.job == self._job, row.key.in_(chunk), row.round < self._round)
            earlier |= {bytes(key)[:MARK] for key in self._connection.scalars(query)}
        count = self._counts[host, WHOLE]
        marks = [count.marks[i : i + MARK] for i in range(0, len(count.marks), MARK)]
        unseen = earlier.difference(marks)
        count.marks = b"".join([*marks, *sorted(unseen)][-MARKS:])
        return bool(unseen)

    def _patterns(self, ids: Sequence[int]) -> dict[int, str]:
        row, found = schema.frontier.c, dict[int, str]()
        for chunk in chunks(ids):
            query = select(row.id, row.pattern).where(row.id.in_(chunk), row.pattern.is_not(None))
            found |= {row.id: row.pattern for row in self._connection.execute(query)}
        return found

    def _load(self, wanted: Collection[tuple[str, str]]) -> None:
        table, missing = schema.patterns.c, sorted(set(wanted) - self._counts.keys())
        for key in missing:
            self._counts[key] = _Count()
        for chunk in chunks(sorted({host for host, _ in missing})):
            names = {pattern for host, pattern in missing if host in set(chunk)}
            query = select(schema.patterns).where(table.job == self._job, table.host.in_(chunk))
            for row in self._connection.execute(query.where(table.pattern.in_(names))):
                if (row.host, row.pattern) in missing:
                    self._counts[row.host, row.pattern] = self._read(row)
        for key in missing:
            count = self._counts[key]
            self._before[key] = _Count(count.urls, count.barren, count.suspect, count.marks)

    def _read(self, row: Any) -> _Count:
        suspect = bool(row.suspect)
        if row.round == self._round:
            return _Count(row.urls, row.barren, suspect, bytes(row.marks), old=True)
        limit = self._limits.lists if row.pattern else self._limits.host_lists
        return _Count(0, max(0, limit - PROBES) if suspect else 0, suspect, old=True)

    def _save(self) -> None:
        table = schema.patterns
        for (host, pattern), count in sorted(self._counts.items()):
            if count == self._before[host, pattern]:
                continue
            place = {"job": self._job, "host": host, "pattern": pattern}
            values = {"round": self._round, "urls": count.urls, "barren": count.barren, "marks": count.marks}
            values["suspect"] = int(count.suspect)
            if count.old:
                here = (table.c.job == self._job, table.c.host == host, table.c.pattern == pattern)
                self._connection.execute(update(table).where(*here).values(values))
            else:
                self._connection.execute(insert(table).values(**place, **values))


def found(connection: Connection, job: int) -> list[Trap]:
    """The traps of a job's present round, by host and rule."""
    row = schema.frontier.c
    current = select(schema.jobs.c.round).where(schema.jobs.c.id == job).scalar_subquery()
    query = select(row.host, row.reason, func.count(), func.min(row.url)).group_by(row.host, row.reason)
    query = query.where(row.job == job, row.round == current, row.state == State.TRAPPED.value)
    rows = connection.execute(query.order_by(row.host, row.reason)).all()
    return [Trap(host, (reason or "").removeprefix("trap/"), count, url) for host, reason, count, url in rows]
