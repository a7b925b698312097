import gzip

import pytest

from crawler.discovery import sitemap
from crawler.discovery.feed import Entry
from crawler.discovery.sitemap import read_sitemap
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
        Entry("http://news.example/c/1.html", "第一条", "2026-06-21T12:30:00+08:00"),
        Entry("http://news.example/c/2.html", "", "2026-06-20"),
    ]
    assert found.sitemaps == []


def test_index() -> None:
    found = read_sitemap(INDEX.encode(), BASE)
    assert found.sitemaps == ["http://news.example/a.xml.gz", "http://news.example/b.xml"]
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
