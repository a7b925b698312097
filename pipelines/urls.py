"""Which URLs may be asked at all, by their form: in profiles, on command lines, in links, in rows of the frontier."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": ":80", "https": ":443"}
MAX_LENGTH = 2083  # characters: the longest URL that browsers of old took, and Scrapy's own limit
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # halves of a character, as JSON can write them, too
# What makes two readers of a URL see two hosts.
_ODD_HOST = re.compile(r"[\s\\<>\"^`{|}%]")


def is_usable(url: str) -> bool:
    """Whether a URL may be asked; see `fault`."""
    return fault(url) is None


def fault(url: str) -> str | None:
    """Why a URL may not be asked, in some words; None where it may.

    It may with http or https, a host, at most MAX_LENGTH characters, and no control characters, which could end a line
    of the request (CRLF) or mean two things to two readers. A name and password before the host are refused: no request
    sends them, and URLs stand in logs and feeds.
    """
    if len(url) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    if _CONTROL.search(url):
        return "a control character stands in the URL"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "not an http or https URL"
        if "@" in parts.netloc:
            return "a name and password in a URL are not sent: a profile's headers_env is the place for them"
        if _ODD_HOST.search(parts.netloc) or parts.port == 0:
            return "not a host that can be asked"
        plain_host(parts)
    except ValueError:
        return "not an http or https URL"
    return None


def plain_host(parts: SplitResult) -> str:
    """Host and port as they are asked: lower case, IDNA for what is not ASCII, no default port, no dot at the end.

    All spellings of a host are one host, with one pace. Raises ValueError for what is no host's name.
    """
    host = parts.netloc.rpartition("@")[2].lower()
    if not host.isascii():
        name, colon, port = host.partition(":")
        host = name.encode("idna").decode("ascii") + colon + port
    return host.removesuffix(_PORTS.get(parts.scheme, ":")).removesuffix(".")
