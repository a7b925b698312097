"""robots.txt obeyed by every request of a host that waits for it, and one line where it cannot be had."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

logger = logging.getLogger(__name__)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with one lock a host: in 2.19 the third and later requests that wait for a robots.txt slip through.

    Settings
        ROBOTSTXT_OBEY        off: this component is not there
        ROBOTSTXT_USER_AGENT  the name looked for in robots.txt

    Stats
        robotstxt/request_count, robotstxt/forbidden  as Scrapy counts them
        robotstxt/failed                              hosts whose robots.txt could not be had; their pages are asked for
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        self._rules: dict[str, RobotParser | None] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, asked for once; None where there are none."""
        parts = urlsplit(request.url)
        async with self._locks.setdefault(parts.netloc, asyncio.Lock()):
            if parts.netloc not in self._rules:
                self._rules[parts.netloc] = await self._ask(f"{parts.scheme}://{parts.netloc}/robots.txt", request)
            return self._rules[parts.netloc]

    async def _ask(self, url: str, request: Request) -> RobotParser | None:
        self._stats.inc_value("robotstxt/request_count")
        meta = {"dont_obey_robotstxt": True}
        robots = Request(url, priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            if self.crawler.engine is None:
                raise RuntimeError("a request before the engine")
            response = await self.crawler.engine.download_async(robots)
        except IgnoreRequest:
            return None
        except Exception as error:
            self._stats.inc_value("robotstxt/failed")
            logger.warning("no %s: %s", url, " ".join(str(error).split()) or type(error).__name__)
            return None
        rules = ProtegoRobotParser.from_crawler(self.crawler, response.body)
        await self.crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return rules
