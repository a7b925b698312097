"""The elements of a page that lead somewhere: links, areas of a picture, options, what a script opens on a click."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.words import width

_LEADING = etree.XPath("//a | //area | //option | //*[@onclick or @data-href or @data-url or @data-link]")
_DATA = ("data-href", "data-url", "data-link")
# The first string of a script that reads like a page: a path from the root, or a file of a page's kind.
_IN_SCRIPT = re.compile(
    r"[\"']((?:https?:)?/[^\"'\s<>(){}]{2,300}|[\w./%-]{1,120}\.(?:s?html?|php|aspx?|jsp|do)(?:\?[^\"'\s<>]{0,200})?|[\w./%-]{0,120}\?\w+=[^\"'\s<>]{1,200})[\"']",
    re.I,
)
_NO_PAGE = re.compile(r"[{}<>]|\$\{|%7b", re.I)  # a template's hole
LEAST = 11  # width of a text that a script's link has at least: buttons say less
MOST = 400  # characters of one: more is a part of the page and no entry


def leading(root: HtmlElement, base: str) -> Iterator[tuple[HtmlElement, str]]:
    """Each element that leads to a usable URL, with that, in page order."""
    for element in cast("list[HtmlElement]", _LEADING(root)):
        if element.tag in ("a", "area"):
            url = urls.absolute(base, element.get("href"))
            if url is not None:
                if not _NO_PAGE.search(url):
                    yield element, url
                continue
        url = urls.absolute(base, _scripted(element))
        if url is not None and not _NO_PAGE.search(url):
            yield element, url


def reference(element: HtmlElement) -> str | None:
    """Where a link or option leads: its href, or its value where that reads like a path."""
    if element.tag != "option":
        return str(element.get("href") or "") or None
    value = element.get("value") or ""
    return value if "/" in value or "." in value or "?" in value else None


def base_url(root: HtmlElement, url: str) -> str:
    """The URL that the page's links are relative to: its base element's, else its own."""
    element = next(root.iter("base"), None)
    return (urls.absolute(url, element.get("href")) if element is not None else None) or url


def _scripted(element: HtmlElement) -> str | None:
    """What a click on the element opens, where a text as long as a headline's says so and no link stands in it."""
    if element.tag == "option":
        target = reference(element)
    else:
        href = (element.get("href") or "").strip()
        script = f"{href if href.lower().startswith('javascript:') else ''} {element.get('onclick') or ''}"
        match = _IN_SCRIPT.search(script)
        data = (element.get(name) for name in _DATA)
        target = match[1] if match else next((d for d in data if d and ("/" in d or "." in d)), None)
    if target is None:
        return None
    text = (element.text_content() or element.get("title") or "").strip()
    if not width(text) >= LEAST or len(text) > MOST:
        return None
    inner = ((a.get("href") or "").strip() for a in element.iter("a") if a is not element)
    return None if any(href.strip("#") and not href.startswith("javascript:") for href in inner) else target
