"""What leaves the store by age: no event tells of it, and what was seen stays known as seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, and_, delete, exists, or_, select, update

from pipelines.items import State
from pipelines.store import removal, schema
from pipelines.store.articles import Store
from pipelines.store.rows import CHUNK

# URLs of old rounds that are asked like new ones when a list names them again: nothing is lost with their rows. All
# others stay, so that what was seen is known.
ASKED_ANEW = tuple(state.value for state in (State.READ, State.FAILED, State.ROBOTS))
Act = Callable[[Connection, Sequence[Any]], int]


def prune(store: Store, before: str, site: str | None = None) -> dict[str, int]:
    """Delete what is older than a moment (UTC, ISO 8601), in short transactions; gives how many rows of each kind.

    articles: last seen before it, with their versions. versions: of other articles, replaced before it. dropped, runs:
    from before it. urls: those of finished rounds that are asked like new ones when a list names them, lists where they
    were asked before it. With `site` only its articles and versions.
    """
    articles, versions, dropped = schema.articles.c, schema.article_versions.c, schema.dropped.c
    of_site = () if site is None else (articles.site == site,)
    old_articles = select(articles.id).where(articles.last_seen < before, *of_site).with_for_update(skip_locked=True)
    old_versions = select(versions.id).where(versions.replaced < before).distinct()
    if site is not None:
        old_versions = old_versions.join(schema.articles, articles.id == versions.id).where(*of_site)

    def forget_versions(connection: Connection, ids: Sequence[Any]) -> int:
        old = and_(versions.id.in_(ids), versions.replaced < before)
        return connection.execute(delete(schema.article_versions).where(old)).rowcount

    count = {
        "articles": _each(store, articles.id, old_articles, _forget_articles),
        "versions": _each(store, versions.id, old_versions, forget_versions),
    }
    if site is None:
        row, of_drops = schema.frontier.c, _deleting(dropped.id)
        count["dropped"] = _each(store, dropped.id, select(dropped.id).where(dropped.at < before), of_drops)
        count["runs"] = _each(store, schema.runs.c.id, _old_runs(before), _deleting(schema.runs.c.id))
        count["urls"] = _each(store, row.id, _old_urls(before), _deleting(row.id))
    _each(store, schema.frontier.c.id, _widowed(), _forget_article)
    return count


def _each(store: Store, key: Column[Any], query: Select[Any], act: Act) -> int:
    """Do something with the keys of a query, a few at a time, each time in a transaction; gives the sum."""
    total, last = 0, None
    while True:
        some = query.order_by(key).limit(CHUNK)
        with store.database.write() as connection:
            keys = list(connection.scalars(some if last is None else some.where(key > last)))
            if not keys:
                return total
            total += act(connection, keys)
        last = keys[-1]


def _forget_articles(connection: Connection, ids: Sequence[Any]) -> int:
    removal.forget(connection, ids)
    return len(ids)


def _forget_article(connection: Connection, ids: Sequence[Any]) -> int:
    rows = update(schema.frontier).where(schema.frontier.c.id.in_(ids))
    return connection.execute(rows.values(dict.fromkeys(removal.KNOWN_OF_ARTICLE))).rowcount


def _deleting(key: Column[Any]) -> Act:
    def act(connection: Connection, keys: Sequence[Any]) -> int:
        return connection.execute(delete(key.table).where(key.in_(keys))).rowcount

    return act


def _old_runs(before: str) -> Select[Any]:
    """Runs of which nothing is told any more; not those that may be under way."""
    run, job, worker = schema.runs.c, schema.jobs.c, schema.workers.c
    told = exists().where(schema.dropped.c.run == run.id)
    at_work = exists().where(job.name == run.job, worker.job == job.id)
    return select(run.id).where(run.started < before, ~told, or_(run.finished.is_not(None), ~at_work))


def _old_urls(before: str) -> Select[Any]:
    job, row, article = schema.jobs.c, schema.frontier.c, schema.articles.c
    over = exists().where(job.id == row.job, row.round < job.round)
    # of a list the row knows when it is worth asking again
    asked = or_(
        row.state != State.READ.value, row.asked.is_(None), row.asked < datetime.fromisoformat(before).timestamp()
    )
    # a failure of a known article stays: it may be on its way to be withdrawn
    known = or_(exists().where(article.url == row.url), exists().where(article.id == row.article))
    query = select(row.id).where(row.state.in_(ASKED_ANEW), row.owner.is_(None), over, asked, ~known)
    return query.with_for_update(skip_locked=True)


def _widowed() -> Select[Any]:
    """URLs whose article has left: it is not asked again until a list names it as changed."""
    row = schema.frontier.c
    there = exists().where(schema.articles.c.id == row.article)
    return select(row.id).where(row.article.is_not(None), ~there).with_for_update(skip_locked=True)
