import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.test import get_crawler

from pipelines.errors import StoreError
from pipelines.items import Article, Dropped
from pipelines.store.articles import default_url, open_store
from pipelines.store.pipeline import StorePipeline, Unchanged


class Fed(DropItem):
    """A drop that carries its record, as the extraction's do."""

    dropped = Dropped("http://news.example/x", "not-an-article", "a list")


def make(tmp_path: Path, **settings: Any) -> tuple[StorePipeline, Crawler]:
    crawler = get_crawler(
        Spider, {"OUTPUT_DIR": str(tmp_path), "STORE_BATCH_SIZE": 100, "STORE_BATCH_SECONDS": 0.05} | settings
    )
    return StorePipeline.from_crawler(crawler), crawler


def run(pipeline: StorePipeline, *items: Any, drops: tuple[tuple[Any, DropItem], ...] = ()) -> list[Any]:
    async def crawl() -> list[Any]:
        pipeline.open_spider()
        results = await asyncio.gather(*(pipeline.process_item(i) for i in items), return_exceptions=True)
        for item, exception in drops:
            pipeline.item_dropped(item, exception)
        await pipeline.close_spider()
        await pipeline.spider_closed("finished")
        return results

    return asyncio.run(crawl())


def test_articles_come_out_as_dicts_after_their_commit(tmp_path: Path) -> None:
    articles = [Article(id=f"a{n}", url=f"http://news.example/{n}", text="x") for n in range(250)]
    pipeline, crawler = make(tmp_path)
    results = run(pipeline, *articles)
    assert results == [a.to_dict() for a in articles]
    with open_store(default_url(str(tmp_path))) as store:
        assert store.counts() == {"articles": 250}
        (ran,) = store.runs()
    assert (ran["state"], ran["counts"]) == ("finished", {"store/new": 250})
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/new") == 250


def test_an_unchanged_article_goes_no_further_a_changed_one_does(tmp_path: Path) -> None:
    run(make(tmp_path)[0], Article(id="a", text="x"), Article(id="b", text="x"))
    one, two = run(make(tmp_path)[0], Article(id="a", text="x"), Article(id="b", text="y"))
    assert isinstance(one, Unchanged)
    assert two["text"] == "y"
    with open_store(default_url(str(tmp_path))) as store:
        assert [r["counts"] for r in store.runs()] == [{"store/new": 2}, {"store/changed": 1, "store/unchanged": 1}]


def test_every_drop_is_recorded_but_unchanged(tmp_path: Path) -> None:
    drops = (
        (None, Fed("x")),
        (Article(id="a", url="http://news.example/a"), DropItem("by a pipeline of yours")),
        (None, Unchanged("x")),
    )
    run(make(tmp_path)[0], drops=drops)
    with open_store(default_url(str(tmp_path))) as store:
        assert [(d["url"], d["reason"], d["message"]) for d in store.dropped()] == [
            ("http://news.example/x", "not-an-article", "a list"),
            ("http://news.example/a", "dropped", "DropItem: by a pipeline of yours"),
        ]


def test_a_refusing_store_is_counted_and_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(default_url(str(tmp_path))):
        connection = sqlite3.connect(tmp_path / "articles.db")
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON articles BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        connection.commit()
        connection.close()
    pipeline, crawler = make(tmp_path)
    with caplog.at_level(logging.ERROR):
        (result,) = run(pipeline, Article(id="a"))
    assert isinstance(result, StoreError)
    assert "disk full" in caplog.text
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/failed") == 1


def test_no_store_no_crawl(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipeline, _ = make(tmp_path, STORE_URL="nonsense")
    with pytest.raises(CloseSpider) as caught:
        pipeline.open_spider()
    assert caught.value.reason == "store"
    assert "not a database URL" in caplog.text


def test_other_items_pass(tmp_path: Path) -> None:
    assert run(make(tmp_path)[0], {"any": "thing"}) == [{"any": "thing"}]
