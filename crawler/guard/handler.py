"""The last step before the network: every request of a run goes through here, hop by hop."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import (  # private: there is no public way to bound an answer's head
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, DownloadFailedError, NotConfigured
from scrapy.http import Request, Response
from scrapy.utils.url import add_http_if_no_scheme
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import ResponseFailed

from crawler.guard.addresses import AddressRefusedError
from crawler.guard.certificates import CertificateError, is_of_certificate
from crawler.guard.resolver import GuardedResolver

logger = logging.getLogger(__name__)

MAX_HEAD = 256 * 1024  # bytes of status line and headers; browsers take as many at most
LOGGED = 20  # refused hosts that the log names; all are recorded


class HeadTooLargeError(Exception):
    """The status line and headers of an answer are larger than MAX_HEAD."""


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https, which asks no address that is not public, and reads no headers without end.

    Start URLs, links, redirects, meta refreshes, robots.txt, sitemaps, feeds and the parts of articles all come here.
    A host that is an address by its form is refused before anything is sent, through a proxy too; a name when it is
    resolved. Through a proxy a name is resolved by the proxy, which this cannot see. Connections to the proxy are let
    through at its host and port only.

    Settings
        ALLOWED_ADDRESSES  see GuardedResolver
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        self._named: set[str] = set()

    async def download_request(self, request: Request) -> Response:
        """The answer. Raises AddressRefusedError, CertificateError, and what Scrapy's handler raises."""
        resolver = _resolver()
        host = urlsplit(request.url).hostname or ""
        if not resolver.rule.allows_name(host):
            raise self._refusal(host, None)
        if proxy := request.meta.get("proxy"):
            resolver.admit_proxy(*_place(proxy))
        try:
            return await super().download_request(request)
        except CannotResolveHostError:
            if address := resolver.refused(host):
                raise self._refusal(host, address) from None
            raise
        except DownloadFailedError as error:
            if _is_head_too_large(error.__cause__):
                raise DownloadCancelledError(f"headers larger than {MAX_HEAD} bytes") from None
            if is_of_certificate(error.__cause__):
                raise CertificateError("its certificate does not hold") from None
            raise

    def _refusal(self, host: str, address: str | None) -> AddressRefusedError:
        error = AddressRefusedError(host, address)
        if host not in self._named and len(self._named) < LOGGED:
            self._named.add(host)
            logger.warning("%s", error)
        return error


def _resolver() -> GuardedResolver:
    """The resolver that makes the connections. Without it nothing is asked: raises NotConfigured."""
    from twisted.internet import reactor

    resolver = getattr(reactor, "nameResolver", None)
    if not isinstance(resolver, GuardedResolver):
        raise NotConfigured("TWISTED_DNS_RESOLVER must be crawler.guard.resolver.GuardedResolver: nothing is asked")
    return resolver


def _place(proxy: str) -> tuple[str, int]:
    """Host and port of a proxy's URL, as Scrapy reads it."""
    parts = urlsplit(add_http_if_no_scheme(proxy))
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _is_head_too_large(error: BaseException | None) -> bool:
    return isinstance(error, ResponseFailed) and any(reason.check(HeadTooLargeError) for reason in error.reasons)


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Gives up an answer whose head has no end: Twisted bounds a line, not their number."""

    _head = 0

    def request(self, request: Any) -> Any:
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > MAX_HEAD:
                self._giveUp(Failure(HeadTooLargeError()))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _BoundedFactory(_LenientHTTP11ClientFactory):
    """Builds those."""

    def buildProtocol(self, addr: Any) -> _BoundedProtocol:
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
