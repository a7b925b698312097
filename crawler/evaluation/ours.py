"""Our own extractor as it is measured: single pages, no memory of their site."""

from __future__ import annotations

from crawler.evaluation.measure import measured
from pipelines.extraction.article import extract_page
from pipelines.extraction.flat.dump import clean_text
from pipelines.items import Article, Page


@measured
def html(page: Page) -> Article:
    """What `scrapy extract --no-memory` gives."""
    return extract_page(page)


@measured
def text(page: Page) -> Article:
    """What `scrapy clean` gives."""
    return clean_text(page)
