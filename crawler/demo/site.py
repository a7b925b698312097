"""The demo site as a whole: every path with its bytes and headers, and what is true of each article."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from crawler.demo.layouts import bodies, cms, portals
from crawler.demo.lists import BASE_MARK, list_pages, machine_pages
from crawler.demo.parts import Leaf, Printout
from crawler.demo.plan import Entry, plan_site
from crawler.demo.stories import load_words
from crawler.demo.truth import Truth

LAYOUTS = {
    "wordpress": cms.wordpress,
    "dedecms": cms.dedecms,
    "big5": cms.big5,
    "lying": cms.lying,
    "linebreaks": bodies.linebreaks,
    "state": bodies.state,
    "multipage": bodies.multipage,
    "twice": bodies.twice,
    "summary": portals.summary,
    "portal": portals.portal,
    "account": portals.account,
    "english": portals.english,
}
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="270">'
    '<rect width="480" height="270" fill="hsl({hue},40%,70%)"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends for a path."""

    body: bytes
    content_type: str
    etag: str
    last_modified: str


class DemoSite:
    """All pages of the demo site, by path with query. Building it takes about 0.4 s; it is the same each time."""

    def __init__(self) -> None:
        self.host: str = load_words("site")["host"]
        self._leaves: dict[str, tuple[Leaf, dt.datetime]] = {}
        self._truths: list[Truth] = []
        entries = plan_site()
        newest = max(entry.ref.printed.moment for entry in entries)
        for entry in entries:
            self._add_article(entry)
        for leaf in [*list_pages(entries), *machine_pages(entries)]:
            self._leaves[leaf.path] = (leaf, newest)

    def _add_article(self, entry: Entry) -> None:
        printout: Printout = LAYOUTS[entry.channel["layout"]](entry)
        for leaf in printout.leaves:
            self._leaves[leaf.path] = (leaf, entry.ref.printed.moment)
        self._truths.append(printout.truth)

    def paths(self) -> list[str]:
        """Every path that is answered with a page."""
        return list(self._leaves)

    def truth(self, base: str | None = None) -> dict[str, Truth]:
        """What is true of each article, by its URL under `base` (default: the site's stable host name, no port)."""
        root = (base or f"http://{self.host}").rstrip("/")
        return {root + truth.path: truth for truth in self._truths}

    def answer(self, target: str, base: str) -> Answer | None:
        """What stands at a request target (path and query, percent-encoded or not); None means 404.

        `base` is scheme and host as they were asked for; feed, sitemap and robots.txt name them.
        """
        parsed = urlsplit(target)
        path = unquote(parsed.path) + (f"?{parsed.query}" if parsed.query else "")
        found = self._leaves.get(path)
        if found is None:
            return _picture(path)
        leaf, moment = found
        body = leaf.to_bytes().replace(BASE_MARK.encode(), base.encode())
        return _answer(body, leaf.content_type, moment)


def _picture(path: str) -> Answer | None:
    if not (path.startswith("/img/") and path.endswith(".svg")):
        return None
    hue = sum(path.encode()) * 37 % 360
    return _answer(PICTURE.format(hue=hue).encode(), "image/svg+xml", dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


def _answer(body: bytes, content_type: str, moment: dt.datetime) -> Answer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Answer(body, content_type, etag, format_datetime(moment.astimezone(dt.UTC), usegmt=True))
