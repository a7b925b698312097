"""The document in the frame of an article's page: the page as it was fetched, its parts in colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources

from pipelines.extraction.marked import marked_body
from pipelines.items import Page, Segment

# One style element, allowed by its digest: in the frame's sandbox nothing of ours can be loaded either.
STYLE = resources.files("crawler.web").joinpath("static/page.css").read_text("utf-8")


def document(page: Page, segments: Sequence[Segment], address: Callable[[int], str] | None = None) -> str:
    """A whole HTML document; `address`: to which a segment links. Raises PageError where it cannot be decoded."""
    body = marked_body(page, segments, address)
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>page</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
