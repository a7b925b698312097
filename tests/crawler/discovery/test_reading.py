"""What each way gives, as the spider takes it over."""

import json

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


def test_more_may_be_records_of_html_in_xml() -> None:
    link = "<li><a href='/art/2026/6/21/art_88_{n}.html'>第{n}条新闻的标题写得足够长</a></li>"
    items = "".join(f"<record><![CDATA[{link.format(n=n)}]]></record>" for n in range(3000, 3004))
    body = f"<?xml version='1.0'?><datastore><recordset>{items}</recordset></datastore>"
    found = reading.more(Page(body.encode()), f"{HOST}/dataproxy.jsp?page=2")
    assert [one.url for one in found.entries] == [f"{HOST}/art/2026/6/21/art_88_{n}.html" for n in range(3000, 3004)]


def test_a_page_that_the_hosts_own_url_led_to_is_a_front_page() -> None:
    ways = reading.list_page(root(PORTAL), f"{HOST}/home/", front=True).ways
    assert ("list", f"{HOST}/world/") in ways


def test_frames_are_lists_of_the_page() -> None:
    page = root("<frameset><frame src='top.htm'><frame src='http://other.example/'></frameset>")
    assert reading.list_page(page, f"{HOST}/").ways == [("list", f"{HOST}/top.htm")]
    page = root(PORTAL.replace("</body>", "<iframe src='/ad.html'></iframe></body>"))
    assert ("list", f"{HOST}/ad.html") not in reading.list_page(page, f"{HOST}/china/").ways


def test_a_state_is_read_where_little_is_printed() -> None:
    state = [{"title": f"第{n}条新闻的标题写得足够长", "url": f"/a/2026/{n}.html"} for n in range(3000, 3004)]
    script = f"<script>var list = {json.dumps(state)}</script>"
    found = reading.list_page(root(f"<body>{script}</body>"), f"{HOST}/china/").entries
    assert [entry.url for entry in found] == [f"{HOST}/a/2026/{n}.html" for n in range(3000, 3004)]
    items = "".join(f"<li><a href='/b/2026/{n}.html'>第{n}条新闻的标题写得足够长</a></li>" for n in range(4000, 4006))
    found = reading.list_page(root(f"<body><ul>{items}</ul>{script}</body>"), f"{HOST}/china/").entries
    assert [entry.url for entry in found] == [f"{HOST}/b/2026/{n}.html" for n in range(4000, 4006)]


def test_where_a_page_sends_its_reader_on() -> None:
    page = root("<body><script>location.href='home/'</script></body>")
    assert reading.moved_to(page, f"{HOST}/") == f"{HOST}/home/"
    assert reading.moved_to(page, f"{HOST}/x/home/") is not None
    assert reading.moved_to(root("<script>location.href='/'</script>"), f"{HOST}/") is None
    assert reading.moved_to(root("<script>location.href='http://other.example/'</script>"), f"{HOST}/") is None


def test_the_usual_place_of_a_sitemap_is_asked_where_a_front_page_shows_nothing() -> None:
    empty = root("<body><div id='app'></div></body>")
    assert reading.list_page(empty, f"{HOST}/").ways == [("sitemap", f"{HOST}/sitemap.xml")]
    assert reading.list_page(empty, f"{HOST}/", sitemaps=[f"{HOST}/map.xml"]).ways == [("sitemap", f"{HOST}/map.xml")]
    assert reading.list_page(empty, f"{HOST}/china/").ways == []
