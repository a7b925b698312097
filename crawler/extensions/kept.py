"""Takes kept pages up again: they go through the item pipelines once more, as their spider gave them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured

from pipelines.errors import StoreAwayError, StoreError
from pipelines.extraction.pipeline import ExtractionPipeline
from pipelines.items import Outcome
from pipelines.store.pipeline import StorePipeline

logger = logging.getLogger(__name__)
AT_ONCE = 16  # kept pages under way


class KeptPages:
    """Pages of a site that is not known yet wait in the store; this brings them back into the pipelines.

    1. at the start of a run, those that an earlier one left: as if they had just been fetched
    2. those of a site, once it has been learned
    3. all, when the crawl has nothing else to do: a run that is not stopped leaves none behind
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._extraction: ExtractionPipeline | None = None
        self._store: StorePipeline | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._feeding: set[str] = set()  # sites whose pages are being taken up
        self._more: set[str] = set()  # those of them of which a page was kept meanwhile
        self._empty = False  # nothing was kept since the store was found without kept pages

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the crawl's beginning and to its end."""
        if not crawler.settings.getbool("MEMORY_ENABLED"):
            raise NotConfigured
        kept = cls(crawler)
        crawler.signals.connect(kept.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(kept.spider_idle, signal=signals.spider_idle)
        return kept

    def spider_opened(self) -> None:
        """Take up what an earlier run of the job left, and listen to what is kept and learned."""
        self._extraction = self._crawler.get_item_pipeline(ExtractionPipeline)
        self._store = self._crawler.get_item_pipeline(StorePipeline)
        if self._extraction is None or self._store is None:
            return
        self._extraction.closed_listeners.append(self._again)
        self._store.listeners.append(self._committed)
        self._begin(self._resume())

    def spider_idle(self) -> None:
        """The crawl has nothing else to do: it ends when no page is kept any more."""
        if not self.clear():
            raise DontCloseSpider

    def clear(self) -> bool:
        """Whether no page is kept; where some may be, they are taken up."""
        if self._extraction is None or self._store is None or self._stopping():
            return True
        if not self._tasks and not self._empty:
            self._begin(self._finish())
        return not self._tasks

    def _committed(self, outcomes: Sequence[Outcome]) -> None:
        """A page that was kept after its site had been learned need not wait."""
        for outcome in outcomes:
            if outcome.page is not None:
                self._empty = False
                site = outcome.page.site or ""
                if self._extraction is not None and not self._extraction.is_open(site):
                    self._again(site)

    def _again(self, site: str) -> None:
        """Take up the pages of a site."""
        if site in self._feeding:
            self._more.add(site)
        else:
            self._feeding.add(site)
            self._begin(self._take_up(site))

    async def _take_up(self, site: str) -> None:
        try:
            self._more.add(site)
            while site in self._more:
                self._more.discard(site)
                await self._feed(site)
        finally:
            self._feeding.discard(site)

    async def _resume(self) -> None:
        if self._store is not None:
            for site in await self._store.kept_sites():
                await self._feed(site)

    async def _finish(self) -> None:
        """Take up all pages, by what is known of their sites now."""
        if self._extraction is None or self._store is None:
            return
        await self._extraction.close_sites()
        self._empty = True
        for site in await self._store.kept_sites():
            self._empty = False
            await self._feed(site)

    async def _feed(self, site: str) -> None:
        """Send the kept pages of a site through the pipelines, each once, until the crawl is stopped."""
        after = 0
        while self._store is not None and not self._stopping():
            outcomes = await self._store.take_kept(site, AT_ONCE, after)
            if not outcomes or self._stopping():  # the end of the run gives them back
                return
            after = max(o.lease.id for o in outcomes if o.lease is not None)
            scraper = self._crawler.engine.scraper
            await asyncio.gather(*(scraper.start_itemproc_async(o, response=None) for o in outcomes))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            logger.error("%s", error)
            if self._store is not None:
                self._store.give_up("store-away" if isinstance(error, StoreAwayError) else "store-lost")
        except Exception:  # else the run would end as if no page were left
            logger.exception("kept pages cannot be taken up")
            if self._store is not None:
                self._store.give_up("bug")

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Scrapy looks again whether it is idle; a stop does not wait for pages that no response brought."""
        self._tasks.discard(task)
        engine = self._crawler._engine
        if engine is None or engine._slot is None or engine.scraper.slot is None:
            return
        closing = engine.scraper.slot.closing
        if engine._slot.closing is None:
            engine._slot.nextcall.schedule()
        elif closing is not None and not closing.called:
            engine.scraper._check_if_closing()

    def _stopping(self) -> bool:
        slot = self._crawler.engine._slot
        return slot is None or slot.closing is not None
