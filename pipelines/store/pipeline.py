"""The Scrapy item pipeline Article -> store of record, and the record of the run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.asyncio import run_in_thread

from pipelines.errors import StoreError
from pipelines.items import Article, Dropped
from pipelines.store.articles import Change, Store, default_url, open_store

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Unchanged(DropItem):
    """The article stands in the store as it is: only its last_seen was renewed, and no feed gets it."""


class StorePipeline:
    """Stores each Article, in batches; then passes it on as the dict of `Article.to_dict()`, for feeds.

    A feed gets each article that is new or changed once, after its commit. Every page that was dropped, here or
    before, is recorded in the table `dropped`, the run in `runs`.

    Settings
        OUTPUT_DIR           folder of the store, where STORE_URL is empty
        STORE_URL            SQLAlchemy database URL of the store; empty: sqlite in OUTPUT_DIR/articles.db
        STORE_BATCH_SIZE     articles in one transaction, at most
        STORE_BATCH_SECONDS  seconds that an article waits for its transaction, at most

    Stats
        store/new, store/changed, store/unchanged  articles by what became of their row
        store/dropped/<reason>                     pages recorded without an article
        store/failed                               articles and records that the store refused
    """

    def __init__(self, crawler: Crawler, url: str, size: int, seconds: float) -> None:
        self._crawler = crawler
        self._url, self._size, self._seconds = url, size, seconds
        self._store: Store | None = None
        self._run = 0
        self._articles: list[tuple[Article, asyncio.Future[Change]]] = []
        self._dropped: list[Dropped] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()  # one transaction at a time: SQLite has one writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once, listen to what drops items and ends the run."""
        settings = crawler.settings
        url = settings.get("STORE_URL") or default_url(settings["OUTPUT_DIR"])
        size, seconds = settings.getint("STORE_BATCH_SIZE"), settings.getfloat("STORE_BATCH_SECONDS")
        pipeline = cls(crawler, url, size, seconds)
        crawler.signals.connect(pipeline.item_dropped, signal=signals.item_dropped)
        crawler.signals.connect(pipeline.spider_closed, signal=signals.spider_closed)
        return pipeline

    def open_spider(self) -> None:
        """Open the store and note that the run begins; without a store the crawl does not start."""
        spider = self._crawler.spider
        job = str(getattr(spider, "job", None) or getattr(spider, "name", ""))
        try:
            self._store = open_store(self._url)
            self._run = self._store.start_run(job, datetime.now(UTC))
        except StoreError as error:
            logger.error("%s", error)
            raise CloseSpider("store") from None

    async def process_item(self, item: Any) -> Any:
        """Article -> dict, after its commit. Raises Unchanged, or StoreError where the store refused it."""
        if not isinstance(item, Article):
            return item
        future: asyncio.Future[Change] = asyncio.get_running_loop().create_future()
        self._articles.append((item, future))
        self._schedule()
        outcome = await future
        self._count(f"store/{outcome}")
        if outcome is Change.UNCHANGED:
            raise Unchanged(f"unchanged: {item.url}", log_level="DEBUG")
        return item.to_dict()

    def item_dropped(self, item: Any, exception: DropItem) -> None:
        """Record a dropped page."""
        if isinstance(exception, Unchanged):
            return
        record = getattr(exception, "dropped", None)
        if not isinstance(record, Dropped):
            record = Dropped(getattr(item, "url", None), "dropped", f"{type(exception).__name__}: {exception}")
        self._dropped.append(record)
        self._count(f"store/dropped/{record.reason}")
        self._schedule()

    async def close_spider(self) -> None:
        """Write what is left."""
        if self._timer is not None:
            self._timer.cancel()
        await self._flush()
        await asyncio.gather(*self._flushes)

    async def spider_closed(self, reason: str) -> None:
        """Note how the run ended, and close the store."""
        if self._store is None:
            return
        await self._flush()  # what was dropped while the pipelines closed
        prefixes = ("crawl/", "extraction/", "store/")
        stats = self._crawler.stats.get_stats()
        counts = {key: value for key, value in stats.items() if key.startswith(prefixes)}
        await self._attempt(self._store.finish_run, self._run, reason, counts, datetime.now(UTC))
        self._store.close()

    def _schedule(self) -> None:
        """Write now where a batch is full, else in time."""
        if len(self._articles) + len(self._dropped) >= self._size:
            self._start_flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._start_flush)

    def _start_flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task = asyncio.get_running_loop().create_task(self._flush())
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _flush(self) -> None:
        """Write all that waits, each article's future answered after the commit."""
        async with self._lock:
            articles, self._articles = self._articles, []
            records, self._dropped = self._dropped, []
            if self._store is None:
                return
            now = datetime.now(UTC)
            if articles:
                outcomes = await self._attempt(self._store.upsert, [article for article, _ in articles], now)
                for article, future in articles:
                    if isinstance(outcomes, StoreError):
                        future.set_exception(outcomes)
                    else:
                        future.set_result(outcomes[article.id])
            if records:
                await self._attempt(self._store.drop, self._run, records, now)

    async def _attempt(self, function: Callable[..., T], *args: Any) -> T | StoreError:
        """Run a write of the store in a thread; a refusal is logged, counted and given back."""
        try:
            return await run_in_thread(function, *args)
        except StoreError as error:
            logger.error("%s", error)
            self._count("store/failed")
            return error

    def _count(self, stat: str) -> None:
        self._crawler.stats.inc_value(stat)
