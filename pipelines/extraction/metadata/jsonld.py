"""What JSON-LD says of the article: one object chosen, and accessors that no hostile shape can trip.

schema.org allows nearly every property to be a string, an object, or a list of either; pages add numbers and nulls.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from pipelines.extraction.dom import Document, collapse

# schema.org types of a single text, by how sure they are to be the page's own article.
_STRONG = re.compile(r"\w*Article")
_WEAK = frozenset(("BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting", "DiscussionForumPosting"))
# Properties that hold the article where the page itself is the top object.
_NESTED = ("mainEntity", "mainEntityOfPage", "about", "hasPart")
_FACTS = ("headline", "articleBody", "datePublished", "author", "publisher")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,400}>")
_KEYWORD_SPLIT = re.compile(r"\s*[,，;；、|]\s*")
MAX_OBJECTS = 400  # a page with more is a data dump; the article stands among the first
MAX_NAMES = 30


def find_article(doc: Document) -> dict[str, Any]:
    """The article-like object of the page that says most (headline, body, date, author); {} where there is none."""
    best: dict[str, Any] = {}
    best_score = 0
    for item in _objects(doc):
        kind = max((_rank(t) for t in _types(item)), default=0)
        if not kind:
            continue
        score = kind + 2 * sum(bool(item.get(k)) for k in _FACTS)
        if score > best_score:
            best, best_score = item, score
    return best


def text(article: dict[str, Any], key: str) -> str:
    """A property as plain text on one line (HTML entities and tags resolved); "" where it is no text."""
    return plain(_first_text(article.get(key)))


def plain(value: str) -> str:
    """A string of machine data as text: entities resolved (twice: they come double-escaped), tags dropped, one line."""
    if "&" in value:
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = _TAG.sub(" ", value)
    return collapse(value)


def author_names(doc: Document, article: dict[str, Any]) -> list[str]:
    """Names of `author` (else `creator`) as written, in order, no doubles; references by @id are looked up."""
    return _names(doc, article.get("author") or article.get("creator"))


def publisher_name(doc: Document, article: dict[str, Any]) -> str:
    """Name of the publisher (else of sourceOrganization, provider), or ""."""
    for key in ("publisher", "sourceOrganization", "provider"):
        names = _names(doc, article.get(key))
        if names:
            return names[0]
    return ""


def keywords(article: dict[str, Any]) -> list[str]:
    """The keywords as a list; a string is split at commas and their like."""
    value = article.get("keywords")
    if isinstance(value, str):
        found: list[Any] = _KEYWORD_SPLIT.split(plain(value))
    elif isinstance(value, list):
        found = [v.get("name") if isinstance(v, dict) else v for v in value]
        if len(found) == 1 and isinstance(found[0], str):
            found = list(_KEYWORD_SPLIT.split(found[0]))
    else:
        found = [value.get("name")] if isinstance(value, dict) else []
    return list(dict.fromkeys(t for t in (plain(v) for v in found if isinstance(v, str)) if t))


def section(article: dict[str, Any]) -> str:
    """The first articleSection, or ""."""
    return text(article, "articleSection")


def breadcrumbs(doc: Document) -> list[str]:
    """Names of the page's BreadcrumbList in their order; the one with most entries where there are several."""
    best: list[str] = []
    for item in _objects(doc):
        if "BreadcrumbList" not in _types(item):
            continue
        entries = item.get("itemListElement")
        rows: list[tuple[float, str]] = []
        for i, entry in enumerate(entries[:MAX_NAMES] if isinstance(entries, list) else [entries]):
            if not isinstance(entry, dict):
                continue
            inner = entry.get("item")
            name = text(entry, "name") or (text(inner, "name") if isinstance(inner, dict) else "")
            if name:
                rows.append((_number(entry.get("position"), i), name))
        names = [name for _, name in sorted(rows, key=lambda r: r[0])]
        if len(names) > len(best):
            best = names
    return best


def _objects(doc: Document) -> Iterator[dict[str, Any]]:
    for item in doc.jsonld[:MAX_OBJECTS]:
        yield item
        for key in (*_NESTED, "breadcrumb"):
            inner = item.get(key)
            for value in inner[:8] if isinstance(inner, list) else [inner]:
                if isinstance(value, dict) and "@type" in value:
                    yield value


def _types(item: dict[str, Any]) -> list[str]:
    value = item.get("@type")
    names = value if isinstance(value, list) else [value]
    return [n.rpartition("/")[2].rpartition(":")[2] for n in names[:8] if isinstance(n, str)]


def _rank(name: str) -> int:
    if _STRONG.fullmatch(name):
        return 3
    return 2 if name in _WEAK else 0


def _first_text(value: Any) -> str:
    for _ in range(4):
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            value = next((v for v in value if v), None)
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name")
        else:
            return ""
    return ""


def _names(doc: Document, value: Any) -> list[str]:
    out: list[str] = []
    for raw in (value if isinstance(value, list) else [value])[:MAX_NAMES]:
        entry = _resolve(doc, raw) if isinstance(raw, dict) and not raw.get("name") else raw
        if isinstance(entry, dict):
            names = entry.get("name") or _full_name(entry)
            found = [_first_text(n) for n in names[:MAX_NAMES]] if isinstance(names, list) else [_first_text(names)]
        else:
            found = [_first_text(entry)]
        out.extend(t for t in map(plain, found) if t)
    return list(dict.fromkeys(out))


def _full_name(entry: dict[str, Any]) -> str:
    """A person whose name stands in two keys."""
    return " ".join(part for key in ("givenName", "familyName") if (part := _first_text(entry.get(key))))


def _resolve(doc: Document, entry: dict[str, Any]) -> dict[str, Any]:
    """The object of the page that an {"@id": …} refers to; the entry itself where there is none."""
    ident = entry.get("@id")
    if not isinstance(ident, str):
        return entry
    return next((o for o in doc.jsonld[:MAX_OBJECTS] if o.get("@id") == ident and o.get("name")), entry)


def _number(value: Any, default: int) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float(default)
