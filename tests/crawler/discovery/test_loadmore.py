import json

import pytest

from crawler.discovery.feed import Entry
from crawler.discovery.loadmore import endpoints, following, read_more
from pipelines.errors import UnreadablePageError
from tests.crawler.discovery.pages import root

HOST = "http://news.example"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a class="more" data-url="/api/list?cid=3&amp;page=2">加载更多</a>', "/api/list?cid=3&page=2"),
        ('<div data-api="/roll/get?pageid=153&amp;num=50&amp;page=1"></div>', "/roll/get?pageid=153&num=50&page=1"),
        ('<script>load("/api/feed?offset=20&size=" + n)</script>', "/api/feed?offset=20&size=20"),
        ("<script>$.getJSON('/list.json?page=' + (++page))</script>", "/list.json?page=2"),
        ("<script>let u = `/api/news?p=${n}&c=5`</script>", "/api/news?p=2&c=5"),
        ('<script>var more = "//www.news.example/more?page={page}";</script>', "http://www.news.example/more?page=2"),
        ('<a data-url="/api/comments?page=2">更多评论</a>', None),
        ('<a data-url="http://other.example/list?page=2">更多</a>', None),
        ('<a data-url="/c/2026-06-21/doc-1.shtml">x</a>', None),
        ('<script>var a = "/track?page=1", b = "/i.gif?start=";</script>', None),
        ('<script src="/app.js?page=2"></script>', None),
    ],
)  # fmt: skip
def test_endpoints_that_stand_in_the_page(html: str, found: str | None) -> None:
    expected = [found if found.startswith("http") else HOST + found] if found else []
    page = root(f"<body><p>一份列表</p>{html}</body>")
    assert [url for url in endpoints(page, f"{HOST}/china/") if not url.endswith("i.gif?start=0")] == expected


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('$.ajax({url: "/data/china_" + page + ".jsonp"})', "/data/china_2.jsonp"),
        ("get('/ajax/news/' + (++curPage) + '.html')", "/ajax/news/2.html"),
        ("fetch(`/ajax/news/${page + 1}`)", "/ajax/news/2"),
        ("img.src = '/banner_' + index + '.html'", None),
        ("open('/login/' + page + '.html')", None),
    ],
)
def test_numbers_that_a_script_puts_into_a_path(script: str, found: str | None) -> None:
    page = root(f"<body><script>{script}</script></body>")
    assert endpoints(page, f"{HOST}/china/") == ([HOST + found] if found else [])


def test_all_is_asked_where_nothing_is_printed() -> None:
    page = root('<body><a data-url="/api/list?page=">加载</a><script>get("/data/a_" + page + ".json")</script></body>')
    found = [f"{HOST}/api/list?page=1", f"{HOST}/data/a_1.json"]
    assert endpoints(page, f"{HOST}/china/", printed=False) == found


def test_entries_of_json() -> None:
    answer = {
        "status": 0,
        "data": {
            "more": "/china/",
            "list": [
                {"title": "第一条", "url": "/c/doc-1001.html", "ctime": "2026-06-21 12:30", "img": {"url": "/a.jpg"}},
                {"Title": "第二条", "Link": "http://news.example/c/doc-1002.html", "ctime": 1782000000},
                {"title": "第二条", "url": "http://news.example/c/doc-1002.html"},
                {"title": "频道", "url": "/tech/"},
                {"title": "坏", "url": "javascript:void(0)"},
            ],
        },
    }
    expected = [
        Entry(f"{HOST}/c/doc-1001.html", "第一条", "2026-06-21 12:30"),
        Entry(f"{HOST}/c/doc-1002.html", "第二条"),
    ]
    body = json.dumps(answer).encode()
    assert read_more(body, f"{HOST}/api/list?page=2") == expected
    assert read_more(b"\xef\xbb\xbf cb_1(" + body + b");", f"{HOST}/api/list?page=2") == expected


def test_entries_of_html_inside_json() -> None:
    items = "".join(
        f'<li><a href="/c/2026-06-21/doc-iab10000{n:02}.shtml">第{n}条新闻的标题写得足够长才像标题</a></li>'
        for n in range(4)
    )
    found = read_more(json.dumps({"html": f"<ul>{items}</ul>"}).encode(), f"{HOST}/api/list?page=2")
    assert [entry.url for entry in found] == [f"{HOST}/c/2026-06-21/doc-iab10000{n:02}.shtml" for n in range(4)]


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"cb({", b"[" * 5000])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(UnreadablePageError):
        read_more(body, f"{HOST}/api")


@pytest.mark.parametrize(
    ("url", "count", "expected"),
    [
        ("/api?cid=3&page=2", 20, "/api?cid=3&page=3"),
        ("/api?offset=20&size=20", 20, "/api?offset=40&size=20"),
        ("/api?page=2", 0, None),
        ("/api?cid=3", 20, None),
        ("/api?page=99999999", 20, None),
        ("/data/china_2.jsonp", 20, "/data/china_3.jsonp"),
        ("/ajax/news/9/", 20, "/ajax/news/10/"),
        ("/data/china_2.jsonp", 0, None),
        ("/data/china.jsonp", 20, None),
    ],
)
def test_the_next_answer(url: str, count: int, expected: str | None) -> None:
    assert following(HOST + url, count) == (HOST + expected if expected else None)
