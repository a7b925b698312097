"""What the store holds, for those who read: lists by filters and search, page by page, and what goes with an article.

A list goes on where it ended by the place of its last article (its date and id), not by a count, so that the last page
of a million articles costs what the first one does. Nothing here writes; a Reader may be asked by several threads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from pipelines.store import schema, search
from pipelines.store.database import Database
from pipelines.store.rows import record_of

# Calibrated on benchmarks/browse.py with 1,000,000 articles: pages took 1 to 210 ms (95 of 100 of a kind).
RARE = 1_000  # articles that may have all the terms of a search for each of them to be looked at
REACH = 4_000  # articles that are looked at one after the other for one page of a list
FIRST = 4  # articles looked at first, times those wanted: mostly nearly all of them fit
EXCERPT = 160  # characters of a text that lists show
_CHUNK = 500
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

_Condition = ColumnElement[bool]
_Pair = tuple[ColumnElement[Any], ColumnElement[Any]]
Key = tuple[str, str]  # shown_at and id of an article: its place in every list

_TABLE = schema.articles.c
NEWEST_FIRST = (schema.shown_at.desc(), _TABLE.id.desc())
_SUMMARY = (
    *(_TABLE.id, _TABLE.url, _TABLE.site, _TABLE.title, _TABLE.published, _TABLE.source, _TABLE.language, _TABLE.tags),
    *(_TABLE.duplicate_of, _TABLE.withdrawn, _TABLE.version, _TABLE.first_seen),
    func.substr(_TABLE.text, 1, EXCERPT).label("excerpt"),
)


@dataclass(frozen=True, slots=True)
class Query:
    """Which articles; what is None or empty asks for nothing. All conditions must hold.

    `phrases` stand in title or text; `since` and `until` are days (YYYY-MM-DD), both included, of the date as the page
    printed it; `originals`: without near-duplicates; `withdrawn`: what is gone at its site, in place of what stands.
    """

    phrases: tuple[str, ...] = ()
    site: str | None = None
    source: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None
    originals: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, newest first. `after`: where the next one begins, None at the end.

    `partial`: the page may be short though there is more, as only so many articles are looked at for one page.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    after: Key | None = None
    partial: bool = False


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar as `Query` takes it."""
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def statement(dialect: str, query: Query) -> Select[Any]:
    """All articles of a query, whole rows, newest first: to be read as a stream."""
    wanted = [*_equal(query), *_bounds(query, schema.shown_at), *_further(query)]
    chosen = select(schema.articles).order_by(*NEWEST_FIRST).where(*wanted)
    if query.tag is not None:
        tagged = schema.article_tags.c
        chosen = chosen.where(_TABLE.id.in_(select(tagged.id).where(tagged.tag == query.tag)))
    return chosen.where(search.condition(dialect, query.phrases)) if query.phrases else chosen


