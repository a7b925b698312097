"""The way to the network, or to the browser for requests that say so."""

from __future__ import annotations

from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response

from crawler.guard.handler import GuardedDownloadHandler
from crawler.middlewares.browser import BROWSER, BrowserMiddleware


class BrowsingDownloadHandler(GuardedDownloadHandler):
    """The guarded handler; a request with BROWSER in its meta is rendered instead, at the same pace."""

    async def download_request(self, request: Request) -> Response:
        """The answer. Raises what the guarded handler and Browser.render raise."""
        if not request.meta.get(BROWSER) or request.meta.get("proxy"):  # a browser has no way through another's proxy
            return await super().download_request(request)
        browser = self._crawler.get_downloader_middleware(BrowserMiddleware)
        if browser is None:
            raise NotConfigured(f"{request.url} asks for a browser: BROWSER_ENABLED is off")
        return await browser.render(request)
