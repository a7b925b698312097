"""Fetching one article with all its parts: what every crawling spider does alike."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from lxml.html import HtmlElement
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure

from crawler.discovery import pagination, traps, urls
from crawler.discovery.bounds import check_bounds
from crawler.discovery.walls import Walls
from crawler.middlewares.setbacks import SETBACK, TRIES
from crawler.spiders import conditions
from crawler.spiders.failures import GONE, dropped, dropped_by
from pipelines import addresses
from pipelines.errors import PageError, UnreadablePageError
from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.kind import is_list, largest_prose
from pipelines.items import Dropped, Found, Fresh, Lease, Outcome, Page, key_digest
from pipelines.profiles import SiteProfile
from pipelines.setback import Setback
from pipelines.urls import is_usable

PART_TRIES = 3  # times that an article is asked before it is stored without a part that cannot be had
FINAL = GONE | {"fetch/robots", "off-site"}  # of a part: to ask again would change nothing
Reader = Callable[[Any, Response, Lease], Any]

PATTERNED = frozenset(("list", "more"))  # kinds of which a site can have pages without end


def off_site(response: Response, asked: str) -> Dropped:
    """The record of a request that was redirected out of scope."""
    return Dropped(asked, "off-site", f"redirected to another site: {urls.host_of(response.url)}")


def page_of(response: Response, url: str) -> Page:
    """The bytes as they came, with what the server said of them; `url` is the one that was linked or asked for."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1") or None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Page(response.body, url, None, urls.host_of(url), content_type, response.status, now)


