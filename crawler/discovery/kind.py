"""Whether a page is a list of links or an article, by where its prose stands."""

from __future__ import annotations

import re
from collections import Counter

from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.listing import HEADLINE_WIDTH, width

# Calibrated on 58 saved list pages and 1,280 article pages. Widths as in listing.width. The prose of an article stands
# together in one container; that of a list with excerpts is cut into as many pieces as it has entries.
LIST_LINKS = 8  # links as long as a headline that a list has at least
LIST_PROSE = 300  # the largest piece of prose stays below: 56 of 58 lists, 1.5 % of the articles
# Where the URL looks like an article's (a date, a number of 5 digits, a headline), only a page without prose is a list.
SURE_LINKS = 20
SURE_PROSE = 40

_PROSE_WIDTH = 24  # a text shorter than this is a label, not prose
_SENTENCE = re.compile(r"[。！？；，、：।]|[.!?;,:](?:\s|$)")
_NO_PROSE = frozenset(("a", "script", "style", "noscript", "button", "select", "textarea", "footer", "nav", "template"))
_PARAGRAPHS = frozenset(("p", "blockquote", "center", "h2", "h3", "h4", "pre"))
_BLOCKS = _PARAGRAPHS | frozenset(("div", "td", "li", "section", "article", "main", "body", "dd", "dt", "ul", "ol"))
_BLOCKS |= frozenset(("table", "tr", "form", "h1", "h5", "h6", "header", "aside", "figure", "figcaption"))


def is_list(root: HtmlElement, url: str) -> bool:
    """Whether a page is a list of links and no article."""
    links = sum(width(" ".join(a.text_content().split())) >= HEADLINE_WIDTH for a in root.iter("a"))
    if links < LIST_LINKS:
        return False
    if looks_like_article(url):
        return links >= SURE_LINKS and largest_prose(root) < SURE_PROSE
    return largest_prose(root) < LIST_PROSE


def looks_like_article(url: str) -> bool:
    """Whether a URL has what articles' URLs have: a date, a long number or a headline, and a name of its own."""
    return not urls.is_index(url) and (urls.is_dated(url) or urls.id_length(url) >= 5 or urls.has_slug(url))


def largest_prose(root: HtmlElement) -> int:
    """The width of the sentences that stand together in one container of the page."""
    prose: Counter[HtmlElement] = Counter()
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for text, owner in ((element.text, element), (element.tail, element.getparent())):
            wide = width(" ".join(text.split())) if text and owner is not None else 0
            if text and owner is not None and wide >= _PROSE_WIDTH and _SENTENCE.search(text):
                container = _container(owner)
                if container is not None:
                    prose[container] += wide
    return max(prose.values(), default=0)


def _container(owner: HtmlElement) -> HtmlElement | None:
    """The element that holds a text's paragraph; None where the text is no prose (in a link, a script, …)."""
    block = None
    for element in (owner, *owner.iterancestors()):
        if element.tag in _NO_PROSE:
            return None
        if block is None and element.tag in _BLOCKS:
            block = element
    if block is not None and block.tag in _PARAGRAPHS:
        return block.getparent()
    return block
