"""The Scrapy item pipeline that gives each article its fingerprint, by which the store finds its reprints."""

from __future__ import annotations

from typing import Any

from pipelines.dedup.sketch import BESIDE, fingerprint
from pipelines.items import Outcome


class DedupPipeline:
    """Fills `fingerprint` of the article of each Outcome; other items pass as they are.

    The store compares and chooses, in the transaction that writes the article (setting REPRINTS): only there are the
    articles of all workers known.
    """

    def process_item(self, item: Any) -> Any:
        """The same Outcome."""
        if isinstance(item, Outcome) and item.article is not None:
            article, beside = item.article, item.beside
            known = beside.of(BESIDE, article.title, article.text) if beside is not None else None
            article.fingerprint = fingerprint(article.text) if known is None else known or None
        return item
