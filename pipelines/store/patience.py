"""Hosts that fail or ask for time: how long they rest, which URLs are asked again, when a host is given up.

Functions that work within the transaction of a commit, so that another worker goes on from the same place.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, insert, literal, or_, select, text, update

from pipelines.items import Dropped, Outcome, State
from pipelines.store import schema
from pipelines.store.rows import CHUNK

LATER = 1.5  # a URL waits that much longer than its host, so that another one tries the host first
AT_LEAST = 1.0  # seconds that a URL waits which its host had no time for
FAR = 7 * 86_400.0  # seconds: a rest that ends later was noted under a clock that was wrong


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a host rests after its first failure, and at most; failures in a row after which it is given up."""

    first: float = 2.0
    most: float = 600.0
    tries: int = 8

    def pause(self, failures: int) -> float:
        """Seconds of rest after so many failures in a row: doubled with each, give or take a quarter."""
        return min(self.most, self.first * 2.0 ** min(max(failures, 1) - 1, 40)) * random.uniform(0.75, 1.25)


def weigh(
    connection: Connection, worker: int, outcomes: Sequence[Outcome], now: float, patience: Patience
) -> dict[str, Dropped]:
    """Decide on the outcomes' `defer` and `rest`, and let their hosts rest; gives the hosts to give up, and why.

    `outcomes` are those of requests, in the order in which they came. An answer after its last rest ends a host's row
    of failures; failures while it rests are of requests that were under way, and count as one with the first.
    """
    by_host: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if one.lease is not None:
            by_host.setdefault(one.lease.host, []).append(one)
    troubled = {host for host, some in by_host.items() if any(one.setback is not None for one in some)}
    table, lost = schema.hosts, dict[str, Dropped]()
    failed_before = _failed(connection, sorted(by_host.keys() - troubled))
    for host in sorted(troubled | failed_before):
        query = select(table.c.failures, table.c.next_at).where(table.c.host == host).with_for_update()
        row = connection.execute(query).one_or_none()
        before, next_at = (row.failures, row.next_at) if row is not None else (0, 0.0)
        failures = _failures(by_host[host], before, next_at, now)
        waits = [one.setback for one in by_host[host] if one.setback is not None]
        rest = max((one.wait for one in waits), default=0.0)
        if any(one.failing for one in waits):
            rest = max(rest, patience.pause(failures))
        given_up = failures >= patience.tries
        for one in by_host[host]:
            if one.setback is not None:
                one.rest = rest or None
                if one.setback.again:
                    one.defer = max(AT_LEAST, rest * LATER) if not given_up else None
                why = one.dropped or next(iter(one.also), None)
                if given_up and one.setback.failing and why is not None:
                    lost[host] = why
        if rest or failures != before:
            mine = case((table.c.owner == worker, None), else_=table.c.owner) if rest else table.c.owner
            changed = update(table).where(table.c.host == host)
            connection.execute(changed.values(failures=failures, next_at=max(next_at, now + rest), owner=mine))
    return lost


def give_up(connection: Connection, place: tuple[int, int, int], lost: Mapping[str, Dropped], at: str) -> None:
    """End what is left of hosts that do not answer; `place` is job, worker and run."""
    job, worker, run = place
    row, record = schema.frontier.c, schema.dropped.c
    for host, why in lost.items():
        left = (
            row.job == job,
            row.host == host,
            row.state.in_((State.PENDING.value, State.DEFERRED.value)),
            or_(row.owner.is_(None), row.owner == worker),
        )
        values = select(
            literal(run), row.url, literal(why.reason), literal(f"{why.message}; its host is given up"), literal(at)
        )
        names = [record.run.name, record.url.name, record.reason.name, record.message.name, record.at.name]
        connection.execute(insert(schema.dropped).from_select(names, values.where(*left)))
        ended = update(schema.frontier).where(*left)
        connection.execute(ended.values(state=State.FAILED.value, reason=why.reason, owner=None, not_before=None))


def note_paces(connection: Connection, paces: Mapping[str, float]) -> None:
    """Write the paces that hosts ask for, in seconds between two requests."""
    for host, delay in sorted(paces.items()):
        connection.execute(update(schema.hosts).where(schema.hosts.c.host == host).values(delay=delay))


def put_right(connection: Connection, job: int, now: float) -> None:
    """End the rests and waits that were noted while the clock was far ahead: nothing would be asked until then."""
    hosts, row = schema.hosts, schema.frontier.c
    connection.execute(update(hosts).where(hosts.c.next_at > now + FAR).values(next_at=now))
    waiting = (row.job == job, text("frontier.state = 'deferred'"), row.not_before > now + FAR)  # as in the index
    connection.execute(update(schema.frontier).where(*waiting).values(not_before=now))


def _failed(connection: Connection, hosts: Sequence[str]) -> set[str]:
    table, found = schema.hosts.c, set[str]()
    for start in range(0, len(hosts), CHUNK):
        failed = select(table.host).where(table.host.in_(hosts[start : start + CHUNK]), table.failures > 0)
        found |= set(connection.scalars(failed))
    return found


def _failures(outcomes: Sequence[Outcome], before: int, next_at: float, now: float) -> int:
    failures, counted = before, next_at > now
    for one in outcomes:
        answered = now if one.answered is None else now - (time.monotonic() - one.answered)
        if one.setback is not None and one.setback.failing:
            failures += not counted
            counted = True
        elif (one.setback is None or not one.setback.again) and answered >= next_at:
            failures, counted = 0, False
    return failures
