import pytest

from crawler.discovery.pagination import MAX_PARTS, article_parts, next_pages, part_number, whole_article
from tests.crawler.discovery.pages import ENGLISH, PORTAL, root

HOST = "http://news.example"


def links(*pairs: tuple[str, str]) -> str:
    return "<body>" + "".join(f'<a href="{href}">{text}</a>' for href, text in pairs) + "</body>"


def test_next_first_then_the_numbers() -> None:
    assert next_pages(root(PORTAL), f"{HOST}/china/") == [f"{HOST}/china/index_2.html", f"{HOST}/china/index_3.html"]


def test_rel_next_and_older_posts() -> None:
    assert next_pages(root(ENGLISH), f"{HOST}/") == [f"{HOST}/page/2/"]
    head = '<head><link rel="next" href="/tech/?page=3"></head><body></body>'
    assert next_pages(root(head), f"{HOST}/tech/?page=2") == [f"{HOST}/tech/?page=3"]


@pytest.mark.parametrize(
    ("url", "href", "text"),
    [
        ("/tech/", "/tech/?page=2", "2"),
        ("/tech/page/2/", "/tech/page/3/", "3"),
        ("/list_52_2.html", "/list_52_3.html", "下一页&gt;"),
        ("/finance/", "/finance/list-2.html", "第2页"),
        ("/a/", "/a/p2/", "2"),
        ("/a/", "/a/2.html", "后页 &raquo;"),
        ("/blog?id=4", "/blog?id=4&amp;pn=2", "2"),
    ],
)
def test_forms_of_pagination(url: str, href: str, text: str) -> None:
    assert next_pages(root(links((href, text))), HOST + url) == [HOST + href.replace("&amp;", "&")]


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/tech/", "1"),  # itself
        ("http://m.news.example/tech/?page=2", "2"),  # another host
        ("/rank/2026.html", "2"),  # a rank number, not a page
        ("/other/?page=2", "2"),  # another list
        ("/tech/1234.html", "下一篇"),  # the next article
        ("/sports/index_2.html", "下一页"),  # the next page of another list
    ],
)
def test_what_is_no_pagination(href: str, text: str) -> None:
    assert next_pages(root(links((href, text))), f"{HOST}/tech/") == []


@pytest.mark.parametrize(
    ("first", "other", "number"),
    [
        ("/c1049.html", "/c1049_2.html", 2),
        ("/c1049.shtml", "/c1049-12.shtml", 12),
        ("/a/77.html", "/a/77_p3.html", 3),
        ("/a/77_1.html", "/a/77_2.html", 2),
        ("/post/77/", "/post/77/2/", 2),
        ("/post/77", "/post/77/page/2", 2),
        ("/a?id=5", "/a?id=5&page=2", 2),
        ("/a.html", "/a.html?p=4", 4),
        ("/c1049.html", "/c1050.html", None),
        ("/news-12.html", "/news-13.html", None),
        ("/a?id=5", "/a?id=6", None),
        ("/a?id=5", "/a?id=6&page=2", None),
        ("/c1049.html", "/c1049_2026.html", None),
        ("/c1049.html", "http://m.news.example/c1049_2.html", None),
    ],
)
def test_parts_by_their_urls(first: str, other: str, number: int | None) -> None:
    other = other if other.startswith("http") else HOST + other
    assert part_number(HOST + first, other) == number


def test_parts_in_order_and_no_other_article() -> None:
    page = links(
        ("c10_3.html", "3"),
        ("c10.html", "1"),
        ("c10_2.html", "2"),
        ("c10_2.html", "下一页"),
        ("c11.html", "下一篇"),
        ("c10_4.html", "读者评论"),
    )
    assert article_parts(root(page), f"{HOST}/c10.html", f"{HOST}/c10.html") == [
        f"{HOST}/c10_2.html",
        f"{HOST}/c10_3.html",
    ]


def test_parts_seen_from_a_later_part() -> None:
    page = links(("c10.html", "1"), ("c10_2.html", "2"), ("c10_3.html", "下一页"))
    assert article_parts(root(page), f"{HOST}/c10_2.html", f"{HOST}/c10.html") == [f"{HOST}/c10_3.html"]


def test_no_more_parts_than_an_article_has() -> None:
    page = links(*((f"c10_{n}.html", str(n)) for n in range(2, 90)))
    parts = article_parts(root(page), f"{HOST}/c10.html", f"{HOST}/c10.html")
    assert parts[-1] == f"{HOST}/c10_{MAX_PARTS}.html"


@pytest.mark.parametrize(
    ("href", "text", "found"),
    [
        ("c10_all.html", "全文阅读", True),
        ("c10-full.html", "View all »", True),
        ("c10.html?page=all", "Single page", True),
        ("c10.html?pagewanted=all", "单页阅读", True),
        ("c11.html", "阅读全文", False),  # another article's
        ("c10_2.html", "全文", False),
        ("c10_all.html", "评论", False),
        ("http://m.news.example/c10_all.html", "全文阅读", False),
        ("c10.html?id=5&page=all", "全文", False),
    ],
)
def test_the_whole_article_on_one_page(href: str, text: str, found: bool) -> None:
    first = f"{HOST}/c10.html"
    assert whole_article(root(links((href, text))), first) == (f"{HOST}/{href}" if found else None)


def test_a_list_whose_links_a_script_writes() -> None:
    script = '<body><script>createPageHTML({pages}, {here}, "index", "html");</script></body>'
    assert next_pages(root(script.format(pages=9, here=0)), f"{HOST}/zwgk/") == [f"{HOST}/zwgk/index_1.html"]
    assert next_pages(root(script.format(pages=9, here=3)), f"{HOST}/zwgk/index_3.html") == [
        f"{HOST}/zwgk/index_4.html"
    ]
    assert next_pages(root(script.format(pages=9, here=8)), f"{HOST}/zwgk/index_8.html") == []
