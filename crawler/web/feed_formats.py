"""Articles as RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1.

The XML is built as a tree and written by lxml, so that nothing an article holds can be markup; what XML cannot hold
(control characters, lone surrogates) is taken out before. Summaries are plain text. Dates keep the article's own
precision in the store; here they are whole seconds in UTC, as the formats ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import quote

from lxml import etree

from crawler.rendering import json_line, printable
from crawler.web.guard import outside
from pipelines.store.rows import sortable

ATOM = "http://www.w3.org/2005/Atom"
SUMMARY = 1_000  # characters of a text
LONGEST_URL = 2_083
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSAFE_IN_URL = re.compile(r"[\s<>\"\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands at the head of a feed: `page` is the list for people, `own` the feed's own address."""

    title: str
    page: str
    own: str


def rss(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """RSS 2.0 of whole records (`Reader.listing(whole=True)`), in their order."""
    root = etree.Element("rss", nsmap={"atom": ATOM})
    root.set("version", "2.0")
    channel = etree.SubElement(root, "channel")
    _text(channel, "title", feed.title)
    _text(channel, "link", feed.page)
    _text(channel, "description", feed.title)
    own = etree.SubElement(channel, f"{{{ATOM}}}link")
    own.set("rel", "self")
    own.set("type", "application/rss+xml")
    own.set("href", xml_text(feed.own))
    for row in rows:
        item = etree.SubElement(channel, "item")
        _text(item, "title", _title(row))
        if (url := address(row)) is not None:
            _text(item, "link", url)
        guid = _text(item, "guid", _name(row))
        guid.set("isPermaLink", "false")
        if (moment := _moment(row)) is not None:
            _text(item, "pubDate", format_datetime(moment, usegmt=True))
        for tag in row["tags"]:
            _text(item, "category", tag)
        _text(item, "description", _escaped(_summary(row)))
    return _written(root)


def atom(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Atom of the same."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
    moments = [_moment(row) for row in rows]
    _text(root, f"{{{ATOM}}}id", feed.own)
    _text(root, f"{{{ATOM}}}title", feed.title)
    _text(root, f"{{{ATOM}}}updated", _iso(max([m for m in moments if m], default=None)))
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    _text(author, f"{{{ATOM}}}name", "newswinnow")
    for rel, href in (("self", feed.own), ("alternate", feed.page)):
        _link(root, rel, href)
    for row, moment in zip(rows, moments, strict=True):
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        _text(entry, f"{{{ATOM}}}id", _name(row))
        _text(entry, f"{{{ATOM}}}title", _title(row))
        _text(entry, f"{{{ATOM}}}updated", _iso(moment))
        if moment is not None:
            _text(entry, f"{{{ATOM}}}published", _iso(moment))
        for name in row["authors"]:
            _text(etree.SubElement(entry, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", name)
        if (url := address(row)) is not None:
            _link(entry, "alternate", url)
        for tag in row["tags"]:
            etree.SubElement(entry, f"{{{ATOM}}}category").set("term", xml_text(tag))
        _text(entry, f"{{{ATOM}}}summary", _summary(row))
    return _written(root)


def json_feed(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """JSON Feed 1.1 of the same."""
    items = []
    for row in rows:
        moment = _moment(row)
        item: dict[str, Any] = {
            "id": _name(row),
            "url": address(row),
            "title": _title(row),
            "content_text": printable(row["text"]),
            "date_published": _iso(moment) if moment is not None else None,
            "authors": [{"name": printable(name)} for name in row["authors"]],
            "tags": [printable(tag) for tag in row["tags"]],
            "language": row["language"],
        }
        items.append({name: value for name, value in item.items() if value not in (None, [])})
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": printable(feed.title),
        "home_page_url": feed.page,
        "feed_url": feed.own,
        "items": items,
    }
    return json_line(whole).encode("utf-8")


FORMATS: Mapping[str, tuple[str, Callable[[Feed, Sequence[Mapping[str, Any]]], bytes]]] = {
    "rss": ("application/rss+xml", rss),
    "atom": ("application/atom+xml", atom),
    "json": ("application/feed+json", json_feed),
}


def address(row: Mapping[str, Any]) -> str | None:
    """The URL of an article as a feed may hold it: http or https, without characters that end it early."""
    url = outside(row["url"])
    if url is None or len(url) > LONGEST_URL:
        return None
    return _UNSAFE_IN_URL.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), xml_text(url))


def _title(row: Mapping[str, Any]) -> str:
    return " ".join((row["title"] or row["text"][:80] or row["id"]).split())


def _name(row: Mapping[str, Any]) -> str:
    """A name of the article that no other has, and that stays: a tag URI would claim a domain that is not ours."""
    return f"urn:newswinnow:{quote(row['id'], safe='')}"


def _summary(row: Mapping[str, Any]) -> str:
    text = row["text"]
    return text if len(text) <= SUMMARY else f"{text[:SUMMARY].rstrip()} …"


def _escaped(text: str) -> str:
    """Plain text for RSS, whose descriptions readers take for HTML."""
    return "<br>".join(escape(line) for line in text.split("\n"))


def _moment(row: Mapping[str, Any]) -> datetime | None:
    found = sortable(row["published"])
    return None if found is None else datetime.fromisoformat(found)


def _iso(moment: datetime | None) -> str:
    return (moment or datetime(1970, 1, 1, tzinfo=UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _link(parent: etree._Element, rel: str, href: str) -> None:
    link = etree.SubElement(parent, f"{{{ATOM}}}link")
    link.set("rel", rel)
    link.set("href", xml_text(href))


def _text(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = xml_text(text)
    return element


def xml_text(text: str) -> str:
    """A text without what XML cannot hold, and without what a terminal or a reader would obey."""
    return _NOT_XML.sub("", printable(text))


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
