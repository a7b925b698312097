"""The further pages of a list, and the further parts of an article that is printed over several pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.anchors import base_url, reference
from crawler.discovery.words import is_edition, page_number, phrases, says_next, squeeze

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
# Lists whose links a script writes, mostly of public bodies: createPageHTML(pages, this one, name, ending); with the
# name of a box before that, pages are counted from 1. Older ones hold variables and write "name_" + nextPage.
_SCRIPTED = re.compile(
    r"createPage(?:HTML)?\(\s*(?P<box>[\"'][^\"']*[\"']\s*,\s*)?(?P<pages>\d{1,4})\s*,\s*(?P<here>\d{1,4})\s*,"
    r"\s*[\"'](?P<name>[\w-]+)[\"']\s*,\s*[\"'](?P<ending>\w+)[\"']",
    re.I,
)
_WRITTEN = re.compile(
    r"currentPage\s*=\s*(?P<here>\d{1,4})\b.{0,400}countPage\s*=\s*(?P<pages>\d{1,4})\b.{0,2000}"
    r"[\"'/](?P<name>[\w-]+)_[\"']\s*\+\s*nextPage\s*\+\s*[\"']\.(?P<ending>\w+)",
    re.S,
)
MAX_SCRIPT = 40_000  # characters: those that count pages are short
MORE_PARAMETERS = 3  # that the links of a list's further pages may add to its own
_DIGITS = re.compile(r"\d+")


def next_pages(root: HtmlElement, url: str) -> list[str]:
    """The list pages that this one links as its continuation, the very next first, then by number, then editions."""
    first: list[str] = []
    numbered: dict[int, str] = {}
    editions: list[str] = []
    base = base_url(root, url)
    for element in root.iter("link", "a", "option"):
        target = urls.absolute(base, reference(element))
        if target is None or urls.key(target) == urls.key(url) or not _same_list(url, target):
            continue
        text = _words(element)
        number = page_number(text)
        named = "next" in (element.get("rel") or "").lower().split()
        if named or says_next(text) or (text in phrases("load") and _lengthens(url, target)):
            first.append(target)
        elif number is not None and _is_page_number(url, target, number):
            numbered.setdefault(number, target)
        elif is_edition(text) and urls.shape(target) == urls.shape(url):
            editions.append(target)
    first += _scripted(root, base)
    ordered = dict.fromkeys(first + [numbered[n] for n in sorted(numbered)] + editions)
    return list(ordered)


def _scripted(root: HtmlElement, base: str) -> list[str]:
    for script in root.iter("script"):
        text = (script.text or "")[:MAX_SCRIPT]
        match = _SCRIPTED.search(text) or (_WRITTEN.search(text) if "nextPage" in text else None)
        if match is None:
            continue
        following = int(match["here"]) + 1
        if following < int(match["pages"]) + bool(match.groupdict().get("box")):
            url = urls.absolute(base, f"{match['name']}_{following}.{match['ending']}")
            return [url] if url else []
    return []


def _words(element: HtmlElement) -> str:
    """The text of a link, squeezed; of one that is an arrow or a picture what it says to readers who do not see it."""
    if element.tag == "link":
        return ""
    text = squeeze((element.text_content() if len(element) else element.text) or "")
    return text or squeeze(element.get("aria-label") or element.get("title") or "")


def article_parts(root: HtmlElement, here: str, first: str) -> list[str]:
    """The parts of an article that its page `here` links, in order: article_2.html, ?p=2, /2, by the number in the URL.

    `first` is the article's first page. Previous and next articles are no parts: only URLs made of the first one's
    and a number count.
    """
    found: dict[int, str] = {}
    base = base_url(root, here)
    for element, text in _telling(root):
        if text in phrases("whole") or page_number(text) == 1:  # the first page may have two URLs
            continue
        target = urls.absolute(base, reference(element))
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
    words = phrases("last") | phrases("whole")
    for element in root.iter("a", "link", "option"):
        if element.tag == "link":
            if "next" in (element.get("rel") or "").lower().split():
                yield element, ""
            continue
        text = _words(element)
        if text and (text in words or page_number(text) is not None or says_next(text)):
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


def _adds_page(query: str, other: str, number: int) -> bool:
    """Whether a query goes on with all of another's parameters, the page's number, and few more (a total, a view)."""
    ours, theirs = (dict(parse_qsl(q, keep_blank_values=True)) for q in (query, other))
    pages = {k for k in theirs if k.lower() in _PAGE_KEYS and theirs[k] in (str(number), str(number - 1))}
    kept = all(theirs.get(k) == value for k, value in ours.items() if k not in pages)
    return bool(pages) and kept and len(theirs.keys() - ours.keys()) <= len(pages) + MORE_PARAMETERS


def _lengthens(url: str, target: str) -> bool:
    """Whether a URL sets itself apart from a list's by a page's number alone."""
    a, b = urlsplit(url), urlsplit(target)
    changed = _changed(a.query, b.query) if a.path == b.path else None
    counted = changed is not None and changed[0].lower() in _PAGE_KEYS and changed[1].isdigit()
    return counted or bool(_PAGE_PATH.search(b.path))


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
        return changed[1].isdigit() if changed is not None else _adds_page(a.query, b.query, number)
    last = _DIGITS.findall(b.path)
    # pages are counted from 0 or 1; the first page often has another name (index.html, index_2.html)
    return bool(last) and int(last[-1]) in (number, number - 1, number + 1)
