"""A page written anew: its parts marked, nothing of it left that runs or loads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree, html

from pipelines.errors import PageError
from pipelines.extraction.article import extract_page
from pipelines.extraction.marked import Links, marked_body
from pipelines.items import Label, Page, Segment
from tests.crawler.web.hostile import ATTEMPTS

ARTICLE = """<html><head><title>x</title><style>p{}</style></head><body>
<div class="nav"><a href="/a">体育</a> <a href="/b">财经</a><button>搜索</button></div>
<div class="main"><h1>城市发展的新路</h1><div class="info">2026-06-21 08:30 来源：新华社</div>
<div class="text"><p>第一段讲<b>城市</b>发展，体育也在其中，这里还要多写几句话才像一篇文章的正文。</p>
第二段没有自己的元素，<br>第三段在换行之后，也要写得长一些才像一篇文章的正文，所以这里再写几句。
<span class="sr-only">念出来的</span>
<p>第四段讲体育和财经，也要写得长一些才像一篇文章的正文，所以这里再写几句话，凑够字数。</p></div>
<div class="copyright">版权所有，未经授权不得转载。</div></div></body></html>"""


def marks(source: str) -> list[tuple[str, str]]:
    tree = html.fromstring(f"<div>{source}</div>")
    return [
        (str(e.get("class")).removeprefix("part "), " ".join((e.text or "").split())) for e in tree.cssselect(".part")
    ]


def test_every_block_has_its_own_label() -> None:
    page = Page(ARTICLE.encode(), "http://news.example/1.html", content_type="text/html; charset=utf-8")
    article = extract_page(page)
    found = marks(marked_body(page, article.segments))
    labels = {text: label for label, text in found}
    assert labels["城市发展的新路"] == "title"
    assert labels["城市"] == "body"
    assert labels["第二段没有自己的元素，"] == "body"
    assert labels["版权所有，未经授权不得转载。"] == "copyright"
    assert labels["体育"] != "body", "a menu's word that the text has too"
    assert "念出来的" not in labels
    joined = {label: "".join(text for name, text in found if name == label) for label in labels.values()}
    for segment in article.segments:
        assert "".join(segment.text.split()) in "".join(joined[segment.label.value].split())


def test_blocks_that_no_segment_has_are_not_marked() -> None:
    page = Page(b"<p>menu</p><p>text</p><p>menu</p>")
    (mark,) = marks(marked_body(page, [Segment(Label.BODY, "text", "r", "p")]))
    assert mark == ("body", "text")


def test_lists_that_were_read_apart_are_known_by_the_end_of_their_place() -> None:
    page = Page(b"<div class=rec><ul><li>one</ul></div><div class=hot>two</div><div class=x><p>one</p></div>")
    segments = [Segment(Label.RELATED, "one", "r", "ul/li"), Segment(Label.LATEST, "two", "r", "html")]
    assert marks(marked_body(page, segments)) == [("related", "one"), ("latest", "two")]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_of_the_page_runs_or_loads(attempt: str) -> None:
    said = "".join(c for c in attempt if c >= " ").encode("utf-8", "replace").decode()
    source = f"<p>{said}</p><div title='{said}' {said}>{said}</div><table background=x><td>{said}</table>{said}"
    page = Page(source.encode(), content_type="text/html; charset=utf-8")
    segments = [Segment(Label.BODY, said, said, said), Segment(Label.OTHER, said, said, "p")]
    tree = html.fromstring(f"<div>{marked_body(page, segments)}</div>")
    for element in tree.iter(etree.Element):
        assert element.tag in "p div span table tr td tbody b i ul ol li h1 h2 br hr".split()
        assert set(element.attrib) <= {"class", "title"}
    assert not list(tree.iter(etree.Comment, etree.PI))


def test_deep_pages_and_no_pages() -> None:
    deep = Page(b"<div>" * 1900 + b"x" + b"</div>" * 1900)
    assert "x" in marked_body(deep, [])
    with pytest.raises(PageError):
        marked_body(Page(b""), [])


def test_parts_link_where_they_are_asked_to() -> None:
    page = Page(ARTICLE.encode(), "http://news.example/1.html", content_type="text/html; charset=utf-8")
    article = extract_page(page)
    segments = [s for s in article.segments if "财经" not in s.text]
    links_of = Links(lambda number: f"/x?block={number}&a=<>", lambda number: f"/x?passed={number}")
    source = marked_body(page, segments, links_of)
    tree = html.fromstring(f"<div>{source}</div>")
    links = {"".join(a.itertext()): a.get("href") for a in tree.iter("a")}
    number = [s.text for s in segments].index("版权所有，未经授权不得转载。")
    assert links["版权所有，未经授权不得转载。"] == f"/x?block={number}&a=<>"
    assert (links["体育"], links["财经"]) == ("/x?passed=0", "/x?passed=0")
    assert "tabindex" not in marked_body(page, segments, replace(links_of, keyboard=True))
    assert {(a.get("target"), a.get("tabindex")) for a in tree.iter("a")} == {("_top", "-1")}
