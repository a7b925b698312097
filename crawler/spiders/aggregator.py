"""From a list page, or from a site's profile, to articles: finds and fetches, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from lxml.html import HtmlElement
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.discovery import kind, listing, pagination, urls
from crawler.discovery.feed import Entry, read_feed
from crawler.discovery.sitemap import read_sitemap
from crawler.spiders.arguments import CrawlArguments, crawl_arguments
from crawler.spiders.failures import GONE, dropped
from pipelines.errors import PageError
from pipelines.extraction.dom import parse
from pipelines.items import Dropped, Page

Output = Iterator[Request | Page | Dropped]


class AggregatorSpider(Spider):
    """List page -> article links -> pages; pagination and channels as far as `pages` allows.

    Arguments (`-a`): url=LIST_URL or site=NAME; pages=N bounds all list pages, channels, feeds and sitemaps included
    (default 50; 1: the articles of this page only); job=NAME stands in the table `runs`; fresh=1 is accepted, every run
    begins anew.

    Stats: crawl/lists and crawl/articles (fetched), crawl/links (article links found), crawl/failed (not fetched).
    """

    name = "aggregator"
    read_arguments: ClassVar[Callable[..., CrawlArguments]] = staticmethod(crawl_arguments)

    def __init__(self, **kwargs: Any) -> None:
        self.arguments = crawl_arguments(kwargs)
        super().__init__()
        self.job = self.arguments.job
        self.profile = self.arguments.profile
        self.lists_left = self.arguments.pages
        self.seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, its profile's pace put between the project's settings and those of the command line."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.profile and spider.profile.delay is not None:
            crawler.settings.set("DOWNLOAD_DELAY", spider.profile.delay, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The start URL, or the profile's start pages, feeds and sitemaps."""
        if self.profile is None:
            starts: list[tuple[Iterable[str], Callable[..., Output]]] = [([self.arguments.url or ""], self.parse_list)]
        else:
            starts = [(self.profile.start_urls, self.parse_list), (self.profile.feeds, self.parse_feed)]
            starts.append((self.profile.sitemaps, self.parse_sitemap))
        for addresses, callback in starts:
            for request in self.lists(addresses, callback):
                yield request

    def parse_list(self, response: Response) -> Output:
        """Article links, the list's further pages, and from a front page the channels."""
        self.count("lists")
        try:
            root = self.root(response)
        except PageError as error:
            yield Dropped(response.url, error.reason, str(error))
            return
        if self.profile and self.profile.article_urls:
            links = [link for link in listing.read_links(root, response.url) if self.profile.is_article(link.url)]
        else:
            all_hosts = bool(self.profile and self.profile.allowed_domains)
            links = listing.article_links(root, response.url, all_hosts=all_hosts)
        yield from self.articles([Entry(link.url, link.title, link.date) for link in links], response.url)
        yield from self.lists(pagination.next_pages(root, response.url), self.parse_list)
        if urls.is_front_page(response.url):
            yield from self.lists(listing.channel_links(root, response.url), self.parse_list)

    def parse_feed(self, response: Response) -> Output:
        """The entries of a feed."""
        self.count("lists")
        try:
            yield from self.articles(read_feed(response.body, response.url), response.url)
        except PageError as error:
            yield Dropped(response.url, error.reason, str(error))

    def parse_sitemap(self, response: Response) -> Output:
        """The pages of a sitemap that are no folders; the further sitemaps of an index."""
        self.count("lists")
        try:
            found = read_sitemap(response.body, response.url)
        except PageError as error:
            yield Dropped(response.url, error.reason, str(error))
            return
        yield from self.articles([page for page in found.pages if not urls.is_index(page.url)], response.url)
        yield from self.lists(found.sitemaps, self.parse_sitemap)

    def parse_article(self, response: Response, linked: str, date: str | None) -> Output:
        """The page, its further parts fetched first; a list that was linked as an article is recorded as such."""
        self.count("articles")
        if not self.in_scope(response.url, linked):
            yield Dropped(linked, "off-site", f"redirected to another site: {urls.host_of(response.url)}")
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1") or None
        now = datetime.now(UTC).isoformat(timespec="seconds")
        site = self.profile.name if self.profile else urls.host_of(linked)
        page = Page(response.body, linked, None, site, content_type, response.status, now, date)
        try:
            root = parse(page).root
        except PageError as error:
            yield Dropped(linked, error.reason, str(error))
            return
        if kind.is_list(root, response.url):
            yield Dropped(linked, "not-an-article", "the page is a list of links")
            return
        yield from self.next_part(page, root, response.url, response.url)

    def parse_part(self, response: Response, page: Page, first: str) -> Output:
        """A further part of an article joins its page."""
        page = replace(page, parts=(*page.parts, response.body), part_urls=(*page.part_urls, response.url))
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
        self.seen.add(urls.key(further[0]))
        yield self.ask(further[0], self.parse_part, errback=self.part_failed, priority=2, page=page, first=first)

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

    def articles(self, entries: list[Entry], base: str) -> Output:
        """A request for each article that is new and in scope."""
        for entry in entries:
            if self.profile and self.profile.is_list(entry.url):
                continue
            if self.in_scope(entry.url, base) and self.is_new(entry.url):
                self.count("links")
                yield self.ask(entry.url, self.parse_article, linked=entry.url, date=entry.date)

    def lists(self, addresses: Iterable[str], callback: Callable[..., Output]) -> Iterator[Request]:
        """A request for each list page, feed or sitemap that is new, as far as the bound allows."""
        for url in addresses:
            if self.lists_left > 0 and self.is_new(url):
                self.lists_left -= 1
                yield self.ask(url, callback, priority=1)

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

    def is_new(self, url: str) -> bool:
        """Whether a URL was not asked for in this run yet; from now on it was."""
        key = urls.key(url)
        new = key not in self.seen
        self.seen.add(key)
        return new

    def root(self, response: Response) -> HtmlElement:
        """The parsed page. Raises PageError."""
        content_type = response.headers.get("Content-Type")
        return parse(Page(response.body, content_type=content_type.decode("latin-1") if content_type else None)).root

    def count(self, what: str) -> None:
        """One more of crawl/WHAT in the stats."""
        self.crawler.stats.inc_value(f"crawl/{what}")
