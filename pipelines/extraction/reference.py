"""A second opinion on doubtful pages: trafilatura's answer, mapped onto blocks."""

from __future__ import annotations

import logging

from pipelines.extraction.blocks import Layout
from pipelines.extraction.metadata.site_names import squash
from pipelines.items import Page

SHORTEST = 6  # letters and digits: shorter blocks are found in any text by chance


def trafilatura_blocks(page: Page, layout: Layout) -> frozenset[int]:
    """The blocks whose text stands in what trafilatura extracts from the page (its fast way, text only); maybe none."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs an error for every page without a text
    found = trafilatura.bare_extraction(page.body, fast=True, with_metadata=False)
    text = squash(getattr(found, "text", "") or "")
    if not text:
        return frozenset()
    return frozenset(b.index for b in layout.blocks if len(s := squash(b.text)) >= SHORTEST and s in text)
