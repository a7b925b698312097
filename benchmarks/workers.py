"""Several workers of one job: pages a second with 1, 2 and 4 processes on hosts that answer slowly (row L4).

    python benchmarks/workers.py [--pages 600] [--latency 0.4] [--hosts 16] [--rounds 3]

The hosts are names on one loopback server, reached as a proxy; each is asked by one request at a time, a worker has
four under way, so that latency is the limit as long as there is processor time. PostgreSQL as in tests/services.py, a
schema a run. Counted by the server's log, from the first article to the last.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.faults.crawls import News, build_hosts, finish, look, serving, start
from tests.services import postgresql_schema

OPTIONS = ("CONCURRENT_REQUESTS=4", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "LOG_LEVEL=WARNING")
WORKERS = (1, 2, 4)


def run(workers: int, pages: int, hosts: int, latency: float) -> float:
    """Pages a second of one crawl by so many workers; all pages must be stored once."""
    news = News(delay=latency)
    build_hosts(news, hosts, pages // hosts)
    options = [part for option in OPTIONS for part in ("-s", option)]
    with tempfile.TemporaryDirectory() as folder, postgresql_schema() as url, serving(news):
        crawls = [start(news, Path(folder) / str(n), *options, store=url, via_proxy=True) for n in range(workers)]
        codes = [finish(crawl, 600) for crawl in crawls]
        found = look(url)
    asked = [at for (at, _), path in zip(news.times, news.log, strict=True) if path.startswith("/a/")]
    if set(codes) != {0} or found.rows != pages // hosts * hosts or len(asked) != found.rows:
        raise SystemExit(f"{workers} workers: exit codes {codes}, {found.rows} articles, {len(asked)} requests")
    return (len(asked) - 1) / (max(asked) - min(asked))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--latency", type=float, default=0.4, help="seconds of each answer")
    parser.add_argument("--hosts", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rates: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    for _ in range(options.rounds):
        for workers in WORKERS:
            rates[workers].append(run(workers, options.pages, options.hosts, options.latency))
    one = statistics.median(rates[1])
    for workers, found in rates.items():
        rate = statistics.median(found)
        print(f"{workers} workers: {rate:.1f} pages/s, {rate / one / workers:.2f} of linear")


if __name__ == "__main__":
    main()
