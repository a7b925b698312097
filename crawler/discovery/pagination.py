"""The further pages of a list, and the further parts of an article that is printed over several pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.listing import base_url, phrases, squeeze

MAX_PARTS = 30  # pages of one article; more is no article but a gallery or a trap

_PAGE_KEYS = frozenset(
    ("page", "p", "pg", "pn", "paged", "pageno", "pagenum", "pageindex", "curpage", "start", "offset")
)
_PAGE_PATH = re.compile(r"(?:^|/)(?:page|p)?[/_-]?(\d{1,4})/?$", re.I)
_STEM = re.compile(r"^(?P<stem>.*?)(?:[_\-/](?:page|p)?[_\-/]?(?P<number>\d{1,2}))?(?P<end>/?(?:\.\w{3,5})?)$", re.I)
# What is added to an article's path, and what stands in its query, where the whole is printed on one page.
_WHOLE_PATH = re.compile(r"^[_\-/.]?(?:all|full|single|singlepage|whole|quanwen|0)/?(?:\.\w{3,5})?$", re.I)
_ENDING = re.compile(r"(?:/?\.\w{3,5}|/)?$")
_WHOLE_VALUES = frozenset(("all", "full", "single", "singlepage", "whole", "true", "yes", "on", "1", "0", "-1", ""))
# Lists whose links a script writes, mostly of public bodies: createPageHTML(pages, this one, name, ending)
_SCRIPTED = re.compile(r"createPageHTML\(\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*[\"']([\w-]+)[\"']\s*,\s*[\"'](\w+)[\"']")
_NUMBER = re.compile(r"^(?:第)?(\d{1,4})(?:页|頁)?$")
_DIGITS = re.compile(r"\d+")


def next_pages(root: HtmlElement, url: str) -> list[str]:
    """The list pages that this one links as its continuation, the very next first, then by number."""
    first: list[str] = []
    numbered: dict[int, str] = {}
    base = base_url(root, url)
    for element in root.iter("link", "a"):
        target = urls.absolute(base, element.get("href"))
        if target is None or urls.key(target) == urls.key(url) or not _same_list(url, target):
            continue
        text = squeeze(element.text_content() or "") if element.tag == "a" else ""
        number = _NUMBER.match(text)
        if "next" in (element.get("rel") or "").lower().split() or text in phrases("next"):
            first.append(target)
        elif number and _is_page_number(url, target, int(number[1])):
            numbered.setdefault(int(number[1]), target)
    first += _scripted(root, base)
    ordered = dict.fromkeys(first + [numbered[n] for n in sorted(numbered)])
    return list(ordered)


def _scripted(root: HtmlElement, base: str) -> list[str]:
    for script in root.iter("script"):
        match = _SCRIPTED.search(script.text or "")
        if match and int(match[2]) + 1 < int(match[1]):
            url = urls.absolute(base, f"{match[3]}_{int(match[2]) + 1}.{match[4]}")
            return [url] if url else []
    return []


def article_parts(root: HtmlElement, here: str, first: str) -> list[str]:
    """The parts of an article that its page `here` links, in order: article_2.html, ?p=2, /2, by the number in the URL.

    `first` is the article's first page. Previous and next articles are no parts: only URLs made of the first one's
    and a number count.
    """
    found: dict[int, str] = {}
    base = base_url(root, here)
    for element, text in _telling(root):
        if text in phrases("whole"):
            continue
        target = urls.absolute(base, element.get("href"))
        number = part_number(first, target) if target else None
        if target and number and urls.key(target) != urls.key(here):
            found.setdefault(number, target)
    return [found[number] for number in sorted(found) if number <= MAX_PARTS]


def whole_article(root: HtmlElement, first: str) -> str | None:
    """Where a page of an article links the whole on one page (全文阅读): /a_all.html, ?page=all; or None."""
    base = base_url(root, first)
    for element, text in _telling(root):
        if text in phrases("whole"):
            target = urls.absolute(base, element.get("href"))
            if target and _is_whole(first, target):
                return target
    return None


def is_continued(root: HtmlElement, first: str) -> bool:
    """Whether the first page of an article links a part or the whole of it."""
    if next(_telling(root), None) is None:  # most pages, by one look at their links
        return False
    return bool(article_parts(root, first, first)) or whole_article(root, first) is not None


def _telling(root: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """The few links that read like a page's of an article, with their words: a number, next, last, the whole."""
    words = phrases("next") | phrases("last") | phrases("whole")
    for element in root.iter("a", "link"):
        if element.tag == "link":
            if "next" in (element.get("rel") or "").lower().split():
                yield element, ""
            continue
        text = squeeze((element.text_content() if len(element) else element.text) or "")
        if text in words or _NUMBER.match(text):
            yield element, text


def _is_whole(first: str, other: str) -> bool:
    a, b = urlsplit(first), urlsplit(other)
    if a.netloc.lower() != b.netloc.lower() or urls.key(first) == urls.key(other):
        return False
    if a.path == b.path:
        changed = _changed(a.query, b.query)
        return changed is not None and changed[1].lower() in _WHOLE_VALUES
    stem = a.path[: len(a.path) - len(_ENDING.search(a.path)[0])]  # type: ignore[index]  # it matches the empty end too
    return b.path.startswith(stem) and bool(_WHOLE_PATH.match(b.path[len(stem) :]))


def part_number(first: str, other: str) -> int | None:
    """The number that makes `other` a part of the article at `first`, or None where it is none."""
    a, b = urlsplit(first), urlsplit(other)
    if a.netloc.lower() != b.netloc.lower():
        return None
    if a.path == b.path:
        key, value = _changed(a.query, b.query) or ("", "")
        return int(value) if key.lower() in _PAGE_KEYS and value.isdigit() and len(value) < 3 else None
    if a.query != b.query:
        return None
    ours_, theirs_ = _STEM.match(a.path), _STEM.match(b.path)
    if not ours_ or not theirs_ or theirs_["number"] is None:
        return None
    whole = a.path[: len(a.path) - len(ours_["end"])]  # the article's own number may look like a part's: /news-12.html
    if theirs_["stem"] == whole or (ours_["number"] in ("0", "1", "01") and theirs_["stem"] == ours_["stem"]):
        return int(theirs_["number"])
    return None


def _changed(query: str, other: str) -> tuple[str, str] | None:
    """The only parameter in which two queries differ and its value in the other ("" where it is gone), else None."""
    ours, theirs = (dict(parse_qsl(q, keep_blank_values=True)) for q in (query, other))
    changed = [k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k)]
    return (changed[0], theirs.get(changed[0], "")) if len(changed) == 1 else None


def _same_list(url: str, target: str) -> bool:
    a, b = urlsplit(url), urlsplit(target)
    if a.netloc.lower() != b.netloc.lower():
        return False
    folder = _folder(a.path)
    return b.path.startswith(folder) or _folder(b.path) == folder


def _folder(path: str) -> str:
    """The folder of a list page, without a page number that stands in the path: /news/page/2/ -> /news/."""
    return _PAGE_PATH.sub("/", path).rpartition("/")[0] + "/"


def _is_page_number(url: str, target: str, number: int) -> bool:
    """Whether the number on the link is the page number in its URL, as the only thing that sets it apart."""
    a, b = urlsplit(url), urlsplit(target)
    if a.path == b.path:
        changed = _changed(a.query, b.query)
        return changed is not None and changed[1].isdigit()
    last = _DIGITS.findall(b.path)
    # pages are counted from 0 or 1; the first page often has another name (index.html, index_2.html)
    return bool(last) and int(last[-1]) in (number, number - 1, number + 1)
