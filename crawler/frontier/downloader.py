"""Scrapy's downloader with one more word: stop."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader import Downloader
from scrapy.http import Request, Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class StoppableDownloader(Downloader):
    """A stop can end what is under way: Scrapy waits for it, and for every request in line behind a pace, by itself."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._under_way: set[Deferred[Any]] = set()
        self._cancelled = False

    def fetch(self, request: Request, spider: Any = None) -> Deferred[Response | Request]:
        """As Scrapy's; the request fails with CancelledError once there was a stop."""
        result: Deferred[Response | Request] = super().fetch(request)
        self._under_way.add(result)

        def done(value: Response | Request | Failure) -> Response | Request | Failure:
            self._under_way.discard(result)
            return value

        result.addBoth(done)
        if self._cancelled:
            result.cancel()
        return result

    def cancel(self) -> None:
        """End all requests under way, and each that comes from now on."""
        self._cancelled = True
        for result in list(self._under_way):
            result.cancel()
