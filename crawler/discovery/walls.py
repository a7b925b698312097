"""Pages that stand in front of articles: a login, a consent, an error to which a site redirects whatever was asked."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.discovery import urls
from pipelines.addresses import can_be_own, key

MOST = 10_000  # places remembered; a wall is met again at once
# Whole segments of a path (without an ending), and first labels of a host, by which sites name such pages.
_DOORS = re.compile(
    r"(?:log|sign)[_-]?(?:in|on)|passport|sso|cas|oauth2?|auth|register|consent|captcha|verify|challenge|paywall"
    r"|maintenance",
    re.I,
)
_ERRORS = re.compile(r"(?:error|page)?[_-]?(?:40[0-9]|50[0-9])|errors?|err|not[_-]?found", re.I)
_RETURN = re.compile(r"[/:]")  # in a parameter's value: where the reader wanted to go, and no page's id


class Walls:
    """What redirects of articles led to, within a run."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}  # place -> the article that came there first

    def reason(self, asked: str, came: str) -> str | None:
        """Why the page that came for an article is none of it: named as a wall, or the same as for another one.

        fetch/wall: the article may come another time; not-an-article: it is gone. A redirect to what can be the
        article's own page, and the first one to any other, is believed (None): articles move.
        """
        if key(asked) == key(came):
            return None
        came = _without_return(came)
        if can_be_own(asked, came):
            return None
        for names, reason in ((_DOORS, "fetch/wall"), (_ERRORS, "not-an-article")):
            if _is_named(came, names) and not _is_named(asked, names):
                return reason
        if len(self._places) < MOST:
            self._places.setdefault(key(came), key(asked))
        return None if self._places.get(key(came), key(asked)) == key(asked) else "not-an-article"


def _without_return(url: str) -> str:
    """The URL without parameters that say where the reader wanted to go."""
    parts = urlsplit(url)
    told = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _RETURN.search(pair[1])]
    return urlunsplit(parts._replace(query=urlencode(told)))


def _is_named(url: str, as_one_of: re.Pattern[str]) -> bool:
    parts = urlsplit(url)
    names = [segment.partition(".")[0] for segment in parts.path.split("/")]
    return any(as_one_of.fullmatch(name) for name in (urls.name_of(url).partition(".")[0], *names))
