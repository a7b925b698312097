import gzip

import pytest

from crawler.discovery import sitemap
from crawler.discovery.feed import Entry
from crawler.discovery.sitemap import newest_first, read_sitemap
from pipelines.errors import UnreadablePageError

BASE = "http://news.example/sitemap.xml"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

PAGES = f"""<?xml version="1.0"?><!-- made by hand --><urlset {SPACE}
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<!-- the newest first --><url><loc> http://news.example/c/1.html </loc><lastmod>2026-06-22</lastmod>
<news:news><news:publication_date>2026-06-21T12:30:00+08:00</news:publication_date><news:title>第一条</news:title></news:news></url>
<url><loc>http://news.example/c/2.html</loc><lastmod>2026-06-20</lastmod></url>
<url><loc>ftp://news.example/c/3.html</loc></url><url><lastmod>2026-06-20</lastmod></url></urlset>"""

INDEX = f"""<sitemapindex {SPACE}><sitemap><loc>http://news.example/a.xml.gz</loc></sitemap>
<sitemap><loc>/b.xml</loc></sitemap></sitemapindex>"""


def test_pages_with_news_extension() -> None:
    found = read_sitemap(PAGES.encode(), BASE)
    assert found.pages == [
        Entry("http://news.example/c/1.html", "第一条", "2026-06-21T12:30:00+08:00", changed=1782086400.0),
        Entry("http://news.example/c/2.html", "", "2026-06-20", changed=1781913600.0),
    ]
    assert found.sitemaps == []


def test_index() -> None:
    found = read_sitemap(INDEX.encode(), BASE)
    assert [one.url for one in found.sitemaps] == ["http://news.example/a.xml.gz", "http://news.example/b.xml"]
    assert found.pages == []


def test_gzip_is_unpacked() -> None:
    assert len(read_sitemap(gzip.compress(PAGES.encode()), BASE).pages) == 2


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", 1000)
    with pytest.raises(UnreadablePageError, match="too large"):
        read_sitemap(gzip.compress(PAGES.encode() + b" " * 1000), BASE)


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", gzip.compress(PAGES.encode())[:60] + b"\xff" * 40, b"\x1f\x8b broken"]
)
def test_what_is_no_sitemap(body: bytes) -> None:
    with pytest.raises(UnreadablePageError):
        read_sitemap(body, BASE)


def test_gzip_in_several_members_and_with_rubbish_behind() -> None:
    raw = PAGES.encode()
    body = gzip.compress(raw[:150]) + gzip.compress(b"") + gzip.compress(raw[150:])
    assert len(read_sitemap(body + b"rubbish", BASE).pages) == 2


def test_members_without_end_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_MEMBERS", 3)
    body = gzip.compress(PAGES.encode()[:-9]) + gzip.compress(b"") * 5 + gzip.compress(b"</urlset>")
    assert len(read_sitemap(body, BASE).pages) == 2


@pytest.mark.parametrize(
    ("declared", "charset"),
    [("gb2312", "gb18030"), ("gb2312", "utf-8"), ("utf-16", "utf-8"), ("utf-8", "utf-16"), ("utf-8", "gb18030")],
)
def test_a_wrong_charset_costs_no_page(declared: str, charset: str) -> None:
    body = PAGES.replace('version="1.0"', f'version="1.0" encoding="{declared}"').replace("第一条", "镕堃喆的新闻")
    assert [page.url[-6:] for page in read_sitemap(body.encode(charset), BASE).pages] == ["1.html", "2.html"]


def test_ampersands_that_are_none_of_xml_change_no_url() -> None:
    first = "<url><title>&nbsp;</title><loc>/c?a=1&b=2&amp;c=3</loc></url>"
    body = f"<urlset {SPACE}>{first}<url><loc>/d</loc></url></urlset>"
    assert [page.url for page in read_sitemap(body.encode(), BASE).pages] == [
        "http://news.example/c?a=1&b=2&c=3",
        "http://news.example/d",
    ]


def test_a_picture_is_no_page() -> None:
    body = f"""<urlset {SPACE} xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"><url>
    <i:image><i:loc>http://news.example/a.jpg</i:loc><i:title>图</i:title></i:image>
    <loc>http://news.example/c/1.html</loc></url></urlset>"""
    assert read_sitemap(body.encode(), BASE).pages == [Entry("http://news.example/c/1.html")]


def test_plain_lines() -> None:
    body = b"\xef\xbb\xbfhttp://news.example/c/1.html\nnonsense:\n\nhttps://news.example/c/2.html\n"
    expected = ["http://news.example/c/1.html", "https://news.example/c/2.html"]
    assert [page.url for page in read_sitemap(body, BASE).pages if "/c/" in page.url] == expected


def test_no_more_entries_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 3)
    many = "".join(f"<url><loc>http://news.example/c/{n}.html</loc></url>" for n in range(9))
    assert len(read_sitemap(f"<urlset>{many}</urlset>".encode(), BASE).pages) == 3
    lines = "".join(f"http://news.example/c/{n}.html\n" for n in range(9))
    assert len(read_sitemap(lines.encode(), BASE).pages) == 3


def test_entities_are_not_resolved() -> None:
    body = f"""<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "c/9.html">]>
    <urlset {SPACE}><url><loc>http://news.example/&x;&y;</loc></url></urlset>"""
    assert [page.url for page in read_sitemap(body.encode(), BASE).pages] == ["http://news.example/"]


def test_the_newest_come_first() -> None:
    dates = [None, "2026-06-20", "2026-06-21T12:30:00+08:00", "2026-06-21"]
    entries = [Entry(f"{BASE}?{n}", date=date) for n, date in enumerate(dates)]
    assert [entry.date for entry in newest_first(entries)] == [dates[2], dates[3], dates[1], None]
