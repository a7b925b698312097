"""The rows of the frontier: how URLs come in, are handed out host by host, and end in a state.

Functions that work within a transaction; `crawl.py` puts them together. A row is handed out by setting its owner; what
comes of it is written only while that owner still stands there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, text, update

from pipelines.items import OPEN_STATES, Found, Lease, Outcome, State, clean, key_digest
from pipelines.store import again, owners, removal, schema, variants
from pipelines.store.rows import chunks, insert_many, upsert
from pipelines.store.variants import ALIAS

SCAN = 500  # hosts looked at in one round of handing out: a bound for crawls of very many hosts
_READY = text("frontier.state = 'pending' AND frontier.owner IS NULL")  # as in the index, or it would not be used
_NEXT_HOST = "SELECT min(host) FROM frontier WHERE job = :job AND state = 'pending' AND owner IS NULL"
_HOSTS = text(
    f"""WITH RECURSIVE ready (host, n) AS (
        SELECT ({_NEXT_HOST} AND host >= :after), 1
        UNION ALL
        SELECT ({_NEXT_HOST} AND host > ready.host), n + 1 FROM ready WHERE host IS NOT NULL AND n < {SCAN}
    ) SELECT host FROM ready WHERE host IS NOT NULL"""
)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def add(
    connection: Connection,
    job: int,
    found: Iterable[tuple[Found, int]],
    now: float,
    *,
    bound: int,
    recheck: bool = False,
) -> set[str]:
    """Take URLs with their depths into the frontier; gives the keys of those that were not known.

    What is asked again of those that were asked in an earlier round: see `again.wanted`. A URL that is a known page
    under another name is left out (`variants.hold`), list pages beyond `bound` in this round are, and articles that
    were removed by hand.
    """
    wanted: dict[bytes, tuple[Found, int]] = {}
    for one, depth in found:
        wanted.setdefault(key_digest(one.key), (one, depth))
    if not wanted:
        return set()
    # one worker of the job at a time: the bound is counted, and two that add the same links cannot lock crosswise
    query = select(schema.jobs.c.round, schema.jobs.c.lists).where(schema.jobs.c.id == job).with_for_update()
    current, before = connection.execute(query).one()
    lists = before
    gone = removal.removed(connection, (key for key, (one, _) in wanted.items() if not one.listing))
    wanted = {key: value for key, value in wanted.items() if key not in gone}
    known = _known(connection, job, list(wanted))
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    given = {key: _row(one, depth, job, current, key) for key, (one, depth) in wanted.items()}
    new = {row["key"] for row in variants.hold(connection, job, [given[key] for key in wanted if key not in known])}
    for key, (one, depth) in wanted.items():
        row = known.get(key)
        if row is None and key not in new:
            continue
        if row is not None and not (
            row.round < current and row.state not in OPEN_STATES and again.wanted(one, depth, row, now, recheck=recheck)
        ):
            continue
        if one.listing and lists >= bound:
            continue
        lists += one.listing
        rows[row is None].append(given[key])
    for row in rows[False]:
        row["row_key"] = row.pop("key")
        row["row_job"] = row.pop("job")
        del row["url"], row["host"]  # it is asked again as it was asked before, whatever it is called now
    if rows[False]:
        table = schema.frontier
        once_more = update(table).where(table.c.job == bindparam("row_job"), table.c.key == bindparam("row_key"))
        connection.execute(once_more.values(owner=None, reason=None, not_before=None), rows[False])
    if rows[True]:
        insert_many(connection, schema.frontier, rows[True], new_only=True)
    if lists > before:
        connection.execute(update(schema.jobs).where(schema.jobs.c.id == job).values(lists=lists))
    return {wanted[row["key"]][0].key for row in rows[True]}


def set_aside(connection: Connection, job: int, trapped: Iterable[tuple[Found, int, str]]) -> None:
    """Note URLs that are not asked, with their depths and reasons; what is known of one of them stays."""
    current = connection.scalar(select(schema.jobs.c.round).where(schema.jobs.c.id == job)) or 1
    rows = [
        _row(one, depth, job, current, key_digest(one.key)) | {"state": State.TRAPPED.value, "reason": reason}
        for one, depth, reason in trapped
    ]
    insert_many(connection, schema.frontier, rows, new_only=True)


def push(connection: Connection, job: int, found: Sequence[Found], depth: int = 0) -> int:
    """Take in URLs that are no listings, whatever else stands there; gives how many are new. The plain fast way."""
    current = connection.scalar(select(schema.jobs.c.round).where(schema.jobs.c.id == job)) or 1
    return insert_many(
        connection,
        schema.frontier,
        [_row(one, depth, job, current, key_digest(one.key)) for one in found],
        new_only=True,
    )


def wake(connection: Connection, job: int, now: float) -> None:
    """Deferred URLs whose time has come are pending again."""
    table = schema.frontier
    due = (table.c.job == job, text("frontier.state = 'deferred'"), table.c.not_before <= now)
    connection.execute(update(table).where(*due).values(state=State.PENDING.value, not_before=None))


def owned_hosts(connection: Connection, job: int) -> dict[str, int]:
    """The hosts that are asked by workers of a job, with the worker of each."""
    table, workers = schema.hosts.c, schema.workers.c
    query = select(table.host, table.owner).join(schema.workers, workers.id == table.owner).where(workers.job == job)
    return {row.host: int(row.owner or 0) for row in connection.execute(query.order_by(table.host))}


def ready_hosts(connection: Connection, job: int, after: str = "") -> list[str]:
    """The hosts with URLs to hand out, from `after` on in the order of the alphabet, at most SCAN."""
    return list(connection.scalars(_HOSTS, {"job": job, "after": after}))


def take_hosts(connection: Connection, worker: int, names: Sequence[str], room: int, now: float) -> list[str]:
    """Become the one owner of up to `room` of the hosts that are nobody's and need not rest; gives which."""
    table, taken = schema.hosts, list[str]()
    for chunk in chunks(names):
        missing = [{"host": host, "next_at": 0.0} for host in chunk]
        connection.execute(upsert(connection)(table).on_conflict_do_nothing(), missing)
        free = (table.c.host.in_(chunk), table.c.owner.is_(None), table.c.next_at <= now)
        query = select(table.c.host).where(*free).order_by(table.c.host).limit(room - len(taken))
        got = list(connection.scalars(query.with_for_update(skip_locked=True)))
        if got:
            connection.execute(update(table).where(table.c.host.in_(got)).values(owner=worker))
        taken += got
        if len(taken) >= room:
            break
    return taken


