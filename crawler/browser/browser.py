"""A Chromium that goes out only through the guarding proxy. The one place that knows scrapy-playwright."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response

from crawler.browser.proxy import GuardingProxy
from crawler.guard.addresses import AddressRule

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AT_ONCE = 2  # pages under way: each takes 100 to 300 MB
BLOCKED = frozenset(("image", "media", "font"))  # they hold no text
MAX_REQUESTS = 60  # sub-requests of one page
SETTLE_EVERY = 0.25  # seconds between two looks at the text
SETTLED_AFTER = 4  # looks in a row that found the same text, some at least
SETTLE_TIME = 10.0  # seconds after which a page is taken as it is
ARGUMENTS = (
    "--proxy-bypass-list=<-loopback>",  # else loopback is asked directly
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)
RENDERED = "X-Rendered-By"  # header of an answer that a browser has made
_TRANSFER = ("Content-Encoding", "Content-Length", "Transfer-Encoding")  # true of what came, not of what was made of it
_TEXT = "() => document.body ? document.body.innerText.length : 0"


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How the browser is started, and what a page of it may take."""

    path: str  # of the program; empty: looked for, else the one that Playwright has installed
    user_agent: str
    timeout: float  # seconds
    most: int  # bytes of a page
    rule: AddressRule


class Browser:
    """Renders pages, two at once, each in a context of its own: no cookie, no storage outlives it.

    Of a sub-request `allowed` says whether robots.txt lets it pass, `delay` how many seconds its host rests after it.
    `count` hears what is counted.
    """

    def __init__(
        self,
        crawler: Crawler,
        options: BrowserOptions,
        count: Callable[[str, int], None],
        allowed: Callable[[str], Awaitable[bool]],
        delay: Callable[[str], float],
    ) -> None:
        self._crawler, self._options, self._tell = crawler, options, count
        self._allowed, self._delay = allowed, delay
        self._proxy = GuardingProxy(options.rule, lambda what, number: count(f"proxy/{what}", number))
        self._handler: Any = None
        self._starting = asyncio.Lock()
        self._names = itertools.count()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._asked: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()  # page -> requests
        self._next: dict[str, float] = {}  # host -> when it may be asked again

    async def render(self, request: Request) -> Response:
        """The page as it stands once its scripts have run. Raises what Scrapy's handlers raise."""
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as PlaywrightTimeout
        from scrapy_playwright.page import PageMethod

        handler = await self._started()
        asked = request.copy()
        asked.meta.update(
            playwright=True,
            playwright_include_page=True,
            playwright_context=f"page-{next(self._names)}",
            playwright_context_kwargs={
                "user_agent": self._options.user_agent,
                "service_workers": "block",  # their requests would pass by the route
                "accept_downloads": False,
            },
            playwright_page_goto_kwargs={"wait_until": "domcontentloaded", "timeout": self._options.timeout * 1000},
            playwright_page_methods=[PageMethod(_settle)],
        )
        try:
            async with self._room, asyncio.timeout(self._options.timeout + SETTLE_TIME):
                response = await handler.download_request(asked)
        except (PlaywrightTimeout, TimeoutError):
            raise DownloadTimeoutError(f"the browser had no page within {self._options.timeout:.0f} s") from None
        except Error as error:
            raise DownloadFailedError(f"the browser: {error.message.splitlines()[0][:200]}") from None
        finally:
            if (page := asked.meta.get("playwright_page")) is not None:
                with contextlib.suppress(Error):
                    await page.context.close()
        if response.url != request.url and not await self._allowed(response.url):
            raise IgnoreRequest("Forbidden by robots.txt")
        body = b"\xef\xbb\xbf" + response.text.encode("utf-8", "replace") if isinstance(response, HtmlResponse) else b""
        if len(body) > self._options.most:
            raise DownloadCancelledError(f"the browser's page has more than {self._options.most} bytes")
        headers = response.headers.copy()  # Retry-After among them
        for name in _TRANSFER:
            headers.pop(name, None)
        headers["Content-Type"], headers[RENDERED] = "text/html; charset=utf-8", "chromium"
        self._tell("pages", 1)
        return HtmlResponse(response.url, response.status, headers, body, request=request, encoding="utf-8")

    async def close(self) -> None:
        """End the browser and its way out."""
        if self._handler is not None:
            await self._handler.close()
        await self._proxy.close()

    async def _started(self) -> Any:
        async with self._starting:
            if self._handler is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                port = await self._proxy.start()
                handler = ScrapyPlaywrightDownloadHandler(self._crawler)
                launch: dict[str, Any] = {"args": list(ARGUMENTS), "proxy": {"server": f"http://127.0.0.1:{port}"}}
                if program := self._options.path or next(filter(None, map(shutil.which, PROGRAMS)), None):
                    launch["executable_path"] = program
                if os.geteuid() == 0:  # Chromium's sandbox refuses root
                    launch["args"].append("--no-sandbox")
                handler.config.launch_options = launch
                handler.process_request_headers = None  # Scrapy's headers would go along to every host of a redirect
                handler.abort_request = self._is_refused
                await handler._maybe_launch_in_thread()  # it does so itself only when the engine starts
                self._handler = handler
        return self._handler

    async def _is_refused(self, request: Any) -> bool:
        """Whether a request of the browser is not made: called for each."""
        self._tell("requests", 1)
        kind, url = request.resource_type, request.url
        if kind in BLOCKED or urlsplit(url).scheme not in ("http", "https"):
            self._tell(f"blocked/{kind if kind in BLOCKED else 'scheme'}", 1)
            return True
        page = request.frame.page
        asked = self._asked[page] = self._asked.get(page, 0) + 1
        if asked > MAX_REQUESTS:
            self._tell("blocked/many", 1)
            return True
        if asked == 1:  # the page itself: Scrapy has asked robots.txt and kept the pace
            return False
        if not await self._allowed(url):
            self._tell("blocked/robots", 1)
            return True
        await self._pace(url)
        return False

    async def _pace(self, url: str) -> None:
        """Wait until the host may be asked."""
        host, now = urlsplit(url).netloc, time.monotonic()
        at = max(now, self._next.get(host, 0.0))
        self._next[host] = at + self._delay(url)
        await asyncio.sleep(at - now)


async def _settle(page: Any) -> None:
    """Wait until the text on a page has stopped to grow, or for SETTLE_TIME."""
    length, same = 0, 0
    deadline = time.monotonic() + SETTLE_TIME
    while same < SETTLED_AFTER and time.monotonic() < deadline:
        await asyncio.sleep(SETTLE_EVERY)
        now = await page.evaluate(_TEXT)
        same = same + 1 if now == length and now else 0
        length = now
