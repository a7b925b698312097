"""Pages that send a browser on by themselves."""

from __future__ import annotations

from typing import Any

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.http import Request, Response


class RefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's, which decodes every page to look for the word: here only pages whose bytes have it are decoded.

    Settings
        METAREFRESH_MAXDELAY  seconds; a page that reloads itself later than this is a page
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Another request where the page refreshes soon, else the response."""
        if b"refresh" not in response.body.replace(b"\0", b"").lower():  # UTF-16
            return response
        return super().process_response(request, response)
