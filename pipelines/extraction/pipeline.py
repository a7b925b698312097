"""The Scrapy item pipeline Page -> Article: takes pages apart off the event loop."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.utils.asyncio import run_in_thread

from pipelines.extraction.worker import Worker
from pipelines.items import Article, Dropped, Page
from pipelines.profiles import SiteProfile


class PageDropped(DropItem):
    """A page that ends without an article; `dropped` says which and why. A subclass for each kind of reason."""

    def __init__(self, dropped: Dropped) -> None:
        super().__init__(f"{dropped.reason}: {dropped.url}: {dropped.message}", log_level="DEBUG")
        self.dropped = dropped


class NotFetched(PageDropped):
    """The server gave no usable answer."""


class NotAnArticle(PageDropped):
    """The page is a list, a search or an error page."""


class NoText(PageDropped):
    """The page is empty, binary or cannot be read."""


class ExtractionFailed(PageDropped):
    """The extraction itself failed on this page: out of time, or a fault of ours."""


# First part of the reason -> the exception; what stands here shows as item_dropped_reasons_count in Scrapy's stats.
KINDS: dict[str, type[PageDropped]] = {
    "fetch": NotFetched,
    "not-an-article": NotAnArticle,
    "off-site": NotAnArticle,
    "empty": NoText,
    "binary": NoText,
    "unreadable": NoText,
    "timeout": ExtractionFailed,
    "crash": ExtractionFailed,
    "bug": ExtractionFailed,
}


class ExtractionPipeline:
    """Takes each Page apart; gives the Article, or drops the page with its reason.

    Items that are neither Page nor Dropped pass as they are.

    Settings
        EXTRACTION_WORKERS  processes that take pages apart
        EXTRACTION_TIMEOUT  seconds for one page; then it is dropped with reason "timeout", its process replaced

    Stats
        extraction/articles          pages that became articles
        extraction/dropped/<reason>  pages that did not
    """

    def __init__(self, crawler: Crawler, workers: int, timeout: float) -> None:
        self._crawler = crawler
        self._count, self._timeout = workers, timeout
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
        """Page -> Article; raises PageDropped."""
        if isinstance(item, Page):
            item = await self._extract(item)
        if isinstance(item, Dropped):
            self._crawler.stats.inc_value(f"extraction/dropped/{item.reason}")
            raise KINDS.get(item.reason.partition("/")[0], PageDropped)(item)
        if isinstance(item, Article):
            self._crawler.stats.inc_value("extraction/articles")
        return item

    async def _extract(self, page: Page) -> Article | Dropped:
        profile: SiteProfile | None = getattr(self._crawler.spider, "profile", None)
        worker = await self._idle.get()
        try:
            return await run_in_thread(worker.take_apart, page, profile)
        finally:
            self._idle.put_nowait(worker)
