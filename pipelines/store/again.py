"""When what is known is asked again: articles at ages of their own, lists by how often they bring something.

Functions that work within a transaction. Times are seconds since 1970 by the database's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from pipelines.items import Found, Outcome, State
from pipelines.store import schema
from pipelines.store.rows import chunks
from pipelines.store.variants import ALIAS

# A list that brought nothing new for ten days is asked once a day: the tenth of its rest, as caches do with pages that
# do not say how long they hold (RFC 9111, 4.2.2); never less than once a day.
LIST_SHARE, LIST_REST = 0.1, 86_400.0
_GONE = ("fetch/404", "fetch/410")


def wanted(one: Found, depth: int, row: Any, now: float, *, recheck: bool) -> bool:
    """Whether a URL is asked again that was done with in an earlier round, as it stands on a list once more."""
    if row.reason == ALIAS:
        return False
    if recheck or row.state in (State.FAILED, State.ROBOTS):
        return True
    if one.listing:
        return depth == 0 or not rests(row.asked, row.since, now)
    # a change that lies ahead is none that is known: it would be asked in every run until then
    return one.changed is not None and row.asked is not None and row.asked < one.changed <= now


def rests(asked: float | None, since: float | None, now: float) -> bool:
    """Whether a list that was last asked then, and brought something new for the last time at `since`, need not be."""
    if asked is None or since is None or asked > now:  # asked under a clock that was wrong
        return False
    return now - asked < min(LIST_SHARE * (asked - since), LIST_REST)


def due(connection: Connection, job: int, current: int, now: float, *, recheck: bool) -> int:
    """Ask the articles of a job again whose time has come, or all; gives how many."""
    table = schema.frontier
    states = [State.STORED.value, State.DUPLICATE.value, State.FAILED.value]
    mine = [table.c.job == job, table.c.article.is_not(None), table.c.state.in_(states)]
    mine.append(or_(table.c.reason.is_(None), table.c.reason != ALIAS))
    if not recheck:
        mine.append(table.c.recheck_at <= now)
    values = {"state": State.PENDING.value, "reason": None, "round": current, "tries": 0, "not_before": None}
    return connection.execute(update(table).where(*mine).values(values)).rowcount


def next_time(since: float, now: float, ages: Sequence[float]) -> float | None:
    """When an article is asked next that was first read at `since`; None: no more."""
    return next((since + age for age in sorted(ages) if since + age > now), None)


def note(
    connection: Connection, outcomes: Iterable[Outcome], fruitful: Collection[int], now: float, ages: Sequence[float]
) -> list[str]:
    """Note of URLs in hand what their next question hangs on; gives the ids of the articles seen again unchanged.

    `fruitful` are the leases of lists that brought something new.
    """
    by_id = {o.lease.id: o for o in outcomes if o.lease is not None and o.defer is None}
    table, changes, seen = schema.frontier, dict[tuple[str, ...], list[dict[str, Any]]](), list[str]()
    for row in _rows(connection, by_id):
        outcome = by_id[row.id]
        values = _values(outcome, row, row.id in fruitful, now, ages)
        article = values.get("article", row.article)
        if article and (outcome.alias or (outcome.fresh and outcome.fresh.unchanged)):
            seen.append(article)
        if values:
            changes.setdefault(tuple(values), []).append({"row_id": row.id, **values})
    for rows in changes.values():
        connection.execute(update(table).where(table.c.id == bindparam("row_id")), rows)
    return seen


def _values(outcome: Outcome, row: Any, fruitful: bool, now: float, ages: Sequence[float]) -> dict[str, Any]:
    if outcome.state is State.READ:
        since = now if fruitful or row.since is None else row.since
        return {"asked": now, "since": since}
    fresh, values = outcome.fresh, dict[str, Any]()
    if fresh is not None:
        values["asked"] = now
        if not fresh.unchanged:
            values |= {"etag": fresh.etag, "last_modified": fresh.last_modified}
    since = row.since if row.since is not None else now
    if outcome.alias is not None:
        values["article"] = outcome.alias
    elif outcome.article is not None:
        values |= {"article": outcome.article.id, "since": since, "recheck_at": next_time(since, now, ages)}
    elif row.article and outcome.dropped and outcome.dropped.reason in _GONE:
        # asked without conditions next: "not modified" would not bring an article back that was withdrawn
        values |= {"recheck_at": next_time(since, now, ages), "etag": None, "last_modified": None}
    elif row.article and fresh is not None:
        values["recheck_at"] = next_time(since, now, ages)
    elif fresh is not None:
        values["since"] = since
    return values


def _rows(connection: Connection, ids: Iterable[int]) -> list[Any]:
    table, found = schema.frontier.c, list[Any]()
    for chunk in chunks(sorted(ids)):
        found += connection.execute(select(table.id, table.since, table.article).where(table.id.in_(chunk))).all()
    return found
