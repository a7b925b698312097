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
        (
            "/list.html?code=S1",
            "/list.html?page=2&amp;total=480&amp;code=S1&amp;view=sm",
            "2",
        ),  # it adds a total, a view
        ("/tech/", "/tech/index_2.html", "点击进入下一页"),
        ("/tech/", "/tech/?page=2", "Load more"),
        ("/tech/", "/tech/page/2/", "加载更多"),
        ("/2026-06/21/node_1.htm", "/2026-06/21/node_2.htm", "第02版：要闻"),
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
        ("/tech/mobile/", "查看更多"),  # a channel
        ("/tech/?page=7&amp;total=480", "3"),  # not the number that the link says
        ("/tech/1234.html", "第02版：要闻"),  # an article that names its page of the printed paper
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


def test_parts_in_a_box_to_choose_from_and_a_second_url_of_the_first() -> None:
    options = "".join(f'<option value="c10{f"_{n}" if n > 1 else ""}.html">第{n}页</option>' for n in range(1, 4))
    page = f'<select>{options}<option value="3">3</option></select><a href="c10.html?page=1">1</a>'
    assert article_parts(root(page), f"{HOST}/c10.html", f"{HOST}/c10.html") == [
        f"{HOST}/c10_2.html",
        f"{HOST}/c10_3.html",
    ]
    arrow = '<a href="c10_2.html" title="下一页"><img src="r.gif"></a><a href="c10.html?page=1">1</a>'
    assert article_parts(root(arrow), f"{HOST}/c10.html", f"{HOST}/c10.html") == [f"{HOST}/c10_2.html"]


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


def test_scripts_that_count_from_one_or_write_the_links_themselves() -> None:
    box = """<body><script>createPageHTML('page_div', 9, {here}, 'index', 'shtml', 130);</script></body>"""
    assert next_pages(root(box.format(here=1)), f"{HOST}/zwgk/") == [f"{HOST}/zwgk/index_2.shtml"]
    assert next_pages(root(box.format(here=8)), f"{HOST}/zwgk/") == [f"{HOST}/zwgk/index_9.shtml"]
    assert next_pages(root(box.format(here=9)), f"{HOST}/zwgk/") == []
    written = """<body><script>var currentPage = {here}; // 从0开始
    var prevPage = currentPage-1; var nextPage = currentPage+1; var countPage = 4;
    document.write("<a href=\\"index_"+nextPage+".htm\\">下一页</a>");</script></body>"""
    assert next_pages(root(written.format(here=0)), f"{HOST}/zwgk/") == [f"{HOST}/zwgk/index_1.htm"]
    assert next_pages(root(written.format(here=3)), f"{HOST}/zwgk/") == []


def test_further_pages_in_a_box_to_choose_from() -> None:
    options = "".join(f'<option value="/list/a{f"_{n}" if n > 1 else ""}.html">第{n}页</option>' for n in range(1, 4))
    page = root(f'<select>{options}<option value="http://other.example/">2</option></select>')
    assert next_pages(page, f"{HOST}/list/a.html") == [f"{HOST}/list/a_2.html", f"{HOST}/list/a_3.html"]
