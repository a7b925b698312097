"""Who is answered, and what an answer may do in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree, html

from crawler.web.guard import outside
from tests.crawler.web.hostile import ADDRESSES, ATTEMPTS, corpus

URL_ATTRIBUTES = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcset", "srcdoc")
OWN_ELEMENTS = {"link", "iframe", "form", "meta"}


def every_page() -> Iterator[str]:
    for article in corpus():
        yield f"/article/{article.id}"
    yield from ("/", "/sites", "/runs", "/run/1", "/run/2", "/article/good-1", "/page/good-1", "/site/news.example")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8086", "", "localhost@evil", "10.0.0.1"]
)
def test_other_names_are_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1:8086", "localhost", "LOCALHOST:1", "[::1]:8086"])
def test_this_machine_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/api/articles", "/article/good-1"])
def test_nothing_can_be_changed(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_every_answer_is_sealed(client: FlaskClient) -> None:
    for path in [*every_page(), "/feed.rss", "/api/articles", "/api/openapi.json", "/none", "/static/style.css"]:
        with client.get(path) as answer:  # a file stays open until its answer is closed
            headers = answer.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "script" not in headers["Content-Security-Policy"], path
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer"), path


def harmless(path: str, source: bytes) -> None:
    """Nothing in a page runs, loads from elsewhere or leads to a scheme that runs."""
    page = html.fromstring(source, parser=html.HTMLParser(encoding="utf-8"))
    for element in page.iter(etree.Element):
        assert element.tag not in ("script", "object", "embed", "base", "img", "video", "audio", "math"), (
            path,
            element.tag,
        )
        if element.tag == "style":
            assert path.startswith("/page/")
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), (path, name)
            assert name.lower() != "style", path
            if name in URL_ATTRIBUTES:
                parts = urlsplit(value)
                assert parts.scheme in ("", "http", "https") or value == "data:,", (path, value)
                if parts.netloc or parts.scheme in ("http", "https"):
                    assert element.tag == "a", (path, value)
                    assert "noreferrer" in element.get("rel", ""), (path, value)
        if element.tag == "meta":
            assert "http-equiv" not in element.attrib
        if element.tag == "iframe":
            assert (element.get("sandbox"), element.get("srcdoc")) == ("", None)
        if element.tag == "form":
            assert element.get("action") == "/"


def test_nothing_that_an_article_holds_runs_or_loads(client: FlaskClient) -> None:
    for path in every_page():
        answer = client.get(path)
        assert answer.status_code == 200, path
        harmless(path, answer.data)
        assert not any(c in answer.text for c in "\x00\x08\x1b\x07\u202e\ud800"), path


@pytest.mark.parametrize("name", ["q", "site", "source", "tag", "since", "until", "after", "before", "limit", "x"])
def test_nothing_that_an_address_holds_runs(client: FlaskClient, name: str) -> None:
    for attempt in [*ATTEMPTS, *ADDRESSES]:
        sent = attempt.encode("utf-8", "replace").decode()
        for path in ("/", "/runs"):
            harmless(path, client.get(path, query_string={name: sent}).data)


def test_names_in_paths_are_escaped(client: FlaskClient) -> None:
    from urllib.parse import quote

    for attempt in ATTEMPTS:
        for path in ("/article/", "/site/", "/page/", "/feed.", "/static/", "/"):
            harmless("/", client.get(path + quote(attempt.encode("utf-8", "replace"))).data)


@pytest.mark.parametrize("url", ADDRESSES[:11])
def test_links_out_are_http_only(url: str) -> None:
    assert outside(url) is None


def test_templates_escape_everything(app: Flask) -> None:
    from pathlib import Path

    folder = Path(str(app.root_path)) / "templates"
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape false" not in text, path.name
        assert "<script" not in text, path.name
        assert "style=" not in text, path.name