class Reader:
    """Reads the tables behind one database that is of this version (`open_store` sees to that)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.engine.dialect.name

    def listing(self, query: Query, limit: int, after: Key | None = None, *, whole: bool = False) -> Listing:
        """A page of at most `limit` articles behind `after`; summaries, or `whole` records with all but the segments.

        A summary has id, url, site, title, published, source, language, tags, duplicate_of, withdrawn, version,
        first_seen, excerpt. Raises StoreError, as do all methods.
        """
        with self._database.read() as connection:
            rare = self._candidates(connection, query.phrases)
            if rare is None:
                keys, more, partial = _walk(connection, query, limit, after)
            else:
                keys = _among(connection, query, rare, after)
                more, partial = (keys[limit - 1] if len(keys) > limit else None), False
            rows = _rows(connection, [key[1] for key in keys[:limit]], whole=whole)
        return Listing(rows, more, partial)

    def article(self, article_id: str) -> dict[str, Any] | None:
        """An article with its segments; first_seen, last_seen, version, revised, withdrawn too; None if unknown."""
        with self._database.read() as connection:
            found = connection.execute(select(schema.articles).where(_TABLE.id == article_id)).mappings().first()
            row = dict(found) if found is not None else None
        if row is None:
            return None
        extra = {name: row[name] for name in ("first_seen", "last_seen", "version", "revised", "withdrawn")}
        return record_of(row, segments=True) | extra

    def group(self, article_id: str, duplicate_of: str | None, limit: int = 50) -> list[dict[str, Any]]:
        """Summaries of the near-duplicates of an article, and of the one that it is a duplicate of; without itself."""
        head = duplicate_of or article_id
        query = select(_TABLE.id).where(_TABLE.duplicate_of == head).order_by(_TABLE.id).limit(limit)
        with self._database.read() as connection:
            ids = [head, *connection.scalars(query)]
            return _rows(connection, [key for key in dict.fromkeys(ids) if key != article_id])

    def versions(self, article_id: str) -> list[dict[str, Any]]:
        """What an article was before: version, replaced, record; oldest first."""
        table = schema.article_versions
        query = select(table).where(table.c.id == article_id).order_by(table.c.version)
        with self._database.read() as connection:
            return [dict(row) | {"record": json.loads(row["record"])} for row in connection.execute(query).mappings()]

    def sites(self, name: str | None = None) -> list[dict[str, Any]]:
        """Each site (or one) with how many articles it has and when the last came: site, articles, newest."""
        query = (
            select(_TABLE.site, func.count().label("articles"), func.max(_TABLE.first_seen).label("newest"))
            .where(_TABLE.site.is_not(None) if name is None else _TABLE.site == name)
            .group_by(_TABLE.site)
            .order_by(_TABLE.site)
        )
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def days(self, site: str, since: str) -> dict[str, int]:
        """How many articles of a site first came on each day (UTC) from `since` on; days without any are left out."""
        day = func.substr(_TABLE.first_seen, 1, 10)
        query = select(day, func.count()).where(_TABLE.site == site, _TABLE.first_seen >= since).group_by(day)
        with self._database.read() as connection:
            return {str(found): int(number) for found, number in connection.execute(query)}

    def runs(self, limit: int, before: int | None = None, job: str | None = None) -> list[dict[str, Any]]:
        """The newest runs (older than `before`, of one job): id, job, started, finished, state, counts."""
        table = schema.runs
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(table.c.id < before)
        if job is not None:
            query = query.where(table.c.job == job)
        with self._database.read() as connection:
            return [dict(row) | {"counts": json.loads(row["counts"])} for row in connection.execute(query).mappings()]

    def run(self, number: int) -> dict[str, Any] | None:
        """One run, as `runs` gives it, with `dropped`: how many pages became no article, by reason."""
        found = self.runs(1, number + 1)
        if not found or found[0]["id"] != number:
            return None
        table = schema.dropped.c
        query = select(table.reason, func.count()).where(table.run == number).group_by(table.reason)
        with self._database.read() as connection:
            reasons = sorted(((str(r), int(n)) for r, n in connection.execute(query)), key=lambda x: (-x[1], x[0]))
        return found[0] | {"dropped": dict(reasons)}

    def _candidates(self, connection: Connection, phrases: Sequence[str]) -> list[str] | None:
        """The few articles that have all terms of the phrases; None where they are many, or the phrases have none."""
        found = search.matching(self._dialect, phrases)
        if found is None:
            return None
        some = found.columns(_TABLE.id).subquery()
        ids = list(connection.scalars(select(some.c.id).limit(RARE + 1)))
        return ids if len(ids) <= RARE else None


def _among(connection: Connection, query: Query, ids: Sequence[str], after: Key | None) -> list[Key]:
    """The places of those of some articles that the query asks for, in order."""
    wanted = [*_bounds(query, schema.shown_at), *_checked(query), *_further(query), search.printed(query.phrases)]
    if query.tag is not None:
        tagged = schema.article_tags.c
        wanted.append(_TABLE.id.in_(select(tagged.id).where(tagged.tag == query.tag, tagged.id == _TABLE.id)))
    keys: list[Key] = []
    for at in range(0, len(ids), _CHUNK):
        chosen = select(schema.shown_at, _TABLE.id).where(_TABLE.id.in_(ids[at : at + _CHUNK]), *wanted)
        keys += [(str(shown), str(key)) for shown, key in connection.execute(chosen)]
    return sorted((key for key in keys if after is None or key < after), reverse=True)


def _walk(connection: Connection, query: Query, limit: int, after: Key | None) -> tuple[list[Key], Key | None, bool]:
    """Places of a page down one index, where it goes on, and whether more was to be looked at than REACH allows.

    The index is that of the tag, the site, the source or of all articles; what else is asked for is looked up.
    """
    (shown, key), own, others = _way(query)
    keys: list[Key] = []
    place, left, step = after, REACH, FIRST * limit
    while left > 0:
        step = min(step, left)
        seen = _keys(connection, _keys_after(query, shown, key, own, place).limit(step))
        fitting = _fitting(connection, [key[1] for key in seen], others)
        keys += [key for key in seen if key[1] in fitting]
        if len(keys) > limit:
            return keys, keys[limit - 1], False
        if len(seen) < step:
            return keys, None, False
        place, left, step = seen[-1], left - step, _CHUNK
    return keys, place, True


def _fitting(connection: Connection, ids: Sequence[str], wanted: Sequence[_Condition]) -> set[str]:
    """Those of some articles for which conditions hold."""
    found: set[str] = set()
    for at in range(0, len(ids), _CHUNK):
        chosen = select(_TABLE.id).where(_TABLE.id.in_(ids[at : at + _CHUNK]), *wanted)
        found.update(connection.scalars(chosen))
    return found


def _keys_after(
    query: Query, shown: ColumnElement[Any], key: ColumnElement[Any], own: Sequence[_Condition], after: Key | None
) -> Select[Any]:
    walk = select(shown.label("shown_at"), key.label("id")).where(*own, *_bounds(query, shown))
    if after is not None:
        # the pair alone is not searched for in SQLite where its first part is an expression
        walk = walk.where(shown <= after[0], tuple_(shown, key) < tuple_(literal(after[0]), literal(after[1])))
    return walk.order_by(shown.desc(), key.desc())


def _way(query: Query) -> tuple[_Pair, list[_Condition], list[_Condition]]:
    """The columns of the index to walk down, what it holds by itself, and what must be looked up in the articles."""
    others = _further(query)  # behind what stands early in a row: SQLite reads a long one only as far as it must
    if query.phrases:
        others.append(search.printed(query.phrases))
    if query.tag is not None:
        tagged = schema.article_tags.c
        return (tagged.shown_at, tagged.id), [tagged.tag == query.tag], [*_checked(query), *others]
    columns = (schema.shown_at, _TABLE.id)
    if query.site is not None:
        return columns, [_TABLE.site == query.site], [*_checked(replace(query, site=None)), *others]
    return columns, _equal(query), others


def _equal(query: Query) -> list[_Condition]:
    """Site and source, for an index to be gone down."""
    return [column == value for column, value in _asked(query)]


def _checked(query: Query) -> list[_Condition]:
    """Site and source of articles that are looked up by id: as texts that no index has.

    Else SQLite goes through all articles of a large site to find some ids among them: 2 s in a million articles.
    """
    return [column.concat("") == value for column, value in _asked(query)]


def _asked(query: Query) -> list[tuple[ColumnElement[Any], str]]:
    asked = ((_TABLE.site, query.site), (_TABLE.source, query.source))
    return [(column, value) for column, value in asked if value is not None]


def _bounds(query: Query, shown: ColumnElement[Any]) -> list[_Condition]:
    """Bounds in UTC that hold every article of the days asked for, whatever the offsets of their dates."""
    found: list[_Condition] = []
    if query.since is not None:
        found.append(shown >= _moved(query.since, -1))
    if query.until is not None:
        found += [shown < _moved(query.until, 2), shown > literal("")]
    return found


def _further(query: Query) -> list[_Condition]:
    """The days themselves, by the dates as they are printed; and what `originals` and `withdrawn` leave out."""
    found: list[_Condition] = [_TABLE.withdrawn.is_not(None) if query.withdrawn else _TABLE.withdrawn.is_(None)]
    if query.since is not None:
        found.append(_TABLE.published >= query.since)
    if query.until is not None:
        found.append(_TABLE.published < _moved(query.until, 1))
    if query.originals:
        found.append(_TABLE.duplicate_of.is_(None))
    return found


def _moved(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return day


def _keys(connection: Connection, query: Select[Any]) -> list[Key]:
    return [(str(shown), str(key)) for shown, key in connection.execute(query)]


def _rows(connection: Connection, ids: Sequence[str], *, whole: bool = False) -> list[dict[str, Any]]:
    """The articles of ids, in their order: whole records without segments, or summaries."""
    found: dict[str, dict[str, Any]] = {}
    columns = [c for c in schema.articles.c if c.name != "segments"] if whole else [*_SUMMARY]
    for at in range(0, len(ids), _CHUNK):
        query = select(*columns).where(_TABLE.id.in_(ids[at : at + _CHUNK]))
        for row in connection.execute(query).mappings():
            record = record_of(dict(row), segments=False) if whole else dict(row) | {"tags": json.loads(row["tags"])}
            found[row["id"]] = record
    return [found[key] for key in ids if key in found]
