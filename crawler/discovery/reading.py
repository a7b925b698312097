"""What a list page, a feed, a sitemap or an answer of "load more" gives: articles, and where further ones are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement

from crawler.discovery import embedded, listing, loadmore, pagination, sitemap, urls
from crawler.discovery.anchors import base_url
from crawler.discovery.feed import Entry, feed_links, read_feed
from pipelines.errors import UnreadablePageError
from pipelines.extraction.dom import parse
from pipelines.items import Page
from pipelines.profiles import SiteProfile

_FEED, _HEAD = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]"), 1_000  # bytes in which a root element begins
SITEMAP = "/sitemap.xml"  # where most sites have one
SITEMAP_PAGES = 1000  # articles taken from a sitemap that was found and not named


@dataclass(slots=True)
class Reading:
    """Articles in their order, further ways as (kind, URL), how many articles of a sitemap were not taken."""

    entries: list[Entry] = field(default_factory=list)
    ways: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0

    def add(self, kind: str, addresses: Iterable[str]) -> None:
        """Add ways of one kind."""
        self.ways += [(kind, url) for url in addresses]


def list_page(
    root: HtmlElement,
    url: str,
    profile: SiteProfile | None = None,
    sitemaps: Sequence[str] = (),
    *,
    front: bool = False,
) -> Reading:
    """Article links, the list's further pages; of a front page the channels, feeds and `sitemaps` of its host too.

    `front`: it is a front page though its URL does not say so: the host's own URL led to it.
    """
    reading = Reading(_article_links(root, url, profile))
    framed = (urls.absolute(base_url(root, url), src) for src in embedded.frames(root, inner=not reading.entries))
    reading.add("list", (one for one in framed if one and urls.same_site(url, one)))
    reading.add("list", pagination.next_pages(root, url))
    reading.add("more", loadmore.endpoints(root, url, printed=bool(reading.entries)))
    if front or urls.is_front_page(url):
        reading.add("feed", feed_links(root, url))
        reading.add("sitemap", sitemaps)
        reading.add("list", listing.channel_links(root, url))
        if not reading.entries and not reading.ways:  # a page that a script fills: the usual place is asked once
            reading.add("sitemap", filter(None, [urls.absolute(url, SITEMAP)]))
    return reading


def feed(body: bytes, url: str) -> Reading:
    """The entries of a feed. Raises UnreadablePageError."""
    return Reading(read_feed(body, url))


def site_map(body: bytes, url: str, profile: SiteProfile | None = None) -> Reading:
    """The pages of a sitemap that look like articles, or the sitemaps of an index, the newest first.

    Of one that no profile names SITEMAP_PAGES: a site's whole past is asked for by name. Raises UnreadablePageError.
    """
    if _FEED.search(body, 0, _HEAD):  # sitemaps.org lets a feed stand for a sitemap
        return feed(body, url)
    read = sitemap.read_sitemap(body, url)
    pages = [page for page in sitemap.newest_first(read.pages) if urls.may_be_article(page.url)]
    most = len(pages) if profile and profile.sitemaps else SITEMAP_PAGES
    reading = Reading(pages[:most], left=max(0, len(pages) - most))
    reading.add("sitemap", (one.url for one in sitemap.newest_first(read.sitemaps)))
    return reading


def more(page: Page, url: str, profile: SiteProfile | None = None) -> Reading:
    """The entries that a script would load from `url`, and where the next ones are. Raises PageError."""
    try:
        entries = loadmore.read_more(page.body, url)
    except UnreadablePageError:  # some answer with a piece of the list itself
        markup = replace(page, body=embedded.without_cdata(page.body))
        entries = _article_links(parse(markup).root, url, profile)
    reading = Reading(entries)
    following = loadmore.following(url, len(entries))
    reading.add("more", [following] if following else [])
    return reading


def moved_to(root: HtmlElement, url: str) -> str | None:
    """Where a page without links sends its reader on by a script, on the same site."""
    target = urls.absolute(base_url(root, url), embedded.moved_to(root))
    return target if target and urls.same_site(url, target) and urls.key(target) != urls.key(url) else None


def _article_links(root: HtmlElement, url: str, profile: SiteProfile | None) -> list[Entry]:
    """The article links of a page, those first that look like the others; where few are printed, its state's too."""
    links = _links(root, url, profile)
    for piece in embedded.printed_lists(root):
        links += _links(piece, base_url(root, url), profile)
    if len(links) < listing.OWN_HOST:
        state = embedded.state_list(root, url)
        links += _links(state, url, profile) if state is not None else []
    links.sort(key=lambda link: link.alone)
    return [Entry(link.url, link.title, link.date) for link in links]


def _links(root: HtmlElement, url: str, profile: SiteProfile | None) -> list[listing.ListLink]:
    if profile and profile.article_urls:
        return [link for link in listing.read_links(root, url) if profile.is_article(link.url)]
    return listing.article_links(root, url, all_hosts=bool(profile and profile.allowed_domains))
