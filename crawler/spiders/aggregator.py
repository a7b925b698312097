"""From a list page, or from a site's profile, to articles: finds and fetches, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, ClassVar, Self

from lxml.html import HtmlElement
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.discovery import listing, loadmore, pagination, urls
from crawler.discovery.days import listed_day
from crawler.discovery.feed import Entry, feed_links, read_feed
from crawler.discovery.sitemap import newest_first, read_sitemap
from crawler.extensions.ways import KnownWays
from crawler.spiders.arguments import CrawlArguments, crawl_arguments
from crawler.spiders.failures import LeftOutError
from crawler.spiders.fetching import FetchingSpider, off_site, once
from pipelines.errors import UnreadablePageError
from pipelines.items import Found, Lease, Outcome

SITEMAP_PAGES = 1000  # articles taken from a sitemap that was found and not named


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
        self._sitemaps: dict[str, list[str]] = {}  # host -> those that its robots.txt names

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, its profile's pace put between the project's settings and those of the command line."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.profile and spider.profile.delay is not None:
            crawler.settings.set("DOWNLOAD_DELAY", spider.profile.delay, priority="spider")
        crawler.signals.connect(spider._robots_parsed, signal=signals.robots_parsed)
        return spider

    def frontier_options(self) -> dict[str, Any]:
        """How the scheduler joins the job."""
        given = self.arguments
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        return {"bound": given.pages, "fresh": given.fresh, "recheck": given.recheck, "delay": delay}

    async def start(self) -> AsyncIterator[Request]:
        """The start URL, or those of the profile, and the ways that led to articles before: the best first."""
        self.ways = self.crawler.get_extension(KnownWays)
        given = self.arguments
        if self.profile is None:
            starts = self.listings([given.url or ""], "list")
        else:
            starts = self.listings(self.profile.start_urls, "list") + self.listings(self.profile.feeds, "feed")
            starts += self.listings(self.profile.sitemaps, "sitemap")
        if self.ways is not None and given.pages > 1 and (self.profile or urls.is_front_page(given.url or "")):
            known = self.ways.best_first([found.url for found in starts])
            starts += [self.found(way.url, way.kind, listing=True) for way in known if way.kind in self.kinds]
        for found in sorted(once(starts)[: given.pages], key=lambda one: -one.priority):
            yield self.start_request(found)

    def request_for(self, lease: Lease) -> Request:
        """As FetchingSpider's; an article link of a shape that was given up meanwhile raises LeftOutError."""
        if self.ways is not None and lease.kind == "article" and self.ways.of(lease.url).is_given_up(lease.url):
            raise LeftOutError("trap/no-articles", "URLs of this shape have led to no article")
        return super().request_for(lease)

    def read_list(self, response: Response, lease: Lease) -> Outcome:
        """Article links, further pages, from a front page channels, feeds, sitemaps too. Raises PageError."""
        self.count("lists")
        if not self.in_scope(response.url, lease.url):
            return Outcome(lease.url, lease, dropped=off_site(response, lease.url))
        root = self.root(response)
        found = self._links(root, response.url)
        self.remember(lease, found)
        found += self.listings(pagination.next_pages(root, response.url), "list")
        found += self.listings(loadmore.endpoints(root, response.url), "more")
        if urls.is_front_page(response.url):
            found += self.listings(feed_links(root, response.url), "feed", response.url)
            found += self.listings(self._sitemaps.get(urls.host_of(response.url), ()), "sitemap", response.url)
            found += self.listings(listing.channel_links(root, response.url), "list")
        return Outcome(lease.url, lease, found=once(found))

    def read_feed(self, response: Response, lease: Lease) -> Outcome:
        """The entries of a feed. Raises PageError."""
        self.count("lists")
        found = self.articles(read_feed(response.body, response.url), response.url)
        self.remember(lease, found)
        return Outcome(lease.url, lease, found=once(found))

    def read_sitemap(self, response: Response, lease: Lease) -> Outcome:
        """The pages of a sitemap that look like articles; the further sitemaps of an index. Raises PageError.

        Of one that no profile names the newest only: a site's whole past is asked for by name.
        """
        self.count("lists")
        sitemap = read_sitemap(response.body, response.url)
        pages = [page for page in newest_first(sitemap.pages) if urls.may_be_article(page.url)]
        if not (self.profile and self.profile.sitemaps):
            self.count("left", max(0, len(pages) - SITEMAP_PAGES))
            pages = pages[:SITEMAP_PAGES]
        found = self.articles(pages, response.url)
        self.remember(lease, found)
        further = [one.url for one in newest_first(sitemap.sitemaps)]
        return Outcome(lease.url, lease, found=once(found + self.listings(further, "sitemap", response.url)))

    def read_more(self, response: Response, lease: Lease) -> Outcome:
        """The entries that a script would load, and where the next ones are. Raises PageError."""
        self.count("lists")
        try:
            found = self.articles(loadmore.read_more(response.body, response.url), response.url)
        except UnreadablePageError:  # some answer with a piece of the page itself
            found = self._links(self.root(response), response.url)
        self.remember(lease, found)
        following = loadmore.following(lease.url, len(found))
        return Outcome(lease.url, lease, found=once(found + self.listings([following] if following else [], "more")))

    def _links(self, root: HtmlElement, url: str) -> list[Found]:
        """The article links of a list, those first that look like the others."""
        if self.profile and self.profile.article_urls:
            links = [link for link in listing.read_links(root, url) if self.profile.is_article(link.url)]
        else:
            all_hosts = bool(self.profile and self.profile.allowed_domains)
            links = listing.article_links(root, url, all_hosts=all_hosts)
        links.sort(key=lambda link: link.alone)
        return self.articles([Entry(link.url, link.title, link.date) for link in links], url)

    def articles(self, entries: list[Entry], base: str) -> list[Found]:
        """The articles that are in scope, and not known to be older than the profile wants them."""
        found, since = list[Found](), self.profile.since if self.profile else None
        for entry in entries:
            if (self.profile and self.profile.is_list(entry.url)) or not self.in_scope(entry.url, base):
                continue
            if self.ways is not None and not self.ways.of(entry.url).admits(entry.url):
                self.count("given-up")
                continue
            if since and (day := listed_day(entry.date, entry.url)) and day < since:
                self.count("older")
                continue
            found.append(self.found(entry.url, "article", date=entry.date))
        self.count("links", len(found))
        return found

    def listings(self, addresses: Iterable[str], kind: str, base: str | None = None) -> list[Found]:
        """List pages, feeds or sitemaps, those in scope of `base`; the frontier keeps their bound."""
        wanted = (url for url in addresses if base is None or self.in_scope(url, base))
        return [self.found(url, kind, listing=True) for url in wanted]

    def promise(self, url: str) -> int:
        """By what a list, feed or sitemap gave in earlier runs."""
        return self.ways.of(url).priority(url) if self.ways is not None else 0

    def remember(self, lease: Lease, found: list[Found]) -> None:
        """Remember what a list, feed or sitemap gave."""
        if self.ways is not None:
            new = self.ways.answered(lease.kind, lease.url, [one.url for one in found])
            self.count("new-links", new)

    def _robots_parsed(self, robotparser: Any, request: Request) -> None:
        """The sitemaps that a robots.txt names."""
        parsed = getattr(robotparser, "rp", None)
        named = (urls.absolute(request.url, line) for line in getattr(parsed, "sitemaps", ()))
        self._sitemaps[urls.host_of(request.url)] = [url for url in named if url]