def leave_hosts(connection: Connection, worker: int, names: Sequence[str], now: float, delay: float) -> None:
    """Give hosts back; they rest for one delay."""
    table = schema.hosts
    for chunk in chunks(names):
        mine = (table.c.host.in_(chunk), table.c.owner == worker)
        connection.execute(update(table).where(*mine).values(owner=None, next_at=owners.rested(now, delay)))


def take(connection: Connection, job: int, worker: int, host: str, limit: int) -> list[Lease]:
    """Hand out up to `limit` URLs of a host that the worker owns: listings first, then the oldest."""
    table = schema.frontier.c
    query = select(schema.frontier).where(table.job == job, table.host == host, _READY)
    rows = connection.execute(query.order_by(table.rank, table.id).limit(limit)).all()
    for chunk in chunks([row.id for row in rows]):
        handed = update(schema.frontier).where(table.id.in_(chunk))
        connection.execute(handed.values(owner=worker, tries=table.tries + 1))
    return [lease_of(row, worker, row.tries + 1) for row in rows]


def forgotten(connection: Connection, worker: int, known: Set[int]) -> list[Lease]:
    """URLs that a worker was handed and does not know of: the answer to its transaction was lost on the way."""
    rows = connection.execute(select(schema.frontier).where(schema.frontier.c.owner == worker)).all()
    return [lease_of(row, worker, row.tries) for row in rows if row.id not in known and row.state == State.PENDING]


