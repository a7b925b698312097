"""robots.txt obeyed as RFC 9309 says, by every request of a host that waits for it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import zlib
from collections import OrderedDict
from urllib.parse import urlsplit

import brotli
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, StopDownload
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler.frontier.downloader import StoppableDownloader
from crawler.middlewares.setbacks import SETBACK, TOO_LARGE, TOO_MANY, HostRestsError, RobotsAwayError, set_back

logger = logging.getLogger(__name__)

EXPIRY = 24 * 3600.0  # seconds for which a robots.txt holds (RFC 9309, 2.4)
UNREADABLE_EXPIRY = 3600.0  # seconds until one that could not be unpacked is asked again
PARSED = 512 * 1024  # bytes of a robots.txt that are read; RFC 9309, 2.5 wants 500 KiB at least
SETTLE = 0.1  # seconds for which a failure answers those that were on their way here when it came; any rest is longer
HOSTS = 10_000  # hosts whose rules are remembered, the latest
# A group may be named as logs name us, newswinnow/0.1: only the name counts (RFC 9309, 2.2.1).
_VERSION = re.compile(rb"^([ \t]*user-agent[ \t]*:[ \t]*[a-z_-]+)/[^\r\n]*", re.I | re.M)
_UNREADABLE = (DownloadCancelledError, EOFError, zlib.error, brotli.error)
_FETCHED = "robots_bytes"  # key of Request.meta: bytes of a robots.txt that have come


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with one question a host for all requests that wait: in 2.19 the third and later ones slip through.

    - 5xx, 429, no answer: the host may not be asked at all; its URLs are deferred (SetbackMiddleware), then it is tried
      again
    - any other status that is no success, more redirects than REDIRECT_MAX_TIMES, HTML: there are no rules
    - one that cannot be unpacked, or into too much: the pages of the host are recorded with that, and not asked
    - what was read holds for a day; of a longer file the first 512 KiB count
    - Crawl-delay is the pace of the host where it is slower than DOWNLOAD_DELAY

    Settings
        ROBOTSTXT_OBEY        off: this component is not there
        ROBOTSTXT_USER_AGENT  the name looked for in robots.txt
        CRAWL_DELAY_MAX       seconds of a Crawl-delay that are kept, at most; 0: none is

    Stats
        robotstxt/request_count, robotstxt/forbidden  as Scrapy counts them
        robotstxt/failed                              times that a robots.txt could not be had and its host was deferred
        robotstxt/delayed                             hosts with a Crawl-delay slower than DOWNLOAD_DELAY
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most = crawler.settings.getfloat("CRAWL_DELAY_MAX")
        self._asking: dict[str, asyncio.Future[RobotParser | None]] = {}
        self._rules: OrderedDict[str, tuple[float, RobotParser | Exception | None]] = (
            OrderedDict()
        )  # and until when they hold
        crawler.signals.connect(self._received, signal=signals.bytes_received)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, asked for once; None where there are none.

        Raises RobotsAwayError, or what the download raised: then no page of the host may be asked.
        """
        parts = urlsplit(request.url)
        host = f"{parts.scheme}://{parts.netloc}"
        until, rules = self._rules.get(host, (0.0, None))
        if until > time.monotonic():
            if isinstance(rules, Exception):
                raise rules.with_traceback(None)
            return rules
        if host not in self._asking:
            self._asking[host] = asyncio.ensure_future(self._ask(host, request))
            self._asking[host].add_done_callback(lambda done: self._asked(host, done))
        return await asyncio.shield(self._asking[host])  # one that is stopped does not stop it for the others

    def _asked(self, host: str, done: asyncio.Future[RobotParser | None]) -> None:
        if done.cancelled() or done.exception() is None:  # it is heard, though all that waited may have been stopped
            self._asking.pop(host, None)
        else:  # a request that the scheduler gave out before it heard of the failure would ask the host at once again
            asyncio.get_running_loop().call_later(SETTLE, self._asking.pop, host, None)

    async def _ask(self, host: str, request: Request) -> RobotParser | None:
        self._stats.inc_value("robotstxt/request_count")
        url = f"{host}/robots.txt"
        meta = {"dont_obey_robotstxt": True, _FETCHED: [0]}
        robots = Request(url, priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            if self.crawler.engine is None:
                raise RuntimeError("a request before the engine")
            response = await self.crawler.engine.download_async(robots)
            self._check(response)
        except HostRestsError:
            raise
        except RobotsAwayError as error:
            self._fail(url, error)
            self._rest(request)
            raise
        except IgnoreRequest as error:
            if TOO_LARGE in str(error):  # there are rules, and nobody has read them
                self._fail(url, error)
                self._keep(host, error)
                raise
            rules = None  # too many redirects
        except Exception as error:
            self._fail(url, error)
            if SETBACK in robots.meta:
                self._rest(request)
            elif isinstance(error, _UNREADABLE):
                self._keep(host, error)
            raise
        else:
            rules = self._read(response)
        self._keep(host, rules)
        if rules is not None:
            self._keep_pace(rules, request)
            await self.crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return rules

    def _keep(self, host: str, rules: RobotParser | Exception | None) -> None:
        """Remember the rules of a host, or why they cannot be read."""
        expiry = UNREADABLE_EXPIRY if isinstance(rules, Exception) else EXPIRY
        self._rules[host] = time.monotonic() + expiry, rules
        self._rules.move_to_end(host)
        if len(self._rules) > HOSTS:
            self._rules.popitem(last=False)

    @staticmethod
    def _check(response: Response) -> None:
        if response.status >= 500 or response.status == TOO_MANY:
            setback = response.meta.get(SETBACK)
            message = f"robots.txt answers HTTP {response.status}: the host may not be asked"
            raise RobotsAwayError(message, setback.wait if setback else 0.0)

    def _rest(self, request: Request) -> None:
        """Say it before those that wait hear of it: meanwhile the scheduler would give out further ones."""
        self.crawler.signals.send_catch_log(signal=set_back, request=request)

    def _fail(self, url: str, error: Exception) -> None:
        self._stats.inc_value("robotstxt/failed")
        logger.info("no %s: %s", url, " ".join(str(error).split()) or type(error).__name__)

    def _read(self, response: Response) -> RobotParser | None:
        body = response.body
        if not 200 <= response.status < 300 or body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
            return None
        if body.startswith((b"\xff\xfe", b"\xfe\xff")):
            body = body.decode("utf-16", "replace").encode()
        if len(body) > PARSED:
            body = body[: body.rfind(b"\n", 0, PARSED) + 1]
        body = _VERSION.sub(rb"\1", body)
        return ProtegoRobotParser.from_crawler(self.crawler, body)

    def _keep_pace(self, rules: RobotParser, request: Request) -> None:
        agent = self._robotstxt_useragent or self._default_useragent
        delay = min(rules.crawl_delay(agent) or 0.0, self._most)
        downloader = self.crawler.engine.downloader if self.crawler.engine is not None else None
        if delay > 0 and isinstance(downloader, StoppableDownloader) and downloader.keep_pace(request, delay):
            self._stats.inc_value("robotstxt/delayed")

    def _received(self, data: bytes, request: Request) -> None:
        """End a robots.txt that is longer than what is read of it."""
        count = request.meta.get(_FETCHED)
        if count is not None:
            count[0] += len(data)
            if count[0] > 2 * PARSED:
                raise StopDownload(fail=False)
