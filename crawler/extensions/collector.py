"""The garbage collector of a crawl's process: what was there at the start is never looked through again."""

from __future__ import annotations

import gc
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

ALLOCATED = 10_000  # objects more than were freed, before the new ones are looked through: some 25 pages' worth


class SpareCollector:
    """Freezes what was loaded before the first page: each look through all of it held the event loop for 0.1 s.

    What pages leave behind is nearly all freed by its counts; circles among it, some ten objects a page, wait for
    ALLOCATED objects to come.

    Settings
        None.
    """

    def __init__(self) -> None:
        self._usual = gc.get_threshold()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the crawl's beginning and to its end."""
        collector = cls()
        crawler.signals.connect(collector.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(collector.spider_closed, signal=signals.spider_closed)
        return collector

    def spider_opened(self) -> None:
        """Begin."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(ALLOCATED, *self._usual[1:])

    def spider_closed(self) -> None:
        """All as it was."""
        gc.set_threshold(*self._usual)
        gc.unfreeze()
