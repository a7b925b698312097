"""What the site of a page is called: by its head, by its address, by the links to its front page."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from pipelines.extraction.blocks import Layout
from pipelines.extraction.dom import Document
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.byline_words import is_organisation

LONGEST_SITE = 14  # characters of a site's name as links to its front page have it
_WORD = re.compile(r"[\W_]+")
_EDITION = re.compile(
    r"[\s\-_|]*(?:網路版|网络版|電子[版報]|电子[版报]|數位版|数字报(?:刊平台)?|首[页頁]|欢迎您|歡迎您)$"
)


@lru_cache(maxsize=1024)
def squash(text: str) -> str:
    """Letters and digits only, NFKC, lower case: the form in which two wordings are compared."""
    return _WORD.sub("", unicodedata.normalize("NFKC", text).lower())


def site_names(doc: Document, article: dict[str, Any]) -> frozenset[str]:
    """Squashed names of the site: og:site_name, application-name, the publisher of JSON-LD, the words of the host."""
    names = [
        doc.meta.get(k, "")
        for k in ("og:site_name", "application-name", "apple-mobile-web-app-title", "al:ios:app_name")
    ]
    names.append(jsonld.publisher_name(doc, article))
    names += [
        jsonld.text(o, "name")
        for o in doc.jsonld
        if o.get("@type") in ("WebSite", "Organization", "NewsMediaOrganization")
    ]
    try:
        host = urlsplit(doc.page.url or doc.canonical or doc.meta.get("og:url", "")).hostname or ""
    except ValueError:
        host = ""
    host = host.removeprefix("www.")
    labels = host.split(".")
    names += [host, ".".join(labels[-2:]), labels[-2] if len(labels) > 1 else ""]
    return frozenset(k for k in (squash(n) for n in names) if k)


def shown_names(doc: Document, layout: Layout) -> frozenset[str]:
    """Names that the page itself shows its site by: links to its front page; a <title> that is a publisher's name."""
    home = {
        "/",
        *(f"{scheme}://{host}{end}" for host in _hosts(doc) for scheme in ("http", "https") for end in ("", "/")),
    }
    names = [
        link.text for b in layout.blocks for link in b.links if link.href in home and len(link.text) <= LONGEST_SITE
    ]
    edition = _EDITION.sub("", doc.head_title)  # 江城日報網路版
    if len(edition) <= LONGEST_SITE and is_organisation(edition):
        names.append(doc.head_title)
    return frozenset(key for key in map(squash, names) if key)


def _hosts(doc: Document) -> list[str]:
    try:
        return [host] if (host := urlsplit(doc.page.url or doc.canonical or "").netloc.lower()) else []
    except ValueError:
        return []
