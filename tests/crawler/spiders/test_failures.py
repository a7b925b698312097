import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.guard.addresses import AddressRefusedError
from crawler.spiders.failures import GONE, dropped

URL = "http://news.example/1"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HttpError(Response(URL, status=404)), "fetch/404"),
        (HttpError(Response(URL, status=503)), "fetch/503"),
        (IgnoreRequest("Forbidden by robots.txt"), "fetch/robots"),
        (IgnoreRequest("other"), "fetch/IgnoreRequest"),
        (CannotResolveHostError("x"), "fetch/dns"),
        (DownloadTimeoutError("x"), "fetch/timeout"),
        (DownloadConnectionRefusedError("x"), "fetch/refused"),
        (DownloadCancelledError("x"), "fetch/too-large"),
        (DownloadFailedError("x"), "fetch/connection"),
        (ResponseDataLossError("x"), "fetch/connection"),
        (ConnectionResetError("x"), "fetch/connection"),
        (IgnoreRequest("its body exceeded DOWNLOAD_MAXSIZE"), "fetch/too-large"),
        (IgnoreRequest("max redirections reached"), "fetch/redirects"),
        (AddressRefusedError("127.0.0.1"), "fetch/address"),
        (EOFError("x"), "fetch/encoding"),
        (ValueError("Missing scheme in request url: javascript:x"), "fetch/url"),
        (ValueError("Invalid IPv6 URL"), "fetch/url"),
        (ValueError("line one\nline two"), "fetch/ValueError"),
    ],
)
def test_each_failure_has_its_reason(error: Exception, reason: str) -> None:
    record = dropped(Failure(error), URL)
    assert (record.url, record.reason) == (URL, reason)
    assert record.message
    assert "\n" not in record.message


def test_gone_is_an_answer() -> None:
    assert dropped(Failure(HttpError(Response(URL, status=410))), URL).reason in GONE
    assert dropped(Failure(HttpError(Response(URL, status=500))), URL).reason not in GONE
