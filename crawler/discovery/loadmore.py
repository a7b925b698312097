"""Lists that a script goes on with ("load more"): where their next entries come from, and how their answer is read.

Only endpoints whose URL stands in the page are found: in an attribute, or in an inline script. The answer is JSON (or
JSONP), its entries objects with a URL, or pieces of HTML with links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement, fromstring

from crawler.discovery import urls
from crawler.discovery.anchors import base_url
from crawler.discovery.feed import Entry
from crawler.discovery.listing import article_links
from crawler.discovery.series import COUNTER, OFFSET
from pipelines.errors import UnreadablePageError

MOST = 2  # endpoints of one list page: a list has one, and a page seldom more lists than two
MAX_ENTRIES = 1000  # of one answer
MAX_SCRIPT = 200_000  # characters
MAX_DEPTH = 12  # levels of JSON that are looked into
_SIZE = re.compile(r"size|count|limit|num|rows|per", re.I)
_SCRIPT_URL = re.compile(r"""["'`]((?:https?:)?/{1,2}[^"'`\s<>\\]{3,300}|[\w./-]{1,80}\?[^"'`\s<>\\]{3,300})["'`]""")
_HOLE = re.compile(r"(?<==)(?:\$?\{\{?\w*\}?\}|%d|%s|__\w+__|\[\w+\])")  # ?page={page}: what the script fills in
# A number in the path, put there by the script: "/data/china_" + page + ".jsonp", `/ajax/news/${page}`
_VARIABLE = r"\+{0,2}\w*page\w*|\+{0,2}pn?\b"
_IN_PATH = re.compile(
    rf"""["']((?:https?:)?/[^"'`\s<>{{}}]{{1,200}}[_/-])["']\s*\+\s*\(?\s*(?:{_VARIABLE})[\s\w+]{{0,8}}\)?\s*"""
    rf"""\+\s*["'](/?[\w-]{{0,20}}\.(?:jsonp?|s?html?|js)|/)["']"""
    rf"""|`((?:https?:)?/[^"'`\s<>{{}}]{{1,200}}[_/-])\$\{{\s*(?:{_VARIABLE})[\s\w+]{{0,8}}\}}(/?[\w-]{{0,20}}\.(?:jsonp?|s?html?|js)|/?)`""",
    re.I,
)
_PATH_NUMBER = re.compile(r"(?<=[_/-])\d{1,4}(?=/?[\w-]{0,20}(?:\.\w{2,5})?$)")
# What a page asks for that is no list of articles.
_OTHER = re.compile(
    r"comment|login|passport|track|stat(?:s|istic)?[/.?]|count(?:er)?[/.?]|advert|[/_.]ads?[/_.]|vote|like[/.?]|search|captcha|weather|user",
    re.I,
)
_LINK_KEYS = (
    *("url", "link", "href", "weburl", "docurl", "pageurl", "arturl", "permalink", "share_url", "detail_url"),
    *("article_url", "articleurl", "news_url", "newsurl", "linkurl", "canonicalurl", "canonical_url", "path", "uri"),
)
_TITLE_KEYS = ("title", "headline", "name", "stitle", "long_title", "short_title")
_DATE_KEYS = (
    "publishedat",
    "published_at",
    "publish_time",
    "datepublished",
    "date",
    "time",
    "ctime",
    "pubdate",
    "pubtime",
    "publish",
    "publishtime",
    "created",
    "createtime",
    "published",
)
_JSONP = re.compile(r"^[\s;/*]*[\w$.]{1,80}\s*\(\s*(.*?)\s*\)\s*;?\s*$", re.S)
_TAG = re.compile(r"<a\s", re.I)


def endpoints(root: HtmlElement, url: str, *, printed: bool = True) -> list[str]:
    """The URLs from which a list page loads its further entries, at most MOST; all of them where none is `printed`."""
    base = base_url(root, url)
    found: dict[str, str] = {}
    first = "2" if printed else "1"
    given = [_filled(urls.absolute(base, text), first) for text in _candidates(root)]
    for target in [*given, *(urls.absolute(base, text) for text in _in_paths(root, first))]:
        if target and urls.same_site(url, target) and not _OTHER.search(target) and urls.key(target) != urls.key(url):
            found.setdefault(urls.shape(target), target)
    return list(found.values())[:MOST]


