"""Which pages have no text until their scripts have run. A pure function of the page."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.errors import PageError
from pipelines.extraction.dom import parse
from pipelines.extraction.embedded import embedded_body
from pipelines.items import Page

# A shell prints a title, a spinner, a line for those without JavaScript. Of 1,315 saved articles and lists none is
# taken for one; the least that one of them shows is 466 characters.
MAX_TEXT = 200  # characters
MAX_LINKS = 5
_UNSEEN = frozenset(("script", "style", "noscript", "template", "title", "head"))


def needs_script(page: Page) -> bool:
    """Whether a page is a shell: hardly a word or a link, scripts, and no article in what they carry along."""
    try:
        doc = parse(page)
    except PageError:
        return False
    root = doc.root
    if next(root.iter("script"), None) is None or len(root.xpath("//a[@href]")) > MAX_LINKS:
        return False
    return _text_length(root, MAX_TEXT) <= MAX_TEXT and embedded_body(doc) is None


def _text_length(root: HtmlElement, most: int) -> int:
    """The characters of the text that is shown, spaces left out; no more are counted than just above `most`."""
    length = 0
    stack: list[HtmlElement] = [root]
    while stack and length <= most:
        element = stack.pop()
        if element.tag not in _UNSEEN and isinstance(element.tag, str):
            length += len("".join((element.text or "").split()))
            stack.extend(element)
        if element is not root:
            length += len("".join((element.tail or "").split()))
    return length
