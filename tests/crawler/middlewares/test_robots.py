"""One question a host, also at the moment when it fails."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from crawler.middlewares import robots
from crawler.middlewares.setbacks import SETBACK, RobotsAwayError, set_back
from pipelines.setback import Setback

PAGE = "http://news.example/a/1.html"


class Engine:
    """Asks nothing: each robots.txt fails, or answers with a status."""

    def __init__(self, status: int, *, wants_rest: bool) -> None:
        self.status, self.wants_rest = status, wants_rest
        self.asked: list[str] = []

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request.url)
        await asyncio.sleep(0)
        if self.status:
            return Response(request.url, status=self.status, request=request)
        if self.wants_rest:
            request.meta[SETBACK] = Setback()
        raise DownloadFailedError("the connection was closed")


def component(status: int = 0, *, wants_rest: bool = True) -> tuple[robots.RobotsMiddleware, Engine, list[str]]:
    crawler: Any = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True, "CRAWL_DELAY_MAX": 60})
    crawler.stats = SimpleNamespace(inc_value=lambda name: None)
    crawler.engine = engine = Engine(status, wants_rest=wants_rest)
    rests: list[str] = []
    crawler.signals.connect(lambda request: rests.append(request.url), signal=set_back, weak=False)
    return robots.RobotsMiddleware(crawler), engine, rests


@pytest.mark.parametrize("status", [0, 503, 429])
def test_a_request_on_its_way_when_robots_fails_does_not_ask_again(status: int) -> None:
    middleware, engine, rests = component(status)

    async def run() -> None:
        first = asyncio.ensure_future(middleware.robot_parser(Request(PAGE)))
        with pytest.raises((DownloadFailedError, RobotsAwayError)):
            await first
        assert rests == [PAGE]  # the scheduler has heard of it
        with pytest.raises((DownloadFailedError, RobotsAwayError)):
            await middleware.robot_parser(Request(PAGE))  # given out before that, and only now here
        assert len(engine.asked) == 1
        await asyncio.sleep(2 * robots.SETTLE)
        with pytest.raises((DownloadFailedError, RobotsAwayError)):
            await middleware.robot_parser(Request(PAGE))  # after its rest
        assert len(engine.asked) == 2

    asyncio.run(run())


def test_a_failure_that_asks_for_no_rest_makes_no_host_rest() -> None:
    middleware, _, rests = component(wants_rest=False)

    async def run() -> None:
        with pytest.raises(DownloadFailedError):
            await middleware.robot_parser(Request(PAGE))

    asyncio.run(run())
    assert rests == []


@pytest.mark.parametrize("name", ["newswinnow", "NewsWinnow/1.0", "newswinnow/0.1 (news reader; +http://a.example/)"])
def test_a_group_names_us_as_logs_do(name: str) -> None:
    middleware, _, _ = component()
    body = f"User-Agent: {name}\r\nDisallow: /a/\r\n\r\nUser-agent: *\r\nAllow: /\r\n".encode()
    rules = middleware._read(Response("http://news.example/robots.txt", body=body))
    assert rules is not None
    assert [rules.allowed(PAGE, agent) for agent in ("newswinnow", "other")] == [False, True]
