"""Feeds are what their formats say, whatever the articles hold (S9)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from flask.testing import FlaskClient
from lxml import etree

from crawler.discovery.feed import read_feed
from crawler.web.feed_formats import ATOM, FORMATS, address
from tests.crawler.web.conftest import GOOD
from tests.crawler.web.hostile import ADDRESSES

A = f"{{{ATOM}}}"


def xml(client: FlaskClient, path: str) -> etree._Element:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.data, etree.XMLParser(resolve_entities=False))


@pytest.mark.parametrize("query", ["", "?site=news.example", "?tag=城市", "?q=发展", "?source=新华社&since=2026-06-01"])
def test_a_feed_has_what_its_list_has(client: FlaskClient, query: str) -> None:
    listed = [
        i["id"] for i in client.get(f"/api/articles{query}{'&' if query else '?'}originals=1&limit=50").json["items"]
    ]
    assert "good-1" in listed
    channel = xml(client, f"/feed.rss{query}").find("channel")
    assert channel is not None
    named = [f"urn:newswinnow:{key}" for key in listed]
    assert [item.findtext("guid") for item in channel.findall("item")] == named
    assert [entry.findtext(f"{A}id") for entry in xml(client, f"/feed.atom{query}").findall(f"{A}entry")] == named
    assert [item["id"] for item in client.get(f"/feed.json{query}").get_json(force=True)["items"]] == named


def test_rss_item(client: FlaskClient) -> None:
    root = xml(client, "/feed.rss?site=news.example")
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (item,) = root.findall("channel/item")
    assert item.findtext("title") == GOOD.title
    assert item.findtext("link") == GOOD.url
    assert item.find("guid").get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate")).isoformat() == "2026-06-21T00:30:00+00:00"
    assert [c.text for c in item.findall("category")] == ["城市", "交通"]
    assert item.findtext("description") == "第一段讲城市的发展。<br>第二段讲交通。<br>第三段。"


def test_atom_entry(client: FlaskClient) -> None:
    root = xml(client, "/feed.atom?site=news.example")
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{A}{name}")
    (entry,) = root.findall(f"{A}entry")
    assert entry.findtext(f"{A}published") == "2026-06-21T00:30:00Z"
    assert entry.find(f"{A}link").get("href") == GOOD.url
    assert entry.findtext(f"{A}author/{A}name") == "王小明"
    for moment in root.iter(f"{A}updated"):
        datetime.fromisoformat(moment.text)


def test_json_feed(client: FlaskClient) -> None:
    feed = json.loads(client.get("/feed.json?site=news.example").data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["url"] == GOOD.url
    assert feed["items"][0]["date_published"] == "2026-06-21T00:30:00Z"


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_an_article_holds_leaves_its_place(client: FlaskClient, form: str) -> None:
    answer = client.get(f"/feed.{form}?limit=200")
    assert answer.status_code == 200
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", answer.text)
    if form == "json":
        json.loads(answer.data)
        return
    root = etree.fromstring(answer.data, etree.XMLParser(resolve_entities=False))
    known = {"rss", "channel", "title", "link", "description", "item", "guid", "pubDate", "category"}
    known |= {"feed", "id", "updated", "published", "author", "name", "entry", "summary"}
    for element in root.iter():
        assert isinstance(element.tag, str), "a comment, an instruction or an entity"
        assert etree.QName(element).localname in known
        for value in [element.get("href"), element.text if element.tag == "link" else None]:
            assert value is None or value.startswith(("http://", "https://"))
    for description in root.iter("description"):  # readers take it for HTML
        assert set(re.findall(r"<[^>]*>", description.text or "")) <= {"<br>"}


def test_our_own_reader_of_feeds_reads_them(client: FlaskClient) -> None:
    for form in ("rss", "atom"):
        found = read_feed(client.get(f"/feed.{form}?site=news.example").data, "http://127.0.0.1/feed")
        assert any(GOOD.url in str(entry) for entry in found)


def test_feeds_leave_out_duplicates_unless_asked(client: FlaskClient) -> None:
    assert "copy-1" not in client.get("/feed.atom").text
    assert "copy-1" in client.get("/feed.atom?duplicates=1").text


@pytest.mark.parametrize(
    "path", ["/feed.xml", "/feed.rss?limit=0", "/feed.rss?limit=201", "/feed.rss?duplicates=x", "/feed.json?since=x"]
)
def test_what_is_no_feed_is_said(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (400, 404)


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_in_feeds(url: str) -> None:
    found = address({"url": url})
    assert found is None or re.fullmatch(r"https?://[^\s<>\"]+", found)
