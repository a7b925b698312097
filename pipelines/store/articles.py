"""The store of record: one row an article in a SQL database, and what became of every other page.

    with open_store("sqlite:///output/articles.db") as store:
        for article in store.iterate(site="news.example"):
            print(article["published"], article["title"])

Every write is one transaction. Times are ISO 8601 in UTC, to the second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pipelines.errors import StoreError
from pipelines.items import ARTICLE_FIELDS, Article, Dropped, clean, hash_text
from pipelines.store import schema

# What differs at each fetch though the article is the same: lists of other articles, and how and when it was fetched.
VOLATILE = frozenset(
    ("fetched_at", "status", "related", "latest", "prev_next", "warnings", "evidence", "confidence", "segments")
)
BUSY_TIMEOUT = 30.0  # seconds that SQLite waits for another process's write
_CHUNK = 500  # ids in one query: SQLite of old takes 999 parameters
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$")


class Outcome(StrEnum):
    """What an upsert did to the row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def default_url(output_dir: str) -> str:
    """The URL of the store under an output folder: OUTPUT_DIR/articles.db."""
    return f"sqlite:///{Path(output_dir) / 'articles.db'}"


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store at a database URL, making its tables (and the folder of an SQLite file) where they are missing.

    Raises StoreError: not a database URL, driver not installed, no such store (with create=False), another version.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and parsed.database and parsed.database != ":memory:":
            file = Path(parsed.database)
            if not create and not file.exists():
                raise StoreError(f"no store at {file}: crawl first, or set OUTPUT_DIR or STORE_URL")
            file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT} if sqlite else {})
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"the driver of the store is not installed: {_line(error)}") from None
    except ArgumentError:
        raise StoreError("STORE_URL is not a database URL (such as sqlite:///output/articles.db)") from None
    except OSError as error:
        raise StoreError(f"cannot make the folder of the store: {error.strerror}: {error.filename}") from None
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    store = Store(engine)
    store.prepare()
    return store


