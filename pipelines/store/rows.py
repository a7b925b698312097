"""Articles as rows and rows as articles: nothing that a database refuses, lists and objects as JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from pipelines.items import ARTICLE_FIELDS, Article, Image, Link, Segment, clean, hash_text
from pipelines.store import schema

_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
_NUL = "\\u0000"  # as JSON writes it
CHUNK = 500  # parameters of one IN (…): SQLite of old takes 999
_PLAIN = (*(name for name in ARTICLE_FIELDS if name not in schema.JSON_FIELDS), "published_utc")
_LISTS = tuple(f.name for f in fields(Article) if str(f.type).startswith("list"))
_OBJECTS = tuple(name for name in ARTICLE_FIELDS if name in schema.JSON_FIELDS and name not in _LISTS)
_RECORD = tuple((name, name in schema.JSON_FIELDS) for name in ARTICLE_FIELDS if name != "segments")
_LEAST = (1, 1, 1, 0, 0, 0)  # of year, month, day, hour, minute, second


def article_row(article: Article) -> dict[str, Any]:
    """An article as a row: every field a column, lists and objects as JSON text, nothing that a database refuses."""
    row = plain_fields(article, _PLAIN)
    for name in _LISTS:
        value = getattr(article, name)
        row[name] = as_json([v.to_dict() if isinstance(v, (Link, Image, Segment)) else v for v in value])
    for name in _OBJECTS:
        row[name] = as_json(getattr(article, name))
    return row


def plain_fields(article: Article, names: Iterable[str]) -> dict[str, Any]:
    """Some columns of `article_row`, none of them JSON text."""
    row = {name: clean(getattr(article, name, None)) for name in names}
    if "content_hash" in row:
        row["content_hash"] = row["content_hash"] or hash_text(f"{clean(article.title)}\n{clean(article.text)}")
    if "published_utc" in row:
        row["published_utc"] = sortable(article.published)
    return row


def record_json(row: Mapping[str, Any]) -> str:
    """The JSON text of `record_of` without segments, put together from the JSON texts of the row."""
    return "".join(("{", ",".join(f'"{n}":{row[n] if is_json else as_json(row[n])}' for n, is_json in _RECORD), "}"))


def record_of(row: Mapping[str, Any], *, segments: bool) -> dict[str, Any]:
    """A row in the form of `Article.to_dict()`."""
    return {
        name: json.loads(row[name]) if name in schema.JSON_FIELDS else row[name]
        for name in ARTICLE_FIELDS
        if segments or name != "segments"
    }


def as_json(value: Any) -> str:
    """A value as compact JSON text without what a database refuses."""
    try:
        text = to_json(value).decode("utf-8")  # a fifth of the time
    except (ValueError, RecursionError):  # a lone surrogate
        text = _NUL
    return text if _NUL not in text else json.dumps(clean(value), ensure_ascii=False, separators=(",", ":"))


def sortable(published: str | None) -> str | None:
    """A date cut to its precision as the first second it may mean, in UTC; None where there is none or it is no date.

    A date without an offset is taken as it stands: good to sort by, up to half a day off.
    """
    match = _ISO.match(published or "")
    if not match:
        return None
    *numbers, offset = match.groups()
    year, month, day, hour, minute, second = (int(n) if n else least for n, least in zip(numbers, _LEAST, strict=True))
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset or 'Z'}"
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def utc(moment: datetime) -> str:
    """A moment as the store writes it: 2026-06-21T04:30:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in parts that one statement takes."""
    return (values[i : i + CHUNK] for i in range(0, len(values), CHUNK))


def upsert(connection: Connection) -> Callable[..., Any]:
    """INSERT as the database spells it, with ON CONFLICT."""
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def insert_many(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, new_only: bool = False
) -> int:
    """Insert rows that all have the same columns; gives how many went in.

    Raises IntegrityError where a key stands there already; with `new_only` such rows are left out.
    """
    if not rows:
        return 0
    compiled = _inserting(connection.dialect, table, tuple(rows[0]), new_only)
    # SQLAlchemy's own way to the driver costs more than the database does
    if compiled.positional:
        values: Any = list(map(itemgetter(*(compiled.positiontup or ())), rows))
    else:
        values = list(rows)
    done = connection.exec_driver_sql(compiled.string, values)
    return done.rowcount if done.rowcount >= 0 else len(rows)


@lru_cache(maxsize=32)
def _inserting(dialect: Dialect, table: Table, columns: tuple[str, ...], new_only: bool) -> SQLCompiler:
    statement = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    statement = statement.on_conflict_do_nothing() if new_only else statement
    return statement.compile(dialect=dialect, column_keys=list(columns))
