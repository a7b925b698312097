"""The Scrapy item pipeline that takes the page of an Outcome apart, off the event loop, with what is known of its site.

An Outcome goes in and comes out: with `page`, as the spider gave it; with `article` or `dropped` in its place
afterwards. An Outcome whose page stays is kept by the store, to be taken apart later: the first pages of a site wait
until what they have in common is known (memory.online).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol, Self

from scrapy.crawler import Crawler
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.misc import load_object

from pipelines.extraction.beside import Reckoned, Taken
from pipelines.extraction.memory.folder import memory_folder
from pipelines.extraction.memory.identity import site_of
from pipelines.extraction.memory.memories import Memories
from pipelines.extraction.memory.online import KnownSite, OnlineMemory
from pipelines.extraction.memory.site import Lesson
from pipelines.extraction.profiled import selectors_for
from pipelines.extraction.unblocked import AwaitedWorker
from pipelines.extraction.version import extractor_version
from pipelines.items import Article, Dropped, Origin, Outcome, Page, hash_page
from pipelines.profiles import SiteProfile

logger = logging.getLogger(__name__)
WAITS = "not-an-article"  # the one failure that knowledge of the site may turn into an article


class Profiles(Protocol):
    """What people say of sites: their profiles, and what was corrected since."""

    def of(self, site: str, given: SiteProfile | None) -> SiteProfile | None:
        """The profile of a site; `given` is that of the crawl. Raises nothing: what cannot be read is in the log."""


class ExtractionPipeline:
    """Takes the page of each Outcome apart; other items pass as they are.

    Pages without a lease (single URLs, saved pages) use what is known of their site, teach nothing and never wait.

    Settings
        EXTRACTION_WORKERS  processes that take pages apart
        EXTRACTION_TIMEOUT  seconds for one page; then it ends with reason "timeout", its process replaced
        EXTRACTION_BESIDE   functions of an Article that those processes call too; their answers come along, by name, as
                            `Outcome.beside`
        MEMORY_ENABLED      whether pages are taken apart with what is known of their site
        MEMORY_DIR          folder of what is known of sites; empty: memory under OUTPUT_DIR
        MEMORY_KEEPER       function from the settings to another place of it, or None; empty: there is only the folder
        PROFILES            class, made of the settings, whose `of(site, given)` tells the profile by which a page of a
                            site is taken apart; empty: that of the crawl, if it has one

    Stats
        extraction/articles          pages that became articles
        extraction/dropped/<reason>  pages that did not
        memory/fast, memory/full     articles by the way they were taken apart
        memory/doubted/<reason>      articles that were tried the fast way and not believed
        memory/kept                  pages that waited for their site to be known
        memory/settled               sites that got their first trusted template in this run
        memory/redesigned            redesigns noticed
    """

    def __init__(self, crawler: Crawler, workers: int, timeout: float, memory: Memories | None) -> None:
        self._crawler = crawler
        self._count, self._timeout, self._kept = workers, timeout, memory
        self._cancelled = False
        self._version = extractor_version()
        self._beside: list[Callable[[Article], Any]] = []
        self._workers: list[AwaitedWorker[Taken]] = []
        self._idle: asyncio.Queue[AwaitedWorker[Taken]] = asyncio.Queue()
        self._memory: OnlineMemory | None = None
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # of sites: one change at a time
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()  # sites whose redesign stands in the log
        self._profiles: Profiles | None = None
        self.closed_listeners: list[Callable[[str], None]] = []  # hear of sites whose pages wait no longer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once."""
        settings = crawler.settings
        memory = None
        if settings.getbool("MEMORY_ENABLED"):
            keeper = settings.get("MEMORY_KEEPER")
            memory = load_object(keeper)(settings) if keeper else None
            memory = memory or memory_folder(settings.get("MEMORY_DIR"), settings["OUTPUT_DIR"])
        made = cls(crawler, settings.getint("EXTRACTION_WORKERS"), settings.getfloat("EXTRACTION_TIMEOUT"), memory)
        if settings.get("PROFILES"):
            made._profiles = load_object(settings["PROFILES"])(settings)
        made._beside = [load_object(name) for name in settings.getlist("EXTRACTION_BESIDE")]
        return made

    def open_spider(self) -> None:
        """Make the workers; their processes start with their first page."""
        from pipelines.extraction import article
        from pipelines.extraction.memory.job import read_known

        if self._kept is not None:
            self._memory = OnlineMemory(self._kept)
        function: Any = article.extract_page if self._memory is None else read_known
        job = Reckoned(function, self._beside)
        self._workers = [AwaitedWorker(job, self._timeout) for _ in range(self._count)]
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def close_spider(self) -> None:
        """Learn what is left to learn, and end the processes."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._memory is not None:
            for site in self._memory.sites.values():
                await self._learn(site)
            self._memory.end()
        for worker in self._workers:
            worker.stop()

    async def process_item(self, item: Any) -> Any:
        """The same Outcome, its page turned into an article or the reason why there is none, or kept."""
        if not isinstance(item, Outcome):
            return item
        if item.page is not None:
            page = item.page
            result = await self._take_apart(page, leased=item.lease is not None)
            if result is None:
                self._count_stat("memory/kept")
                return item
            item.page = None
            if isinstance(result, Taken):
                item.article, item.beside = result.article, result.beside
                item.origin = Origin(hash_page(page), self._version, saved=item.lease is None)
                self._count_stat("extraction/articles")
            else:
                item.dropped = result
        if item.dropped is not None:
            self._count_stat(f"extraction/dropped/{item.dropped.reason}")
        return item

    def is_open(self, site: str) -> bool:
        """Whether pages of a site are kept."""
        found = self._memory.sites.get(site) if self._memory is not None else None
        return found is not None and found.open

    async def close_sites(self) -> None:
        """No page waits any longer: what is known by now is what kept pages are to be taken apart by."""
        for site in list(self._memory.sites.values()) if self._memory is not None else ():
            await self._close_site(site)

    def cancel(self) -> None:
        """End the processes at once; pages under way and in line come out with reason "crash", for nobody to store."""
        self._cancelled = True
        for worker in self._workers:
            worker.kill()

    async def _take_apart(self, page: Page, *, leased: bool) -> Taken | Dropped | None:
        """What became of a page; None: it is to be kept."""
        profile: SiteProfile | None = getattr(self._crawler.spider, "profile", None)
        if self._profiles is not None:
            profile = self._profiles.of(site_of(page) or "", profile)
        if self._memory is None:
            return await self._work(page, profile)
        name = "" if selectors_for(profile, page).body else site_of(page)
        site = await self._enter(name) if name else None
        if site is not None and site.open and leased:
            result = await self._read(page, site, 0, profile)
            if isinstance(result, Dropped) and result.reason != WAITS:
                return result
            if site.open:
                self._vote(site, result.lesson if isinstance(result, Taken) else None)
                return None
        version = site.version if site is not None else 0
        result = await self._read(page, site, version, profile)
        if isinstance(result, Dropped):
            return result
        lesson = result.lesson if leased and not page.parts else None  # pages in parts never go the fast way
        self._note(site, result.article, lesson)
        return result

    async def _read(
        self, page: Page, site: KnownSite | None, version: int, profile: SiteProfile | None
    ) -> Taken | Dropped:
        """The page taken apart by a snapshot of its site's memory; by itself where there is none."""
        folder = str(self._memory.snapshots.path) if self._memory is not None else ""
        return await self._work(page, folder, site.name if site is not None else "", version, profile)

    async def _work(self, page: Page, *more: Any) -> Taken | Dropped:
        worker = await self._idle.get()
        try:
            if self._cancelled:
                return Dropped(page.url, "crash", "the run was stopped before the page was taken apart")
            return await worker.take(page, *more)
        finally:
            self._idle.put_nowait(worker)

    async def _enter(self, name: str) -> KnownSite | None:
        if self._memory is None:
            return None
        if name in self._memory.sites:
            return self._memory.sites[name]
        async with self._turns[name]:
            return await run_in_thread(self._memory.enter, name)

    def _vote(self, site: KnownSite, lesson: Lesson | None) -> None:
        """Count the vote of a page that is kept; where it was the last one needed, the site is closed."""
        if lesson is not None:
            site.votes.append(lesson)
        else:
            site.silent += 1
        closing = site if site.enough else self._memory.full() if self._memory is not None else None
        if closing is not None:
            self._begin(self._close_site(closing))

    async def _close_site(self, site: KnownSite) -> None:
        async with self._turns[site.name]:
            if self._memory is None or not site.open:
                return
            await run_in_thread(self._memory.close_site, site)
        if site.settled:
            self._count_stat("memory/settled")
        for listener in self.closed_listeners:
            listener(site.name)

    def _note(self, site: KnownSite | None, article: Article, lesson: Lesson | None) -> None:
        """Count an article, and learn its lesson by and by."""
        if article.method == "site-memory":
            self._count_stat("memory/fast")
        else:
            self._count_stat("memory/full")
        if lesson is None or site is None:
            return
        if lesson.doubt:
            self._count_stat(f"memory/doubted/{lesson.doubt}")
        site.pending.append(lesson)
        if site.due:
            self._begin(self._learn(site))

    async def _learn(self, site: KnownSite) -> None:
        async with self._turns[site.name]:
            if self._memory is None or not site.pending:
                return
            settled = site.settled
            redesigned = await run_in_thread(self._memory.learn, site)
        if site.settled and not settled:
            self._count_stat("memory/settled")
        if redesigned:
            self._count_stat("memory/redesigned")
            if site.name not in self._told:
                self._told.add(site.name)
                logger.warning("%s was redesigned, or has pages of one more make: its template is learned", site.name)

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _count_stat(self, stat: str) -> None:
        self._crawler.stats.inc_value(stat)
