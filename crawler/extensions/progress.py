"""How far a crawl is, while it goes on: a bar on a terminal, lines of the log elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.progress import Display, counted, rate
from pipelines.errors import StoreError
from pipelines.store.pipeline import StorePipeline

logger = logging.getLogger(__name__)
BAR_EVERY = 0.5  # seconds between two looks at the figures for a bar
COUNT_EVERY = 2.0  # seconds between two counts of the URLs that are left
MOST = 100_000  # URLs that are counted; of more than that no time left is reckoned


class CrawlProgress:
    """Says how many pages were fetched and failed, how many a second, how many are left and about how long it takes.

    Links that are still to be found are in no figure: until the lists are read a crawl takes longer than it says. In
    place of Scrapy's LogStats.

    Settings
        LOGSTATS_INTERVAL  seconds between two lines in the log, where stderr is no terminal; 0: none, and no bar
    """

    def __init__(self, crawler: Crawler, interval: float) -> None:
        self._crawler = crawler
        self._display = Display(every=interval, say=logger.info)
        self._task: asyncio.Task[None] | None = None
        self._left = 0
        self._counted = -COUNT_EVERY

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the crawl's beginning and to its end."""
        interval = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        if interval <= 0:
            raise NotConfigured
        progress = cls(crawler, interval)
        crawler.signals.connect(progress.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(progress.spider_closed, signal=signals.spider_closed)
        return progress

    def spider_opened(self) -> None:
        """Begin to show."""
        self._display.__enter__()
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def spider_closed(self) -> None:
        """Leave nothing of the bar behind."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._display.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(BAR_EVERY)
            await self._count()
            self._display.show(*self._standing())

    async def _count(self) -> None:
        """The URLs that are left, while the store answers."""
        now, store = asyncio.get_running_loop().time(), self._crawler.get_item_pipeline(StorePipeline)
        if store is None or store.desk.away or now - self._counted < COUNT_EVERY:
            return
        self._counted = now
        with contextlib.suppress(StoreError):  # others say so
            self._left = await store.left(MOST)

    def _standing(self) -> tuple[float, str]:
        """The share that is done, and a few words."""

        def stat(name: str) -> int:
            return int(self._crawler.stats.get_value(name, 0))

        failed, articles = stat("crawl/failed"), stat("store/new") + stat("store/changed")
        pages = stat("crawl/lists") + stat("crawl/articles")
        words = [counted(pages, "page"), f"{failed} failed", f"{articles} new"]
        words.append(rate(pages + failed, self._display.started, "pages"))
        share = getattr(self._crawler.spider, "done", None)  # of a spider that knows its input
        if share is None:
            words.append(f"{self._left:,} left" if self._left < MOST else f"more than {MOST:,} left")
            known = pages + failed + self._left
            share = (pages + failed) / known if known and self._left < MOST else 0.0
        return share, ", ".join(words)
