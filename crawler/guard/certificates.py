"""Hosts that cannot prove who they are."""

from __future__ import annotations

from OpenSSL import SSL
from scrapy.exceptions import DownloadFailedError
from service_identity import VerificationError


class CertificateError(DownloadFailedError):
    """The host's certificate does not hold: its chain, its dates or its name. Nothing was sent."""


def is_of_certificate(error: BaseException | None) -> bool:
    """Whether a connection ended for that; `error` is what Twisted's client raised."""
    reasons = [getattr(failure, "value", None) for failure in getattr(error, "reasons", ())]
    return any(
        isinstance(one, VerificationError) or (isinstance(one, SSL.Error) and "certificate verify failed" in str(one))
        for one in reasons
    )
