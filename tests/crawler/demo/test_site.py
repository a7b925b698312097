"""The pages are what they claim to be, and the truth is printed on them."""

import json
import re
from functools import cache
from html import unescape

import pytest
from lxml import html

from crawler.demo.lists import LABELS, pager
from crawler.demo.site import LAYOUTS, DemoSite
from crawler.demo.truth import Truth

BASE = "http://news.demo.example"
WIRE = {  # template: encoding on the wire, Content-Type header; by the article's place in its channel, even and odd
    "wordpress": [("utf-8", "text/html; charset=utf-8")] * 2,
    "dedecms": [("gbk", "text/html")] * 2,
    "big5": [("big5", "text/html"), ("big5", "text/html; charset=Big5")],
    "lying": [("gbk", "text/html; charset=utf-8"), ("utf-8", "text/html; charset=gb2312")],
    "multipage": [("gb18030", "text/html")] * 2,
    "portal": [("utf-8", "text/html")] * 2,
}


@cache
def site() -> DemoSite:
    return DemoSite()


def articles(template: str) -> list[Truth]:
    return [truth for truth in site().truth().values() if truth.template == template]


def body(path: str) -> bytes:
    answer = site().answer(path, BASE)
    assert answer is not None, path
    return answer.body


def decoded(truth: Truth, place: int) -> str:
    encoding = WIRE.get(truth.template, [("utf-8", "")] * 2)[place % 2][0]
    paths = [truth.path] + [truth.path.replace(".html", f"_{n}.html") for n in range(2, truth.pages + 1)]
    return "\n".join(body(path).decode(encoding) for path in paths)


def printed(page: str) -> str:
    """All text of a page, tags taken out, references resolved, white space made one."""
    text = re.sub(r"<[^>]+>", "\n", re.sub(r"(?s)<style.*?</style>", "", page))
    return " ".join(unescape(text).split())


def readable(page: bytes, path: str) -> str:
    try:
        return page.decode()
    except UnicodeDecodeError:
        return page.decode("big5" if path.startswith("/life/") else "gb18030")


def squashed(text: str) -> str:
    return " ".join(text.split())


def test_the_site_is_as_large_as_it_should_be() -> None:
    truths = site().truth()
    assert len(truths) == 96
    assert len({truth.template for truth in truths.values()}) == len(LAYOUTS) == 12


def test_truth_hangs_on_the_base_only() -> None:
    assert [truth.path for truth in site().truth("http://127.0.0.1:8000/").values()] == [
        truth.path for truth in DemoSite().truth().values()
    ]
    assert next(iter(site().truth("http://127.0.0.1:8000/"))).startswith("http://127.0.0.1:8000/tech/")


@pytest.mark.parametrize("template", sorted(WIRE))
def test_bytes_and_headers_are_what_the_template_says(template: str) -> None:
    for place, truth in enumerate(articles(template)):
        encoding, header = WIRE[template][place % 2]
        answer = site().answer(truth.path, BASE)
        assert answer is not None
        assert answer.content_type == header
        assert truth.title in answer.body.decode(encoding)


def test_a_lying_page_cannot_be_read_as_declared() -> None:
    for truth in articles("lying"):
        answer = site().answer(truth.path, BASE)
        assert answer is not None
        declared = answer.content_type.rpartition("=")[2]
        assert f"charset={declared}".encode() in answer.body
        assert truth.title not in answer.body.decode(declared, "replace")


@pytest.mark.parametrize("template", [t for t in LAYOUTS if t != "state"])
def test_the_truth_is_printed_on_the_page(template: str) -> None:
    for place, truth in enumerate(articles(template)):
        page = decoded(truth, place)
        text = printed(page)
        wanted = [truth.title, truth.printed.raw, *truth.text.split("\n"), *truth.tags, *truth.related, *truth.latest]
        wanted += [*truth.prev_next, *truth.copyright, *truth.editors, truth.source or ""]
        for piece in wanted:
            assert squashed(piece) in text, (truth.path, piece)
        for author in truth.authors:  # the account's author stands in a meta tag only
            assert author in page


def test_the_state_page_holds_its_text_in_json_only() -> None:
    for truth in articles("state"):
        page = body(truth.path).decode()
        match = re.search(r"__INITIAL_STATE__=(\{.*\});</script>", page)
        assert match
        detail = json.loads(match[1])["article"]["detail"]
        assert printed(unescape(detail["content"])) == squashed(truth.text)
        assert (detail["title"], detail["source"], [detail["author"]]) == (truth.title, truth.source, [*truth.authors])
        assert truth.text.split("\n")[0] not in page.partition("<script>")[0]


