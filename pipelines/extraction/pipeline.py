"""The Scrapy item pipeline that takes the page of an Outcome apart, off the event loop.

An Outcome goes in and comes out: with `page`, as the spider gave it; with `article` or `dropped` in its place
afterwards. An Outcome whose page stays is kept by the store, to be taken apart later.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.utils.asyncio import run_in_thread

from pipelines.extraction.worker import Worker
from pipelines.items import Article, Dropped, Outcome, Page
from pipelines.profiles import SiteProfile


class ExtractionPipeline:
    """Takes the page of each Outcome apart; other items pass as they are.

    Settings
        EXTRACTION_WORKERS  processes that take pages apart
        EXTRACTION_TIMEOUT  seconds for one page; then it ends with reason "timeout", its process replaced

    Stats
        extraction/articles          pages that became articles
        extraction/dropped/<reason>  pages that did not
    """

    def __init__(self, crawler: Crawler, workers: int, timeout: float) -> None:
        self._crawler = crawler
        self._count, self._timeout = workers, timeout
        self._cancelled = False
        self._workers: list[Worker[Article]] = []
        self._idle: asyncio.Queue[Worker[Article]] = asyncio.Queue()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once."""
        settings = crawler.settings
        return cls(crawler, settings.getint("EXTRACTION_WORKERS"), settings.getfloat("EXTRACTION_TIMEOUT"))

    def open_spider(self) -> None:
        """Make the workers; their processes start with their first page."""
        from pipelines.extraction.article import extract_page

        self._workers = [Worker(extract_page, self._timeout) for _ in range(self._count)]
        for worker in self._workers:
            self._idle.put_nowait(worker)

    def close_spider(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.stop()

    async def process_item(self, item: Any) -> Any:
        """The same Outcome, its page turned into an article or the reason why there is none."""
        if not isinstance(item, Outcome):
            return item
        if item.page is not None:
            result = await self._extract(item.page)
            item.page = None
            if isinstance(result, Article):
                item.article = result
                self._crawler.stats.inc_value("extraction/articles")
            else:
                item.dropped = result
        if item.dropped is not None:
            self._crawler.stats.inc_value(f"extraction/dropped/{item.dropped.reason}")
        return item

    def cancel(self) -> None:
        """End the processes at once; pages under way and in line come out with reason "crash", for nobody to store."""
        self._cancelled = True
        for worker in self._workers:
            worker.kill()

    async def _extract(self, page: Page) -> Article | Dropped:
        profile: SiteProfile | None = getattr(self._crawler.spider, "profile", None)
        worker = await self._idle.get()
        try:
            if self._cancelled:
                return Dropped(page.url, "crash", "the run was stopped before the page was taken apart")
            return await run_in_thread(worker.take_apart, page, profile)
        finally:
            self._idle.put_nowait(worker)
