import pytest

from crawler.discovery.feed import Entry, feed_links, moment, read_feed
from pipelines.errors import UnreadablePageError
from tests.crawler.discovery.pages import root

BASE = "http://news.example/feed.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>新闻</title><link>http://news.example/</link>
<item><title>第一条 <![CDATA[& 更多]]></title><link> /c/1.html </link>
<pubDate>Sun, 21 Jun 2026 12:30:00 +0800</pubDate></item>
<item><title>第二条</title><guid>http://news.example/c/2.html</guid><dc:date>2026-06-20</dc:date></item>
<item><title>无链接</title><guid isPermaLink="false">tag:1</guid></item>
<item><title>坏链接</title><link>file:///etc/hostname</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title type="html">One</title><link rel="self" href="http://news.example/self"/>
<link rel="alternate" href="http://news.example/one"/><published>2026-06-21T12:30:00Z</published></entry>
<entry><title>Two</title><link href="two"/><updated>2026-06-20T00:00:00Z</updated></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><title>x</title></channel><item><title>Three</title><link>http://news.example/three</link></item></rdf:RDF>"""


def test_rss() -> None:
    assert read_feed(RSS.encode(), BASE) == [
        Entry("http://news.example/c/1.html", "第一条 & 更多", "Sun, 21 Jun 2026 12:30:00 +0800"),
        Entry("http://news.example/c/2.html", "第二条", "2026-06-20"),
    ]


def test_atom() -> None:
    assert read_feed(ATOM.encode(), BASE) == [
        Entry("http://news.example/one", "One", "2026-06-21T12:30:00Z"),
        Entry("http://news.example/two", "Two", "2026-06-20T00:00:00Z", changed=1781913600.0),
    ]


def test_rdf_and_other_charsets() -> None:
    assert read_feed(RDF.encode(), BASE) == [Entry("http://news.example/three", "Three")]
    chinese = RSS.replace("utf-8", "gb2312").encode("gb2312")
    assert read_feed(chinese, BASE)[1].title == "第二条"


def test_broken_markup_is_mended() -> None:
    assert [e.title for e in read_feed(RSS.replace("第二条", "A & B").encode(), BASE)][1].startswith("A")


@pytest.mark.parametrize(
    ("declared", "charset", "title"),
    [
        ("gb2312", "gb18030", "镕堃喆"),  # not of GB 2312, and the most common lie of all
        ("gb2312", "utf-8", "第二条新闻的标题"),
        ("utf-16", "utf-8", "第二条新闻的标题"),
        ("x-nonsense", "utf-8", "第二条新闻的标题"),
        ("utf-8", "gb18030", "第二条新闻的标题"),
        ("utf-8", "utf-16", "第二条新闻的标题"),
    ],
)
def test_a_wrong_charset_costs_no_entry(declared: str, charset: str, title: str) -> None:
    items = "".join(
        f"<item><title>{t}</title><link>/{n}</link></item>" for n, t in enumerate(("新闻一则", title, "三"))
    )
    body = f'<?xml version="1.0" encoding="{declared}"?><rss><channel>{items}</channel></rss>'.encode(charset)
    assert [(e.url, e.title) for e in read_feed(body, BASE)] == [
        ("http://news.example/0", "新闻一则"),
        ("http://news.example/1", title),
        ("http://news.example/2", "三"),
    ]


def test_ampersands_that_are_none_of_xml_change_no_url() -> None:
    body = b"""<rss><channel><item><title>Q&A &amp; more &mdash; &oddity;</title><link>/a?x=1&y=2&amp;z=3</link></item>
    <item><title><![CDATA[A&B &amp; C]]></title><link><![CDATA[/b?x=1&y=2]]></link></item></channel></rss>"""
    assert [(e.url, e.title) for e in read_feed(body, BASE)] == [
        ("http://news.example/a?x=1&y=2&z=3", "Q&A & more — &oddity;"),
        ("http://news.example/b?x=1&y=2", "A&B &amp; C"),
    ]


