"""Says of each answer whether the URL is to be asked again and whether its host wants rest; asks nothing itself."""

from __future__ import annotations

import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.misc import load_object

from pipelines.setback import Setback

set_back = object()  # signal: a host wants rest from now on; carries `request`, with its Setback
SETBACK = "setback"  # key of Request.meta under which the scheduler and the spider find it
TRIES = "tries"  # key under which the spider says which try of its URL a request is
TOO_MANY = 429  # the status that asks for time
TOO_LARGE = "DOWNLOAD_MAXSIZE"  # stands in the message of the IgnoreRequest of an answer that unpacks into more
_SECONDS = re.compile(r"\d+(?:\.\d+)?(?:e\d{1,3})?", re.ASCII | re.I)


class HostRestsError(IgnoreRequest):
    """The request was in line when its host asked for rest: it was not sent."""


class RobotsAwayError(IgnoreRequest):
    """The host's robots.txt cannot be had for now: none of its pages may be asked."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class SetbackMiddleware:
    """In place of Scrapy's RetryMiddleware: puts a Setback into `request.meta`, and the store defers URL and host.

    A URL is tried RETRY_TIMES times after its first try. Tries that were answered with 429 or a Retry-After do not
    count, nor do those of a host whose robots.txt cannot be had. `Retry-After` is honoured with every status.

    Settings
        RETRY_TIMES       tries of a URL after the first
        RETRY_HTTP_CODES  statuses after which a URL is asked again
        RETRY_EXCEPTIONS  failures of the connection after which it is
        RETRY_AFTER_MAX   seconds of a Retry-After that are honoured, at most

    Stats
        setback/<status>       answers after which a host rests
        setback/<exception>    failures after which it does
        setback/retry_after    answers with a Retry-After
    """

    def __init__(self, crawler: Crawler, codes: frozenset[int], exceptions: tuple[type[BaseException], ...]) -> None:
        self._stats: Any = crawler.stats
        self._signals = crawler.signals
        self._codes, self._exceptions = codes, exceptions
        self._tries = crawler.settings.getint("RETRY_TIMES")
        self._most = crawler.settings.getfloat("RETRY_AFTER_MAX")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once."""
        settings = crawler.settings
        exceptions = tuple(load_object(one) for one in settings.getlist("RETRY_EXCEPTIONS"))
        return cls(crawler, frozenset(int(code) for code in settings.getlist("RETRY_HTTP_CODES")), exceptions)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note what the answer says of its host."""
        asked = retry_after(_header(response, "Retry-After"), _header(response, "Date"), time.time())
        wait = min(asked or 0.0, self._most)
        request.meta.pop(SETBACK, None)
        if asked is not None:
            self._stats.inc_value("setback/retry_after")
        if response.status in self._codes:
            self._stats.inc_value(f"setback/{response.status}")
            counts = response.status != TOO_MANY and asked is None
            self._note(request, Setback(wait, self._again(request, counts=counts), counts))
        elif wait:
            self._note(request, Setback(wait, again=False, failing=False))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note what the failure says of its host."""
        if isinstance(exception, HostRestsError):
            request.meta[SETBACK] = Setback(counts=False, failing=False)
        elif isinstance(exception, RobotsAwayError):
            self._note(request, Setback(min(exception.wait, self._most), counts=False))
        elif isinstance(exception, self._exceptions):
            self._stats.inc_value(f"setback/{type(exception).__name__}")
            self._note(request, Setback(again=self._again(request, counts=True)))
        else:
            request.meta.pop(SETBACK, None)

    def _note(self, request: Request, setback: Setback) -> None:
        request.meta[SETBACK] = setback
        self._signals.send_catch_log(signal=set_back, request=request)

    def _again(self, request: Request, *, counts: bool) -> bool:
        return not counts or request.meta.get(TRIES, 1) <= self._tries


def retry_after(value: str | None, date: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, not below 0; None where there is none or it says nothing.

    `value` is a number of seconds or an HTTP date (RFC 9110, 10.2.3), which is read by the server's own clock where its
    `date` header tells that; `now` is seconds since 1970.
    """
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
        return seconds if math.isfinite(seconds) else 1e9
    until = _moment(value)
    if until is None:
        return None
    sent = _moment(date) if date else None
    return max(0.0, until - (now if sent is None else sent))


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
