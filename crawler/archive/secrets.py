"""What never goes into the archive: the parts of a URL and the headers that say who may, instead of what is where."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from pipelines.redaction import is_secret

_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;?]*", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"',]+", re.IGNORECASE)


def without_secrets(url: str) -> str:
    """The URL without user and password, fragment, and the values of secret parameters; as it is where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    query = "&".join(_plain(pair) for pair in parts.query.split("&"))
    path, host = _PATH_SESSION.sub("", parts.path), parts.netloc.rpartition("@")[2]
    if (path, host, query, "") == (parts.path, parts.netloc, parts.query, parts.fragment):
        return url
    return urlunsplit(parts._replace(netloc=host, path=path, query=query, fragment=""))


def header_without_secrets(name: str, value: str) -> str | None:
    """The value of a header as it may be kept, URLs in it without their secrets; None where it may not."""
    if is_secret(name):
        return None
    return _URL.sub(lambda match: without_secrets(match[0]), value)


def _plain(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return name + equals if equals and is_secret(name) else pair
