"""A store with ordinary and with hostile articles, and the application over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crawler.web.app import create_app
from crawler.web.sources import Sources
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.items import Article, Dropped, Label, Link, Page, Segment
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.reading import Reader
from tests.crawler.web.hostile import corpus

NOW = datetime.now(UTC)
GOOD = Article(
    id="good-1",
    url="http://news.example/1.html",
    canonical_url="http://news.example/1.html",
    site="news.example",
    title="城市发展的新路",
    published="2026-06-21T08:30+08:00",
    source="新华社",
    authors=["王小明"],
    text="第一段讲城市发展。\n第二段讲交通。",
    tags=["城市", "交通"],
    related=[Link("相关的一篇", "http://news.example/2.html", "2026-06-20")],
    copyright=["版权所有"],
    evidence={"title": "h1", "published": "the line under the headline"},
    segments=[
        Segment(Label.TITLE, "城市发展的新路", "the headline", "h1"),
        Segment(Label.BODY, "第一段讲城市发展。", "in the container", "p"),
        Segment(Label.COPYRIGHT, "版权所有", "a phrase of notices", "p"),
    ],
)
RAW = """<html><head><title>x</title><script>alert(1)</script></head><body onload="alert(1)">
<h1>城市发展的新路</h1><p onclick="alert(1)" style="background:url(http://127.0.0.1:9/a)">第一段讲<b>城市发展</b>。</p>
<img src="http://127.0.0.1:9/p.png" alt="街景" onerror="alert(1)"><iframe src="http://127.0.0.1:9/"></iframe>
<p>版权所有</p><a href="javascript:alert(1)">别处</a></body></html>"""


def pages(url: str, fetched_at: str | None) -> Page | None:
    """The one page of which a copy is kept."""
    return Page(RAW.encode(), url, content_type="text/html; charset=utf-8") if url == GOOD.url else None


@pytest.fixture
def web_store(tmp_path: Path) -> Iterator[Store]:
    with open_store(default_url(str(tmp_path))) as store:
        store.upsert([GOOD, *corpus()], NOW)
        store.upsert(
            [replace(GOOD, id="copy-1", url="http://other.example/9", site="other.example", duplicate_of="good-1")], NOW
        )
        store.upsert([replace(GOOD, text="第一段讲城市的发展。\n第二段讲交通。\n第三段。")], NOW)
        run = store.start_run("news.example", NOW)
        store.drop(run, [Dropped("http://news.example/404", "fetch/404", "HTTP 404")], NOW)
        store.finish_run(run, "finished", {"store/new": 2, "store/changed": 1}, NOW)
        store.start_run("<script>alert(1)</script>", NOW)
        yield store


@pytest.fixture
def app(web_store: Store, tmp_path: Path) -> Flask:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/1.html").write_text(
        "<title>report</title><h1>report</h1><script>alert(1)</script>", encoding="utf-8"
    )
    sources = Sources(Reader(web_store.database), MemoryFolder(tmp_path / "memory"), tmp_path / "reports", pages)
    app = create_app(sources)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
