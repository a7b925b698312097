"""The extractors to compare with, as they come out of the box. Imported only here; all but trafilatura are optional."""

from __future__ import annotations

import re
from typing import Any

from crawler.evaluation.measure import measured
from pipelines.errors import UnreadablePageError
from pipelines.extraction.decode import decode
from pipelines.items import Article, Page

# Elements that begin and end a line when readability's HTML is read as text.
_LINES = frozenset("p div li h1 h2 h3 h4 h5 h6 tr br blockquote pre figure figcaption section article".split())
_AUTHORS = re.compile(r"\s*;\s*")  # how trafilatura parts them


@measured
def trafilatura(page: Page) -> Article:
    """trafilatura's defaults, with metadata, on the page's bytes."""
    from trafilatura import bare_extraction

    found: Any = bare_extraction(page.body, with_metadata=True)
    if found is None:
        raise UnreadablePageError("no answer")
    return Article(
        id=page.id or "",
        title=found.title or "",
        published=found.date,
        authors=[name for name in _AUTHORS.split(found.author or "") if name],
        source=found.sitename,
        tags=list(found.tags or ()),
        text=found.text or "",
    )


@measured
def readability(page: Page) -> Article:
    """readability-lxml on the decoded page."""
    import lxml.html
    from lxml.etree import LxmlError
    from readability import Document
    from readability.readability import Unparseable

    try:
        document = Document(decode(page.body, page.content_type)[0])
        root: Any = lxml.html.fromstring(document.summary(html_partial=True))
        title = document.short_title()
    except (Unparseable, LxmlError, ValueError) as error:
        raise UnreadablePageError(f"no answer ({error})") from None
    for element in root.iter():
        if element.tag in _LINES:
            element.text, element.tail = "\n" + (element.text or ""), "\n" + (element.tail or "")
    return Article(id=page.id or "", title=title or "", text=_tidy(str(root.text_content())))


@measured
def gne(page: Page) -> Article:
    """GNE (general news extractor) on the decoded page."""
    from gne import GeneralNewsExtractor

    try:
        found = GeneralNewsExtractor().extract(decode(page.body, page.content_type)[0])
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as error:  # its ways to fail on odd pages
        raise UnreadablePageError(f"no answer ({type(error).__name__}: {error})") from None
    return Article(
        id=page.id or "",
        title=found["title"] or "",
        published=found["publish_time"] or None,
        authors=[found["author"]] if found["author"] else [],
        text=_tidy(found["content"]),
    )


@measured
def unchanged(page: Page) -> Article:
    """A dump as it stands: what any work on it must beat."""
    return Article(id=page.id or "", text=_tidy(decode(page.body, page.content_type)[0]))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
