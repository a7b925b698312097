"""Scrapy's downloader with three more words: stop, a host's pace, and rest."""

from __future__ import annotations

from time import monotonic
from typing import Any

from scrapy.core.downloader import Downloader, Slot
from scrapy.http import Request, Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.discovery import urls
from crawler.frontier.gaps import Gaps
from crawler.middlewares.setbacks import HostRestsError

SOON = 0.25  # seconds before a host's pace is due from which on a request may stand in line for it


class StoppableDownloader(Downloader):
    """A stop can end what is under way: Scrapy waits for it, and for every request in line behind a pace, by itself.

    A host can have a pace of its own, slower than DOWNLOAD_DELAY, and be left alone at once.

    Stats: pace/requests (sent), pace/closest (seconds, the least between two to one host), pace/hurried (sent earlier
    than the pace of their host allows).
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self.gaps = Gaps()
        self._under_way: set[Deferred[Any]] = set()
        self._cancelled = False
        self._slow: dict[str, float] = {}  # slot -> seconds between two requests
        self.paces: dict[str, float] = {}  # host and port -> seconds that it asks for

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

    async def _download(self, slot: Slot, request: Request) -> Response:
        """As Scrapy's, which calls it at the moment of sending."""
        self.gaps.sent(request.meta[self.DOWNLOAD_SLOT], monotonic(), slot.delay * (1 - slot.jitter))
        return await super()._download(slot, request)

    def cancel(self) -> None:
        """End all requests under way, and each that comes from now on."""
        self._cancelled = True
        for result in list(self._under_way):
            result.cancel()

    def keep_pace(self, request: Request, delay: float) -> bool:
        """Keep at least `delay` seconds between two requests to the request's host; False where that is no slower."""
        if delay <= self._delay * (1 - self._jitter):
            return False
        key = self.get_slot_key(request)
        self._slow[key] = max(delay, self._slow.get(key, 0.0))
        self.paces[urls.host_of(request.url)] = delay
        if key in self.slots:
            self._slow_down(key, self.slots[key])
        return True

    def in_line(self, request: Request) -> bool:
        """Whether the pace of the request's host is not due yet, or another request waits for it."""
        slot = self.slots.get(self.get_slot_key(request))
        if slot is None:
            return False
        return bool(slot.queue) or slot.lastseen + slot.delay * (1 - slot.jitter) - monotonic() > SOON

    def rest(self, request: Request) -> None:
        """Send nothing of what is in line for the request's host: it fails with HostRestsError."""
        slot = self.slots.get(self.get_slot_key(request))
        while slot is not None and slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(HostRestsError("the host asked for rest"))

    def _get_slot(self, request: Request, spider: Any = None) -> tuple[str, Slot]:
        known = self.get_slot_key(request) in self.slots
        key, slot = super()._get_slot(request)
        if not known and key in self._slow:
            self._slow_down(key, slot)
        return key, slot

    def _slow_down(self, key: str, slot: Slot) -> None:
        slot.delay, slot.jitter = max(self._slow[key], self._delay), 0.0

    def close(self) -> None:
        """As Scrapy's; what was kept of the pace is counted."""
        super().close()
        stats = self.crawler.stats
        if stats is not None and self.gaps.requests:
            stats.set_value("pace/requests", self.gaps.requests)
            stats.set_value("pace/hurried", self.gaps.hurried)
            if self.gaps.closest is not None:
                stats.set_value("pace/closest", round(self.gaps.closest, 3))
