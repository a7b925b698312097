"""The tables of the store of record, for every database that SQLAlchemy Core speaks to."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text

from pipelines.items import ARTICLE_FIELDS, Article

VERSION = "1"  # of these tables; a store of another version is refused, never half read

metadata = MetaData()

_ANNOTATIONS = {f.name: str(f.type) for f in fields(Article)}
# Lists and objects stand as JSON text: readable by json_each in SQLite and by ::jsonb in PostgreSQL alike.
JSON_FIELDS = frozenset(n for n, kind in _ANNOTATIONS.items() if kind.startswith(("list", "dict")))


def _column(name: str) -> Column[object]:
    kind = _ANNOTATIONS[name].removesuffix(" | None")
    type_ = {"int": Integer, "float": Float}.get(kind, Text)
    required = name in JSON_FIELDS or not _ANNOTATIONS[name].endswith("| None")
    return Column(name, type_, primary_key=name == "id", nullable=not required)


articles = Table(
    "articles",
    metadata,
    *(_column(name) for name in ARTICLE_FIELDS),
    Column("published_utc", Text),  # sortable, YYYY-MM-DDTHH:MM:SSZ
    Column("first_seen", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
    Index("articles_url", "url"),
    Index("articles_site_published", "site", "published_utc"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),  # null while it runs, and for ever where it was killed
    Column("state", Text),  # Scrapy's finish reason: finished, shutdown, …
    Column("counts", Text, nullable=False),  # JSON: what became of the pages
)

dropped = Table(
    "dropped",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("runs.id"), nullable=False),
    Column("url", Text),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("dropped_run_reason", "run", "reason"),
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