def test_links_stand_on_xml_base() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://news.example/2026/">
    <entry xml:base="06/"><link href="one.html"/></entry><entry><link xml:base="/07/" href="two.html"/></entry>
    <entry xml:base="javascript:x"><link href="three.html"/></entry></feed>"""
    expected = ["http://news.example/2026/06/one.html", "http://news.example/07/two.html"]
    assert [e.url for e in read_feed(body, BASE)] == [*expected, "http://news.example/2026/three.html"]


def test_a_feeds_link_to_itself_hides_no_entrys_link() -> None:
    item = '<item><a:link rel="self" href="/feed"/><link>/1</link></item>'
    body = f'<rss xmlns:a="http://www.w3.org/2005/Atom"><channel>{item}</channel></rss>'.encode()
    assert read_feed(body, BASE) == [Entry("http://news.example/1")]


def test_a_servers_warnings_stand_before_no_feed() -> None:
    body = b"<br />\n<b>Warning</b>: feof() in /x.php on line 3<br />\n" + RSS.encode()
    assert len(read_feed(body, BASE)) == 2


def test_an_empty_feed_has_no_entries() -> None:
    assert read_feed(b"<rss><channel/></rss>", BASE) == []


@pytest.mark.parametrize("body", [b"", b"   ", b"\x89PNG\r\n", b"<html><body>404</body></html>", b"plain text"])
def test_no_feed_is_one_clear_line(body: bytes) -> None:
    with pytest.raises(UnreadablePageError) as caught:
        read_feed(body, BASE)
    assert "\n" not in str(caught.value)


def test_entities_are_not_resolved() -> None:
    body = b"""<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">
    <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
    <rss><channel><item><title>t&x;&b;</title><link>http://news.example/1</link></item></channel></rss>"""
    assert read_feed(body, BASE) == [Entry("http://news.example/1", "t&x;&b;")]


def test_feeds_that_a_page_declares() -> None:
    head = """<head><link rel="alternate" type="application/rss+xml" href="/feed/" title="新闻">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed/" title="News » Comments">
    <LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="atom.xml">
    <link rel="alternate" hreflang="en" href="/en/"><link rel="stylesheet" href="/a.css">
    <link rel="alternate" type="application/rss+xml" href="/feed/"></head><body></body>"""
    assert feed_links(root(head), "http://news.example/") == [
        "http://news.example/feed/",
        "http://news.example/atom.xml",
    ]


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [
        ("2026-06-21T12:30:00+08:00", 1782016200.0),
        ("2026-06-21T04:30:00Z", 1782016200.0),
        ("Sun, 21 Jun 2026 12:30:00 +0800", 1782016200.0),
        ("2026-06-21", 1782000000.0),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("9999-99-99", None),
    ],
)
def test_dates_of_changes(printed: str | None, seconds: float | None) -> None:
    assert moment(printed) == seconds


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("/rss.xml", True),
        ("/news/rss_china.xml", True),
        ("/feed/", True),
        ("/index.rdf", True),
        ("/rss", False),  # as often a page about feeds
        ("/comments/feed/", False),
        ("/feed/hot", False),
        ("http://www.other.example/feed/", False),
    ],
)
def test_feeds_that_are_linked_and_not_declared(href: str, found: bool) -> None:
    page = f"<body><a href='{href}'>RSS</a></body>"
    base = "http://news.example/"
    assert feed_links(root(page), base) == ([f"http://news.example{href}"] if found else [])
    declared = f"<head><link rel='alternate' type='application/rss+xml' href='/a.xml'></head>{page}"
    assert feed_links(root(declared), base) == ["http://news.example/a.xml"]


def test_the_day_of_a_change_is_no_date_of_publication() -> None:
    assert Entry("http://n.example/1", date="2026-06-21", changed=moment("2026-06-21")).published is None
    assert Entry("http://n.example/1", date="2026-06-20", changed=moment("2026-06-21")).published == "2026-06-20"
    assert Entry("http://n.example/1", date="2026-06-20").published == "2026-06-20"