def held(connection: Connection, leases: Iterable[Lease]) -> dict[int, str]:
    """Which of the leases still stand, with their states; on PostgreSQL they stay so until the transaction ends."""
    table, standing = schema.frontier.c, dict[int, str]()
    worker = {lease.id: lease.owner for lease in leases}
    for chunk in chunks(sorted(worker)):
        query = select(table.id, table.owner, table.state).where(table.id.in_(chunk))
        rows = connection.execute(query.order_by(table.id).with_for_update())
        standing |= {row.id: row.state for row in rows if row.owner == worker[row.id]}
    return standing


def settle(connection: Connection, outcomes: Iterable[Outcome], now: float) -> None:
    """Write the states of URLs whose leases stand."""
    rows = [
        {
            "row_id": outcome.lease.id,
            "state": outcome.state.value,
            "reason": clean(outcome.dropped.reason) if outcome.dropped else ALIAS if outcome.alias else None,
            "not_before": None if outcome.defer is None else now + outcome.defer,
            "tries": outcome.lease.tries - (outcome.setback is not None and not outcome.setback.counts),
        }
        for outcome in outcomes
        if outcome.lease is not None
    ]
    if rows:
        table = schema.frontier
        connection.execute(update(table).where(table.c.id == bindparam("row_id")).values(owner=None), rows)


def give_back(connection: Connection, leases: Iterable[Lease]) -> None:
    """Take leases as if they had never been handed out."""
    table = schema.frontier
    by_owner: dict[int, list[int]] = {}
    for lease in leases:
        by_owner.setdefault(lease.owner, []).append(lease.id)
    for owner, ids in by_owner.items():
        for chunk in chunks(ids):
            mine = (table.c.id.in_(chunk), table.c.owner == owner)
            connection.execute(update(table).where(*mine).values(owner=None, tries=table.c.tries - 1))


def summary(connection: Connection, job: int) -> dict[tuple[str, str | None], int]:
    """How many URLs of a job's present round stand where: (state, reason) -> count."""
    table = schema.frontier.c
    current = select(schema.jobs.c.round).where(schema.jobs.c.id == job).scalar_subquery()
    query = select(table.state, table.reason, func.count()).where(table.job == job, table.round == current)
    query = query.group_by(table.state, table.reason)
    return {(state, reason): count for state, reason, count in connection.execute(query)}


def left(connection: Connection, job: int, most: int) -> int:
    """How many URLs of a job are still to be asked or in hand: counted to about `most`, by indexes alone."""
    row = schema.frontier.c
    deferred = text("frontier.state = 'deferred'")  # as in the index
    total = 0
    for condition in (_READY, deferred, row.owner.is_not(None)):
        some = select(row.id).where(row.job == job, condition).limit(most).subquery()
        total += connection.scalar(select(func.count()).select_from(some)) or 0
    return total


def lease_of(row: Row[Any], worker: int, tries: int) -> Lease:
    """A row in the hands of a worker."""
    lease = Lease(row.id, worker, row.url, row.host, bytes(row.key), row.kind, row.args, depth=row.depth, tries=tries)
    return replace(lease, etag=row.etag, last_modified=row.last_modified) if row.article else lease


def _known(connection: Connection, job: int, keys: Sequence[bytes]) -> dict[bytes, Any]:
    table, found = schema.frontier.c, dict[bytes, Any]()
    columns = (table.key, table.state, table.reason, table.round, table.asked, table.since)
    for chunk in chunks(keys):
        rows = connection.execute(select(*columns).where(table.job == job, table.key.in_(chunk)))
        found |= {bytes(row.key): row for row in rows}
    return found


def _row(one: Found, depth: int, job: int, in_round: int, key: bytes) -> dict[str, Any]:
    args = _encode(one.args) if one.args else None
    return {
        "job": job,
        "key": key,
        "url": clean(one.url),
        "host": clean(one.host),
        "kind": one.kind,
        "args": clean(args),
        "pattern": clean(one.pattern),
        "rank": -one.priority,
        "depth": depth,
        "round": in_round,
        "state": State.PENDING.value,
        "tries": 0,
    }
