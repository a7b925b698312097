"""How far whole crawls say they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.conftest import Run, Site
from tests.crawler.extensions.test_report import start
from tests.crawler.spiders.test_aggregator import FAST

OFTEN = ("-s", "LOGSTATS_INTERVAL=0.1", "-s", "LOG_LEVEL=INFO", "-s", "DOWNLOAD_DELAY=0.5")
LINE = re.compile(
    r"\[crawler\.extensions\.progress\] INFO: +(\d+)%  (\d+) pages?, 0 failed, \d+ new, [\d.]+ pages/s, (.*)"
)


def crawl(run: Run, url: str, *args: str) -> Any:
    return run("crawl", "aggregator", "-a", f"url={url}", "-a", "pages=1", *FAST, *OFTEN, *args)


def test_a_crawl_says_pages_rate_what_is_left_and_for_how_long(site: Site, scrapy_process: Run) -> None:
    done = crawl(scrapy_process, start(site, 1, 8))
    assert done.returncode == 0, done.stderr
    lines = LINE.findall(done.stderr)
    assert lines, done.stderr
    pages = [int(count) for _, count, _ in lines]
    assert pages == sorted(pages)
    assert any(re.fullmatch(r"\d+ left, about \d+ s left", rest) for _, _, rest in lines)
    assert "\x1b" not in done.stderr


def test_without_an_interval_it_says_nothing(site: Site, scrapy_process: Run) -> None:
    done = crawl(scrapy_process, start(site, 1, 3), "-s", "LOGSTATS_INTERVAL=0")
    assert done.returncode == 0, done.stderr
    assert "extensions.progress" not in done.stderr.replace("extensions.progress.CrawlProgress", "")


def test_saved_pages_are_a_share_of_the_input(tmp_path: Path, scrapy_process: Run) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:03}.html").write_text(f"<h1>第{number}页的标题</h1><p>" + "正文一句。" * 40, "utf-8")
    often = ("-s", "LOGSTATS_INTERVAL=0.1", "-s", "LOG_LEVEL=INFO", "-s", "EXTRACTION_WORKERS=1")
    done = scrapy_process("crawl", "archive", "-a", f"path={folder}", *often)
    found = re.findall(r"INFO: +(\d+)%  (\d+) pages?, \d+ failed", done.stderr)
    assert found, done.stderr
    assert all(0 <= int(share) <= 100 for share, _ in found)
