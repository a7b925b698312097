"""What a site's profile says of a page: its selectors and rules win, its time zone over the language's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from lxml.cssselect import CSSSelector
from lxml.etree import XPath, XPathError
from lxml.html import HtmlElement

from pipelines.extraction.blocks import Box, Layout
from pipelines.extraction.body.picker import Body
from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata.byline import clean_source, parse_byline
from pipelines.extraction.metadata.byline_words import split_names
from pipelines.extraction.metadata.date_value import DateContext
from pipelines.extraction.metadata.dates import parse_date
from pipelines.extraction.phrases import Mark
from pipelines.items import Article, Label, Page
from pipelines.profiles import Rule, Selectors, SiteProfile

_CLOCK = re.compile(r"T\d\d(?::\d\d){1,2}$")  # a time of day without an offset


def selectors_for(profile: SiteProfile | None, page: Page) -> Selectors:
    """The selectors that hold for a page: none without a profile, or for a page fetched after `valid_until`."""
    if profile is None or (profile.valid_until and page.fetched_at and page.fetched_at[:10] > str(profile.valid_until)):
        return Selectors()
    return profile.selectors


def rules_of(profile: SiteProfile | None) -> tuple[Rule, ...]:
    """The rules of a profile, of which one that finds nothing on a page does nothing."""
    return profile.rules if profile is not None else ()


def ruled_blocks(doc: Document, layout: Layout, rules: Sequence[Rule]) -> dict[int, Mark]:
    """What the rules say of the blocks that they find; the last one of several wins."""
    said: dict[int, Mark] = {}
    for rule in rules:
        mark = Mark(rule.label, reason(rule))
        inside = range(len(layout.blocks)) if rule.selector is None else wanted_blocks(doc, layout, rule.selector)
        words = collapse(rule.text or "")
        for i in inside:
            if words in layout.blocks[i].text:
                said[i] = mark
    return said


def reason(rule: Rule) -> str:
    """Why a block has the label that a rule gives it."""
    return f"rule of the site: {rule.words()}"


def ruled_elements(doc: Document, rules: Sequence[Rule]) -> set[HtmlElement] | None:
    """The elements inside which rules speak of blocks; None: anywhere."""
    found: set[HtmlElement] = set()
    for rule in rules:
        if rule.selector is None:
            return None
        found.update(el for el in _find(doc, rule.selector) if not isinstance(el, str))
    return found


def heed(marks: list[Mark | None], said: Mapping[int, Mark]) -> None:
    """Have the search for the body know what rules say: what is none, and that no phrase makes it none."""
    for i, mark in said.items():
        marks[i] = None if mark.label is Label.BODY else mark


def obey(body: Body, said: Mapping[int, Mark]) -> None:
    """Have a body hold what rules call body, and nothing that they call otherwise."""
    kept = [i for i in body.blocks if i not in said]
    body.blocks = tuple(sorted([*kept, *(i for i, mark in said.items() if mark.label is Label.BODY)]))


def wanted_blocks(doc: Document, layout: Layout, selector: str) -> frozenset[int]:
    """The blocks inside the elements that a selector finds."""
    chosen = {el for el in _find(doc, selector) if not isinstance(el, str)}
    inside: dict[int, bool] = {}

    def within(box: Box | None) -> bool:
        chain: list[Box] = []
        while box is not None and id(box) not in inside and box.element not in chosen:
            chain.append(box)
            box = box.parent
        found = box is not None and (box.element in chosen or inside[id(box)])
        inside.update({id(b): found for b in chain})
        return found

    return frozenset(b.index for b in layout.blocks if within(b.box))


def apply(article: Article, doc: Document, selectors: Selectors, context: DateContext) -> None:
    """Fill the fields that the selectors name; a selector that finds nothing leaves the field and a warning."""
    for name, selector in selectors.model_dump(exclude_none=True, exclude={"body"}).items():
        texts = [t for t in _texts(doc, selector) if t]
        if not texts:
            article.warnings.append(f"profile: selector {name} found nothing")
            continue
        if name == "title":
            article.title = texts[0]
        elif name == "published":
            found = parse_date(texts[0], context)
            article.published_raw = texts[0]
            if found is None or not found.value:
                article.warnings.append(f"profile: no date in what selector published found: {texts[0][:40]}")
                continue
            article.published, article.published_precision = found.value, found.precision
        elif name == "source":
            article.source = parse_byline(texts[0]).source or clean_source(texts[0]) or None
        elif name == "tags":
            article.tags = list(dict.fromkeys(texts))
        else:
            line = [parse_byline(t) for t in texts]
            labelled = [n for b in line for n in (b.authors if name == "authors" else b.editors)]
            setattr(article, name, list(dict.fromkeys(labelled or [n for t in texts for n in split_names(t)])))
        article.evidence[name] = f"profile: {selector}"


def localise(article: Article, zone: str) -> None:
    """Give a time of day that is printed without an offset the one of the site's time zone at that moment."""
    for name in ("published", "modified"):
        value: str | None = getattr(article, name)
        assumed = "offset assumed" in article.evidence.get(name, "")
        plain = re.sub(r"[+-]\d\d:\d\d$", "", value) if value and assumed else value
        if plain and _CLOCK.search(plain):
            setattr(article, name, plain + _offset(datetime.fromisoformat(plain).replace(tzinfo=ZoneInfo(zone))))
            where = article.evidence.get(name, "").replace(", offset assumed", "")
            article.evidence[name] = f"{where}, offset of {zone}"


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def _find(doc: Document, selector: str) -> list[HtmlElement | str]:
    try:
        found = _compiled(selector)(doc.root)
    except XPathError:  # a function that is none, which shows only where the path comes to it
        return []
    return cast("list[HtmlElement | str]", found if isinstance(found, list) else [str(found)])


def _texts(doc: Document, selector: str) -> Iterator[str]:
    for item in _find(doc, selector):
        if isinstance(item, str):
            yield collapse(item)
        else:
            yield collapse(item.get("content") or item.get("datetime") or item.text_content())


@lru_cache(maxsize=256)
def _compiled(selector: str) -> XPath:
    return XPath(selector) if selector.startswith(("/", "./", "(")) else CSSSelector(selector)
