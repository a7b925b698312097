"""Asks pages that have no text without JavaScript again, by a browser, and remembers whose pages those are."""

from __future__ import annotations

import importlib.util
import logging
import time
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse, Request, Response
from scrapy.utils.asyncio import run_in_thread

from crawler.browser.browser import Browser, BrowserOptions
from crawler.browser.shells import needs_script
from crawler.browser.sites import FILE, BrowserSites
from crawler.discovery.urls import host_of
from crawler.guard.addresses import AddressRule
from crawler.middlewares.robots import RobotsMiddleware
from crawler.spiders.fetching import page_of
from pipelines.errors import UsageError
from pipelines.items import Lease

logger = logging.getLogger(__name__)
BROWSER = "browser"  # key of a request's meta
PAGES = frozenset(("list", "article"))  # kinds of URLs that a browser is asked for at once


class BrowserMiddleware:
    """An answer that is a shell without text is asked again by a browser; where that helped, the host's pages at once.

    Decided host by host and kept for 30 days in browser.json under OUTPUT_DIR. Where three pages stayed without text
    the browser is not started for their host any more. Requests through a proxy of a profile or the environment are
    left alone: a browser goes out only through the proxy of this project, which asks no address that is not public.
    Its sub-requests keep to robots.txt and, host by host, to DOWNLOAD_DELAY; images, media and fonts are not asked.

    Settings
        BROWSER_ENABLED  off: this component is not there
        BROWSER_PATH     the Chromium to start; empty: the one on the PATH, else the one that Playwright has installed
        BROWSER_TIMEOUT  seconds for a page
        DOWNLOAD_DELAY   seconds that a host rests after each sub-request; the host's own pace where that is slower
        OUTPUT_DIR       browser.json lies in it

    Stats
        browser/pages            pages rendered
        browser/helped           those that had a text then
        browser/useless          those that had none
        browser/requests         requests that pages made, themselves included
        browser/blocked/<why>    those that were not made: image, media, font, scheme, robots, many
        browser/proxy/<what>     connections, refused (not public), failed, cut (past a limit), bytes
    """

    def __init__(self, crawler: Crawler, options: BrowserOptions, sites: BrowserSites, delay: float) -> None:
        self._crawler, self._sites, self._pace = crawler, sites, delay
        self._browser = Browser(crawler, options, self._note, self._is_allowed, self._delay)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once; the browser starts with its first page. Raises UsageError without its extra."""
        settings = crawler.settings
        if not settings.getbool("BROWSER_ENABLED"):
            raise NotConfigured
        if importlib.util.find_spec("scrapy_playwright") is None:
            raise UsageError("BROWSER_ENABLED needs an extra: pip install newswinnow[browser]")
        options = BrowserOptions(
            path=settings.get("BROWSER_PATH"),
            user_agent=settings["USER_AGENT"],
            timeout=settings.getfloat("BROWSER_TIMEOUT"),
            most=settings.getint("DOWNLOAD_MAXSIZE"),
            rule=AddressRule.of(settings.getlist("ALLOWED_ADDRESSES")),
        )
        sites = BrowserSites(Path(settings["OUTPUT_DIR"]) / FILE)
        middleware = cls(crawler, options, sites, settings.getfloat("DOWNLOAD_DELAY"))
        crawler.signals.connect(middleware.spider_closed, signal=signals.spider_closed)
        return middleware

    async def render(self, request: Request) -> Response:
        """The page as a browser sees it."""
        return await self._browser.render(request)

    def process_request(self, request: Request) -> None:
        """A page of a host that is known to need it goes to the browser at once."""
        lease = request.meta.get("lease")
        if isinstance(lease, Lease) and lease.kind in PAGES and self._sites.needs(host_of(request.url), time.time()):
            request.meta.setdefault(BROWSER, True)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """A shell is asked again; what a browser made of it tells of its host."""
        if response.status != 200 or not isinstance(response, HtmlResponse):
            return response
        if request.meta.get("proxy"):
            return response
        host, now = host_of(request.url), time.time()
        if request.meta.get(BROWSER):
            helped = not needs_script(page_of(response, response.url))
            self._note("helped" if helped else "useless", 1)
            if self._sites.note(host, now, helped=helped):
                logger.info("%s: a browser %s", host, "is needed for its pages" if helped else "does not help")
                await self._save()
            return response
        if self._sites.is_useless(host, now):
            return response
        if not needs_script(page_of(response, response.url)):
            return response
        return request.replace(meta={**request.meta, BROWSER: True}, dont_filter=True)

    async def spider_closed(self) -> None:
        """End the browser."""
        await self._browser.close()

    async def _save(self) -> None:
        try:
            await run_in_thread(self._sites.save)
        except OSError as error:
            logger.warning("what is known of sites and browsers cannot be written: %s", error.strerror or error)

    async def _is_allowed(self, url: str) -> bool:
        """Whether robots.txt lets a sub-request pass; one that cannot be had lets none."""
        robots: Any = self._crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is None:
            return True
        try:
            await robots.process_request(Request(url))
        except Exception:  # forbidden, or put off: for a sub-request there is no later
            return False
        return True

    def _delay(self, url: str) -> float:
        """Seconds that the host of a sub-request rests after it: as after any request to it."""
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(Request(url)))
        return max(self._pace, slot.delay if slot is not None else 0.0)

    def _note(self, what: str, number: int) -> None:
        self._crawler.stats.inc_value(f"browser/{what}", number)
