"""RSS 0.9-2.0, RDF and Atom: the entries of a feed. Entities are not resolved, nothing is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.anchors import base_url
from pipelines.errors import PageError, UnreadablePageError
from pipelines.extraction.decode import decode

_TYPES = frozenset(("application/rss+xml", "application/atom+xml", "application/rdf+xml"))
# /rss alone is as often a page about feeds.
_FEED_NAME = re.compile(
    r"/(?:rss|feed|atom)(?:\d|[._-]\w+)*\.(?:xml|rss|atom|rdf|php)$|/(?:feed|atom)/?$|\.(?:rss|atom|rdf)$", re.I
)
MOST_LINKED = 3  # feeds that a page links without declaring them
_COMMENTS = re.compile(r"comment|评论|評論|留言", re.I)
MAX_TAGS = 500_000  # "<" in a feed: as elements they take 60 MB; one of 500 whole articles has 200,000
# How a stranger's XML is read: nothing in it is loaded or resolved, broken markup is mended.
HARMLESS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "recover": True,
    "remove_comments": True,
    "remove_pis": True,
}
_DATES = ("pubDate", "published", "date", "updated")
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
# What a server's own warnings may stand before.
_BEGIN = re.compile(r"<\?xml\s|<(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)[\s>]")
_WARNINGS = 4_000  # characters of them
# An ampersand that begins no reference, as in ?a=1&b=2, or one of HTML; what stands in CDATA means what it says.
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:amp|lt|gt|quot|apos|#\w{1,10});)(?:[a-z]\w{1,31};)?", re.S | re.I
)
_MENDED = 100_000  # of them, at most: as many take 0.2 s


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed or sitemap: its URL, the title and the date as they stand there."""

    url: str
    title: str = ""
    date: str | None = None
    changed: float | None = None  # when it was changed last, in seconds since 1970

    @property
    def published(self) -> str | None:
        """The date, if it is not the one of the last change."""
        return None if self.changed is not None and moment(self.date) == self.changed else self.date


def read_feed(body: bytes, base: str) -> list[Entry]:
    """The entries of a feed in its order, those without a usable http(s) URL left out.

    Raises UnreadablePageError where the bytes are no feed.
    """
    root = parse_xml(body, "feed")
    entries = []
    for item in root.iter("{*}item", "{*}entry"):
        url = _link(item, base)
        if url:
            date = next((d for name in _DATES if (d := _text(item, name))), None)
            changed = moment(_text(item, "updated") or _text(item, "modified"))
            entries.append(Entry(url, _text(item, "title"), date, changed))
    if not entries and local_name(root) not in ("rss", "feed", "RDF", "channel"):
        raise UnreadablePageError(f"{base} is no feed: its root element is <{local_name(root)}>")
    return entries


def feed_links(root: HtmlElement, base: str) -> list[str]:
    """The feeds that a page declares (link rel=alternate), in its order; those of comments left out."""
    found = []
    base = base_url(root, base)
    for element in root.iter("link"):
        rel, kind = (element.get("rel") or "").lower().split(), (element.get("type") or "").lower()
        url = urls.absolute(base, element.get("href"))
        declared = "alternate" in rel and kind.partition(";")[0].strip() in _TYPES
        if url and declared and not _COMMENTS.search(f"{element.get('title') or ''} {url}"):
            found.append(url)
    return list(dict.fromkeys(found)) or _linked_feeds(root, base)


def _linked_feeds(root: HtmlElement, base: str) -> list[str]:
    """The feeds that a page links and does not declare, at most MOST_LINKED."""
    targets = (urls.absolute(base, element.get("href")) for element in root.iter("a"))
    found = (url for url in targets if url and is_feed(url) and urls.host_of(url) == urls.host_of(base))
    return list(dict.fromkeys(found))[:MOST_LINKED]


def is_feed(url: str) -> bool:
    """Whether a URL is named like a feed of articles: /rss.xml, /feed/, /atom; comments' are none."""
    return bool(_FEED_NAME.search(urlsplit(url).path)) and not _COMMENTS.search(url)


def parse_xml(body: bytes, what: str) -> etree._Element:
    """Parse a stranger's XML: no entities, network, DTD; broken markup is mended. Or UnreadablePageError."""
    if body.count(b"<") > MAX_TAGS:
        raise UnreadablePageError(f"the {what} has more than {MAX_TAGS} tags")
    parser = etree.XMLParser(**HARMLESS, encoding="utf-8")
    try:
        root = etree.fromstring(sound(body), parser)
    except (etree.XMLSyntaxError, ValueError, PageError) as error:
        raise UnreadablePageError(f"the {what} is not XML: {error}") from None
    if root is None:
        raise UnreadablePageError(f"the {what} is not XML")
    check_entities(parser.error_log, what)
    return root


def sound(body: bytes) -> bytes:
    """The bytes of a stranger's XML as UTF-8 without a declaration, its ampersands as XML wants them. Raises PageError.

    A parser believes the declared charset and drops all that follows the first character that is none of it, such as
    the GBK ones under gb2312; of ?a=1&b=2 it makes another URL, and after one &nbsp; of every ?a=1&amp;b=2 too.
    """
    text = decode(body)[0]
    begin = _BEGIN.search(text, 0, _WARNINGS)
    text = _DECLARATION.sub("", text[begin.start() if begin else 0 :], count=1)
    if "&" in text:
        declares = "<!ENTITY" in text
        text = _AMPERSAND.sub(lambda found: _reference(found[0], declares), text, count=_MENDED)
    return text.strip().encode()


def _reference(text: str, declares: bool) -> str:
    """A reference, or what begins none, as XML knows it; `declares`: the document has entities of its own."""
    return text if text[0] == "<" or (declares and text != "&") else escape(unescape(text))


def check_entities(log: etree._ListErrorLog, what: str) -> None:
    """Raises UnreadablePageError where libxml2 has stopped at entities or nesting: its log alone says so."""
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in log):
        raise UnreadablePageError(f"the {what} has entities or nesting beyond every bound")


def moment(text: str | None) -> float | None:
    """A date of a feed or sitemap in seconds since 1970: ISO 8601 or RFC 822; without an offset it is taken as UTC.

    A day without a time is its beginning: what was changed later that day is not known by it. None: no such date.
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read((text or "").strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return None


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def _link(item: etree._Element, base: str) -> str | None:
    """The URL that an entry leads to; a relative one stands on xml:base, where that is given (RFC 4287, 2)."""
    links = [e for e in item.iterfind("{*}link") if e.get("href")]
    chosen = next((e for e in links if e.get("rel", "alternate") == "alternate"), None)
    if chosen is not None:
        return urls.absolute(_base(chosen, base), chosen.get("href"))
    # a link to itself of another vocabulary has no text
    plain = next((e for e in item.iterfind("{*}link") if _words(e)), None)
    if plain is not None:
        return urls.absolute(_base(plain, base), _words(plain))
    guid = item.find("{*}guid")
    permanent = guid is not None and guid.get("isPermaLink", "true") == "true"
    return urls.absolute(base, _text(item, "guid")) if permanent else None


def _base(element: etree._Element, base: str) -> str:
    given = [e.get(_XML_BASE) for e in (element, *element.iterancestors()) if e.get(_XML_BASE)]
    for one in reversed(given):
        base = urls.absolute(base, one) or base
    return base


def _text(item: etree._Element, name: str) -> str:
    element = item.find(f"{{*}}{name}")
    return _words(element) if element is not None else ""


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())
