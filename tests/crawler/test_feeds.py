"""S10: what a name in a feed's path may be."""

import asyncio
import json
import logging
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from crawler.feeds import LONGEST, Feeds, check_places, step
from pipelines.errors import UsageError

HOSTILE = (
    *("../../x", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:\\x", "a\x00b", "a\nb", "CON", "nul.jsonl", "~root"),
    *("x" * 300, "新" * 300, "....", "-O", "%(x)s", "http://news.example/?a=1", "a:b", "a*?", "\u202egnp", "\ud800"),
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_name_is_one_step(text: str) -> None:
    name = step(text)
    assert name not in ("", ".", "..")
    assert (PurePosixPath("a", name).parts, PureWindowsPath("a", name).parts) == (("a", name), ("a", name))
    assert not PureWindowsPath(name).is_reserved()
    assert name.isprintable()
    assert len(name.encode()) <= 3 * LONGEST + 1 and not set(name) & set('/\\:*?"<>|%~\x00')


@pytest.mark.parametrize("text", ["aggregator", "news.example", "2026-11-26T12-00-00+00-00", "新闻"])
def test_a_usual_name_stays(text: str) -> None:
    assert step(text) == text


def test_a_feed_that_cannot_be_written_is_said_once_and_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, nowhere = tmp_path / "a" / "whole.jsonl", tmp_path / "file" / "nowhere.jsonl"
    nowhere.parent.touch()
    feeds = {str(path): {"format": "jsonlines"} for path in ("/dev/full", whole, nowhere)}
    crawler = get_crawler(Spider, {"FEEDS": feeds})
    crawler.spider = spider = Spider("news")
    exporter = Feeds.from_crawler(crawler)

    async def run() -> None:
        exporter.open_spider(spider)
        for number in range(3000):
            exporter.item_scraped({"number": number, "text": "x" * 20}, spider)
        await exporter.close_spider(spider)

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert [json.loads(line)["number"] for line in whole.read_text().splitlines()] == list(range(3000))
    said = sorted(record.getMessage().partition(" cannot")[0] for record in caplog.records)
    assert said == sorted(["the feed /dev/full", f"the feed {nowhere}"])
    assert not [record for record in caplog.records if record.exc_info]
    assert crawler.stats.get_value("feedexport/failed_count/FileFeedStorage") == 2


def test_where_a_feed_can_be_is_known_before_the_crawl(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    good = (tmp_path / "new" / "a.csv", tmp_path / "file", "/dev/null", f"file://{tmp_path}/b.xml")
    check_places([*map(str, good), "s3://bucket/key", f"{tmp_path}/file/%(name)s.csv", "stdout:"])
    for bad in (tmp_path, tmp_path / "file" / "a.csv", f"file://{tmp_path}/file/a.csv"):
        with pytest.raises(UsageError, match="cannot be written"):
            check_places([str(bad)])
