"""The spider of `scrapy scrape`: the pages at some URLs, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.spiders.failures import dropped
from pipelines.items import Dropped, Page


class ScrapeSpider(scrapy.Spider):
    """Fetches `urls` (by place), each once; `failed(place, why)` hears of those that gave no page."""

    name = "scrape"

    def __init__(
        self, urls: Mapping[int, str] | None = None, failed: Callable[[int, Dropped], None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.urls, self.failed = urls or {}, failed

    async def start(self) -> AsyncIterator[Any]:
        """One request a URL; its place in the list travels in meta."""
        for place, url in self.urls.items():
            yield scrapy.Request(url, errback=self.report, dont_filter=True, meta={"place": place})

    def parse(self, response: Response, **kwargs: Any) -> Page:
        """The bytes as they came, with what the server said of them."""
        content_type = response.headers.get("Content-Type")
        return Page(
            response.body,
            url=response.url,
            content_type=content_type.decode("latin-1") if content_type else None,
            status=response.status,
            fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def report(self, failure: Failure) -> None:
        """Pass on why a URL gave no page."""
        place: int = failure.request.meta["place"]  # type: ignore[attr-defined]
        if self.failed is not None:
            self.failed(place, dropped(failure, self.urls[place]))
