"""From a list page, or from a site's profile, to articles: finds and fetches, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Self

from lxml.html import HtmlElement
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.discovery import reading, urls
from crawler.discovery.days import listed_day
from crawler.discovery.feed import Entry
from crawler.discovery.series import Shown
from crawler.discovery.sitemap import MAX_BYTES
from crawler.extensions.ways import KnownWays
from crawler.spiders import conditions
from crawler.spiders.arguments import CrawlArguments, crawl_arguments
from crawler.spiders.failures import LeftOutError
from crawler.spiders.fetching import PATTERNED, FetchingSpider, off_site, once, page_of
from pipelines.items import Found, Lease, Outcome


class AggregatorSpider(FetchingSpider):
    """List page -> article links -> pages; pagination and channels as far as `pages` allows.

    Arguments (`-a`): url=LIST_URL or site=NAME; pages=N bounds all list pages, channels, feeds and sitemaps included
    (default 50; 1: the articles of this page only); job=NAME (default: the site or the URL): processes with one job
    share a frontier, and a run goes on where the last one of its job was interrupted; fresh=1 forgets that frontier;
    recheck=1 asks articles again that are known from earlier runs.

    Stats: crawl/lists (fetched), crawl/links (article links found), crawl/new-links (not seen in earlier runs), those
    left out: crawl/older (than the profile's `since`), crawl/given-up (of shapes that led to no article), crawl/left
    (of sitemaps that are found, beyond the newest); and those of FetchingSpider.
    """

    name = "aggregator"
    _shown: Shown
    _sitemaps: dict[str, list[str]]  # host -> those that its robots.txt names
    read_arguments: ClassVar[Callable[..., CrawlArguments]] = staticmethod(crawl_arguments)
    kinds: ClassVar[Mapping[str, frozenset[str]]] = {
        **FetchingSpider.kinds,
        **dict.fromkeys(("list", "feed", "sitemap", "more"), frozenset[str]()),
    }

    def __init__(self, **kwargs: Any) -> None:
        self.arguments = crawl_arguments(kwargs)
        super().__init__()
        self.job = self.arguments.job
        self.profile = self.arguments.profile
        self.ways: KnownWays | None = None  # of earlier runs, once the crawl has begun

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, its profile's pace put between the project's settings and those of the command line."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._shown, spider._sitemaps = Shown(), {}
        if spider.profile and spider.profile.delay is not None:
            crawler.settings.set("DOWNLOAD_DELAY", spider.profile.delay, priority="spider")
        crawler.signals.connect(spider._robots_parsed, signal=signals.robots_parsed)
        return spider

    def frontier_options(self) -> dict[str, Any]:
        """How the scheduler joins the job."""
        given = self.arguments
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        return {
            "bound": given.pages,
            "fresh": given.fresh,
            "recheck": given.recheck,
            "delay": delay,
            "ages": self._ages,
        }

    async def start(self) -> AsyncIterator[Request]:
        """The start URL, or those of the profile, and the ways that led to articles before: the best first."""
        self.ways = self.crawler.get_extension(KnownWays)
        given, profile = self.arguments, self.profile
        starts = [("list", given.url or "")]
        if profile is not None:
            starts = [("list", url) for url in profile.start_urls] + [("feed", url) for url in profile.feeds]
            starts += [("sitemap", url) for url in profile.sitemaps]
        if self.ways is not None and (profile or urls.is_front_page(given.url or "")):
            known = self.ways.best_first([url for _, url in starts])
            starts += [(way.kind, way.url) for way in known if way.kind in self.kinds][: given.pages // 2]
        listings = once(self.found(url, kind, listing=True) for kind, url in starts)[: given.pages]
        for found in sorted(listings, key=lambda one: -one.priority):
            yield self.start_request(found)

    def request_for(self, lease: Lease) -> Request:
        """As FetchingSpider's; an article link of a shape that was given up meanwhile raises LeftOutError."""
        named = self.profile is not None and self.profile.is_article(lease.url)
        if lease.kind == "article" and self.ways is not None and not named and self.ways.gives_up(lease.url):
            raise LeftOutError("trap/no-articles", "URLs of this shape have led to no article")
        request = super().request_for(lease)
        return (
            request.replace(meta={**request.meta, "download_maxsize": MAX_BYTES})
            if lease.kind == "sitemap"
            else request
        )

    async def read_list(self, response: Response, lease: Lease) -> Outcome:
        """Article links, further pages, from a front page channels, feeds, sitemaps too. Raises PageError.

        Of a page that sends its reader on by a script what it leads to is read.
        """
        if not self.in_scope(response.url, lease.url):
            self.count("lists")
            return Outcome(lease.url, lease, dropped=off_site(response, lease.url))
        root = self.root(response)
        read = self._listed(root, response, lease)
        moved = reading.moved_to(root, response.url) if not read.entries else None
        answer = await self._fetch(moved, lease) if moved and self.in_scope(moved, lease.url) else None
        if isinstance(answer, Response) and self.in_scope(answer.url, lease.url):
            response, read = answer, self._listed(self.root(answer), answer, lease)
        outcome = self._read(lease, response, read)
        if moved is None:  # what a page leads to changes without it
            outcome.fresh = conditions.fresh(response, root)
        return outcome

    def _listed(self, root: HtmlElement, response: Response, lease: Lease) -> reading.Reading:
        sitemaps, front = self._sitemaps.get(urls.host_of(response.url), ()), urls.is_front_page(lease.url)
        return reading.list_page(root, response.url, self.profile, sitemaps, front=front)

    def read_feed(self, response: Response, lease: Lease) -> Outcome:
        """The entries of a feed. Raises PageError."""
        return self._read(lease, response, reading.feed(response.body, response.url))

    async def read_sitemap(self, response: Response, lease: Lease) -> Outcome:
        """The pages of a sitemap that look like articles; the further sitemaps of an index. Raises PageError."""
        read = await asyncio.to_thread(reading.site_map, response.body, response.url, self.profile)
        return self._read(lease, response, read)

    def read_more(self, response: Response, lease: Lease) -> Outcome:
        """The entries that a script would load, and where the next ones are. Raises PageError."""
        return self._read(lease, response, reading.more(page_of(response, response.url), response.url, self.profile))

    def _read(self, lease: Lease, response: Response, read: reading.Reading) -> Outcome:
        """What a way came to, remembered for the next run."""
        self.count("lists")
        if read.left:
            self.count("left", read.left)
        if self._shown.repeats(response.url, (entry.url for entry in read.entries)):
            read.ways = [(kind, url) for kind, url in read.ways if kind not in PATTERNED]
        found = self.articles(read.entries, response.url)
        if self.ways is not None:
            self.count("new-links", self.ways.answered(lease.kind, lease.url, [one.url for one in found]))
        further = [self.found(url, kind, listing=True) for kind, url in read.ways if self.in_scope(url, response.url)]
        return Outcome(lease.url, lease, found=once(found + further))

    def articles(self, entries: list[Entry], base: str) -> list[Found]:
        """The articles that are in scope, and not known to be older than the profile wants them."""
        found, profile = list[Found](), self.profile
        for entry in entries:
            if (profile and profile.is_list(entry.url)) or not self.in_scope(entry.url, base):
                continue
            day = listed_day(entry.date, entry.url) if profile and profile.since else None
            if day and profile and profile.since and day < profile.since:
                self.count("older")
            elif self.ways is None or (profile and profile.is_article(entry.url)) or self.ways.admits(entry.url):
                found.append(self.found(entry.url, "article", date=entry.published, changed=entry.changed))
            else:
                self.count("given-up")
        self.count("links", len(found))
        return found

    def promise(self, url: str) -> int:
        """By what a list, feed or sitemap gave in earlier runs."""
        return self.ways.of(url).priority(url) if self.ways is not None else 0

    def _robots_parsed(self, robotparser: Any, request: Request) -> None:
        """The sitemaps that a robots.txt names."""
        lines = getattr(getattr(robotparser, "rp", None), "sitemaps", ())
        named = (urls.absolute(request.url, line) for line in lines)
        self._sitemaps[urls.host_of(request.url)] = [url for url in named if url]
