"""A whole crawl beside plain Scrapy with trafilatura: pages a second, and how long the event loop stood still (row L1).

    python benchmarks/crawl.py [--pages 2000] [--rounds 5] [--kilobytes 78]

One news site on loopback, served by a process of its own; the same pages for all. Plain is what one would write
first: a spider that follows the list, trafilatura with its defaults and metadata on the reactor, SQLite in WAL with
synchronous=NORMAL and commits of 100. Ours runs twice: without site memory, as before a site is settled, and with
what a run before has learned of the site. In turn, each in a process and a folder of its own, no delay, 16 requests
under way. Pages a second by the server's log, from the first article to the last; the loop's lag by a timer of 10 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crawler import settings as project

ROOT = Path(project.__file__).parent.parent
SERVER, PLAIN, LAG = (Path(__file__).with_name(f"crawl_{name}.py") for name in ("server", "plain", "lag"))
OPTIONS = {
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "LOG_LEVEL": "WARNING",
    "ALLOWED_ADDRESSES": "127.0.0.1",
}
LOOP_LAG = {"benchmarks.crawl_lag.LoopLag": 900}


@dataclass(frozen=True, slots=True)
class Run:
    """What one crawl came to: articles stored, pages a second, the loop's lag in milliseconds, CPU seconds."""

    stored: int
    rate: float
    p50: float
    p99: float
    longest: float
    cpu: float


@contextmanager
def serving(pages: int, kilobytes: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The site's URL and its server's process."""
    line = [sys.executable, str(SERVER), str(pages), str(kilobytes)]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip(), server
        server.kill()


def log_of(server: subprocess.Popen[str]) -> tuple[int, float]:
    """How many articles were asked for since the last look, and how many a second."""
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write("log\n")
    server.stdin.flush()
    first, last, count = json.loads(server.stdout.readline())
    return count, (count - 1) / (last - first) if count > 1 else 0.0


def crawl(line: list[str], folder: Path, server: subprocess.Popen[str], home: Path) -> Run:
    """Run a crawl to its end, from the folder `home`, and look what it did."""
    lag = folder / "lag.json"
    before = os.times()
    environment = {**os.environ, "LAG_FILE": str(lag), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=home, env=environment, stdout=subprocess.DEVNULL, check=False)
    after = os.times()
    count, rate = log_of(server)
    with sqlite3.connect(folder / "articles.db") as store:
        stored = store.execute("SELECT count(*) FROM articles").fetchone()[0]
    if done.returncode or stored != count:
        raise SystemExit(f"{' '.join(line)}: exit code {done.returncode}, {stored} stored of {count}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    found = json.loads(lag.read_text("utf-8"))
    return Run(stored, rate, found["p50"], found["p99"], found["max"], cpu)


def settings(options: dict[str, str]) -> list[str]:
    """The options as `-s NAME=VALUE`."""
    return [part for name, value in options.items() for part in ("-s", f"{name}={value}")]


def ours(url: str, folder: Path, server: subprocess.Popen[str], **more: str) -> Run:
    """Our crawl."""
    options = {
        **OPTIONS,
        "OUTPUT_DIR": str(folder),
        "EXTENSIONS": json.dumps({**project.EXTENSIONS, **LOOP_LAG}),
        **more,
    }
    line = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"url={url}", "-a", "pages=1000000"]
    return crawl([*line, *settings(options)], folder, server, ROOT)


def plain(url: str, folder: Path, server: subprocess.Popen[str]) -> Run:
    """Plain Scrapy."""
    line = [sys.executable, "-m", "scrapy", "runspider", str(PLAIN), "-a", f"url={url}", "-a", f"folder={folder}"]
    options = {**OPTIONS, "EXTENSIONS": json.dumps(LOOP_LAG)}
    return crawl([*line, *settings(options)], folder, server, folder)  # no project there: Scrapy's own settings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--kilobytes", type=int, default=78, help="size of a page; the saved families have 78 on average"
    )
    given = parser.parse_args()
    runs: dict[str, list[Run]] = {"plain": [], "before a site is settled": [], "after": []}
    with tempfile.TemporaryDirectory() as name, serving(given.pages, given.kilobytes) as (url, server):
        memory = Path(name) / "memory"
        ours(url, _new(name), server, MEMORY_DIR=str(memory))
        for _ in range(given.rounds):
            runs["plain"].append(plain(url, _new(name), server))
            runs["before a site is settled"].append(ours(url, _new(name), server, MEMORY_ENABLED="False"))
            runs["after"].append(ours(url, _new(name), server, MEMORY_DIR=str(memory)))
    base = statistics.median(run.rate for run in runs["plain"])
    print(f"{given.pages} pages of {given.kilobytes} kB, medians of {given.rounds} rounds")
    print(f"{'':26}pages/s  x plain  lag p50  p99  max ms  cpu ms a page")
    for way, found in runs.items():
        rate, p50, p99, longest, cpu = (
            statistics.median(getattr(run, value) for run in found)
            for value in ("rate", "p50", "p99", "longest", "cpu")
        )
        print(
            f"{way:26}{rate:7.0f}{rate / base:9.2f}{p50:9.0f}{p99:5.0f}{longest:8.0f}{1000 * cpu / given.pages:15.1f}"
        )


def _new(parent: str) -> Path:
    return Path(tempfile.mkdtemp(dir=parent))


if __name__ == "__main__":
    main()
