import json

import pytest

from crawler.discovery import embedded
from crawler.discovery.listing import article_links
from tests.crawler.discovery.pages import root

HOST = "http://news.example"
TITLE = "第{n}条新闻的标题写得足够长才像标题"
ITEMS = "".join(f"<li><a href='/art/2026/6/21/art_88_{3000 + n}.html'>{TITLE.format(n=n)}</a></li>" for n in range(6))
PATHS = [f"{HOST}/art/2026/6/21/art_88_{3000 + n}.html" for n in range(6)]
STORIES = [
    {"id": n, "headline": TITLE.format(n=n), "path": f"/a/2026/{7000 + n}.html", "publishedAt": "2026-06-21"}
    for n in range(6)
]
STATE = {
    "props": {"section": {"name": "财经", "url": "/finance", "stories": STORIES}, "tags": [{"name": "x", "url": 1}]}
}


@pytest.mark.parametrize(
    "markup",
    [
        f"<script type='text/xml'><recordset><record><![CDATA[{ITEMS}]]></record></recordset></script>",
        f"<script type='text/template'><ul>{ITEMS}</ul></script>",
        f"<textarea style='display:none'>{ITEMS.replace('<', '&lt;')}</textarea>",
    ],
)
def test_lists_that_a_page_holds_as_text(markup: str) -> None:
    (page,) = embedded.printed_lists(root(f"<body>{markup}</body>"))
    assert [link.url for link in article_links(page, f"{HOST}/col/")] == PATHS


def test_scripts_without_lists() -> None:
    page = root("<script>var a = '<a href=/x.html>x</a>'</script><script type='text/xml'><a>x</a></script>")
    assert embedded.printed_lists(page) == []
    template = (
        "<body><script type='text/template'><a href='/a/{{id}}.html'>一条写得足够长的新闻标题在这里</a></script></body>"
    )
    (page,) = embedded.printed_lists(root(template))
    assert article_links(page, HOST) == []


@pytest.mark.parametrize(
    "script",
    [
        f"<script id='__NEXT_DATA__' type='application/json'>{json.dumps(STATE)}</script>",
        f"<script>window.STATE = {json.dumps(STATE)};(function() {{ var s; }})();</script>",
        f"<script>window.STATE = JSON.parse({json.dumps(json.dumps(STATE))});</script>",
    ],
)
def test_what_a_pages_state_names(script: str) -> None:
    page = embedded.state_list(root(f"<body><div id='app'></div>{script}</body>"), f"{HOST}/finance")
    assert page is not None
    found = article_links(page, f"{HOST}/finance")
    assert [(link.url, link.title) for link in found] == [(HOST + s["path"], s["headline"]) for s in STORIES]
    assert found[0].date == "2026-06-21"


@pytest.mark.parametrize(
    "script", ["", "var a = {title: 1", 'x = [[{"title": "a", "url"', 'x = {"title": "t", "url": ""}']
)
def test_a_state_that_names_nothing(script: str) -> None:
    assert embedded.state_list(root(f"<body><script>{script}</script></body>"), HOST) is None


def test_frames() -> None:
    page = root("<frameset><frame src='top.htm'><frame src='news/index.htm'></frameset>")
    assert embedded.frames(page, inner=False) == ["top.htm", "news/index.htm"]
    page = root("<body><iframe src='/list.html'></iframe></body>")
    assert embedded.frames(page, inner=False) == []
    assert embedded.frames(page, inner=True) == ["/list.html"]


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ("window.location.href = '/portal/index.html';", "/portal/index.html"),
        ('location.replace("index/")', "index/"),
        ("self.location='main.htm'", "main.htm"),
        ("var a = location.href", None),
    ],
)
def test_where_a_script_sends_the_reader_on(script: str, target: str | None) -> None:
    assert embedded.moved_to(root(f"<body><script>{script}</script><a href='/x'>进入</a></body>")) == target
    many = "<a href='/x'>x</a>" * 3  # a page of its own: the script speaks of phones
    assert embedded.moved_to(root(f"<body><script>{script}</script>{many}</body>")) is None
