"""The spider of `scrapy sites check --live`: a start page of a profile, its links, one article."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn

from scrapy import Spider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.discovery import urls
from crawler.spiders.aggregator import AggregatorSpider
from crawler.spiders.failures import dropped
from crawler.spiders.fetching import page_of
from pipelines.errors import PageError, UsageError
from pipelines.extraction.article import extract_page
from pipelines.items import Article, Lease
from pipelines.profiles import SiteProfile

ARTICLES = 3  # links that are tried until one gives an article


class CheckSpider(AggregatorSpider):
    """Fetches the first start page, feed and sitemap of `profile` and at most ARTICLES of the links found there.

    `lines` says afterwards what came of it, `faults` what went wrong; nothing is stored.
    """

    name = "check"
    custom_settings = {  # noqa: RUF012  # one-off: no frontier, no store
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {},
    }

    def __init__(self, profile: SiteProfile) -> None:
        Spider.__init__(self)
        self.profile, self.job, self.ways = profile, "check", None
        self.lines: list[str] = []
        self.faults: list[str] = []
        self._untried: list[str] = []

    @staticmethod
    def read_arguments(given: Mapping[str, str | None]) -> NoReturn:
        """Refuse `scrapy crawl check`: the command does more than the spider."""
        raise UsageError("the spider check is run by: scrapy sites check --live")

    async def start(self) -> AsyncIterator[Request]:
        """One start of each kind."""
        if self.profile is None:
            raise RuntimeError("a check without a profile")
        starts = {"list": self.profile.start_urls, "feed": self.profile.feeds, "sitemap": self.profile.sitemaps}
        for kind, addresses in starts.items():
            for url in addresses[:1]:
                yield self._ask(url, self.read_start, kind=kind)

    async def read_start(self, response: Response, kind: str) -> AsyncIterator[Request]:
        """The links of a start page; then the first of them that no other start has led to."""
        url = response.request.url if response.request else response.url
        lease = Lease(0, 0, url, urls.host_of(url), b"", kind, None)
        try:
            answer = getattr(self, f"read_{kind}")(response, lease)
            outcome = await answer if asyncio.iscoroutine(answer) else answer
        except PageError as error:
            self.faults.append(f"{url}: {error}")
            return
        if outcome.dropped is not None:
            self.faults.append(f"{url}: {outcome.dropped.message}")
            return
        found = [one.url for one in outcome.found if one.kind == "article"]
        lists = len(outcome.found) - len(found)
        self.lines.append(f"{kind} {url}: {len(found)} article links, {lists} further lists")
        if not found and not lists:
            self.faults.append(f"{url}: no links found; article_urls says which ones lead to articles")
        self._untried = self._untried or found[:ARTICLES]
        if found and self._untried == found[:ARTICLES]:
            yield self._ask(self._untried.pop(0), self.read_try)

    async def read_try(self, response: Response) -> AsyncIterator[Request]:
        """One article, or the next link."""
        url = response.request.url if response.request else response.url
        try:
            article = await asyncio.to_thread(extract_page, page_of(response, url), self.profile)
        except PageError as error:
            self.lines.append(f"{url}: {error}")
            if self._untried:
                yield self._ask(self._untried.pop(0), self.read_try)
            else:
                self.faults.append("none of the links tried gave an article; scrapy scrape URL --explain says why")
            return
        self.lines.append(f"article {url}: {describe(article)}")

    def lost(self, failure: Failure) -> None:
        """A request that gave no page."""
        record = dropped(failure, failure.request.url)  # type: ignore[attr-defined]
        self.faults.append(f"{record.url}: {record.message}")

    def _ask(self, url: str, callback: Any, **given: Any) -> Request:
        return Request(url, callback, errback=self.lost, dont_filter=True, cb_kwargs=given)


def describe(article: Article) -> str:
    """An article in one line: title, date, size, warnings."""
    warnings = f", {'; '.join(article.warnings)}" if article.warnings else ""
    return f"{article.title!r}, {article.published or 'no date'}, {len(article.text)} characters{warnings}"
