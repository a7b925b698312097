"""What keeps the browser application shut: it answers this machine only, loads nothing, runs nothing.

- Host header: a name that is not this machine's is refused, so that a web page elsewhere cannot point its own name at
  127.0.0.1 and read the store through the visitor's browser (DNS rebinding).
- Methods: GET and HEAD only. Nothing here changes anything, so there is nothing to forge.
- Content-Security-Policy: no scripts at all, our own style sheet, no picture, no connection.
- A page as it was fetched is answered in a sandbox of its own (`sandboxed`), where nothing but its style is allowed.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request

METHODS = ("GET", "HEAD")
LOCAL = frozenset(("127.0.0.1", "localhost", "[::1]"))
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-src 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SCHEMES = frozenset(("http", "https"))


def protect(app: Flask, hosts: frozenset[str]) -> None:
    """Have every request looked at and every answer sealed. `hosts`: the names by which the server may be called."""
    allowed = LOCAL | {host.casefold() for host in hosts}

    @app.before_request
    def _refuse() -> None:
        if _name(request) not in allowed:
            abort(403, "this server answers requests to this machine by its own name only")
        if request.method not in METHODS:
            abort(405, "nothing can be changed here")

    @app.after_request
    def _seal(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def sandboxed(html: str, style: str) -> Response:
    """An answer for a frame: a document in an origin of its own, without scripts, forms, pictures or connections.

    `style` is the text of its one style element; the policy allows that by its digest and nothing else.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"sandbox; default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    return response


def outside(url: object) -> str | None:
    """An address that a link to the outside may have: http or https with a host; None for any other."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in _SCHEMES and parts.hostname else None
    except ValueError:
        return None


def _name(asked: Request) -> str:
    """The host that was asked for, without its port."""
    host = asked.headers.get("Host", "").casefold()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host