def test_a_story_in_parts_is_whole_and_in_order() -> None:
    for place, truth in enumerate(articles("multipage")):
        assert truth.pages in (2, 3)
        assert "下一页" in body(truth.path).decode("gb18030")
        text = printed(decoded(truth, place))
        places = [text.index(squashed(line)) for line in truth.text.split("\n")]
        assert places == sorted(places)


def test_an_article_printed_twice_is_hidden_the_second_time() -> None:
    for truth in articles("twice"):
        page = body(truth.path).decode()
        first = truth.text.split("\n")[0]
        assert page.count(first) == 2
        assert page.rindex(first) > page.index("display:none")


def test_the_summary_box_repeats_the_body() -> None:
    for truth in articles("summary"):
        assert body(truth.path).decode().count(truth.text.split("\n")[0]) >= 2


def test_line_breaks_alone_part_the_text() -> None:
    for truth in articles("linebreaks"):
        container = body(truth.path).decode().partition('id="con">')[2].partition("</div>")[0]
        assert "<p" not in container
        assert container.count("<br>") > len(truth.text.split("\n"))


def test_every_link_of_every_page_leads_somewhere() -> None:
    for path in site().paths():
        answer = site().answer(path, BASE)
        assert answer is not None
        if not answer.content_type.startswith("text/html"):
            continue
        root = html.fromstring(readable(answer.body, path))
        root.make_links_absolute(BASE + path)
        for href in root.xpath("//a/@href[not(contains(., '#'))]"):
            if href.startswith(BASE):
                assert site().answer(href.removeprefix(BASE), BASE) is not None, (path, href)


def test_links_stay_on_the_host_they_were_asked_at() -> None:
    for path in site().paths():
        if not path.endswith((".xml", ".txt")):
            assert b"://news.demo.example" not in body(path)


def test_lists_lead_to_every_article_and_no_list_is_longer_than_its_size() -> None:
    linked: set[str] = set()
    for path in site().paths():
        if path.startswith("/roll/"):
            found = html.fromstring(body(path).decode()).xpath("//ul[@class='list']//a/@href")
            assert len(found) <= 20
            linked.update(found)
    assert linked == {truth.path for truth in site().truth().values()}


def test_some_channel_has_three_pages() -> None:
    assert {"/sports/", "/sports/index_2.html", "/sports/index_3.html", "/life/?page=3"} <= set(site().paths())


@pytest.mark.parametrize(
    ("style", "wanted", "absent"),
    [
        ("next", ['<a href="/c/">上一页</a>', '<a href="/c/3.html">下一页</a>'], ("首页", "<b>2</b>")),
        ("numbers", ['<a href="/c/">1</a>', "<b>2</b>", '<a href="/c/3.html">3</a>'], ("下一页", "首页")),
        ("index", ['<a href="/c/">1</a>', "<b>2</b>", '<a href="/c/3.html">下一页</a>'], ("首页",)),
        ("dede", ['<a href="/c/">首页</a>', '<a href="3.html">末页</a>', "<strong>3</strong>"], ("下一页",)),
    ],
)
def test_pagers(style: str, wanted: list[str], absent: tuple[str, ...]) -> None:
    paths = ["/c/", "/c/2.html", "/c/3.html"]
    text = pager(style, paths, 1, LABELS["zh"])
    assert [piece for piece in wanted if piece not in text] == []
    assert [piece for piece in absent if piece in text] == []


def test_a_query_pager_links_by_the_query_alone() -> None:
    text = pager("query", ["/c/", "/c/?page=2"], 0, LABELS["zh"])
    assert '<a href="?page=2">2</a>' in text
    assert '<a href="/c/">1</a>' in pager("query", ["/c/", "/c/?page=2"], 1, LABELS["zh"])


def test_a_list_of_one_page_has_no_pager() -> None:
    assert pager("numbers", ["/c/"], 0, LABELS["zh"]) == ""


def test_feed_sitemap_and_robots_name_the_host_they_were_asked_at() -> None:
    for base in (BASE, "http://127.0.0.1:8123"):
        for path in ("/feed.xml", "/sitemap.xml", "/robots.txt"):
            answer = site().answer(path, base)
            assert answer is not None
            assert f"{base}/".encode() in answer.body
            assert b"@BASE@" not in answer.body


def test_the_sitemap_has_every_article() -> None:
    found = set(re.findall(r"<loc>([^<]+)</loc>", unescape(body("/sitemap.xml").decode())))
    assert set(site().truth()) <= found


def test_an_unknown_path_has_no_answer() -> None:
    assert site().answer("/nowhere.html", BASE) is None
    assert site().answer("/img/1001-1.svg", BASE) is not None
