"""The other URLs under which a page says that it stands. Pure; no network."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.anchors import base_url

MAX_LINKS = 20  # rel=alternate of a page: more are a list of something else


def other_urls(root: HtmlElement, url: str) -> tuple[str, ...]:
    """What rel=canonical and rel=alternate of a page name, feeds and other languages left out; `url` is its own."""
    found, base = dict[str, None](), base_url(root, url)
    for element in root.iter("link"):
        rel = (element.get("rel") or "").lower().split()
        if "canonical" not in rel and ("alternate" not in rel or element.get("hreflang") or _is_feed(element)):
            continue
        target = urls.absolute(base, element.get("href"))
        if target is not None and target != url:
            found[target] = None
    return tuple(found)[:MAX_LINKS]


def _is_feed(element: HtmlElement) -> bool:
    kind = (element.get("type") or "").lower()
    return bool(kind) and "html" not in kind
