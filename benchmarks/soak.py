"""A long crawl: whether memory, open files, database and WAL of the process grow with the pages (row L3).

    python benchmarks/soak.py [--pages 50000] [--kilobytes 8]

The site of benchmarks/crawl.py. Sampled from /proc every five seconds: resident memory and open files of the crawl's
own process and of those below it, the sizes of the store's files. The slope is that of a line through the samples
after the first fifth of the pages (least squares), in bytes a page.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.crawl import OPTIONS, ROOT, log_of, serving, settings

EVERY = 5.0  # seconds
WARM = 0.2  # of the pages


def memory_of(pid: int) -> int:
    """Resident bytes of a process; 0 where it has gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    try:
        tasks = Path(f"/proc/{pid}/task").glob("*/children")  # a process is the child of the thread that started it
        own = [int(word) for task in tasks for word in task.read_text().split()]
    except OSError:
        return []
    return own + [one for child in own for one in below(child)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows with x, by least squares."""
    if len(points) < 2:
        return 0.0
    mx, my = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - mx) * (y - my) for x, y in points) / (sum((x - mx) ** 2 for x, _ in points) or 1.0)


def main() -> None:
    """Run it, a line a minute, and say what grew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--kilobytes", type=int, default=8)
    given = parser.parse_args()
    samples: list[tuple[int, int, int, int]] = []  # pages, memory of the crawl, of all below it, open files
    asked, wal = 0, 0
    with tempfile.TemporaryDirectory() as name, serving(given.pages, given.kilobytes) as (url, server):
        line = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"url={url}", "-a", "pages=1000000"]
        began = time.monotonic()
        with subprocess.Popen([*line, *settings({**OPTIONS, "OUTPUT_DIR": name})], cwd=ROOT) as crawl:
            while crawl.poll() is None:
                time.sleep(EVERY)
                asked += log_of(server)[0]
                files = len(list(Path(f"/proc/{crawl.pid}/fd").glob("*")))
                samples.append((asked, memory_of(crawl.pid), sum(map(memory_of, below(crawl.pid))), files))
                wal = max(wal, *(f.stat().st_size for f in Path(name).glob("articles.db-wal")), 0)
                if len(samples) % 12 == 0:
                    print(f"{asked} pages, {samples[-1][1] / 1e6:.0f} MB, {files} open files", flush=True)
        seconds = time.monotonic() - began
        size = (Path(name) / "articles.db").stat().st_size
    warm = [s for s in samples if s[0] > WARM * given.pages and s[1]]
    print(f"exit code {crawl.returncode}; {asked} pages of {given.kilobytes} kB in {seconds:.0f} s")
    for what, at in (("the crawl's own process", 1), ("the processes below it", 2)):
        grows = slope([(s[0], s[at]) for s in warm])
        print(f"{what}: {max(s[at] for s in samples) / 1e6:.0f} MB at most, {grows:.0f} bytes a page after a fifth")
    print(f"open files: {min(s[3] for s in warm)} to {max(s[3] for s in warm)}; store {size / asked:.0f} bytes a page")
    print(f"WAL: {wal / 1e6:.0f} MB at most")


if __name__ == "__main__":
    main()
