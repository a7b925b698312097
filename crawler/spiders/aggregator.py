"""From a list page, or from a site's profile, to articles: finds and fetches, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.discovery import listing, pagination, urls
from crawler.discovery.feed import Entry, read_feed
from crawler.discovery.sitemap import read_sitemap
from crawler.spiders.arguments import CrawlArguments, crawl_arguments
from crawler.spiders.fetching import FetchingSpider, Output, off_site
from pipelines.errors import PageError
from pipelines.items import Dropped


class AggregatorSpider(FetchingSpider):
    """List page -> article links -> pages; pagination and channels as far as `pages` allows.

    Arguments (`-a`): url=LIST_URL or site=NAME; pages=N bounds all list pages, channels, feeds and sitemaps included
    (default 50; 1: the articles of this page only); job=NAME stands in the table `runs`; fresh=1 is accepted, every run
    begins anew.

    Stats: crawl/lists (fetched), crawl/links (article links found), and those of FetchingSpider.
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
        asked = response.meta.get("redirect_urls", [response.url])[0]
        if not self.in_scope(response.url, asked):
            yield off_site(response, asked)
            return
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

    def articles(self, entries: list[Entry], base: str) -> Output:
        """A request for each article that is new and in scope."""
        for entry in entries:
            if self.profile and self.profile.is_list(entry.url):
                continue
            if self.in_scope(entry.url, base) and self.is_new(entry.url):
                self.count("links")
                yield self.ask_article(entry.url, entry.date)

    def lists(self, addresses: Iterable[str], callback: Callable[..., Output]) -> Iterator[Request]:
        """A request for each list page, feed or sitemap that is new, as far as the bound allows."""
        for url in addresses:
            if self.lists_left > 0 and self.is_new(url):
                self.lists_left -= 1
                yield self.ask(url, callback, priority=1)

    def is_new(self, url: str) -> bool:
        """Whether a URL was not asked for in this run yet; from now on it was."""
        key = urls.key(url)
        new = key not in self.seen
        self.seen.add(key)
        return new
