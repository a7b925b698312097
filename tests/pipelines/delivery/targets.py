"""The targets of the conformance suite: how each kind of sink is declared, and how what it holds is read back.

Reading back uses nothing of ours but the way of a cell in CSV (`unescape`), which is what is to be tested there.
"""

from __future__ import annotations

import contextlib
import csv as csv_module
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.delivery.csv import unescape
from pipelines.delivery.registry import make_sink
from pipelines.delivery.sink import Sink
from pipelines.items import Article
from tests.pipelines.delivery.receiver import receiver
from tests.services import fresh_name, postgresql_schema, service

Record = dict[str, Any]
META = ("seq", "key", "version", "event", "at")
LISTS = [name for name, value in Article(id="").to_dict().items() if isinstance(value, (list, dict))]
KINDS = ("jsonl", "csv", "parquet", "sqlite", "postgresql", "mariadb", "redis", "webhook", "rabbitmq")
FILES = ("jsonl", "csv", "parquet")
NETWORK = ("postgresql", "mariadb", "redis", "webhook", "rabbitmq")
NO_REPEATS = frozenset(KINDS) - {"webhook", "rabbitmq"}


@dataclass
class Target:
    """One target: the options that declare it, and what it holds now."""

    kind: str
    root: Path
    options: dict[str, Any]
    extra: Any = None
    drained: list[Record] = field(default_factory=list)
    made: list[Sink] = field(default_factory=list)

    def sink(self, name: str = "feed", **options: Any) -> Sink:
        """A sink on this target; it is closed at the end."""
        self.made.append(make_sink(name, {**self.options, **options}, self.root)[0])
        return self.made[-1]

    def close(self) -> None:
        for sink in self.made:
            sink.close()

    def records(self) -> list[Record]:
        """All that the target holds, by seq (in the order of arrival where it has one): META and article."""
        return list(getattr(self, f"_{self.kind}")())

    @property
    def file(self) -> Path:
        return self.root / str(self.options["path"])

    def _jsonl(self) -> Iterator[Record]:
        if self.file.exists():
            with self.file.open(encoding="utf-8", newline="\n") as lines:
                yield from map(json.loads, lines)

    def _csv(self) -> Iterator[Record]:
        csv_module.field_size_limit(1 << 25)
        if not self.file.exists():
            return
        with self.file.open(encoding="utf-8", newline="") as lines:
            for row in csv_module.DictReader(lines):
                yield _unflatten({name: unescape(cell) for name, cell in row.items()})

    def _parquet(self) -> Iterator[Record]:
        from pyarrow import parquet

        rows: list[Record] = []
        for file in sorted(self.file.glob("day=*/*.parquet")):
            rows += parquet.ParquetFile(file).read().to_pylist()
        for row in sorted(rows, key=lambda r: r["seq"]):
            yield _unflatten(row)

    def _sql(self, url: str) -> Iterator[Record]:
        from sqlalchemy import create_engine, text

        engine = create_engine(url)
        with contextlib.closing(engine.connect()) as connection:
            for row in connection.execute(text(f"SELECT * FROM {self.extra} ORDER BY seq")).mappings():
                yield _unflatten(dict(row))
        engine.dispose()

    def _sqlite(self) -> Iterator[Record]:
        return self._sql(f"sqlite:///{self.root / 'copy.db'}")

    def _postgresql(self) -> Iterator[Record]:
        return self._sql(self.options["url"])

    def _mariadb(self) -> Iterator[Record]:
        return self._sql(self.options["url"])

    def _redis(self) -> Iterator[Record]:
        from redis import Redis

        with Redis.from_url(self.options["url"], decode_responses=True) as client:
            for number, fields in client.xrange(self.extra):
                assert number == f"{fields['seq']}-0"
                yield {**_numbers(fields), "article": json.loads(fields["article"])}

    def _webhook(self) -> Iterator[Record]:
        return iter(self.extra.records)

    def _rabbitmq(self) -> Iterator[Record]:
        import pika

        connection = pika.BlockingConnection(pika.URLParameters(service("rabbitmq")))
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(self.extra, auto_ack=True)
            if method is None:
                break
            record = json.loads(body)
            assert properties.message_id == str(record["seq"])
            assert properties.delivery_mode == 2
            assert properties.headers == {name: record[name] for name in META if name != "at"}
            self.drained.append(record)
        connection.close()
        return iter(self.drained)


@contextlib.contextmanager
def target(kind: str, root: Path) -> Iterator[Target]:
    """An empty target of a kind; it is gone at the end."""
    with _target(kind, root) as made:
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def _target(kind: str, root: Path) -> Iterator[Target]:
    name = fresh_name()
    if kind in FILES:
        yield Target(kind, root, {"type": kind, "path": f"feeds/out.{kind}"})
    elif kind == "sqlite":
        yield Target(kind, root, {"type": "sql", "url": "sqlite:///copy.db", "table": name}, name)
    elif kind == "postgresql":
        with postgresql_schema() as url:
            yield Target(kind, root, {"type": "sql", "url": url, "table": name}, name)
    elif kind == "mariadb":
        url = service("mariadb")
        yield Target(kind, root, {"type": "sql", "url": url, "table": name}, name)
        _drop_table(url, name)
    elif kind == "redis":
        url = service("redis")
        yield Target(kind, root, {"type": "redis", "url": url, "stream": name}, name)
        _delete_stream(url, name)
    elif kind == "webhook":
        with receiver() as extra:
            yield Target(kind, root, {"type": "webhook", "url": extra.url}, extra)
    else:
        service("rabbitmq")
        yield Target(kind, root, {"type": "rabbitmq", "url_env": "TEST_RABBITMQ_URL", "routing_key": name}, name)
        _delete_queue(name)


def _drop_table(url: str, name: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


def _delete_stream(url: str, name: str) -> None:
    from redis import Redis

    with Redis.from_url(url) as client:
        client.delete(name)


def _delete_queue(name: str) -> None:
    import pika

    connection = pika.BlockingConnection(pika.URLParameters(service("rabbitmq")))
    connection.channel().queue_delete(name)
    connection.close()


def _numbers(fields: Record) -> Record:
    return {name: int(fields[name]) if name in ("seq", "version") else fields[name] for name in META}


def _unflatten(row: Record) -> Record:
    """A row of columns as the object that it was made from, as far as columns can say it."""
    article = {name: value for name, value in row.items() if name not in META}
    for name in LISTS:
        if isinstance(article[name], str) and article[name]:
            article[name] = json.loads(article[name])
    return {**_numbers(row), "article": article}
