"""What a run came to, counted in the tables; the reports of runs and the alarms of jobs, kept there too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, RowMapping, case, delete, func, insert, select

from pipelines.items import State
from pipelines.store import schema
from pipelines.store.articles import Store
from pipelines.store.rows import CHUNK, upsert, utc

# Fields whose coverage says whether a site is still read rightly.
COVERED = (
    "title",
    "published",
    "source",
    "authors",
    "editors",
    "language",
    "section",
    "images",
    "tags",
    "related",
    "latest",
    "copyright",
)
TEXTS = 300  # texts of a run that are looked at, the youngest


@dataclass(slots=True)
class HostFacts:
    """What a run found on one host."""

    articles: int = 0  # seen, whatever became of them
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    urls: dict[str, int] = field(default_factory=dict)  # of the job's round by state
    dropped: dict[str, int] = field(default_factory=dict)  # by reason


@dataclass(slots=True)
class Facts:
    """What the tables say of a run; `counts` are those that it noted itself at its end."""

    run: int
    job: str
    started: str
    finished: str | None
    state: str | None
    counts: dict[str, float]
    dropped: dict[str, int] = field(default_factory=dict)  # by reason
    hosts: dict[str, HostFacts] = field(default_factory=dict)
    covered: dict[str, int] = field(default_factory=dict)  # articles that have the field
    texts: list[tuple[str, str]] = field(default_factory=list)  # title and text of articles that are no reprints


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that stands: since when, first seen in which run."""

    kind: str
    run: int
    since: str
    message: str


class Reports:
    """Reports and alarms in a store. One thread at a time; every method raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def facts(self, run: int) -> Facts | None:
        """Count what a run came to; None where there is no such run.

        Articles are those of the job's present round that were seen between the run's beginning and its end: with
        several workers at a job those of the others too.
        """
        runs = schema.runs
        with self._store.database.read() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run)).mappings().one_or_none()
            if row is None:
                return None
            facts = Facts(run, row["job"], row["started"], row["finished"], row["state"], json.loads(row["counts"]))
            _count_dropped(connection, facts)
            job = connection.execute(select(schema.jobs).where(schema.jobs.c.name == facts.job)).mappings().first()
            if job is not None:
                _count_urls(connection, facts, job)
                _count_articles(connection, facts, job)
                facts.texts = _texts(connection, facts, job)
        return facts

    def save(self, run: int, job: str, record: Mapping[str, Any], now: datetime, keep: int) -> list[int]:
        """Keep a run's report, in place of one that is there, and the youngest `keep` of its job (0: all).

        Gives the runs whose reports were removed.
        """
        table = schema.reports
        with self._store.database.write() as connection:
            connection.execute(delete(table).where(table.c.run == run))
            text = json.dumps(dict(record), ensure_ascii=False)
            connection.execute(insert(table).values(run=run, job=job, at=utc(now), record=text))
            runs = select(table.c.run).where(table.c.job == job).order_by(table.c.run.desc())
            old = list(connection.scalars(runs.offset(keep).limit(CHUNK))) if keep > 0 else []
            connection.execute(delete(table).where(table.c.run.in_(old)))
        return old

    def get(self, run: int) -> dict[str, Any] | None:
        """The record of a run's report."""
        table = schema.reports.c
        with self._store.database.read() as connection:
            text = connection.scalar(select(table.record).where(table.run == run))
        return None if text is None else json.loads(text)

    def latest(self, limit: int, job: str | None = None, before: int | None = None) -> list[dict[str, Any]]:
        """The records of the last runs (of a job, before a run), the youngest first."""
        table = schema.reports.c
        query = select(table.record).order_by(table.run.desc()).limit(limit)
        if job is not None:
            query = query.where(table.job == job)
        if before is not None:
            query = query.where(table.run < before)
        with self._store.database.read() as connection:
            return [json.loads(text) for text in connection.scalars(query)]

    def alarms(self, job: str) -> dict[str, Standing]:
        """The alarms of a job that stand, by kind."""
        table = schema.alarms
        query = select(table).where(table.c.job == job).order_by(table.c.kind)
        with self._store.database.read() as connection:
            return {r.kind: Standing(r.kind, r.run, r.since, r.message) for r in connection.execute(query)}

    def set_alarms(
        self, job: str, run: int, standing: Mapping[str, str], cleared: Iterable[str], now: datetime
    ) -> None:
        """Note what stands now (kind -> message) and what no longer does."""
        table = schema.alarms
        with self._store.database.write() as connection:
            for kind in sorted(cleared):
                connection.execute(delete(table).where(table.c.job == job, table.c.kind == kind))
            for kind, message in sorted(standing.items()):
                row = upsert(connection)(table).values(job=job, kind=kind, run=run, since=utc(now), message=message)
                connection.execute(row.on_conflict_do_update(index_elements=["job", "kind"], set_={"message": message}))


