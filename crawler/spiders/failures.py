"""Why a request ended without a page, as the record that is kept of it."""

from __future__ import annotations

import gzip
import zlib

import brotli
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import TimeoutError as TwistedTimeoutError
from twisted.python.failure import Failure

from crawler.guard.addresses import AddressRefusedError
from crawler.guard.certificates import CertificateError
from crawler.middlewares.setbacks import TOO_LARGE, HostRestsError, RobotsAwayError
from pipelines.items import Dropped

# Exception -> reason and message; the first that fits. Reasons are keys of stats and of the table `dropped`.
REASONS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((CannotResolveHostError,), "dns", "the host's name does not resolve"),
    ((DownloadTimeoutError, TwistedTimeoutError), "timeout", "no whole answer within DOWNLOAD_TIMEOUT"),
    ((DownloadConnectionRefusedError,), "refused", "the host refuses the connection"),
    ((DownloadCancelledError,), "too-large", "the answer is larger than DOWNLOAD_MAXSIZE"),
    ((CertificateError,), "certificate", "the host's certificate does not hold: self-signed, expired or another's"),
    ((RobotsAwayError,), "robots-away", "robots.txt cannot be had: the host may not be asked"),
    ((HostRestsError,), "resting", "the host asked for rest while it stood in line"),
    ((EOFError, zlib.error, gzip.BadGzipFile, brotli.error), "encoding", "not packed as its Content-Encoding says"),
    ((DownloadFailedError, ResponseDataLossError, OSError), "connection", "the connection broke"),
)
GONE = frozenset(("fetch/404", "fetch/410"))  # the server's plain answer that there is no such page


class LeftOutError(ValueError):
    """A URL that is not asked, by rule: `reason` goes into its record."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def dropped(failure: Failure, url: str) -> Dropped:
    """The record of a failed request: reason fetch/<status>, fetch/robots, fetch/dns, …, and one line on it."""
    return dropped_by(failure.value or RuntimeError("unknown"), url)


def dropped_by(error: BaseException, url: str) -> Dropped:
    """The same for the exception itself."""
    if isinstance(error, HttpError):
        return Dropped(url, f"fetch/{error.response.status}", f"the server answered HTTP {error.response.status}")
    if isinstance(error, IgnoreRequest) and str(error).startswith("Forbidden by robots.txt"):
        return Dropped(url, "fetch/robots", "robots.txt forbids it")
    if isinstance(error, AddressRefusedError):
        return Dropped(url, "fetch/address", str(error))
    if isinstance(error, IgnoreRequest) and TOO_LARGE in str(error):
        return Dropped(url, "fetch/too-large", "the answer is larger than DOWNLOAD_MAXSIZE once it is unpacked")
    if isinstance(error, IgnoreRequest) and "max redirections" in str(error):
        return Dropped(url, "fetch/redirects", "more redirects in a row than REDIRECT_MAX_TIMES")
    if isinstance(error, ValueError) and str(error).startswith(("Missing scheme", "Invalid IPv6 URL")):  # of a redirect
        return Dropped(url, "fetch/url", "it leads to what is no http or https URL")
    for kinds, reason, message in REASONS:
        if isinstance(error, kinds):
            return Dropped(url, f"fetch/{reason}", message)
    text = " ".join(str(error).split())[:200]
    return Dropped(url, f"fetch/{type(error).__name__}", text or type(error).__name__)
