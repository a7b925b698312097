"""The same job on flattened text: a dump without markup -> Article."""

from __future__ import annotations

from pipelines.items import Article, Page


def clean_text(page: Page) -> Article:
    """Take one flattened dump apart (page.body: its bytes, in any charset).

    Raises PageError (EmptyPageError, BinaryPageError) where it cannot become an article.
    """
    return Article(id=page.id or "", text=page.body.decode("utf-8", "replace"))
