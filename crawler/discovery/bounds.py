"""What a page may cost before it is read for links beside the crawl's event loop: hostile markup is told by its bytes.

The article itself is taken apart in a process with a limit of time; links are found in the crawler, where a page that
takes seconds would hold up every other host.
"""

from __future__ import annotations

import re

from pipelines.errors import UnreadablePageError

# libxml2 compares each attribute of a tag with all others: 20,000 on one tag took 1.0 s, 2,000 0.01 s. Of 300 saved
# pages the most on one tag is 176 (quotes that do not close).
MAX_COMPARED = 20_000_000  # squares of the attributes of each tag, summed: 0.05 s
MAX_LINKS = (
    5_000  # elements; reading so many takes 0.5 s, and the saved page with most links has fewer than half of them
)
MAX_MARKUP = 100_000  # "<" in the bytes: the blocks of so many elements take 0.6 s; the largest saved page has 30,000
_SHORT_TAG = 400  # bytes: too few for what is looked for here
_ATTRIBUTE = rb"[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?+"  # as HTML splits them
_TAG = re.compile(rb"<[a-zA-Z][^\s/>]*+(?:[\s/=]++|" + _ATTRIBUTE + rb")*+")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_SEPARATORS = b" \t\n\r\f\v/\"'"  # what an attribute can follow, but for the first one's "="
_LINK = re.compile(rb"<a[\s/]", re.I)


def check_bounds(body: bytes) -> None:
    """Raises UnreadablePageError for a page whose markup would take seconds to read; linear in its length."""
    body = body.replace(b"\0", b"")  # UTF-16
    if body.count(b"<") > MAX_MARKUP:
        raise UnreadablePageError(f"more than {MAX_MARKUP} tags on one page: it is not read for links")
    if _may_compare(body):
        _check_attributes(body)
    if len(body) > 3 * MAX_LINKS and sum(1 for _ in _LINK.finditer(body)) > MAX_LINKS:
        raise UnreadablePageError(f"more than {MAX_LINKS} links on one page: it is not read for links")


def _may_compare(body: bytes) -> bool:
    """Whether there can be so many attributes: each has a separator before it, and a long tag counts for two more."""
    separators = len(body) - len(body.translate(None, _SEPARATORS))
    return (separators + 2 * (len(body) // _SHORT_TAG)) ** 2 > MAX_COMPARED


def _check_attributes(body: bytes) -> None:
    compared = 0
    for tag in _TAG.finditer(body):
        if tag.end() - tag.start() > _SHORT_TAG:
            compared += sum(1 for _ in _ATTRIBUTES.finditer(body, tag.start() + 2, tag.end())) ** 2
            if compared > MAX_COMPARED:
                raise UnreadablePageError("a tag has thousands of attributes: the page is not read for links")
