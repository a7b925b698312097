"""The list of articles: search, filters, page by page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from crawler.web.asking import cursor, filters, place
from crawler.web.sources import sources

pages = Blueprint("articles", __name__)
SHOWN = 40  # articles of a page


@pages.get("/")
def index() -> str:
    """Articles, newest first."""
    asked = filters(request.args)
    after = place(request.args)
    found = sources().reader.listing(asked.query(), SHOWN, after)
    return render_template("articles.html", asked=asked, found=found, older=cursor(found.after), first=after is None)
