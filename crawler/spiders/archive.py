"""Saved pages through the same pipelines as fetched ones; asks no server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.inputs import Inputs, find_inputs
from crawler.spiders.arguments import known
from pipelines.errors import UsageError
from pipelines.extraction.memory.identity import site_of
from pipelines.items import Dropped, Outcome

IN_HAND = 64  # pages read but not finished: bounds memory, as Scrapy does not hold back the items of start()


def open_archive(given: Mapping[str, str | None]) -> Inputs:
    """The saved pages that the arguments name. Raises UsageError with one line on what to mend."""
    known(given, ("path", "index", "job", "site"))
    path = given.get("path")
    if not path:
        raise UsageError("say which pages: -a path=PATH (a folder, .html, .warc or .jsonl file)")
    return find_inputs([path], "html", given.get("index"))


class ArchiveSpider(Spider):
    """Each saved page under a path becomes an article in the store.

    Arguments (`-a`): path=PATH, a folder, .html(.gz), .warc(.gz) or .jsonl; index=FILE, JSON Lines of what a crawler
    knew of the pages {id, url, site, fetched_at?}; site=NAME: only the pages of this site; job=NAME stands in the table
    `runs` (default: the path).

    Stats: crawl/articles (pages read), crawl/failed (pages that could not be read).
    """

    name = "archive"
    custom_settings = {  # noqa: RUF012
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",  # no frontier: it asks nothing
        "ARCHIVE_ENABLED": False,  # nothing to keep, and no old file goes that it is about to read
    }
    read_arguments: ClassVar[Callable[..., Inputs]] = staticmethod(open_archive)

    def __init__(self, **kwargs: Any) -> None:
        self.inputs = open_archive(kwargs)
        super().__init__()
        self.job = kwargs.get("job") or kwargs["path"]
        self.site = kwargs.get("site")
        self.done = 0.0  # share of the input that was read
        self.room = asyncio.Semaphore(IN_HAND)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, told of each page that is finished."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(spider.finished, signal=signal)
        return spider

    def finished(self) -> None:
        """A page is through the pipelines."""
        self.room.release()

    async def start(self) -> AsyncIterator[Outcome]:
        """Each page, in the order of the files; what cannot be read is recorded."""
        for entry in self.inputs:
            if self.site and (entry.page is None or site_of(entry.page) != self.site):
                continue
            await self.room.acquire()
            self.done = entry.done
            if entry.page is not None:
                self.crawler.stats.inc_value("crawl/articles")
                yield Outcome(entry.page.url, page=entry.page)
            elif entry.error is not None:
                self.crawler.stats.inc_value("crawl/failed")
                url = entry.url or entry.id
                yield Outcome(url, dropped=Dropped(url, entry.error.reason, str(entry.error)))
