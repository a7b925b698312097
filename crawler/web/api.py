"""The read-only JSON API: the same lists and filters as the pages. Described for programs at /api/openapi.json."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request

from crawler.rendering import json_line
from crawler.web.asking import MOST, cursor, filters, number, place, switch
from crawler.web.openapi import LARGEST, description
from crawler.web.sources import sources

pages = Blueprint("api", __name__, url_prefix="/api")
SHOWN = 50


@pages.get("/openapi.json")
def openapi() -> Response:
    """The API described in OpenAPI 3.1."""
    return _json(description())


@pages.get("/articles")
def articles() -> Response:
    """A list of articles: `items`, and `after` to go on with, null at the end."""
    query = filters(request.args).query(originals=switch(request.args, "originals"))
    whole = switch(request.args, "whole")
    found = sources().reader.listing(
        query, number(request.args, "limit", SHOWN, MOST), place(request.args), whole=whole
    )
    return _json({"items": found.rows, "after": cursor(found.after), "partial": found.partial})


@pages.get("/articles/<path:key>")
def article(key: str) -> Response:
    """One article with all its fields and segments, and what it was before."""
    found = sources().reader.article(key)
    if found is None:
        abort(404, "no article with this id")
    return _json(found | {"versions": sources().reader.versions(key)})


@pages.get("/sites")
def sites() -> Response:
    """All sites that have articles."""
    return _json({"items": sources().reader.sites()})


@pages.get("/runs")
def runs() -> Response:
    """The newest runs, older than `before`."""
    limit = number(request.args, "limit", SHOWN, MOST)
    before = number(request.args, "before", 0, LARGEST) or None
    found = sources().reader.runs(limit + 1, before)
    return _json({"items": found[:limit], "before": found[limit - 1]["id"] if len(found) > limit else None})


@pages.get("/runs/<int:run>")
def run(run: int) -> Response:
    """One run, with the pages that became no article by reason."""
    found = sources().reader.run(run) if run <= LARGEST else None
    if found is None:
        abort(404, "no run with this number")
    return _json(found)


def _json(value: dict[str, Any]) -> Response:
    return Response(json_line(value), mimetype="application/json")
