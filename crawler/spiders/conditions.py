"""Questions whether a page has changed (RFC 9110, 13), and what an answer says for the next one."""

from __future__ import annotations

import re

from lxml.html import HtmlElement
from scrapy.http import Request, Response

from crawler.discovery.itself import other_urls
from pipelines.items import Fresh, Lease

NOT_MODIFIED = 304
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,200}")  # visible ASCII; a longer one is none that a server will know again


def ask_if_changed(request: Request, lease: Lease) -> Request:
    """The request, conditional where the article of the last answer is known."""
    validators = {"If-None-Match": lease.etag, "If-Modified-Since": lease.last_modified}
    given = {name: value for name, value in validators.items() if value}
    if not given:
        return request
    request.headers.update(given)
    request.meta["handle_httpstatus_list"] = [NOT_MODIFIED]
    return request


def fresh(response: Response, root: HtmlElement) -> Fresh:
    """What an answer says beside its page; where it came from a redirect, that the two URLs are one page."""
    same = (response.url, *other_urls(root, response.url))
    return Fresh(_validator(response, "ETag"), _validator(response, "Last-Modified"), same=same)


def _validator(response: Response, header: str) -> str | None:
    value = (response.headers.get(header) or b"").decode("latin-1").strip()
    return value if _VALIDATOR.fullmatch(value) else None