class FetchingSpider(Spider):
    """Reads the answer for each leased URL into one Outcome; a failure is an Outcome too.

    A subclass has a method `read_<kind>(response, lease)` for each kind of URL that it puts into the frontier, plain or
    async, which gives the Outcome and requests nothing; `read_article` stands here.

    Settings
        RECHECK_INTERVALS   ages of articles in seconds at which they are asked again
        PART_RETRY_SECONDS  until an article of which a part could not be had is asked again; the second time twice that

    Stats: crawl/articles (fetched), crawl/failed (not fetched; pages that are gone are no failure), crawl/incomplete
    (articles put off because a part could not be had), crawl/not-modified (articles that did not change).
    """

    profile: SiteProfile | None = None
    _part_wait = 60.0
    _beside: dict[int, Setback]  # lease -> what a part of its article met with
    _ages: Sequence[float] = ()
    _walls: Walls
    kinds: ClassVar[Mapping[str, frozenset[str]]] = {"article": frozenset(("date",))}  # kind -> its args

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, its settings read once."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._beside, spider._walls = {}, Walls()
        spider._part_wait = crawler.settings.getfloat("PART_RETRY_SECONDS")
        spider._ages = [float(age) for age in crawler.settings.getlist("RECHECK_INTERVALS")]
        return spider

    def found(self, url: str, kind: str, *, listing: bool = False, changed: float | None = None, **args: Any) -> Found:
        """A URL for the frontier; `args` go to the reader of its kind, as JSON; `changed`: see Found."""
        given = {name: value for name, value in args.items() if value is not None}
        priority = 1 + self.promise(url) if listing else 0
        one = Found(url, addresses.key(url), urls.host_of(url), kind, given, priority, listing, changed)
        pattern = traps.pattern(url, kind) if kind in PATTERNED else None
        return replace(one, trap=traps.rule(url, listing=listing), pattern=pattern)

    def promise(self, url: str) -> int:
        """How promising a list, feed or sitemap is: higher ones are asked first."""
        return 0

    def start_request(self, found: Found) -> Request:
        """A start URL as the scheduler takes it; it comes back as `request_for` makes it."""
        return Request(found.url, callback=self.answered, dont_filter=True, meta={"found": found})

    def request_for(self, lease: Lease) -> Request:
        """The request of a leased URL. Raises ValueError where the row is not as a spider wrote it."""
        args = json.loads(lease.args) if lease.args else {}
        if not isinstance(args, dict) or lease.kind not in self.kinds or not args.keys() <= self.kinds[lease.kind]:
            raise ValueError(f"not a row of this spider: kind {lease.kind[:40]!r}")
        if not is_usable(lease.url) or urls.host_of(lease.url) != lease.host:
            raise ValueError("not the host's http or https URL")
        if key_digest(addresses.key(lease.url)) != lease.key:
            raise ValueError("the URL is not the one that was found")
        given = {"lease": lease, "args": args}
        request = self._request(lease.url, self.answered, self.failed, meta={TRIES: lease.tries}, cb_kwargs=given)
        return conditions.ask_if_changed(request, lease)

    async def answered(self, response: Response, lease: Lease, args: dict[str, Any]) -> AsyncIterator[Outcome]:
        """What the URL came to. A fault of ours ends in a record like every other."""
        answered = time.monotonic()
        if response.status == conditions.NOT_MODIFIED:
            self.count("not-modified")
            yield Outcome(lease.url, lease, fresh=Fresh(unchanged=True), answered=answered)
            return
        try:
            result = getattr(self, f"read_{lease.kind}")(response, lease, **args)
            outcome = await result if asyncio.iscoroutine(result) else result
        except (CancelledError, asyncio.CancelledError):  # a stop: the lease is given back
            return
        except PageError as error:
            outcome = Outcome(lease.url, lease, dropped=Dropped(lease.url, error.reason, str(error)))
        except Exception as error:
            self.logger.exception("cannot read %s", lease.url)
            self.crawler.stats.inc_value("spider_exceptions/count")
            outcome = Outcome(lease.url, lease, dropped=Dropped(lease.url, "bug", f"{type(error).__name__}: {error}"))
        beside = self._beside.pop(lease.id, None)
        outcome.setback, outcome.answered = beside or response.meta.get(SETBACK), answered
        yield outcome

    def failed(self, failure: Failure) -> Iterator[Outcome]:
        """A request that gave no page ends in a record, but for one that was stopped: its lease is given back."""
        if isinstance(failure.value, (CancelledError, asyncio.CancelledError)):
            return
        lease: Lease = failure.request.cb_kwargs["lease"]  # type: ignore[attr-defined]
        record = dropped(failure, lease.url)
        setback = failure.request.meta.get(SETBACK)  # type: ignore[attr-defined]
        if record.reason not in GONE and not (setback and setback.again):
            self.count("failed")
        yield Outcome(lease.url, lease, dropped=record, setback=setback)

    async def read_article(self, response: Response, lease: Lease, date: str | None = None) -> Outcome:
        """The page with its further parts; `date` is what the list printed beside its link. Raises PageError."""
        self.count("articles")
        if not self.in_scope(response.url, lease.url):
            return Outcome(lease.url, lease, dropped=off_site(response, lease.url))
        if why := self._walls.reason(lease.url, response.url):
            return Outcome(lease.url, lease, dropped=self._walled(lease, response, why))
        site = self.profile.name if self.profile else urls.host_of(lease.url)
        page = replace(page_of(response, lease.url), site=site, list_date=date)
        try:
            root = self.root(response)
        except UnreadablePageError:  # hostile markup: it is taken apart where there is a limit of time
            return Outcome(lease.url, lease, page=page)
        outcome = Outcome(lease.url, lease, page=page)
        # A list has further pages too; the extraction says whether a script holds an article.
        if pagination.is_continued(root, response.url) and not is_list(split_blocks(root), response.url):
            outcome = await self._with_parts(lease, page, root, response.url)
        outcome.fresh = conditions.fresh(response, root)
        return outcome

    def _walled(self, lease: Lease, response: Response, reason: str) -> Dropped:
        if reason.startswith("fetch/"):
            self.count("failed")
        return Dropped(lease.url, reason, f"redirected to what is no page of it: {response.url}")

    async def _with_parts(self, lease: Lease, page: Page, root: HtmlElement, first: str) -> Outcome:
        """The page with the parts that follow, or all of it from one page where that is linked.

        Where a part cannot be had the URL is asked again later, after the last try it is stored as incomplete: an
        empty part makes it so.
        """
        whole = await self._whole(lease, page, root, first)
        if whole is not None:
            return Outcome(lease.url, lease, page=whole)
        outcome, here, linked, last = Outcome(lease.url, lease, page=page), first, dict[int, str](), -1
        while len(page.parts) + 1 < pagination.MAX_PARTS:
            known = {urls.key(url) for url in (first, here, *page.part_urls)}
            for url in pagination.article_parts(root, here, first):  # a later part may link fewer than the first one
                linked.setdefault(pagination.part_number(first, url) or 0, url)
            further = [n for n in sorted(linked) if n > last and urls.key(linked[n]) not in known]
            if not further:
                break
            last = further[0]
            part = await self._fetch(linked[last], lease)
            if isinstance(part, Response) and not self.in_scope(part.url, first):
                part = off_site(part, linked[last])
            if isinstance(part, Dropped):
                outcome.also.append(part)
                if part.reason not in FINAL:
                    self.count("failed")
                    if lease.tries < PART_TRIES:
                        self.count("incomplete")
                        outcome.page, outcome.defer = None, self._part_wait * lease.tries
                        return outcome
            body = b"" if isinstance(part, Dropped) else part.body
            if body in (page.body, *page.parts):
                break
            page = replace(page, parts=(*page.parts, body), part_urls=(*page.part_urls, linked[last]))
            outcome.page = page
            if isinstance(part, Dropped):
                break
            try:
                root, here = self.root(part), part.url
            except PageError:
                break
        return outcome

    async def _whole(self, lease: Lease, page: Page, root: HtmlElement, first: str) -> Page | None:
        """The article as the page it links as the whole prints it, if that holds more than the first one does."""
        url = pagination.whole_article(root, first)
        answer = await self._fetch(url, lease) if url else None
        if not isinstance(answer, Response) or not self.in_scope(answer.url, first):
            return None
        try:
            text = largest_prose(split_blocks(self.root(answer)))
        except PageError:
            return None
        if text <= largest_prose(split_blocks(root)):
            return None
        came = page_of(answer, first)
        return replace(page, body=came.body, content_type=came.content_type)

    async def _fetch(self, url: str, lease: Lease) -> Response | Dropped:
        """A page beside the frontier, robots and pace held; the record where it cannot be had."""
        request = self._request(url, None, None, meta={"lease": lease})
        try:
            response = await self.crawler.engine.download_async(request)
        except (CancelledError, asyncio.CancelledError):
            raise
        except Exception as error:
            return dropped_by(error, url)
        finally:
            if SETBACK in request.meta:  # its host rests; whether the URL is asked again is said elsewhere
                self._beside[lease.id] = replace(request.meta[SETBACK], again=False, counts=True)
        if not 200 <= response.status < 300:
            return dropped_by(HttpError(response), url)
        return response

    def _request(self, url: str, callback: Any, errback: Any, **more: Any) -> Request:
        return Request(url, callback, errback=errback, dont_filter=True, **more)

    def in_scope(self, url: str, base: str) -> bool:
        """Whether a URL belongs to the profile's domains, or else to the site of the page that links it."""
        if self.profile and self.profile.allowed_domains:
            return urls.is_within(url, self.profile.allowed_domains)
        return urls.same_site(url, base)

    def root(self, response: Response) -> HtmlElement:
        """The parsed page. Raises PageError, also where parsing it would hold up the crawl."""
        check_bounds(response.body)
        return parse(page_of(response, response.url)).root

    def count(self, what: str, number: int = 1) -> None:
        """That many more of crawl/WHAT in the stats."""
        self.crawler.stats.inc_value(f"crawl/{what}", number)


def once(found: Iterable[Found]) -> list[Found]:
    """The URLs in order, each once: where it stood first."""
    first: dict[str, Found] = {}
    for one in found:
        first.setdefault(one.key, one)
    return list(first.values())
