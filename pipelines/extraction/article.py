"""Page -> Article: the whole way of one HTML page. A pure function of bytes and rules: no clock, no network, no Scrapy."""

from __future__ import annotations

from pipelines.errors import EmptyPageError
from pipelines.items import Article, Page, url_id
from pipelines.profiles import SiteProfile


def extract_page(page: Page, profile: SiteProfile | None = None) -> Article:
    """Take one page apart.

    Gives the Article with all its fields, `segments` included (one a block, with label and reason).
    Raises PageError (EmptyPageError, BinaryPageError, NotAnArticleError) where the page cannot become one.
    """
    import trafilatura

    if not page.body.strip():
        raise EmptyPageError("the page is empty: nothing to extract")
    doc = trafilatura.bare_extraction(page.body)
    return Article(id=page.id or url_id(page.url or ""), url=page.url, text=doc.text if doc else "", title=(doc.title or "") if doc else "")
