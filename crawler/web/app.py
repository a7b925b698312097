"""The application of `scrapy browse`: a few pages, feeds and an API over the store; it changes rules of sites only.

`create_app` puts it together; each group of pages is a blueprint in a file of its own. Everything that a page of the
web said is escaped by the templates, and stripped of control characters on the way there.
"""

from __future__ import annotations

import re

from flask import Flask, Response, jsonify, make_response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from crawler.rendering import printable
from crawler.web import api, article, articles, corrections, feeds, runs, sites
from crawler.web.guard import FOLLOWED, METHODS, outside, protect
from crawler.web.sources import KEY, Sources
from pipelines.errors import NewswinnowError, StoreAwayError

_ISO = re.compile(r"(\d{4}(?:-\d\d){0,2})(?:T(\d\d)(?::(\d\d))?)?")


FORM = 16_384  # bytes of a request


def create_app(sources: Sources) -> Flask:
    """The application over some sources. Reads nothing until it is asked."""
    app = Flask("crawler.web", static_folder="static", template_folder="templates")
    app.extensions[KEY] = sources
    app.jinja_options = {"finalize": _shown, "trim_blocks": True, "lstrip_blocks": True}
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(MAX_CONTENT_LENGTH=FORM, TRAP_HTTP_EXCEPTIONS=False)
    app.add_template_filter(outside, "outside")
    app.add_template_filter(_moment, "moment")
    protect(app, sources.hosts)
    app.jinja_env.globals.update(followed=FOLLOWED, changeable=sources.changing is not None)
    for module in (articles, article, corrections, sites, runs, feeds, api):
        app.register_blueprint(module.pages)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(NewswinnowError, _failed)
    return app


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
    response = _said(error.code or 500, error.description or error.name)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(
            sorted({*(getattr(error, "valid_methods", None) or METHODS)} - {"OPTIONS"})
        )
    return response


def _failed(error: NewswinnowError) -> Response:
    away = isinstance(error, StoreAwayError) or isinstance(error.__cause__, StoreAwayError)
    return _said(503 if away else 500, str(error))


def _said(status: int, message: str) -> Response:
    """An error as the kind of page that was asked for."""
    if request.path.startswith("/api/"):
        response = jsonify({"error": printable(message)})
    else:
        response = make_response(render_template("error.html", status=status, message=message))
    response.status_code = status
    return response
