import pytest

from crawler.discovery import listing
from tests.crawler.discovery.pages import CARDS, ENGLISH, PORTAL, root


def paths(links: list[listing.ListLink]) -> list[str]:
    return [link.url.removeprefix("http://news.example") for link in links]


def test_headlines_of_a_portal_with_their_dates() -> None:
    links = listing.article_links(root(PORTAL), "http://news.example/china/")
    assert paths(links) == [f"/c/2026-06-2{d}/doc-iab100000{n}.shtml" for d, n in ((1, 1), (1, 2), (0, 3))]
    assert links[0].title == "北方多地迎来入夏以来最强降雨过程"
    assert [link.date for link in links] == ["06-21 12:30", "06-21 11:05", "06-20 09:00"]


def test_cards_whose_links_are_an_image_and_a_word() -> None:
    links = listing.article_links(root(CARDS), "http://news.example/culture/")
    assert paths(links) == ["/item/1041/", "/item/1042/", "/item/1043/"]
    assert [link.title for link in links] == [
        "老厂房改造成了社区博物馆和剧场",
        "海边小镇的夜间经济怎么做起来的",
        "一座桥连起两个村庄的百年往来史",
    ]
    assert [link.date for link in links] == ["2026-06-21T08:00:00+08:00", None, None]


def test_english_slugs_and_relative_dates() -> None:
    links = listing.article_links(root(ENGLISH), "http://news.example/")
    assert [link.title for link in links] == [
        "Council votes to reopen old harbour",
        "Late goal sends town into the final",
        "Drought leaves farmers waiting for rain",
    ]
    assert [link.date for link in links] == ["June 21, 2026", "2 hours ago", "3 days ago"]


def test_other_sites_files_footers_and_the_page_itself_are_no_articles() -> None:
    html = PORTAL.replace("</ul>", '<li><a href="/china/#c">本页面自己的链接也写得像标题一样长</a></li></ul>')
    found = paths(listing.article_links(root(html), "http://news.example/china/"))
    assert len(found) == 3
    assert not [p for p in found if "other.example" in p or "apk" in p or "help" in p or p == "/china/"]


def entries(host: str, count: int, path: str = "/c/2026-06-21/doc-iab30000{n}.shtml") -> str:
    link = '<li><a href="{url}">这里写着第{n}条新闻的一个足够长的标题</a></li>'
    return "".join(link.format(url=f"http://{host}{path.format(n=n)}", n=n) for n in range(count))


@pytest.mark.parametrize(
    ("base", "blocks", "hosts"),
    [
        # a portal's list advertises its other hosts
        ("http://news.x.example/", [("news.x.example", 6), ("video.x.example", 20)], {"news.x.example"}),
        # a profile page lists articles of another host
        ("http://mp.x.example/u/1", [("www.x.example", 12), ("shop.x.example", 1)], {"www.x.example"}),
        # editions of one channel use one template
        ("http://cd.homes.x.example/", [("cd.homes.x.example", 6), ("hz.homes.x.example", 2)],
         {"cd.homes.x.example", "hz.homes.x.example"}),
        # every author has a host
        ("http://www.x.example/hot/", [(f"author{n}.x.example", 1) for n in range(12)],
         {f"author{n}.x.example" for n in range(12)}),
    ],
)  # fmt: skip
def test_the_hosts_that_a_list_is_about(base: str, blocks: list[tuple[str, int]], hosts: set[str]) -> None:
    page = root("<body><ul>" + "".join(entries(host, count) for host, count in blocks) + "</ul></body>")
    assert {listing.urls.host_of(link.url) for link in listing.article_links(page, base)} == hosts
    everywhere = listing.article_links(page, base, all_hosts=True)
    assert len(everywhere) == sum(count for _, count in blocks)


def test_channels_of_a_front_page() -> None:
    assert listing.channel_links(root(PORTAL), "http://news.example/") == [
        "http://news.example/china/",
        "http://news.example/world/",
        "http://news.example/china/index.html",
        "http://news.example/china/index_2.html",
        "http://news.example/china/index_3.html",
    ]


def test_the_base_element_counts() -> None:
    html = '<head><base href="http://news.example/deep/"></head><body><a href="doc-12345678.html">x</a></body>'
    assert [link.url for link in listing.read_links(root(html), "http://news.example/")] == [
        "http://news.example/deep/doc-12345678.html"
    ]


def test_width_and_squeeze() -> None:
    assert listing.width("abc中文") == 7
    assert listing.squeeze(" 下一页 >> ") == "下一页"
    assert "下一页" in listing.phrases("next")


def test_pictures_videos_and_topics_among_articles_are_left_out() -> None:
    page = root(
        "<body><ul>"
        + entries("news.example", 8)
        + entries("news.example", 4, "/photoview/0C4E0016/22272{n}.html")
        + entries("news.example", 2, "/zt_d/2026future{n}")
        + entries("news.example", 1, "/c/2026-06-21/doc-iab30000{n}_2.shtml")
        + "</ul></body>"
    )
    found = paths(listing.article_links(page, "http://news.example/china/"))
    assert found == [f"/c/2026-06-21/doc-iab30000{n}.shtml" for n in range(8)]


def test_a_list_of_topics_leads_to_topics() -> None:
    page = root("<body><ul>" + entries("news.example", 8, "/special/arc-180{n}.html") + "</ul></body>")
    assert len(listing.article_links(page, "http://news.example/domestic/")) == 8


def test_channels_on_hosts_below_come_last_and_videos_are_none() -> None:
    nav = [("http://sport.x.example/", "体育"), ("/tech/", "科技"), ("/video/", "视频"), ("http://y.example/", "友站")]
    nav += [("http://sport.x.example/cba/", "篮球"), ("http://m.y.example/", "手机")]
    page = root("<body>" + "".join(f'<a href="{href}">{text}</a>' for href, text in nav) + "</body>")
    assert listing.channel_links(page, "http://www.x.example/") == [
        "http://www.x.example/tech/",
        "http://sport.x.example/",
    ]
    assert listing.channel_links(page, "http://news.x.example/") == ["http://news.x.example/tech/"]
