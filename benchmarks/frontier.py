"""The frontier at length: durable pushes beside a bare executemany, and a million URLs resumed.

    python benchmarks/frontier.py [--urls 1000000] [--rounds 5] [--folder DIR]

Pushes: batches of 100 URLs, a commit each, SQLite in WAL with synchronous=NORMAL; the same rows by Python's sqlite3
into a bare table with the same unique key, in turn, each into a file of its own. Resume: another process opens the
store, joins the job and takes its first URLs in hand; its peak memory counts the whole interpreter.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pipelines.items import Found, key_digest
from pipelines.store import frontier
from pipelines.store.articles import default_url, open_store
from pipelines.store.crawl import Crawl, Need

BATCH = 100  # URLs of one commit
PUSHED = 50_000  # URLs of one round
HOSTS = 200
JOB = "benchmark"


def urls(count: int) -> Iterator[list[Found]]:
    """URLs like those of news sites, in batches."""
    for start in range(0, count, BATCH):
        yield [found(n) for n in range(start, min(count, start + BATCH))]


def found(number: int) -> Found:
    """The URL of a number."""
    host = f"news{number % HOSTS}.example"
    path = f"/c/2026-06-{number % 28 + 1:02}/doc-iicez{number:09}.shtml"
    return Found(f"http://{host}{path}", f"{host}{path}", host, "article", {"date": "06-21 12:30"})


def push_ours(folder: Path, count: int) -> float:
    """Seconds for that many URLs into a frontier."""
    batches = list(urls(count))
    with open_store(default_url(str(folder))) as store:
        crawl = Crawl(store, JOB, bound=0)
        crawl.begin()
        start = time.perf_counter()
        for batch in batches:
            with store.database.write() as connection:
                frontier.push(connection, crawl.job, batch)
        seconds = time.perf_counter() - start
        crawl.end()
    return seconds


def push_bare(folder: Path, count: int) -> float:
    """Seconds for the same rows into a bare table."""
    rows = [
        [
            (1, key_digest(one.key), one.url, one.host, one.kind, json.dumps(one.args), 0, 0, 1, "pending", 0)
            for one in b
        ]
        for b in urls(count)
    ]
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(
        "CREATE TABLE frontier (id INTEGER PRIMARY KEY, job INTEGER, key BLOB, url TEXT, host TEXT, kind TEXT,"
        " args TEXT, rank INTEGER, depth INTEGER, round INTEGER, state TEXT, tries INTEGER, UNIQUE (job, key))"
    )
    insert = (
        "INSERT OR IGNORE INTO frontier (job, key, url, host, kind, args, rank, depth, round, state, tries)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    start = time.perf_counter()
    for batch in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, batch)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def resume(folder: Path) -> dict[str, float]:
    """Open the store of the folder and take the first URLs in hand: seconds, URLs, peak memory in MB."""
    start = time.perf_counter()
    with open_store(default_url(str(folder)), create=False) as store:
        crawl = Crawl(store, JOB, bound=0)
        crawl.begin()
        supply = crawl.take(Need(256))
        seconds = time.perf_counter() - start
        crawl.end()
    return {"seconds": seconds, "urls": len(supply.leases), "mb": peak_memory()}


def peak_memory() -> float:
    """MB that this process had at most; Linux. (getrusage counts the parent's memory before exec too.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made (default: a temporary folder)")
    parser.add_argument("--resume", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.resume:
        print(json.dumps(resume(options.resume)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        measure(Path(name), options.urls, options.rounds)


def measure(folder: Path, count: int, rounds: int) -> None:
    """Both measurements, printed."""
    ours, bare = [], []
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        ours.append(PUSHED / push_ours(place, PUSHED))
        bare.append(PUSHED / push_bare(place, PUSHED))
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(f"pushes a second, commits of {BATCH}, median of {rounds}: {statistics.median(ours):,.0f}")
    print(f"bare executemany, the same rows:              {statistics.median(bare):,.0f}  (ratio {ratio:.2f})")

    big = folder / "big"
    seconds = push_ours(big, count)
    size = sum(path.stat().st_size for path in big.iterdir() if path.is_file())
    print(f"{count:,} URLs pushed in {seconds:.0f} s, {size / count:.0f} bytes a URL on disk")
    command = [sys.executable, __file__, "--resume", str(big)]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(rounds)]
    median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(
        f"resumed in {median['seconds']:.2f} s with {median['urls']:.0f} URLs in hand, "
        f"peak memory {median['mb']:.0f} MB (median of {rounds})"
    )


if __name__ == "__main__":
    main()
