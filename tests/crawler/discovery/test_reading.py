"""What each way gives, as the spider takes it over."""

import pytest

from crawler.discovery import reading
from pipelines.items import Page
from pipelines.profiles import read_profile
from tests.crawler.discovery.pages import PORTAL, root

HOST = "http://news.example"
FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
MORE = '<a data-url="/api/list?page=2">加载更多</a></body>'


def test_only_a_front_page_leads_to_channels_feeds_and_sitemaps() -> None:
    page = PORTAL.replace("<body>", f"<head>{FEED}</head><body>", 1).replace("</body>", MORE)
    maps = [f"{HOST}/map.xml"]
    list_ways = reading.list_page(root(page), f"{HOST}/china/", sitemaps=maps).ways
    front_ways = reading.list_page(root(page), f"{HOST}/", sitemaps=maps).ways
    assert {kind for kind, _ in list_ways} == {"list", "more"}
    assert {kind for kind, _ in front_ways} == {"list", "more", "feed", "sitemap"}
    assert ("list", f"{HOST}/world/") in front_ways
    assert ("list", f"{HOST}/world/") not in list_ways


def test_a_profile_says_what_an_article_is() -> None:
    profile = read_profile("article_urls = ['/about']", "news.toml")
    found = reading.list_page(root(PORTAL), f"{HOST}/china/", profile).entries
    assert [entry.url for entry in found] == [f"{HOST}/about.html"]


def test_a_found_sitemap_gives_its_newest_articles_and_a_named_one_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SITEMAP_PAGES", 2)
    days = (20, 22, 21)
    body = "".join(f"<url><loc>{HOST}/c/{d}0001.html</loc><lastmod>2026-06-{d}</lastmod></url>" for d in days)
    body = f"<urlset><url><loc>{HOST}/china/</loc></url>{body}</urlset>"
    found = reading.site_map(body.encode(), f"{HOST}/map.xml")
    assert [entry.url[-11:] for entry in found.entries] == ["220001.html", "210001.html"]
    assert found.left == 1
    named = read_profile(f'sitemaps = ["{HOST}/map.xml"]', "news.toml")
    assert len(reading.site_map(body.encode(), f"{HOST}/map.xml", named).entries) == 3


def test_a_feed_may_stand_for_a_sitemap() -> None:
    body = f"<?xml version='1.0'?><rss><channel><item><link>{HOST}/one</link></item></channel></rss>"
    assert [entry.url for entry in reading.site_map(body.encode(), f"{HOST}/map.xml").entries] == [f"{HOST}/one"]


def test_more_may_be_a_piece_of_the_list() -> None:
    url = f"{HOST}/api/list?page=2"
    found = reading.more(Page(PORTAL.encode()), url)
    assert len(found.entries) == 3
    assert found.ways == [("more", f"{HOST}/api/list?page=3")]
    assert reading.more(Page(b'{"data": []}'), url).ways == []
