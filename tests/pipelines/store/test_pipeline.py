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
from sqlalchemy import select

from pipelines.errors import StoreAwayError, StoreError
from pipelines.items import Article, Dropped, Found, Outcome, Page
from pipelines.store import crawl, owners, schema
from pipelines.store import pipeline as pipeline_module
from pipelines.store.articles import default_url, open_store
from pipelines.store.crawl import Need
from pipelines.store.pipeline import Kept, NotAnArticle, NotFetched, OnlyLinks, Settled, StorePipeline, Unchanged


def made(key: str, text: str = "x") -> Outcome:
    url = f"http://news.example/{key}"
    return Outcome(url, article=Article(id=key, url=url, text=text))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine: the last word on a run is waited for."""
    monkeypatch.setattr(pipeline_module, "STOP_PATIENCE", 60.0)
    monkeypatch.setattr(pipeline_module, "END_PATIENCE", 60.0)


def make(tmp_path: Path, **settings: Any) -> tuple[StorePipeline, Crawler]:
    ours = {"OUTPUT_DIR": str(tmp_path), "STORE_BATCH_SIZE": 100, "STORE_BATCH_SECONDS": 0.05, "STORE_PATIENCE": 5}
    crawler = get_crawler(Spider, ours | settings)
    return StorePipeline.from_crawler(crawler), crawler


def run(pipeline: StorePipeline, *items: Any, drops: tuple[tuple[Any, DropItem], ...] = ()) -> list[Any]:
    async def crawl() -> list[Any]:
        await pipeline.open_spider()
        results = await asyncio.gather(*(pipeline.process_item(i) for i in items), return_exceptions=True)
        await asyncio.gather(*(pipeline.item_dropped(item, exception) for item, exception in drops))
        await pipeline.close_spider()
        await pipeline.spider_closed("finished")
        return results

    return asyncio.run(crawl())


def test_articles_come_out_as_dicts_after_their_commit(tmp_path: Path) -> None:
    outcomes = [made(f"a{n}") for n in range(250)]
    pipeline, crawler = make(tmp_path)
    results = run(pipeline, *outcomes)
    assert results == [o.article.to_dict() for o in outcomes if o.article]
    with open_store(default_url(str(tmp_path))) as store:
        assert store.counts() == {"articles": 250}
        (ran,) = store.runs()
    assert (ran["state"], ran["counts"]) == ("finished", {"store/new": 250})
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/new") == 250


def test_an_unchanged_article_goes_no_further_a_changed_one_does(tmp_path: Path) -> None:
    run(make(tmp_path)[0], made("a"), made("b"))
    one, two = run(make(tmp_path)[0], made("a"), made("b", "y"))
    assert isinstance(one, Unchanged)
    assert two["text"] == "y"
    with open_store(default_url(str(tmp_path))) as store:
        assert [r["counts"] for r in store.runs()] == [{"store/new": 2}, {"store/changed": 1, "store/unchanged": 1}]


def test_what_has_no_article_is_recorded_and_goes_no_further(tmp_path: Path) -> None:
    gone = Dropped("http://news.example/x", "fetch/404", "gone")
    listing = Dropped("http://news.example/y", "not-an-article", "a list")
    part = Dropped("http://news.example/z_2", "fetch/500", "a part")
    pipeline, crawler = make(tmp_path)
    results = run(
        pipeline,
        Outcome(gone.url, dropped=gone),
        Outcome(listing.url, dropped=listing, also=[part]),
        Outcome("http://news.example/"),
    )
    assert [type(r) for r in results] == [NotFetched, NotAnArticle, OnlyLinks]
    assert all(isinstance(r, Settled) and r.log_level == "DEBUG" and "\n" not in str(r) for r in results)
    with open_store(default_url(str(tmp_path))) as store:
        assert [d["reason"] for d in store.dropped()] == ["fetch/404", "not-an-article", "fetch/500"]
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/dropped/fetch/500") == 1


def test_what_another_pipeline_drops_is_recorded_once(tmp_path: Path) -> None:
    drops = ((made("a"), DropItem("by a pipeline of yours")), (made("b"), Unchanged("x")))
    run(make(tmp_path)[0], drops=drops)
    with open_store(default_url(str(tmp_path))) as store:
        assert [(d["url"], d["reason"], d["message"]) for d in store.dropped()] == [
            ("http://news.example/a", "dropped", "DropItem: by a pipeline of yours"),
        ]


def test_what_the_store_refuses_costs_itself_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(default_url(str(tmp_path))):
        connection = sqlite3.connect(tmp_path / "articles.db")
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON articles WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'no b'); END"
        )
        connection.commit()
        connection.close()
    pipeline, crawler = make(tmp_path)
    with caplog.at_level(logging.ERROR):
        one, two, three = run(pipeline, made("a"), made("b"), made("c"))
    assert isinstance(two, StoreError)
    assert "no b" in caplog.text
    assert one["id"], three["id"] == ("a", "c")
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/failed") == 1
    with open_store(default_url(str(tmp_path))) as store:
        assert sorted(a["id"] for a in store.iterate()) == ["a", "c"]
        assert [(d["url"], d["reason"]) for d in store.dropped()] == [("http://news.example/b", "store")]


def test_a_fault_of_ours_on_one_page_ends_in_a_record_and_holds_nobody_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = crawl.write_articles

    def broken(connection: Any, articles: Any, *rest: Any) -> Any:
        if any(article.id == "b" for article in articles):
            raise TypeError("a fault of ours")
        return write(connection, articles, *rest)

    monkeypatch.setattr(crawl, "write_articles", broken)
    pipeline, crawler = make(tmp_path)
    with caplog.at_level(logging.ERROR):
        one, two, three = run(pipeline, made("a"), made("b"), made("c"))
    assert (one["id"], three["id"]) == ("a", "c")
    assert isinstance(two, StoreError)
    assert "http://news.example/b: a fault of ours" in caplog.text
    assert crawler.stats is not None
    assert crawler.stats.get_value("store/failed") == 1
    with open_store(default_url(str(tmp_path))) as store:
        assert sorted(a["id"] for a in store.iterate()) == ["a", "c"]
        assert [(d["url"], d["reason"]) for d in store.dropped()] == [("http://news.example/b", "store")]


def test_a_beginning_that_had_to_be_tried_again_leaves_no_worker_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would count as alive while this process lives: no new round, half of the hosts, no fresh=1."""
    due, calls = crawl.again.due, []

    def busy(*args: Any, **options: Any) -> int:
        calls.append(args)
        if len(calls) == 1:
            raise StoreAwayError("somebody else writes just now")
        return due(*args, **options)

    monkeypatch.setattr(crawl.again, "due", busy)
    pipeline, _ = make(tmp_path)
    begun = pipeline.begin("job", bound=1)
    assert begun is not None
    with pipeline.desk.store.database.read() as connection:
        assert owners.living(connection, begun.job) == 1
        assert connection.scalar(select(schema.jobs.c.round)) == 1
    begun.end()
    pipeline.desk.close()