def _count_dropped(connection: Connection, facts: Facts) -> None:
    table = schema.dropped.c
    counts: Counter[str] = Counter()
    for url, reason in connection.execute(select(table.url, table.reason).where(table.run == facts.run)):
        counts[reason] += 1
        if host := _host(url):
            dropped = facts.hosts.setdefault(host, HostFacts()).dropped
            dropped[reason] = dropped.get(reason, 0) + 1
    facts.dropped = dict(counts.most_common())


def _count_urls(connection: Connection, facts: Facts, job: RowMapping) -> None:
    table = schema.frontier.c
    query = select(table.host, table.state, func.count()).where(table.job == job["id"], table.round == job["round"])
    for host, state, count in connection.execute(query.group_by(table.host, table.state)):
        facts.hosts.setdefault(host, HostFacts()).urls[state] = count


def _count_articles(connection: Connection, facts: Facts, job: RowMapping) -> None:
    table, old, url = schema.articles.c, schema.article_versions.c, schema.frontier.c
    in_time = old.replaced.between(facts.started, facts.finished or "9")
    changed = select(old.id).where(old.id == table.id, in_time).exists()

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    new = table.first_seen >= facts.started
    columns = [func.count(), number(new), number(~new & changed), number(table.duplicate_of.is_not(None))]
    columns += [number(table[name].is_not(None) & table[name].not_in(("", "[]"))) for name in COVERED]
    query = _of_run(select(url.host, *columns), facts, job).group_by(url.host)
    totals = [0] * len(COVERED)
    for host, *numbers in connection.execute(query):
        one = facts.hosts.setdefault(host, HostFacts())
        one.articles, one.new, one.changed, one.duplicates = (int(n) for n in numbers[:4])
        totals = [a + int(b) for a, b in zip(totals, numbers[4:], strict=True)]
    facts.covered = dict(zip(COVERED, totals, strict=True))


def _texts(connection: Connection, facts: Facts, job: RowMapping) -> list[tuple[str, str]]:
    """Titles and texts of the youngest articles; their ids first, so that not all texts go through the sorting."""
    table = schema.articles.c
    query = _of_run(select(table.id), facts, job).where(table.duplicate_of.is_(None))
    ids = connection.scalars(query.order_by(table.last_seen.desc(), table.id).limit(TEXTS)).all()
    rows = connection.execute(select(table.title, table.text).where(table.id.in_(ids)).order_by(table.id))
    return [(title, text) for title, text in rows]


def _of_run(query: Any, facts: Facts, job: RowMapping) -> Any:
    """The articles of a run; the frontier leads to them, as the table of all articles may be far longer."""
    table, url = schema.articles, schema.frontier
    states = [state.value for state in (State.STORED, State.DUPLICATE, State.FAILED)]  # failed: stored as incomplete
    return (
        query.select_from(url)
        .join(table, table.c.url == url.c.url)
        .where(url.c.job == job["id"], url.c.round == job["round"], url.c.state.in_(states))
        .where(table.c.last_seen >= facts.started, table.c.last_seen <= (facts.finished or "9"))
    )


def _host(url: str | None) -> str | None:
    """Host and port, as the frontier names hosts."""
    try:
        return urlsplit(url or "").netloc.rpartition("@")[2].lower() or None
    except ValueError:
        return None
