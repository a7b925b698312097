"""What keeps the browser application shut: it answers this machine only, loads nothing, runs nothing.

- Host header: a name that is not this machine's is refused, so that a web page elsewhere cannot point its own name at
  127.0.0.1 and read the store through the visitor's browser (DNS rebinding).
- Methods: GET and HEAD; POST for the few addresses that change something, with the token of our own forms. No page
  elsewhere can read that token, and what a browser says of where a request comes from (Sec-Fetch-Site) must fit.
- Content-Security-Policy: no scripts at all, our own style sheet, no picture, no connection.
- A page as it was fetched is answered in a sandbox of its own (`sandboxed`), where nothing but its style is allowed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
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
FOLLOWED = "allow-top-navigation-by-user-activation"  # all that a frame's document may
_SCHEMES = frozenset(("http", "https"))


def protect(app: Flask, hosts: frozenset[str]) -> None:
    """Have every request looked at and every answer sealed. `hosts`: the names by which the server may be called.

    Templates know the token that a form needs as `token`; it is another one with each start.
    """
    allowed = LOCAL | {host.casefold() for host in hosts}
    token = secrets.token_urlsafe(32)
    app.jinja_env.globals["token"] = token

    @app.before_request
    def _refuse() -> None:
        if _name(request) not in allowed:
            abort(403, "this server answers requests to this machine by its own name only")
        if request.method == "POST" and request.url_rule is not None:
            _refuse_forged(request, token)
        elif request.method not in METHODS:
            abort(405, description="nothing can be changed here", valid_methods=METHODS)

    @app.after_request
    def _seal(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _refuse_forged(asked: Request, token: str) -> None:
    """End a change that no form of ours has sent."""
    if asked.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403, "a change must come from a page of this server")
    if not secrets.compare_digest(asked.form.get("token", "").encode(), token.encode()):
        abort(403, "the form is from before this server was started: open its page anew and send it once more")


def sandboxed(html: str, style: str, *, links: bool = False) -> Response:
    """An answer for a frame: a document in an origin of its own, without scripts, forms, pictures or connections.

    `style` is the text of its one style element; the policy allows that by its digest and nothing else. `links`:
    it holds links of ours; one that a person follows leads the whole window on.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    response = Response(html, mimetype="text/html")
    sandbox = f"sandbox {FOLLOWED}" if links else "sandbox"
    response.headers["Content-Security-Policy"] = (
        f"{sandbox}; default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
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
