from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scrapy.http import HtmlResponse, Request, Response

from crawler.browser.handler import BrowsingDownloadHandler
from crawler.guard.handler import GuardedDownloadHandler
from crawler.middlewares.browser import BROWSER


class Renderer:
    async def render(self, request: Request) -> Response:
        return HtmlResponse(request.url, flags=["rendered"])


class Crawler:
    def get_downloader_middleware(self, kind: Any) -> Renderer:
        return Renderer()


@pytest.mark.parametrize(
    ("meta", "flags"),
    [({}, []), ({BROWSER: False}, []), ({BROWSER: True}, ["rendered"]), ({BROWSER: True, "proxy": "http://p:1"}, [])],
)
def test_only_what_asks_for_it_and_has_no_proxy_goes_to_the_browser(
    meta: dict[str, Any], flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetched(self: Any, request: Request) -> Response:
        return HtmlResponse(request.url)

    monkeypatch.setattr(GuardedDownloadHandler, "download_request", fetched)
    handler = BrowsingDownloadHandler.__new__(BrowsingDownloadHandler)
    handler._crawler = Crawler()  # type: ignore[assignment]
    response = asyncio.run(handler.download_request(Request("http://news.example/", meta=meta)))
    assert response.flags == flags
