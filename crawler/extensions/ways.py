"""What is known of the ways to a site's articles: loaded when a crawl first asks, written when it ends."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.discovery import urls
from crawler.discovery.ways import Way, Ways, WaysFolder, copy_of, site_of
from crawler.memories import TableOfWays, kept_ways
from crawler.spiders.failures import GONE
from pipelines.errors import StoreError
from pipelines.items import Outcome
from pipelines.store.pipeline import StorePipeline

logger = logging.getLogger(__name__)
NO_ARTICLE = GONE | {"not-an-article", "empty", "binary", "off-site"}  # reasons that tell of the URL's kind


class KnownWays:
    """Hears what each article link came to, and keeps it with the answers of lists, feeds and sitemaps.

    Settings
        OUTPUT_DIR  the files lie in its folder discovery, one a site; they may be deleted
        STORE_URL   on PostgreSQL they are rows there, which all machines share
    """

    def __init__(self, crawler: Crawler, kept: WaysFolder | TableOfWays) -> None:
        self._crawler, self._kept = crawler, kept
        self._known: dict[str, tuple[Ways, Ways]] = {}  # site -> as it is now, as it was loaded

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the crawl's beginning and to its end."""
        known = cls(crawler, kept_ways(crawler.settings))
        crawler.signals.connect(known.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(known.spider_closed, signal=signals.spider_closed)
        return known

    def of(self, url: str) -> Ways:
        """What is known of the site of a URL."""
        site = site_of(url)
        if site not in self._known:
            loaded = self._load(site)
            self._known[site] = (loaded, copy_of(loaded))
        return self._known[site][0]

    def admits(self, url: str) -> bool:
        """Whether an article link is to be asked."""
        return self.of(url).admits(url)

    def gives_up(self, url: str) -> bool:
        """Whether a link that was taken once is not asked any more."""
        return self.of(url).is_given_up(url)

    def best_first(self, starts: Sequence[str]) -> list[Way]:
        """The ways on the hosts of the start URLs, and on those below them, that led to articles before."""
        own = {urls.name_of(url).removeprefix("www.") for url in starts}
        known = {way.url: way for url in starts for way in self.of(url).best_first()}
        return [way for way in known.values() if urls.is_within(way.url, own)]

    def answered(self, kind: str, url: str, links: Sequence[str]) -> int:
        """Note what a list, feed or sitemap gave; gives how many of its article links are new."""
        return self.of(url).answered(kind, url, links, datetime.now(UTC).isoformat(timespec="seconds"))

    def spider_opened(self) -> None:
        """Listen to what is stored."""
        store = self._crawler.get_item_pipeline(StorePipeline)
        if store is not None:
            store.listeners.append(self._committed)

    def spider_closed(self) -> None:
        """Write what was learned."""
        for known, before in self._known.values():
            try:
                if known != before:
                    self._kept.save(known, before)
            except (OSError, StoreError) as error:
                logger.warning("what was found of %s is not kept: %s", known.site, error)
        self._kept.close()

    def _load(self, site: str) -> Ways:
        try:
            return self._kept.load(site)
        except StoreError as error:
            logger.warning("what was found of %s in earlier runs is not known: %s", site, error)
            return Ways(site)

    def _committed(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.lease is None or outcome.lease.kind != "article":
                continue
            if outcome.article is not None:
                self.of(outcome.lease.url).judge(outcome.lease.url, article=True)
            elif outcome.dropped is not None and outcome.dropped.reason in NO_ARTICLE:
                self.of(outcome.lease.url).judge(outcome.lease.url, article=False)
