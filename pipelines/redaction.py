"""Secrets taken out of what is shown or written down: log lines, messages, records. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "***"
# A name is secret when one of its words is: access_token, accessToken, X-Auth-Token, PHPSESSID. `key`, `sid` and `sign`
# alone are not: on news sites they are a search word, a story's number, a column.
SECRET_WORDS = frozenset(
    "token secret password passwd pwd passphrase auth authorization authentication signature sig credential "
    "credentials session sessionid phpsessid jsessionid aspsessionid cookie cookies cookie2 jwt bearer apikey "
    "accesskey privatekey dsn".split()
)
SECRET_PAIRS = frozenset((("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("session", "id")))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_USERINFO = re.compile(r"(?<=://)[^\s/?#@'\"<>]*(?:@[^\s/?#@'\"<>]*)*(?=@)")
_PARAMETER = re.compile(r"(?<=[?&;])([\w.%-]{1,80})=([^&;#\s'\"<>)\]]+)")
# A header as it stands in a message or in the repr of a dict: Authorization: Bearer x, {b'Cookie': [b'a=b; c=d']}.
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth-token)\b(['\"]?\s*[:=]\s*)"
    r"(\*\*\*|\[[^\]\n]*\]|(b?)(['\"])(?:(?!\5).)*\5|[^\n]+)",
    re.I,
)
# A setting or variable as it stands in the repr of a dict: 'AWS_SECRET_ACCESS_KEY': 'x'.
_ITEM = re.compile(r"(['\"])([\w.-]{1,80})\1(\s*:\s*)(b?)(['\"])((?:(?!\5).)*)\5")
_LEAST = 6  # characters; a shorter value (a port, a yes) would be taken out of harmless words


def redact(text: str, values: Iterable[str] = ()) -> str:
    """The text without user names and passwords in URLs, secret query parameters, secret headers, and `values`."""
    for value in values:
        if value in text:
            text = text.replace(value, HIDDEN)
    if "://" in text:
        text = _USERINFO.sub(HIDDEN, text)
    if "=" in text:
        text = _PARAMETER.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], text)
    if ":" in text or "=" in text:
        text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
        text = _ITEM.sub(_item, text)
    return text


def is_secret(name: str) -> bool:
    """Whether a header, parameter, setting or variable of that name may let somebody in."""
    words = [word.lower() for word in _WORD.findall(name)]
    joined = name.lower().replace("-", "").replace("_", "")
    return joined in SECRET_WORDS or not SECRET_WORDS.isdisjoint(words) or not SECRET_PAIRS.isdisjoint(pairwise(words))


def secret_values(named: Mapping[str, object]) -> tuple[str, ...]:
    """The secrets of an environment or of settings: values of secret names, passwords and secret parameters in URLs.

    Longest first, so that no part of one stays behind when another is taken out.
    """
    found: set[str] = set()
    for name, value in named.items():
        if not isinstance(value, str) or "\n" in value:
            continue
        if is_secret(name) and not value.startswith("/") and "SESSION" not in name:  # no path, no desktop's session
            found.add(value)
        if "://" in value:
            found |= _passwords(value)
    found |= {quote(value, safe="") for value in found}
    return tuple(sorted((value for value in found if len(value) >= _LEAST), key=lambda value: (-len(value), value)))


def _passwords(url: str) -> set[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()


def _item(match: re.Match[str]) -> str:
    if not is_secret(match[2]) or not match[6]:
        return match[0]
    return f"{match[1]}{match[2]}{match[1]}{match[3]}{match[4]}{match[5]}{HIDDEN}{match[5]}"
