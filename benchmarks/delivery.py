"""How fast records reach a sink: from the outbox of an SQLite store, batches of 100, synced as each sink syncs.

    python benchmarks/delivery.py [-n 5000] [--rounds 5] [--sinks sinks.toml] [NAME...]

Files and an SQLite table need nothing; servers are declared with --sinks as for `scrapy deliver` (docs/delivery.md),
and what they are given stays there. Every round begins with an empty folder and, at a server, a replay from the
beginning. Beside the sinks stand two bare ways that give no guarantee over a crash: JSON lines written and synced, and
`executemany` into SQLite, both in batches of 100 from the same outbox.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.delivery.courier import Charge
from pipelines.delivery.record import COLUMNS, row
from pipelines.delivery.registry import make_sink, read_sinks
from pipelines.delivery.rounds import Patience, Rounds
from pipelines.items import Article, Link
from pipelines.store.articles import default_url, open_store
from pipelines.store.outbox_reader import open_outbox

BATCH = 100
OWN: dict[str, dict[str, Any]] = {
    "jsonl": {"type": "jsonl", "path": "a.jsonl"},
    "csv": {"type": "csv", "path": "a.csv"},
    "parquet": {"type": "parquet", "path": "lake", "batch": 5000},
    "sqlite": {"type": "sql", "url": "sqlite:///a.db"},
}
PARAGRAPH = "昨天上午，记者在现场看到，施工人员正在铺设最后一段管道，预计本周末恢复通行。"
NOW = datetime(2026, 6, 21, tzinfo=UTC)


def fill(url: str, count: int) -> int:
    """A store with so many articles of about 8 kB; gives the bytes of all records."""
    text = "\n".join([PARAGRAPH * 2] * 8)
    with open_store(url) as store:
        for begin in range(0, count, BATCH):
            numbers = range(begin, min(begin + BATCH, count))
            links = [Link("相关新闻", f"http://news.example/{n}") for n in range(8)]
            store.upsert(
                [
                    Article(f"a{n}", title=f"标题 {n}", text=text, html=f"<p>{text}</p>", markdown=text, related=links)
                    for n in numbers
                ],
                NOW,
            )
    return sum(len(entry.record.encode()) for entry in open_outbox(url).read(0, count))


def bare(url: str, write: Callable[[list[Any]], object]) -> None:
    """Read the outbox in batches and hand them on."""
    outbox, after = open_outbox(url), 0
    while entries := outbox.read(after, BATCH):
        write(entries)
        after = entries[-1].seq
    outbox.close()


def bare_lines(url: str, root: Path) -> None:
    """JSON lines, synced a batch."""
    with (root / "bare.jsonl").open("ab") as out:

        def write(entries: list[Any]) -> None:
            lines = (json.dumps({"seq": e.seq, "article": json.loads(e.record)}, ensure_ascii=False) for e in entries)
            out.write("".join(f"{line}\n" for line in lines).encode())
            out.flush()
            os.fsync(out.fileno())

        bare(url, write)


def bare_table(url: str, root: Path) -> None:
    """An insert into SQLite, a transaction a batch."""
    with sqlite3.connect(root / "bare.db") as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(COLUMNS)})")
        marks = ", ".join("?" * len(COLUMNS))

        def write(entries: list[Any]) -> None:
            connection.executemany(f"INSERT INTO t VALUES ({marks})", [tuple(row(e).values()) for e in entries])
            connection.commit()

        bare(url, write)
    connection.close()


def deliver(name: str, declared: dict[str, Any], url: str, root: Path) -> None:
    """One run of one sink."""
    sink, options = make_sink(name, {"batch": BATCH, **declared}, root)
    (report,) = Rounds([Charge(name, sink, options, root, 0)], lambda: open_outbox(url), Patience(), print).run()
    if report.error or not report.finished:
        raise SystemExit(f"{name}: {report.error or 'not all delivered'}")


def main() -> None:
    """Measure, and print one row a sink: records a second (median, best), processor time a record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5000, help="records (default: 5000)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sinks", help="a TOML file that declares more sinks")
    parser.add_argument("names", nargs="*", help="only these")
    given = parser.parse_args()
    ways: dict[str, Callable[[str, Path], None]] = {"bare lines": bare_lines, "bare executemany": bare_table}
    for name, declared in {**OWN, **read_sinks(given.sinks)}.items():
        ways[name] = lambda url, root, name=name, declared=declared: deliver(name, declared, url, root)  # type: ignore[misc]
    ways = {name: way for name, way in ways.items() if not given.names or name in given.names}
    speed: dict[str, list[float]] = {name: [] for name in ways}
    cost: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        url = default_url(folder)
        size = fill(url, given.n)
        for number in range(given.rounds):
            for name, way in ways.items():
                root = Path(folder) / f"{name}-{number}"
                root.mkdir()
                began, processor = time.perf_counter(), time.process_time()
                way(url, root)
                speed[name].append(given.n / (time.perf_counter() - began))
                cost[name].append(1000 * (time.process_time() - processor) / given.n)
    print(f"{given.n} records of {size / given.n / 1000:.1f} kB, {given.rounds} rounds in turn")
    print(f"{'':18}{'records/s':>10}{'best':>8}{'cpu ms':>8}")
    for name in ways:
        best = max(speed[name])
        print(f"{name:18}{statistics.median(speed[name]):10.0f}{best:8.0f}{statistics.median(cost[name]):8.2f}")


if __name__ == "__main__":
    main()
