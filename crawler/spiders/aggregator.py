"""From a list page, or from a site's profile, to articles: finds and fetches, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, ClassVar, Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.discovery import listing, pagination, urls
from crawler.discovery.days import listed_day
from crawler.discovery.feed import Entry, read_feed
from crawler.discovery.sitemap import read_sitemap
from crawler.spiders.arguments import CrawlArguments, crawl_arguments
from crawler.spiders.fetching import FetchingSpider, off_site, once
from pipelines.items import Found, Lease, Outcome


class AggregatorSpider(FetchingSpider):
    """List page -> article links -> pages; pagination and channels as far as `pages` allows.

    Arguments (`-a`): url=LIST_URL or site=NAME; pages=N bounds all list pages, channels, feeds and sitemaps included
    (default 50; 1: the articles of this page only); job=NAME (default: the site or the URL): processes with one job
    share a frontier, and a run goes on where the last one of its job was interrupted; fresh=1 forgets that frontier;
    recheck=1 asks articles again that are known from earlier runs.

    Stats: crawl/lists (fetched), crawl/links (article links found), crawl/older (left out: older than the profile's
    `since`), and those of FetchingSpider.
    """

    name = "aggregator"
    read_arguments: ClassVar[Callable[..., CrawlArguments]] = staticmethod(crawl_arguments)
    kinds: ClassVar[Mapping[str, frozenset[str]]] = {
        **FetchingSpider.kinds,
        **dict.fromkeys(("list", "feed", "sitemap"), frozenset[str]()),
    }

    def __init__(self, **kwargs: Any) -> None:
        self.arguments = crawl_arguments(kwargs)
        super().__init__()
        self.job = self.arguments.job
        self.profile = self.arguments.profile

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, its profile's pace put between the project's settings and those of the command line."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.profile and spider.profile.delay is not None:
            crawler.settings.set("DOWNLOAD_DELAY", spider.profile.delay, priority="spider")
        return spider

    def frontier_options(self) -> dict[str, Any]:
        """How the scheduler joins the job."""
        given = self.arguments
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        return {"bound": given.pages, "fresh": given.fresh, "recheck": given.recheck, "delay": delay}

    async def start(self) -> AsyncIterator[Request]:
        """The start URL, or the profile's start pages, feeds and sitemaps."""
        if self.profile is None:
            starts = self.listings([self.arguments.url or ""], "list")
        else:
            starts = self.listings(self.profile.start_urls, "list") + self.listings(self.profile.feeds, "feed")
            starts += self.listings(self.profile.sitemaps, "sitemap")
        for found in starts:
            yield self.start_request(found)

    def read_list(self, response: Response, lease: Lease) -> Outcome:
        """Article links, the list's further pages, and from a front page the channels. Raises PageError."""
        self.count("lists")
        if not self.in_scope(response.url, lease.url):
            return Outcome(lease.url, lease, dropped=off_site(response, lease.url))
        root = self.root(response)
        if self.profile and self.profile.article_urls:
            links = [link for link in listing.read_links(root, response.url) if self.profile.is_article(link.url)]
        else:
            all_hosts = bool(self.profile and self.profile.allowed_domains)
            links = listing.article_links(root, response.url, all_hosts=all_hosts)
        found = self.articles([Entry(link.url, link.title, link.date) for link in links], response.url)
        found += self.listings(pagination.next_pages(root, response.url), "list")
        if urls.is_front_page(response.url):
            found += self.listings(listing.channel_links(root, response.url), "list")
        return Outcome(lease.url, lease, found=once(found))

    def read_feed(self, response: Response, lease: Lease) -> Outcome:
        """The entries of a feed. Raises PageError."""
        self.count("lists")
        entries = read_feed(response.body, response.url)
        return Outcome(lease.url, lease, found=once(self.articles(entries, response.url)))

    def read_sitemap(self, response: Response, lease: Lease) -> Outcome:
        """The pages of a sitemap that are no folders; the further sitemaps of an index. Raises PageError."""
        self.count("lists")
        sitemap = read_sitemap(response.body, response.url)
        found = self.articles([page for page in sitemap.pages if not urls.is_index(page.url)], response.url)
        return Outcome(lease.url, lease, found=once(found + self.listings(sitemap.sitemaps, "sitemap")))

    def articles(self, entries: list[Entry], base: str) -> list[Found]:
        """The articles that are in scope, and not known to be older than the profile wants them."""
        found, since = list[Found](), self.profile.since if self.profile else None
        for entry in entries:
            if (self.profile and self.profile.is_list(entry.url)) or not self.in_scope(entry.url, base):
                continue
            if since and (day := listed_day(entry.date, entry.url)) and day < since:
                self.count("older")
                continue
            found.append(self.found(entry.url, "article", date=entry.date))
        self.count("links", len(found))
        return found

    def listings(self, addresses: Iterable[str], kind: str) -> list[Found]:
        """List pages, feeds or sitemaps; the frontier keeps their bound."""
        return [self.found(url, kind, listing=True) for url in addresses]
