"""What it costs a page to be kept: whole crawls with and without the archive, in turn.

    python benchmarks/archive.py FOLDER [--pages 200] [--rounds 5]

FOLDER holds saved pages (.html, packed or not); they are served on loopback and crawled by `scrapy crawl aggregator`
with site memory and one extraction worker. Processor time is that of the crawl and all its processes, starts included.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crawler.archive.files import FOLDER
from crawler.inputs import find_inputs
from tests.faults.crawls import News, serving, start, title

WAYS = {"without": False, "with": True}


def build(news: News, folder: str, count: int) -> int:
    """Serve saved pages under URLs of articles, and a list of them; gives their bytes."""
    items, size = [], 0
    for entry in find_inputs([folder], "html"):
        if entry.page is None or not entry.page.body:
            continue
        path = f"/a/2026-06-21/doc-{len(items):06}.shtml"
        news.pages[path] = entry.page.body.decode("utf-8", "replace")
        items.append(f'<li><a href="{path}">{title(path)}</a> <span>06-21 12:00</span></li>')
        size += len(news.pages[path].encode())
        if len(items) == count:
            break
    news.pages["/news/"] = f"<html><meta charset='utf-8'><body><ul>{''.join(items)}</ul></body></html>"
    news.pages["/robots.txt"] = ""
    return size // len(items)


def crawl(news: News, *, kept: bool) -> tuple[float, float, int]:
    """Processor milliseconds and seconds a page, and bytes of the archive a page."""
    asked = len(news.log)
    with tempfile.TemporaryDirectory() as folder:
        process = start(news, Path(folder), "-a", "pages=1", "-s", f"ARCHIVE_ENABLED={kept}")
        code, used = _wait(process)
        if code:
            raise SystemExit((Path(folder) / "crawl.log").read_text()[-2000:])
        times = [at for at, _ in news.times[asked:]]
        size = sum(path.stat().st_size for path in (Path(folder) / FOLDER).glob("*"))
    pages = len(times)
    return (used.ru_utime + used.ru_stime) * 1000 / pages, (max(times) - min(times)) / pages, size // pages


def _wait(process: subprocess.Popen[str]) -> tuple[int, resource.struct_rusage]:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    news = News(delay=0.0)
    mean = build(news, options.folder, options.pages)
    found: dict[str, list[tuple[float, float, int]]] = {way: [] for way in WAYS}
    with serving(news):
        for _ in range(options.rounds):
            for way, kept in WAYS.items():
                found[way].append(crawl(news, kept=kept))
    print(f"{len(news.pages) - 2} pages of {mean} bytes, {options.rounds} rounds in turn")
    for way, rounds in found.items():
        cpu, seconds, size = (statistics.median(values) for values in zip(*rounds, strict=True))
        best = min(values[0] for values in rounds)
        print(
            f"{way} archive: {cpu:.1f} ms of processor a page (best {best:.1f}), {seconds * 1000:.1f} ms, {size:.0f} B"
        )


if __name__ == "__main__":
    main()