class Store:
    """The tables behind one engine; made by `open_store`. Methods may be called from any one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back; everything is committed already."""
        self._engine.dispose()

    def prepare(self) -> None:
        """Make missing tables; StoreError where the tables are of another version."""
        with self._write() as connection:
            schema.metadata.create_all(connection)
            version = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "version"))
            if version is None:
                connection.execute(insert(schema.meta).values(key="version", value=schema.VERSION))
            elif version != schema.VERSION:
                raise StoreError(f"the store has tables of version {version}, this program knows {schema.VERSION}")

    def upsert(self, articles: Iterable[Article], now: datetime) -> dict[str, Outcome]:
        """Store articles in one transaction; gives what became of each id.

        An article that is there unchanged (its VOLATILE fields aside) gets a new last_seen and nothing else.
        Of two with one id in a batch the later wins.
        """
        rows = {row["id"]: row for row in map(article_row, articles)}
        seen = utc(now)
        outcomes: dict[str, Outcome] = {}
        new, changed, unchanged = [], [], []
        with self._write() as connection:
            known = self._rows(connection, list(rows))
            for key, row in rows.items():
                old = known.get(key)
                if old is None:
                    outcomes[key] = Outcome.NEW
                    new.append({**row, "first_seen": seen, "last_seen": seen})
                elif any(row[name] != old[name] for name in row if name not in VOLATILE):
                    outcomes[key] = Outcome.CHANGED
                    changed.append({**row, "last_seen": seen})
                else:
                    outcomes[key] = Outcome.UNCHANGED
                    unchanged.append(key)
            if new:
                connection.execute(insert(schema.articles), new)
            for row in changed:
                connection.execute(update(schema.articles).where(schema.articles.c.id == row["id"]).values(row))
            for chunk in _chunks(unchanged):
                touched = update(schema.articles).where(schema.articles.c.id.in_(chunk))
                connection.execute(touched.values(last_seen=seen))
        return outcomes

    def get(self, article_id: str) -> dict[str, Any] | None:
        """The article of an id in the form of `Article.to_dict(segments=True)`, or None."""
        with self._read() as connection:
            row = self._rows(connection, [article_id]).get(article_id)
        return None if row is None else _record(row, segments=True)

    def iterate(self, site: str | None = None) -> Iterator[dict[str, Any]]:
        """All articles (of one site), newest first, undated ones last, in the form of `Article.to_dict()`."""
        table = schema.articles.c
        query: Select[Any] = select(schema.articles).order_by(
            table.published_utc.is_(None), table.published_utc.desc(), table.id
        )
        if site is not None:
            query = query.where(table.site == site)
        with self._read() as connection:
            for row in connection.execution_options(yield_per=_CHUNK).execute(query).mappings():
                yield _record(dict(row), segments=False)

    def start_run(self, job: str, now: datetime) -> int:
        """Note that a run begins; gives its number."""
        with self._write() as connection:
            result = connection.execute(insert(schema.runs).values(job=job, started=utc(now), counts="{}"))
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def finish_run(self, run: int, state: str, counts: Mapping[str, int], now: datetime) -> None:
        """Note how a run ended and what became of its pages."""
        done = update(schema.runs).where(schema.runs.c.id == run)
        with self._write() as connection:
            connection.execute(done.values(finished=utc(now), state=state, counts=json.dumps(dict(counts))))

    def drop(self, run: int, pages: Iterable[Dropped], now: datetime) -> None:
        """Note pages that ended without an article."""
        rows = [
            {"run": run, "url": clean(p.url), "reason": p.reason, "message": clean(p.message), "at": utc(now)}
            for p in pages
        ]
        if rows:
            with self._write() as connection:
                connection.execute(insert(schema.dropped), rows)

    def dropped(self, run: int | None = None) -> list[dict[str, Any]]:
        """The pages that ended without an article (of one run): run, url, reason, message, at; in order of time."""
        table = schema.dropped.c
        query = select(table.run, table.url, table.reason, table.message, table.at).order_by(table.id)
        if run is not None:
            query = query.where(table.run == run)
        with self._read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def runs(self) -> list[dict[str, Any]]:
        """All runs in order: id, job, started, finished, state, counts."""
        with self._read() as connection:
            rows = connection.execute(select(schema.runs).order_by(schema.runs.c.id)).mappings()
            return [{**row, "counts": json.loads(row["counts"])} for row in rows]

    def counts(self) -> dict[str, int]:
        """How many articles there are, and how many pages were dropped: "articles", then "dropped/<reason>"."""
        reasons = select(schema.dropped.c.reason, func.count()).group_by(schema.dropped.c.reason).order_by("reason")
        with self._read() as connection:
            found = connection.scalar(select(func.count()).select_from(schema.articles)) or 0
            return {"articles": found} | {f"dropped/{reason}": n for reason, n in connection.execute(reasons)}

    def _rows(self, connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for chunk in _chunks(ids):
            query = select(schema.articles).where(schema.articles.c.id.in_(chunk))
            found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        return found

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {_line(error)}") from None

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(write=True) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot write to the store: {_line(error)}") from None


def article_row(article: Article) -> dict[str, Any]:
    """An article as a row: every field a column, lists and objects as JSON text, nothing that a database refuses."""
    row: dict[str, Any] = {}
    for name, value in article.to_dict(segments=True).items():
        if name in schema.JSON_FIELDS:
            row[name] = json.dumps(clean(value), ensure_ascii=False, separators=(",", ":"))
        else:
            row[name] = clean(value)
    row["content_hash"] = row["content_hash"] or hash_text(f"{row['title']}\n{row['text']}")
    row["published_utc"] = sortable(article.published)
    return row


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


_LEAST = (1, 1, 1, 0, 0, 0)  # of year, month, day, hour, minute, second


def utc(moment: datetime) -> str:
    """A moment as the store writes it: 2026-06-21T04:30:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _record(row: Mapping[str, Any], *, segments: bool) -> dict[str, Any]:
    return {
        name: json.loads(row[name]) if name in schema.JSON_FIELDS else row[name]
        for name in ARTICLE_FIELDS
        if segments or name != "segments"
    }


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK))


def _line(error: BaseException) -> str:
    """The database's own words on one line, without the statement and its parameters."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:200]


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver's guess
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a write takes its lock at once and waits for it: a reader that turns writer would fail instead of waiting
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
