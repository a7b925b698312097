"""Any list of articles as a feed to subscribe to: of a site, a tag, a source, a search, or all."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for

from crawler.web.asking import Asked, filters, number, switch
from crawler.web.feed_formats import FORMATS, Feed
from crawler.web.sources import sources

pages = Blueprint("feeds", __name__)
ENTRIES = 50  # of a feed, unless `limit` says less
MOST = 200


@pages.get("/feed.<form>")
def feed(form: str) -> Response:
    """A feed: /feed.rss, /feed.atom, /feed.json, with the filters of the list; near-duplicates with duplicates=1."""
    if form not in FORMATS:
        abort(404, f"feeds are {', '.join(f'/feed.{name}' for name in FORMATS)}")
    asked = filters(request.args)
    query = asked.query(originals=not switch(request.args, "duplicates"))
    kind, write = FORMATS[form]
    found = sources().reader.listing(query, number(request.args, "limit", ENTRIES, MOST), whole=True)
    page = url_for("articles.index", _external=True, **asked.given())
    return Response(write(Feed(title(asked), page, request.url), found.rows), content_type=f"{kind}; charset=utf-8")


def title(asked: Asked) -> str:
    """What a feed of these filters is called."""
    return " · ".join(["newswinnow", *asked.given().values()])
