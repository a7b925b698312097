"""Lists that a page holds and does not print: HTML in scripts and text areas, page state as JSON. No JavaScript runs.

What is found is given as the markup of a list, so that its links are judged like all others (listing.article_links).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, fromstring
from lxml.html.builder import BODY, HTML, LI, TIME, A

from crawler.discovery.anchors import base_url
from crawler.discovery.loadmore import MAX_ENTRIES, deep_entries

# Types of scripts that are no script. Lists of many public bodies are records of XML with pieces of HTML.
_MARKUP = frozenset(
    ("text/xml", "application/xml", "text/html", "text/template", "text/x-template", "text/plain", "text/tmpl")
)
_DATA = frozenset(("application/json", "text/json"))
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_LINK = re.compile(r"<a\s[^>]{0,2000}href", re.I)
_ASSIGNED = re.compile(r"[=(]\s*(?=[\[{]\s*[\"\[{])")  # state = {"…
_PARSED = re.compile(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*+\")")
_TOLD = re.compile(r"\\?\"(?:title|headline|name|\w+_?title)\\?\"\s*:", re.I)
_LINKED = re.compile(r"\\?\"(?:\w*url|\w*link|href|path|uri)\\?\"\s*:", re.I)
_MOVED = re.compile(
    r"location(?:\.href)?\s*=\s*[\"']([^\"'\s]{1,300})[\"']|location\.(?:replace|assign)\(\s*[\"']([^\"'\s]{1,300})[\"']"
)
MAX_SCRIPT = 4_000_000  # characters
MAX_VALUES = 30  # JSON values of a script that are read
FRAMES = 6  # of one page
MOST_LINKS = 2  # of a page that only sends the reader on


def printed_lists(root: HtmlElement) -> list[HtmlElement]:
    """The pieces of HTML that stand in scripts of no script's type and in text areas, each as a page of its own."""
    found = []
    for element in root.iter("script", "textarea"):
        if element.tag == "script" and _type(element) not in _MARKUP:
            continue
        text = element.text or ""
        if _LINK.search(text[:MAX_SCRIPT]):
            found += _page(_CDATA.sub("", text[:MAX_SCRIPT]))
    return found


def without_cdata(body: bytes) -> bytes:
    """XML whose records are pieces of HTML as HTML."""
    return body.replace(b"<![CDATA[", b"").replace(b"]]>", b"")


def state_list(root: HtmlElement, url: str) -> HtmlElement | None:
    """What the page's state names with title and URL, as a list; None where it names nothing."""
    base, items = base_url(root, url), list[HtmlElement]()
    for script in root.iter("script"):
        text = (script.text or "")[:MAX_SCRIPT]
        if not _TOLD.search(text) or not _LINKED.search(text):
            continue
        for value in _values(text, whole=_type(script) in _DATA):
            for entry in islice(deep_entries(value, base), MAX_ENTRIES - len(items)):
                items.append(LI(A(_clean(entry.title), href=entry.url), TIME(_clean(entry.date or ""))))
    return HTML(BODY(*items)) if items else None


def frames(root: HtmlElement, *, inner: bool) -> list[str]:
    """What the page's frames show, as it stands there; with `inner` those inside of its text (iframe) too."""
    tags = ("frame", "iframe") if inner else ("frame",)
    return [src for element in root.iter(*tags) if (src := (element.get("src") or "").strip())][:FRAMES]


def moved_to(root: HtmlElement) -> str | None:
    """Where a page's script sends the reader on, as it stands there, if the page has hardly a link of its own."""
    if len(list(islice(root.iter("a"), MOST_LINKS + 1))) > MOST_LINKS:
        return None
    for script in root.iter("script"):
        match = _MOVED.search((script.text or "")[:MAX_SCRIPT])
        if match:
            return match[1] or match[2]
    return None


def _values(text: str, *, whole: bool) -> Iterator[Any]:
    try:
        if whole:
            yield json.loads(text)
            return
        for match in _PARSED.finditer(text):
            yield json.loads(json.loads(match[1]))
    except (ValueError, RecursionError):
        pass
    decoder, end = json.JSONDecoder(strict=False), 0
    for match in islice(_ASSIGNED.finditer(text), MAX_VALUES):
        if match.end() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        yield value


def _page(markup: str) -> list[HtmlElement]:
    try:
        return [fromstring(f"<html><body>{markup}</body></html>")]
    except (etree.ParserError, ValueError):
        return []


def _type(script: HtmlElement) -> str:
    return (script.get("type") or "").partition(";")[0].strip().lower()


def _clean(text: str) -> str:
    """Text that may stand in a document: no control characters."""
    return "".join(c if c >= " " else " " for c in text)
