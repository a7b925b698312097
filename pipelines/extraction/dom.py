"""Text -> tree: one forgiving parse that loses nothing, and what the head of the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from pipelines.errors import EmptyPageError
from pipelines.extraction.decode import to_utf8
from pipelines.items import Page

# libxml2 closes the document at the first </html> or </body> and puts the rest into a second root that nobody sees.
_EARLY_END = re.compile(rb"</(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])\s*>")  # a plain beginning is searched for in C
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
# lxml.html asks a function of Python for the class of every element that is touched, for the sake of forms.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
DEPTH_LIMIT = 2040  # libxml2 with huge_tree drops what is nested deeper than 2,048


@dataclass(slots=True)
class Document:
    """A parsed page. `meta` maps lower-cased name, property or itemprop to content, the first one wins.

    `base`: what relative addresses stand on (RFC 3986): the page's URL, or what its base element makes of it; None
    where neither is known. `metas`, `scripts`: its elements of these tags, in document order.
    `source`: what was parsed.
    """

    page: Page
    root: HtmlElement = field(repr=False)
    encoding: str
    meta: dict[str, str] = field(repr=False)
    jsonld: list[dict[str, Any]] = field(repr=False)
    head_title: str = ""
    canonical: str | None = None
    language: str | None = None
    warnings: list[str] = field(default_factory=list)
    base: str | None = None
    metas: list[HtmlElement] = field(default_factory=list, repr=False)
    scripts: list[HtmlElement] = field(default_factory=list, repr=False)
    source: bytes = field(default=b"", repr=False)
    _lower: bytes | None = field(default=None, repr=False)

    def says(self, *words: bytes) -> bool:
        """Whether any of the words, in lower case, stands in the source: no element without its name there.

        Where the source is not known it may.
        """
        if self._lower is None:
            self._lower = self.source.lower()
        return not self._lower or any(word in self._lower for word in words)


def parse(page: Page) -> Document:
    """Decode and parse a page. Raises EmptyPageError or BinaryPageError (see decode)."""
    source, encoding = to_utf8(page.body, page.content_type)
    root, warnings = _parse(source)
    found: dict[str, list[HtmlElement]] = {"meta": [], "title": [], "link": [], "script": [], "base": []}
    for el in root.iter(*found):  # one walk in C
        found[el.tag].append(el)
    meta: dict[str, str] = {}
    for el in found["meta"]:
        key = el.get("property") or el.get("name") or el.get("itemprop") or ""
        content = el.get("content")
        if key and content and content.strip():
            meta.setdefault(key.strip().lower(), collapse(content))
    title = next((t for t in found["title"] if not _inside_svg(t)), None)
    canonical = next(
        (el.get("href") for el in found["link"] if "canonical" in (el.get("rel") or "").lower().split()), None
    )
    return Document(
        page=page,
        root=root,
        encoding=encoding,
        meta=meta,
        jsonld=list(_jsonld(found["script"])),
        head_title=collapse(title.text_content()) if title is not None else "",
        canonical=canonical,
        language=root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"),
        warnings=warnings,
        base=_base(page.url or canonical or meta.get("og:url"), found["base"]),
        metas=found["meta"],
        scripts=found["script"],
        source=source,
    )


def _base(page: str | None, elements: Iterable[HtmlElement]) -> str | None:
    own = next((href for el in elements if (href := el.get("href"))), None)
    try:
        return urljoin(page or "", own.strip()) if own else page
    except ValueError:
        return page


def parse_text(text: str) -> tuple[HtmlElement, list[str]]:
    """Parse decoded HTML; gives the root and warnings ("truncated: …" where the nesting is too deep to keep all)."""
    return _parse(text.encode("utf-8"))


def _parse(source: bytes) -> tuple[HtmlElement, list[str]]:
    source = _XML_DECLARATION.sub(b"", _EARLY_END.sub(b"", source), count=1)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = cast("HtmlElement | None", etree.fromstring(source, parser))
    except (etree.XMLSyntaxError, AssertionError) as error:
        raise EmptyPageError("the page holds no HTML and no text") from error
    if root is None:
        raise EmptyPageError("the page holds no HTML and no text")
    warnings = []
    if any("depth" in entry.message for entry in parser.error_log):
        warnings.append(f"truncated: the page is nested deeper than {DEPTH_LIMIT} levels")
    return root, warnings


def collapse(text: str) -> str:
    """White space of any kind to single spaces, none at the ends."""
    return " ".join(text.split())


def read_jsonld(root: HtmlElement) -> Iterator[dict[str, Any]]:
    """Every object of every JSON-LD script, @graph and lists flattened; broken JSON is passed over."""
    yield from _jsonld(root.iter("script"))


def _jsonld(scripts: Iterable[HtmlElement]) -> Iterator[dict[str, Any]]:
    for el in scripts:
        if "ld+json" not in (el.get("type") or "").lower():
            continue
        try:
            data = json.loads((el.text or "").strip().removesuffix(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        queue = [data]
        while queue:
            item = queue.pop(0)
            if isinstance(item, list):
                queue[:0] = item
            elif isinstance(item, dict):
                yield item
                if isinstance(item.get("@graph"), list):
                    queue[:0] = item["@graph"]


def _inside_svg(el: HtmlElement) -> bool:
    parent = el.getparent()
    return parent is not None and parent.tag == "svg"
