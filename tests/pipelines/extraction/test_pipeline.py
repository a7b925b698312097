import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from pipelines.extraction import article
from pipelines.extraction.pipeline import ExtractionPipeline
from pipelines.items import Article, Dropped, Outcome, Page, State
from tests.pipelines.extraction import jobs

SETTINGS: dict[str, Any] = {"EXTRACTION_WORKERS": 1, "EXTRACTION_TIMEOUT": 1.0}


def through(
    items: list[Any], job: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], Crawler]:
    """What the pipeline made of each item: its result or the exception."""
    monkeypatch.setattr(article, "extract_page", job)
    crawler = get_crawler(Spider, SETTINGS)
    pipeline = ExtractionPipeline.from_crawler(crawler)

    async def run() -> list[Any]:
        return await asyncio.gather(*(pipeline.process_item(i) for i in items), return_exceptions=True)

    pipeline.open_spider()
    try:
        return asyncio.run(run()), crawler
    finally:
        asyncio.run(pipeline.close_spider())


def outcome(body: bytes) -> Outcome:
    url = "http://news.example/" + body.decode()
    return Outcome(url, page=Page(body, url=url))


def test_pages_become_articles_and_failures_cost_their_page_only(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [b"good1", b"hang", b"good2", b"die", b"good3", b"bug", b"list", b"empty", b"good4"]
    results, crawler = through([outcome(b) for b in bodies], jobs.take_apart, monkeypatch)
    assert [r.article.text for r in results if r.article] == ["good1", "good2", "good3", "good4"]
    assert {r.url.rpartition("/")[2]: (r.dropped.reason, r.state) for r in results if r.dropped} == {
        "hang": ("timeout", State.FAILED),
        "die": ("crash", State.FAILED),
        "bug": ("bug", State.FAILED),
        "list": ("not-an-article", State.NOT_AN_ARTICLE),
        "empty": ("empty", State.NOT_AN_ARTICLE),
    }
    assert [r.page for r in results] == [None] * len(bodies)
    stats = crawler.stats.get_stats() if crawler.stats else {}
    assert stats["extraction/articles"] == 4
    assert sum(n for key, n in stats.items() if key.startswith("extraction/dropped/")) == 5


def test_what_others_want_to_know_of_an_article_is_reckoned_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "EXTRACTION_BESIDE", ["tests.pipelines.extraction.jobs.length"])
    results, _ = through([outcome(b"good"), outcome(b"list")], jobs.take_apart, monkeypatch)
    good, none = (result.beside for result in results)
    assert good.of("tests.pipelines.extraction.jobs.length", "", "good") == 4
    assert good.of("tests.pipelines.extraction.jobs.length", "", "changed since") is None
    assert none is None


def test_what_was_not_fetched_passes_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Dropped("http://news.example/1", "fetch/404", "the server answered HTTP 404")
    given = Outcome(record.url, dropped=record)
    (result,), crawler = through([given], jobs.take_apart, monkeypatch)
    assert result is given
    assert result.dropped is record
    assert crawler.stats is not None
    assert crawler.stats.get_value("extraction/dropped/fetch/404") == 1


def test_other_items_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    assert through([{"any": "thing"}], jobs.take_apart, monkeypatch)[0] == [{"any": "thing"}]


def test_a_stop_ends_what_is_under_way_and_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article, "extract_page", jobs.take_apart)
    pipeline = ExtractionPipeline.from_crawler(get_crawler(Spider, SETTINGS | {"EXTRACTION_TIMEOUT": 60.0}))

    async def run() -> list[Any]:
        under_way = [asyncio.ensure_future(pipeline.process_item(outcome(b"hang"))) for _ in range(3)]
        await asyncio.sleep(0.5)
        pipeline.cancel()
        return await asyncio.wait_for(asyncio.gather(*under_way), 20)

    pipeline.open_spider()
    try:
        assert [o.dropped.reason for o in asyncio.run(run())] == ["crash"] * 3
    finally:
        asyncio.run(pipeline.close_spider())
