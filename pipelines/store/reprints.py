"""Articles that repeat each other: found by the bands of their fingerprints, grouped by their texts, one the original.

A group is what is alike by a chain of pairs; which one is its original, data decide. So the outcome hangs on what is in
the store and not on the order in which it came. `duplicate_of` of the others holds the group together; a single one has
none. Functions that work within a transaction; the table is `bands`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, delete, or_, select, text, update

from pipelines.items import Article
from pipelines.store import schema
from pipelines.store.rows import chunks, insert_many, plain_fields

_LOCK = 6_839_201_772  # a number of our own for PostgreSQL's advisory lock: two that come at once must see each other
# A text that stands under very many addresses (a notice, a form letter) is compared with so many others; those of equal
# content count once. The largest group of real reprints that was seen in calibration has 11.
CANDIDATES = 200
DIGITS = 8  # hex digits of a group of a fingerprint (docs/fields.md)
_FIELDS = (
    *("id", "url", "canonical_url", "source_url", "published_utc", "published_precision"),
    *("text", "fingerprint", "content_hash", "duplicate_of"),
)
_COLUMNS = [schema.articles.c[name] for name in _FIELDS]
_SAME = tuple(name for name in _FIELDS if name != "duplicate_of")


class Reprints(Protocol):
    """What tells reprints; `pipelines.dedup.reprints.TextReprints` is one."""

    def alike(self, a: str, b: str) -> bool:
        """Whether two texts are one article; the order does not matter."""

    def original(self, copies: Sequence[Mapping[str, Any]]) -> str:
        """The id of the one that the others repeat, by fields of the table `articles`; the order does not matter."""


def group(connection: Connection, articles: Iterable[Article], reprints: Reprints) -> dict[str, str | None]:
    """Set `duplicate_of` of articles that are about to be written; gives that of those in the store that changes.

    The fields of an article that is there already are taken from the new one.
    """
    given = {article.id: article for article in articles}
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    work = _Work(connection, reprints)
    stored = work.load(given)
    news = list[str]()
    for key, article in given.items():
        row = plain_fields(article, _FIELDS)
        old = stored.get(key)
        if old is not None and all(row[name] == old[name] for name in _SAME):
            article.duplicate_of = old["duplicate_of"]
            continue
        work.rows[key] = row
        news.append(key)
    if news:
        work.take_out([stored[key] for key in news if key in stored], set(news))
        work.put_in(news)
    changes = work.choose()
    for key in given.keys() & changes.keys():
        given[key].duplicate_of = changes[key]
    for key in news:
        changes.pop(key, None)
        if key in stored and stored[key]["fingerprint"] != given[key].fingerprint:
            known = update(schema.articles).where(schema.articles.c.id == key)
            connection.execute(known.values(fingerprint=given[key].fingerprint))
        if key in stored and stored[key]["duplicate_of"] != given[key].duplicate_of:
            changes[key] = given[key].duplicate_of
    return changes


def bands_of(fingerprint: str | None) -> list[int]:
    """A number below 2**63 for each group of a fingerprint, by its place; none where there is no fingerprint."""
    groups = [fingerprint[i : i + DIGITS] for i in range(0, len(fingerprint), DIGITS)] if fingerprint else []
    return [number << 32 | int(one, 16) for number, one in enumerate(groups)]


def leave(connection: Connection, ids: Sequence[str]) -> None:
    """Forget the bands of articles that are about to be deleted."""
    articles, table = schema.articles.c, schema.bands
    for chunk in chunks(ids):
        for key, given in connection.execute(select(articles.id, articles.fingerprint).where(articles.id.in_(chunk))):
            gone = (table.c.article == key, table.c.value.in_(bands_of(given)))
            connection.execute(delete(table).where(*gone))


class _Work:
    """The articles looked at, and which of them are one."""

    def __init__(self, connection: Connection, reprints: Reprints) -> None:
        self.connection, self.reprints = connection, reprints
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.whole: set[str] = set()  # those of which the whole group was looked at
        self.broken: set[str] = set()  # those of them whose group is put together anew
        self.parent: dict[str, str] = {}

    def load(self, ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Rows of the store by id; those that were looked at before are as they are here."""
        table, found = schema.articles.c, dict[str, Mapping[str, Any]]()
        for chunk in chunks(sorted(ids)):
            query = select(*_COLUMNS).where(table.id.in_(chunk)).order_by(table.id)
            found |= {row["id"]: dict(row) for row in self.connection.execute(query).mappings()}
        for key, row in found.items():
            self.rows.setdefault(key, row)
        return found

    def take_out(self, old: Sequence[Mapping[str, Any]], news: set[str]) -> None:
        """Articles that changed leave their groups, and what is left of these is put together anew."""
        table = schema.bands
        for row in old:
            for chunk in chunks(bands_of(row["fingerprint"])):
                self.connection.execute(delete(table).where(table.c.article == row["id"], table.c.value.in_(chunk)))
        heads = {row["duplicate_of"] or row["id"] for row in old}
        left = self._members(heads, news)
        for number, key in enumerate(left):
            for other in left[:number]:
                if set(bands_of(self.rows[key]["fingerprint"])) & set(bands_of(self.rows[other]["fingerprint"])):
                    self._join_if_alike(key, other)
        self.broken = set(left)

    def put_in(self, news: Sequence[str]) -> None:
        """Join articles with those that they are alike to."""
        self.whole |= set(news)
        rows = [{"value": band, "article": key} for key in news for band in bands_of(self.rows[key]["fingerprint"])]
        if not rows:
            return
        insert_many(self.connection, schema.bands, rows, new_only=True)
        shared = self._candidates(rows)
        missing = {key for keys in shared.values() for key in keys} - self.rows.keys()
        self.load(missing)
        heads = {self.rows[key]["duplicate_of"] or key for keys in shared.values() for key in keys if key in self.rows}
        for key in self._members(heads - set(news), set(news)):
            if key not in self.broken:
                self._join(key, self.rows[key]["duplicate_of"] or key)
        for key in sorted(news):
            for other in self._distinct(key, shared[key]):
                self._join_if_alike(key, other)

    def choose(self) -> dict[str, str | None]:
        """The `duplicate_of` of the articles looked at that is another than before."""
        groups: dict[str, list[str]] = defaultdict(list)
        for key in self.whole:
            groups[self._root(key)].append(key)
        changes: dict[str, str | None] = {}
        for keys in groups.values():
            original = self.reprints.original([self.rows[key] for key in sorted(keys)])
            for key in keys:
                wanted = None if key == original else original
                if self.rows[key]["duplicate_of"] != wanted:
                    changes[key] = wanted
        return changes

    def _members(self, heads: Iterable[str], news: set[str]) -> list[str]:
        """The articles of the groups of these originals, loaded, but for the new ones."""
        table, found = schema.articles.c, set[str]()
        for chunk in chunks(sorted(heads)):
            query = select(table.id).where(or_(table.id.in_(chunk), table.duplicate_of.in_(chunk)))
            found |= set(self.connection.scalars(query))
        self.load(found - self.rows.keys())
        self.whole |= found - news
        return sorted(found - news)

    def _candidates(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
        """For each new article those with which it shares bands, and how many."""
        by_band: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            by_band[row["value"]].append(row["article"])
        shared: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for chunk in chunks(sorted(by_band)):
            for value, article in self.connection.execute(select(schema.bands).where(schema.bands.c.value.in_(chunk))):
                for key in by_band[value]:
                    if key != article:
                        shared[key][article] += 1
        return shared

    def _distinct(self, key: str, shared: Mapping[str, int]) -> list[str]:
        """Its candidates, one for each content, those first that share most."""
        first: dict[str, str] = {}
        for other in sorted(shared, key=lambda other: (-shared[other], other)):
            if other in self.rows:
                same = first.setdefault(self.rows[other]["text"], other)
                if same != other:
                    self._join(same, other)
        return list(first.values())[:CANDIDATES]

    def _join_if_alike(self, a: str, b: str) -> None:
        if self._root(a) != self._root(b) and self.reprints.alike(self.rows[a]["text"], self.rows[b]["text"]):
            self._join(a, b)

    def _join(self, a: str, b: str) -> None:
        self.parent[self._root(a)] = self._root(b)

    def _root(self, key: str) -> str:
        while (above := self.parent.get(key, key)) != key:
            key = above
        return key
