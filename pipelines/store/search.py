"""Search over titles and texts that finds Chinese words of two characters.

A text becomes terms: every pair of neighbouring Chinese characters, and every other word in lower case. SQLite keeps
them in an FTS5 table, PostgreSQL in an array with a GIN index. The terms narrow the articles down; the phrase itself is
then looked for in what is left, so that a hit contains what was searched for. The table of tags is kept here too: it
follows the same changes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, and_, delete, false, func, insert, or_, select, text

from pipelines.items import Beside
from pipelines.store import schema
from pipelines.store.terms import BESIDE, CJK, LONGEST_TERM, RUN, terms

_CHUNK = 500  # articles at a time when the terms are made anew

_TABLES = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS article_terms USING "
        "fts5(id UNINDEXED, terms, detail = none, columnsize = 0, tokenize = 'unicode61 remove_diacritics 0')",
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS article_terms (id text PRIMARY KEY, terms text[] NOT NULL)",
        "CREATE INDEX IF NOT EXISTS article_terms_terms ON article_terms USING gin (terms)",
    ),
}
_PUT = {
    "sqlite": "INSERT INTO article_terms (rowid, id, terms) VALUES (:number, :id, :words)",
    "postgresql": "INSERT INTO article_terms (id, terms) VALUES (:id, :terms)",
}
_REMOVE = {
    "sqlite": "DELETE FROM article_terms WHERE rowid = :number",
    "postgresql": "DELETE FROM article_terms WHERE id = :id",
}
_MATCH = {
    "sqlite": "SELECT id FROM article_terms WHERE article_terms MATCH :words",
    "postgresql": "SELECT id FROM article_terms WHERE terms @> :terms",
}


def number(key: str) -> int:
    """The row of an article in the table of SQLite: FTS5 deletes by number only, so the id is hashed to one."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8]) >> 1


def create(connection: Connection) -> None:
    """Make the table of terms."""
    for statement in _TABLES[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def put(connection: Connection, rows: Iterable[Mapping[str, Any]], beside: Mapping[str, Beside] | None = None) -> None:
    """Make articles (rows with id, title, text, tags, published_utc) findable; those that were there are replaced.

    `beside`: what was reckoned of them before, by id; the terms may be there.
    """
    rows = list(rows)
    given = [_bound(row["id"], _words(row, (beside or {}).get(row["id"]))) for row in rows]
    if given:
        remove(connection, [row["id"] for row in rows])
        connection.execute(text(_PUT[connection.dialect.name]), given)
    tags = [
        {"tag": tag, "shown_at": row["published_utc"] or "", "id": row["id"]}
        for row in rows
        for tag in dict.fromkeys(json.loads(row["tags"]))
        if isinstance(tag, str)
    ]
    if tags:
        connection.execute(insert(schema.article_tags), tags)


def remove(connection: Connection, ids: Iterable[str]) -> None:
    """Make articles unfindable, by their tags too."""
    ids = list(ids)
    if ids:
        connection.execute(text(_REMOVE[connection.dialect.name]), [_bound(key, "") for key in ids])
        for at in range(0, len(ids), _CHUNK):
            chunk = ids[at : at + _CHUNK]
            connection.execute(delete(schema.article_tags).where(schema.article_tags.c.id.in_(chunk)))


def compact(connection: Connection) -> None:
    """SQLite: write the index anew without what was removed from it; until then removed terms stand in its file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO article_terms (article_terms) VALUES ('optimize')")


def rebuild(connection: Connection) -> None:
    """The terms and tags of all articles anew."""
    table, last = schema.articles.c, ""
    while True:
        columns = (table.id, table.title, table.text, table.tags, table.published_utc)
        query = select(*columns).where(table.id > last).order_by(table.id).limit(_CHUNK)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        if not rows:
            return
        put(connection, rows)
        last = rows[-1]["id"]


def condition(dialect: str, phrases: Sequence[str]) -> ColumnElement[bool]:
    """What holds for an article whose title or text has all the phrases, whatever the case of their letters."""
    found = matching(dialect, phrases)
    if found is None:
        return printed(phrases)
    return and_(schema.articles.c.id.in_(found.columns(schema.articles.c.id)), printed(phrases))


def matching(dialect: str, phrases: Iterable[str]) -> TextClause | None:
    """The ids of the articles that have all terms of the phrases, hits among them; None where no term narrows down."""
    needed: dict[str, None] = {}
    for phrase in phrases:
        wanted = phrase.casefold()
        able = [term for term in terms(wanted) if len(term) > 1 or not re.match(f"[{CJK}]", term)]
        needed.update(dict.fromkeys(_whole(able, wanted)))
    if not needed:
        return None
    given = {"words": " AND ".join(f'"{term}"' for term in needed), "terms": list(needed)}
    statement = _MATCH[dialect]
    return text(statement).bindparams(**{name: value for name, value in given.items() if f":{name}" in statement})


def printed(phrases: Sequence[str]) -> ColumnElement[bool]:
    """What holds for an article that has all the phrases as they are printed; slow without `matching`."""
    table = schema.articles.c
    parts = [
        or_(*(func.lower(column).contains(phrase.casefold(), autoescape=True) for column in (table.title, table.text)))
        for phrase in phrases
    ]
    return and_(*parts) if parts else false()


def _whole(needed: list[str], wanted: str) -> list[str]:
    """The terms that must be in a text which has the phrase: its first and last word may be parts of longer ones."""
    edges = {match.group(2)[:LONGEST_TERM] for match in RUN.finditer(wanted) if match.group(2) and _at_edge(match)}
    return [term for term in needed if term not in edges]


def _at_edge(match: re.Match[str]) -> bool:
    return match.start() == 0 or match.end() == len(match.string)


def _words(row: Mapping[str, Any], beside: Beside | None) -> str:
    words = beside.of(BESIDE, row["title"], row["text"]) if beside is not None else None
    return words if isinstance(words, str) else " ".join(terms(f"{row['title']}\n{row['text']}"))


def _bound(key: str, words: str) -> dict[str, Any]:
    """The parameters of an article for both databases."""
    return {"id": key, "number": number(key), "terms": words.split(), "words": words}
