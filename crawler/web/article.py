"""One article: its text, fields and parts, what it was before, and its page with the parts coloured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from crawler.web.corrections import PASSED
from crawler.web.guard import sandboxed
from crawler.web.sources import sources
from crawler.web.versions import changes
from pipelines.errors import PageError
from pipelines.items import Label, Segment

if TYPE_CHECKING:
    from pipelines.extraction.marked import Links

pages = Blueprint("article", __name__)
LINES_OF_A_BLOCK = 400  # characters of a block in the list of parts

_FIELDS = (
    *("published", "published_raw", "published_precision", "modified", "authors", "editors", "source", "source_url"),
    *("language", "section", "breadcrumbs", "tags", "url", "canonical_url", "site", "pages", "fetched_at", "status"),
    *("encoding", "method", "confidence", "first_seen", "last_seen", "version", "id"),
)
_LISTS = (("related", "Related"), ("latest", "Latest"), ("prev_next", "Previous and next"))


@pages.get("/article/<path:key>")
def show(key: str) -> str:
    """One article by its id."""
    reader = sources().reader
    found = reader.article(key)
    if found is None:
        abort(404, "no article with this id")
    versions = reader.versions(key)
    raw = bool(found["url"]) and sources().raw(found["url"], found["fetched_at"]) is not None
    return render_template(
        "article.html",
        article=found,
        fields=[(name, found[name]) for name in _FIELDS if found[name] not in (None, "", [])],
        lists=[(heading, found[name]) for name, heading in _LISTS if found[name]],
        group=reader.group(key, found["duplicate_of"]),
        changes=changes([*versions, {"version": found["version"], "replaced": None, "record": found}]),
        raw=raw,
        correctable=_correctable(found, raw=raw),
        longest=LINES_OF_A_BLOCK,
    )


@pages.get("/page/<path:key>")
def page(key: str) -> Response:
    """The page of an article as it was fetched, its parts coloured: a document for a frame."""
    from crawler.web.marked import STYLE, document

    found = sources().reader.article(key)
    raw = sources().raw(found["url"], found["fetched_at"]) if found is not None and found["url"] else None
    if found is None or raw is None:
        abort(404, "no copy of this page is kept")
    segments = [Segment(Label(s["label"]), s["text"], s["reason"], s["path"]) for s in found["segments"]]
    try:
        links = _links(key) if _correctable(found, raw=True) else None
        return sandboxed(document(raw, segments, links), STYLE, links=links is not None)
    except PageError as error:
        abort(404, f"the copy of this page cannot be read: {error}")


def _links(key: str) -> Links:
    """To which corrections the blocks of a page lead; in its frame the keyboard passes them by: it has the list."""
    from pipelines.extraction.marked import Links

    def address(block: str) -> str:
        return url_for("corrections.form", key=key, block=block)

    return Links(lambda n: address(str(n)), lambda n: address(f"{PASSED}{n}"), keyboard="alone" in request.args)


def _correctable(found: Mapping[str, Any], *, raw: bool) -> bool:
    """Whether a person may say otherwise of an article's blocks: its site is known, its page kept."""
    return raw and bool(found["site"]) and sources().changing is not None
