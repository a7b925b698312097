"""The spider of `scrapy scrape`: the pages at some URLs, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.spiders.failures import dropped
from crawler.spiders.fetching import page_of
from pipelines.errors import UsageError
from pipelines.items import Outcome


class ScrapeSpider(Spider):
    """Fetches `urls`, each once; `found` hears of each outcome before it is stored."""

    name = "scrape"
    # no frontier: one-off, and what fails is tried again at once
    custom_settings = {"SCHEDULER": "scrapy.core.scheduler.Scheduler", "RETRY_ENABLED": True}  # noqa: RUF012

    def __init__(
        self, urls: Sequence[str] = (), found: Callable[[Outcome], None] = lambda outcome: None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.urls, self.found = urls, found

    @staticmethod
    def read_arguments(given: Mapping[str, str | None]) -> None:
        """Refuse `scrapy crawl scrape`: the command does more than the spider."""
        raise UsageError("the spider scrape is run by: scrapy scrape URL...")

    async def start(self) -> AsyncIterator[Request]:
        """One request a URL."""
        for url in self.urls:
            yield Request(url, errback=self.failed, dont_filter=True, cb_kwargs={"url": url})

    def parse(self, response: Response, url: str) -> Outcome:
        """The bytes as they came, with what the server said of them."""
        return Outcome(url, page=page_of(response, url))

    def failed(self, failure: Failure) -> Iterator[Outcome]:
        """A request that gave no page ends in a record."""
        url = failure.request.cb_kwargs["url"]  # type: ignore[attr-defined]
        yield Outcome(url, dropped=dropped(failure, url))


class FoundPipeline:
    """Tells the spider of each outcome, between extraction and store."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """No settings."""
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Pass the item on as it is."""
        spider = self._crawler.spider
        if isinstance(item, Outcome) and isinstance(spider, ScrapeSpider):
            spider.found(item)
        return item
