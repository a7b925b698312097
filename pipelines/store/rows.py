"""Articles as rows and rows as articles: nothing that a database refuses, lists and objects as JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.items import ARTICLE_FIELDS, Article, clean, hash_text
from pipelines.store import schema

_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
_NUL = "\\u0000"  # as JSON writes it
CHUNK = 500  # parameters of one IN (…): SQLite of old takes 999
_LEAST = (1, 1, 1, 0, 0, 0)  # of year, month, day, hour, minute, second


def article_row(article: Article) -> dict[str, Any]:
    """An article as a row: every field a column, lists and objects as JSON text, nothing that a database refuses."""
    row: dict[str, Any] = {}
    for name, value in article.to_dict(segments=True).items():
        row[name] = as_json(value) if name in schema.JSON_FIELDS else clean(value)
    row["content_hash"] = row["content_hash"] or hash_text(f"{row['title']}\n{row['text']}")
    row["published_utc"] = sortable(article.published)
    return row


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