def test_a_page_that_is_not_taken_apart_is_kept(tmp_path: Path) -> None:
    url = "http://news.example/1"
    found = Found(url, "news.example/1", "news.example", "article")
    page = Page(b"<html>", url, site="news.example")
    pipeline, _ = make(tmp_path)

    async def crawl() -> Any:
        crawl = pipeline.begin("job", bound=1)
        assert crawl is not None
        await pipeline.open_spider()
        (lease,) = (await pipeline.desk.call(crawl.take, Need(9), [found])).leases
        with pytest.raises(Kept):
            await pipeline.process_item(Outcome(url, lease, page=page))
        assert await pipeline.kept_sites() == ["news.example"]
        (outcome,) = await pipeline.take_kept("news.example", 10)
        assert outcome.page == page
        outcome.page, outcome.article = None, Article(id="a", url=url)
        stored = await pipeline.process_item(outcome)
        assert await pipeline.kept_sites() == []
        await pipeline.close_spider()
        await pipeline.spider_closed("finished")
        return stored

    assert asyncio.run(crawl())["id"] == "a"


def test_no_store_no_crawl(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipeline, _ = make(tmp_path, STORE_URL="nonsense")
    with pytest.raises(CloseSpider) as caught:
        asyncio.run(pipeline.open_spider())
    assert caught.value.reason == "store"
    assert "not a database URL" in caplog.text


def test_other_items_pass(tmp_path: Path) -> None:
    assert run(make(tmp_path)[0], {"any": "thing"}) == [{"any": "thing"}]
