"""The document in the frame of an article's page: the page as it was fetched, its parts in colours."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from pipelines.extraction.marked import Links, marked_body
from pipelines.items import Page, Segment

# One style element, allowed by its digest: in the frame's sandbox nothing of ours can be loaded either.
STYLE = resources.files("crawler.web").joinpath("static/page.css").read_text("utf-8")


def document(page: Page, segments: Sequence[Segment], links: Links | None = None) -> str:
    """A whole HTML document; `links`: of its texts. Raises PageError where the page cannot be decoded."""
    body = marked_body(page, segments, links)
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>page</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