def read_more(body: bytes, base: str) -> list[Entry]:
    """The entries of an answer, each once. Raises UnreadablePageError where it is no JSON."""
    entries: dict[str, Entry] = {}
    for entry in _entries(_parse(body, base), base, 0):
        entries.setdefault(urls.key(entry.url), entry)
        if len(entries) >= MAX_ENTRIES:
            break
    return list(entries.values())


def deep_entries(value: Any, base: str, depth: int = 0) -> Iterator[Entry]:
    """Every object of a page's state that has a title and a URL, those inside of others too: sections, authors."""
    if depth > MAX_DEPTH or not isinstance(value, dict | list):
        return
    if isinstance(value, dict):
        entry = _entry(value, base)
        if entry is not None:
            yield entry
    for one in value.values() if isinstance(value, dict) else value:
        yield from deep_entries(one, base, depth + 1)


def following(url: str, count: int) -> str | None:
    """The next URL after one that gave `count` entries; None where none was there."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for n, (name, value) in enumerate(query):
        if count and value.isdecimal() and len(value) < 7 and (COUNTER.search(name) or OFFSET.search(name)):
            query[n] = (name, str(int(value) + (1 if COUNTER.search(name) else count)))
            return urlunsplit(parts._replace(query=urlencode(query)))
    number = _PATH_NUMBER.search(parts.path) if count else None
    if number is None:
        return None
    path = f"{parts.path[: number.start()]}{int(number[0]) + 1}{parts.path[number.end() :]}"
    return urlunsplit(parts._replace(path=path))


def _in_paths(root: HtmlElement, number: str) -> Iterator[str]:
    for script in root.iter("script"):
        for match in _IN_PATH.finditer((script.text or "")[:MAX_SCRIPT]):
            yield f"{match[1] or match[3]}{number}{match[2] or match[4] or ''}"


def _candidates(root: HtmlElement) -> Iterator[str]:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script":
            for match in _SCRIPT_URL.finditer((element.text or "")[:MAX_SCRIPT]):
                yield match[1]
            continue
        for name, value in element.attrib.items():
            if str(name).startswith("data-") and ("/" in value or "?" in value):
                yield str(value)


def _filled(url: str | None, first: str) -> str | None:
    """The URL with a page number; None where it has no place for one."""
    if url is None:
        return None
    parts = urlsplit(url)
    query, paged = [], False
    for name, value in parse_qsl(_HOLE.sub("", parts.query), keep_blank_values=True):
        number = value
        if (COUNTER.search(name) or OFFSET.search(name)) and (not value or value.isdecimal()):
            paged = True
            number = value or (first if COUNTER.search(name) else "0")
        elif not value and _SIZE.search(name):
            number = "20"
        query.append((name, number))
    return urlunsplit(parts._replace(query=urlencode(query))) if paged else None


def _parse(body: bytes, base: str) -> Any:
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    match = _JSONP.match(text)
    for candidate in (text, match[1] if match else ""):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    raise UnreadablePageError(f"{base} is no JSON")


def _entries(value: Any, base: str, depth: int) -> Iterator[Entry]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        if _TAG.search(value):
            yield from _pieces(value, base)
    elif isinstance(value, list):
        for one in value:
            yield from _entries(one, base, depth + 1)
    elif isinstance(value, dict):
        entry = _entry(value, base)
        if entry is not None:
            yield entry
            return
        for one in value.values():
            yield from _entries(one, base, depth + 1)


def _entry(value: dict[Any, Any], base: str) -> Entry | None:
    known = {str(key).lower(): one for key, one in value.items()}
    url = urls.absolute(base, _first(known, _LINK_KEYS))
    title = _first(known, _TITLE_KEYS)
    if url and title and not urls.is_file(url) and not urls.is_index(url):
        return Entry(url, title.strip(), _first(known, _DATE_KEYS) or None)
    return None


def _pieces(html: str, base: str) -> Iterator[Entry]:
    try:
        root = fromstring(f"<html><body>{html}</body></html>")
    except (etree.ParserError, ValueError):
        return
    for link in article_links(root, base):
        yield Entry(link.url, link.title, link.date)


def _first(known: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((known[key] for key in keys if isinstance(known.get(key), str) and known[key].strip()), "")
