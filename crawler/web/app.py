"""The application of `scrapy browse`: a few pages, feeds and an API over the store, read only.

`create_app` puts it together; each group of pages is a blueprint in a file of its own. Everything that a page of the
web said is escaped by the templates, and stripped of control characters on the way there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from crawler.rendering import printable
from crawler.web.guard import outside, protect
from pipelines.errors import NewswinnowError, StoreAwayError
from pipelines.extraction.memory.memories import Memories
from pipelines.items import Page
from pipelines.store.reading import Reader

_KEY = "newswinnow"
_ISO = re.compile(r"(\d{4}(?:-\d\d){0,2})(?:T(\d\d)(?::(\d\d))?)?")


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application shows. `raw` gives a page as it was fetched, by URL and time, if it is kept."""

    reader: Reader
    memory: Memories
    reports: Path
    raw: Callable[[str, str | None], Page | None]
    hosts: frozenset[str] = field(default_factory=frozenset)  # names of this server beside localhost


def create_app(sources: Sources) -> Flask:
    """The application over some sources. Reads nothing until it is asked."""
    from crawler.web import api, article, articles, feeds, runs, sites

    app = Flask("crawler.web", static_folder="static", template_folder="templates")
    app.extensions[_KEY] = sources
    app.jinja_options = {"finalize": _shown, "trim_blocks": True, "lstrip_blocks": True}
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(MAX_CONTENT_LENGTH=0, TRAP_HTTP_EXCEPTIONS=False)
    app.add_template_filter(outside, "outside")
    app.add_template_filter(_moment, "moment")
    protect(app, sources.hosts)
    for module in (articles, article, sites, runs, feeds, api):
        app.register_blueprint(module.pages)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(NewswinnowError, _failed)
    return app


def sources() -> Sources:
    """The sources of the application that answers the request at hand."""
    return cast("Sources", current_app.extensions[_KEY])


def _moment(value: str | None) -> str:
    """A date of an article or a moment of the store as a person reads it: by its precision, without its offset."""
    found = _ISO.match(value or "")
    if found is None:
        return value or ""
    day, hour, minute = found.groups()
    return day if hour is None else f"{day} {hour}:{minute}" if minute else f"{day} {hour} h"


def _shown(value: object) -> object:
    """What a template prints: None as nothing, text without control characters and marks that turn its direction."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def _refused(error: HTTPException) -> Response:
    return _said(error.code or 500, error.description or error.name)


def _failed(error: NewswinnowError) -> Response:
    return _said(503 if isinstance(error, StoreAwayError) else 500, str(error))


def _said(status: int, message: str) -> Response:
    """An error as the kind of page that was asked for."""
    if request.path.startswith("/api/"):
        response = jsonify({"error": printable(message)})
    else:
        response = make_response(render_template("error.html", status=status, message=message))
    response.status_code = status
    if status == 405:
        response.headers["Allow"] = "GET, HEAD"
    return response
