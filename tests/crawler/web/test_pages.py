"""Each page of the application, as a browser gets it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from lxml import html

from pipelines.store.articles import Store
from tests.crawler.web.conftest import GOOD


def tree(client: FlaskClient, path: str, **query: str) -> html.HtmlElement:
    answer = client.get(path + ("?" + urlencode(query) if query else ""))
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.data, parser=html.HTMLParser(encoding="utf-8"))


def titles(client: FlaskClient, **query: str) -> list[str]:
    return [a.text_content() for a in tree(client, "/", **query).cssselect(".articles h2 a")]


def test_the_list_is_searched_and_filtered(client: FlaskClient) -> None:
    assert titles(client, q="城市 交通") == [GOOD.title, GOOD.title]
    assert titles(client, q='"讲交通"', site="news.example") == [GOOD.title]
    assert titles(client, tag="交通", source="新华社", since="2026-06-21", until="2026-06-21") == [GOOD.title] * 2
    assert titles(client, since="2026-06-29") == []
    assert "No article has all of that" in tree(client, "/", q="没有").text_content()


def test_the_list_turns_its_pages(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler.web import articles

    monkeypatch.setattr(articles, "SHOWN", 7)
    seen, address = [], "/"
    while address:
        page = tree(client, address)
        seen += [a.get("href") for a in page.cssselect(".articles h2 a")]
        address = next((a.get("href") for a in page.cssselect(".turn a[rel=next]")), "")
    assert len(seen) == len(set(seen)) == 24


def test_the_list_tells_of_its_feeds(client: FlaskClient) -> None:
    links = tree(client, "/", tag="城市").cssselect("link[rel=alternate]")
    assert [link.get("href").partition("?")[0] for link in links] == ["/feed.rss", "/feed.atom", "/feed.json"]
    assert all("tag=%E5%9F%8E" in link.get("href") for link in links)


def test_an_empty_store_says_what_to_do(client: FlaskClient, web_store: Store) -> None:
    from sqlalchemy import text

    with web_store.database.write() as connection:
        connection.execute(text("DELETE FROM articles"))
    assert "scrapy crawl aggregator" in tree(client, "/").text_content()


def test_one_article(client: FlaskClient) -> None:
    page = tree(client, "/article/good-1")
    assert [p.text for p in page.cssselect("#text > p")][:2] == ["第一段讲城市的发展。", "第二段讲交通。"]
    said = page.text_content()
    assert "the line under the headline" in said  # evidence
    assert "相关的一篇" in said
    assert [e.text for e in page.cssselect("#versions ins")] == ["的", "第三段。"]
    assert [a.get("href") for a in page.cssselect("#group a")] == ["/article/copy-1"]
    assert page.cssselect(".blocks li")[0].get("title") == "title: the headline"
    assert page.cssselect('a[href="http://news.example/1.html"]')[0].get("rel") == "noreferrer noopener"
    (frame,) = page.cssselect("iframe")
    assert (frame.get("sandbox"), frame.get("src")) == ("", "/page/good-1")
    assert not tree(client, "/article/copy-1").cssselect("iframe")
    assert tree(client, "/article/copy-1").cssselect("#group a")[0].get("href") == "/article/good-1"


def test_the_page_as_it_was_fetched_has_its_parts_marked_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/page/good-1")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'sha256-")
    page = html.fromstring(answer.data, parser=html.HTMLParser(encoding="utf-8"))
    marked = [(e.get("class"), e.text, e.get("title")) for e in page.cssselect(".part")]
    assert marked == [
        ("part title", "城市发展的新路", "title: the headline"),
        ("part body", "第一段讲", "body: in the container"),
        ("part body", "城市发展", "body: in the container"),
        ("part body", "。", "body: in the container"),
        ("part copyright", "版权所有", "copyright: a phrase of notices"),
    ]
    assert page.cssselect(".picture")[0].text == "街景"
    assert "别处" in page.text_content()
    assert "127.0.0.1" not in answer.text
    assert not page.cssselect("script, iframe, img, a, [onclick], [onload], [style]")
    assert client.get("/page/copy-1").status_code == 404


def test_sites_and_one_site(client: FlaskClient) -> None:
    rows = {
        r.cssselect("th")[0].text_content(): r.cssselect("td")[0].text
        for r in tree(client, "/sites").cssselect("tbody tr")
    }
    assert rows["news.example"] == "1"
    page = tree(client, "/site/news.example")
    assert [e.text for e in page.cssselect("svg rect title")][-1].endswith(": 1")
    assert page.cssselect('a[href="/run/1"]')
    assert client.get("/site/none.example").status_code == 404


def test_a_memory_that_cannot_be_read_is_said(client: FlaskClient, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "memory"
    folder.mkdir()
    (folder / "news.example.json").write_text("{")
    assert "delete it" in tree(client, "/sites").text_content()
    assert "delete it" in tree(client, "/site/news.example").text_content()


def test_runs_and_one_run(client: FlaskClient) -> None:
    rows = [[c.text_content() for c in r] for r in tree(client, "/runs").cssselect("tbody tr")]
    assert [row[0] for row in rows] == ["2", "1"]
    assert rows[1][4:] == ["finished", "2", "1"]
    page = tree(client, "/run/1")
    assert re.search(r"fetch/404\s*1", page.text_content())
    assert page.cssselect('a[href="/run/1/report"]')
    report = client.get("/run/1/report")
    assert report.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert client.get("/run/2/report").status_code == 404
    assert client.get("/run/3").status_code == 404


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/?since=yesterday", "since is a day"),
        ("/?until=2026-02-30", "until is a day"),
        ("/?q=" + "+".join("abcdefghij"), "8 phrases at most"),
        ("/?after=x", "after is not what the page before gave"),
        ("/?after=WzEsMl0", "after is not what the page before gave"),
        ("/?site=" + "x" * 201, "site is 200 characters at most"),
        ("/runs?before=0", "before is a number"),
        ("/runs?before=x", "before is a number"),
    ],
)
def test_what_an_address_asks_for_is_checked(client: FlaskClient, path: str, message: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert message in answer.text


def test_a_store_that_is_away_is_said(client: FlaskClient, web_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.errors import StoreAwayError

    def away() -> None:
        raise StoreAwayError("cannot read the store: it is locked")

    monkeypatch.setattr(web_store.database, "read", away)
    answer = client.get("/")
    assert (answer.status_code, "it is locked" in answer.text) == (503, True)
    assert client.get("/api/articles").json == {"error": "cannot read the store: it is locked"}


def test_memory_that_is_away_with_the_store_is_no_fault_of_ours(
    client: FlaskClient, web_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.errors import MemoryFileError, StoreAwayError

    def away() -> None:
        raise MemoryFileError("cannot read site memory") from StoreAwayError("it is locked")

    monkeypatch.setattr(web_store.database, "read", away)
    assert client.get("/").status_code == 503
