"""List pages that repeat each other: a server that gives its last page for every further number, an order by which the
same is shown again. What such a page links as its continuation leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.discovery import urls

MOST = 20_000  # answers that are remembered in a run
# Parameters that count the pages of a list, or its entries.
COUNTER = re.compile(
    r"(?:^|_)(?:page|p|pg|pn|paged|page_?no|page_?num|page_?index|cur_?page|current_?page|pageid)$", re.I
)
OFFSET = re.compile(r"(?:^|_)(?:start|offset|skip|from_?index)$", re.I)
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


def series(url: str) -> str:
    """What the pages of one list share: the URL without the number of the page."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not (COUNTER.search(name) or OFFSET.search(name))]
    path = parts.path if len(kept) < len(query) else _LAST_NUMBER.sub("N", parts.path)
    return urls.key(urlunsplit(parts._replace(path=path, query=urlencode(kept))))


class Shown:
    """What the answers of a run showed."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], str] = {}

    def repeats(self, url: str, links: Iterable[str]) -> bool:
        """Whether another page of the same list showed these links, all and no other; an empty answer repeats none."""
        shown = frozenset(urls.key(link) for link in links)
        if not shown:
            return False
        first = self._seen.setdefault((series(url), hash(shown)), urls.key(url))
        while len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]
        return first != urls.key(url)
