"""Fetching one article with all its parts: what every crawling spider does alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lxml.html import HtmlElement
from scrapy import Spider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.discovery import pagination, urls
from crawler.spiders.failures import GONE, dropped
from pipelines.errors import PageError
from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.kind import is_list
from pipelines.items import Dropped, Page
from pipelines.profiles import SiteProfile

Output = Iterator[Request | Page | Dropped]


def off_site(response: Response, asked: str) -> Dropped:
    """The record of a request that was redirected out of scope."""
    return Dropped(asked, "off-site", f"redirected to another site: {urls.host_of(response.url)}")


def page_of(response: Response, url: str) -> Page:
    """The bytes as they came, with what the server said of them; `url` is the one that was linked or asked for."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1") or None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Page(response.body, url, None, urls.host_of(url), content_type, response.status, now)


class FetchingSpider(Spider):
    """Gives each article as one Page, its further parts fetched in a chain; every failure ends in a record.

    Stats: crawl/articles (fetched), crawl/failed (not fetched; pages that are gone are no failure).
    """

    profile: SiteProfile | None = None

    def ask_article(self, linked: str, date: str | None) -> Request:
        """A request for an article; `date` is what the list printed beside its link."""
        return self.ask(linked, self.parse_article, linked=linked, date=date)

    def parse_article(self, response: Response, linked: str, date: str | None) -> Output:
        """The page, its further parts fetched first."""
        self.count("articles")
        if not self.in_scope(response.url, linked):
            yield off_site(response, linked)
            return
        site = self.profile.name if self.profile else urls.host_of(linked)
        page = replace(page_of(response, linked), site=site, list_date=date)
        try:
            root = parse(page).root
        except PageError as error:
            yield Dropped(linked, error.reason, str(error))
            return
        if is_list(split_blocks(root), response.url):
            yield page  # no parts to look for; the extraction says whether a script holds an article
            return
        yield from self.next_part(page, root, response.url, response.url)

    def parse_part(self, response: Response, page: Page, first: str, part: str) -> Output:
        """A further part of an article joins its page; one that comes a second time ends the article."""
        if response.body in (page.body, *page.parts):
            yield page
            return
        page = replace(page, parts=(*page.parts, response.body), part_urls=(*page.part_urls, part))
        try:
            root = self.root(response)
        except PageError:
            yield page
            return
        yield from self.next_part(page, root, response.url, first)

    def next_part(self, page: Page, root: HtmlElement, here: str, first: str) -> Output:
        """Ask for the part of the article that follows, or give the page where there is none."""
        known = {urls.key(url) for url in (first, here, *page.part_urls)}
        further = [url for url in pagination.article_parts(root, here, first) if urls.key(url) not in known]
        if not further or len(page.parts) + 1 >= pagination.MAX_PARTS:
            yield page
            return
        kwargs = {"page": page, "first": first, "part": further[0]}
        yield self.ask(further[0], self.parse_part, errback=self.part_failed, priority=2, **kwargs)

    def failed(self, failure: Failure) -> Output:
        """A request that gave no page ends in a record."""
        request: Request = failure.request  # type: ignore[attr-defined]
        record = dropped(failure, request.cb_kwargs.get("linked", request.url))
        if record.reason not in GONE:
            self.count("failed")
        yield record

    def part_failed(self, failure: Failure) -> Output:
        """A part that gave no page ends in a record; the article goes on with what there is."""
        yield from self.failed(failure)
        yield failure.request.cb_kwargs["page"]  # type: ignore[attr-defined]

    def ask(self, url: str, callback: Callable[..., Output], *, priority: int = 0, **kwargs: Any) -> Request:
        """A request with the profile's headers and an errback."""
        headers = self.profile.headers if self.profile else {}
        errback = kwargs.pop("errback", self.failed)
        return Request(
            url, callback, headers=headers, cb_kwargs=kwargs, priority=priority, dont_filter=True, errback=errback
        )

    def in_scope(self, url: str, base: str) -> bool:
        """Whether a URL belongs to the profile's domains, or else to the site of the page that links it."""
        if self.profile and self.profile.allowed_domains:
            return urls.is_within(url, self.profile.allowed_domains)
        return urls.same_site(url, base)

    def root(self, response: Response) -> HtmlElement:
        """The parsed page. Raises PageError."""
        return parse(page_of(response, response.url)).root

    def count(self, what: str) -> None:
        """One more of crawl/WHAT in the stats."""
        self.crawler.stats.inc_value(f"crawl/{what}")
