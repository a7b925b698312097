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
        # a phone's copy of the host, with the same template
        ("http://www.x.example/", [("www.x.example", 6), ("m.x.example", 2)], {"www.x.example", "m.x.example"}),
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


TITLE = "这里写着第{n}条新闻的一个足够长的标题"


@pytest.mark.parametrize(
    "entry",
    [
        """<li onclick="location.href='/a/20260621/{n}.html'">{title}</li>""",
        """<li><a href="javascript:void(0)" onclick="window.open('/a/20260621/{n}.html')">{title}</a></li>""",
        """<li><a href="javascript:openNews('/a/20260621/{n}.html')">{title}</a></li>""",
        """<li data-href="/a/20260621/{n}.html"><span>{title}</span></li>""",
        """<li><a href="#" data-url="/a/20260621/{n}.html">{title}</a></li>""",
        """<option value="/a/20260621/{n}.html">{title}</option>""",
        """<map><area href="/a/20260621/{n}.html" title="{title}"></map>""",
    ],
)
def test_entries_that_are_no_plain_links(entry: str) -> None:
    page = "".join(entry.format(n=5100 + n, title=TITLE.format(n=n)) for n in range(6))
    found = listing.article_links(root(f"<body><ul>{page}</ul></body>"), "http://news.example/yaowen/")
    assert paths(found) == [f"/a/20260621/{5100 + n}.html" for n in range(6)]
    assert all(link.title for link in found) or "<area" in entry


def test_what_scripts_open_that_is_no_entry() -> None:
    page = root(
        """<body><div onclick="go('/a/20260621/5100.html')">
        <a href="/b/20260621/77001.html">里面已有链接的一个足够长的标题</a></div>
        <button onclick="share('/share.html?id=5100123')">分享</button>
        <a href="javascript:print()">打印这一页的全部内容</a>
        <div data-url="/a/{id}.html">模板里的一个足够长的标题在这里</div>
        <li onclick="window.open('http://other.example/a/20260621/5100.html')">别的网站的一条足够长的新闻标题</li></body>"""
    )
    assert paths(listing.read_links(page, "http://news.example/")) == ["/b/20260621/77001.html"]


def test_pictures_with_their_headline_beside_them() -> None:
    picture = '<a href="/story/30{n}.html"><img src="/i.jpg" alt=""></a>'
    card = f"<figure>{picture}<figcaption>{{title}}</figcaption><i>06-21</i></figure>"
    page = "".join(card.format(n=n, title=TITLE.format(n=n)) for n in range(10, 16))
    found = listing.article_links(root(f"<body>{page}</body>"), "http://news.example/story/")
    assert [link.title for link in found] == [TITLE.format(n=n) for n in range(10, 16)]


def test_slugs_of_few_words_are_of_one_shape() -> None:
    slugs = ("the-last-ferry", "slow-harbour", "an-iron-bridge", "winter-choir")
    entry = '<article><h3><a href="/culture/{s}">A headline that is long enough</a></h3><i>May 11, 2026</i></article>'
    frame = '<nav><a href="/books-and-arts">Books &amp; arts</a><a href="/long-reads">Long reads</a></nav>'
    page = root(f"<body>{frame}{''.join(entry.format(s=s) for s in slugs)}</body>")
    assert paths(listing.article_links(page, "http://news.example/culture")) == [f"/culture/{s}" for s in slugs]


def test_headlines_in_one_folder_are_what_a_list_is_about_that_has_no_better() -> None:
    entry = '<li><a href="/a/{s}">' + TITLE + "</a></li>"
    names = ("kxfd", "qwrt", "zmnb", "ploi", "vbgt")
    items = "".join(entry.format(s=s, n=n) for n, s in enumerate(names))
    frame = '<a href="/about">关于我们</a><footer><a href="/law">法律声明与隐私权保护政策</a></footer>'
    page = root(f"<body><ul>{items}</ul>{frame}</body>")
    assert paths(listing.article_links(page, "http://news.example/")) == [f"/a/{s}" for s in names]
    few = root(f"<body><ul>{entry.format(s='kxfd', n=1) * 4}</ul>{frame}</body>")
    assert listing.article_links(few, "http://news.example/") == []


def test_what_turns_pages_of_a_printed_paper_is_no_article() -> None:
    base = "http://news.example/html/2026-06/21/node_1.htm"
    turns = [("../20/node_1.htm", "上一期"), ("node_2.htm", "第02版：要闻"), ("node_3.htm", "下一版")]
    items = "".join(f'<li><a href="content_21{n}.htm">{TITLE.format(n=n)}</a></li>' for n in range(10, 14))
    page = root("".join(f'<a href="{href}">{text}</a>' for href, text in turns) + f"<ul>{items}</ul>")
    found = listing.article_links(page, base)
    assert paths(found) == [f"/html/2026-06/21/content_21{n}.htm" for n in range(10, 14)]


def test_podcasts_and_people_among_articles_are_left_out() -> None:
    page = root(
        "<body><ul>"
        + entries("news.example", 8)
        + entries("news.example", 3, "/podcasts/the-weekly-hour-episode-{n}")
        + entries("news.example", 3, "/author/mary-ann-evans-{n}")
        + entries("news.example", 1, "/author/2026-06-21/doc-iab30000{n}.shtml")
        + "</ul></body>"
    )
    found = paths(listing.article_links(page, "http://news.example/china/"))
    assert [p for p in found if not p.startswith("/c/")] == ["/author/2026-06-21/doc-iab300000.shtml"]


def test_one_articles_forms_for_print_and_comments_are_left_out() -> None:
    forms = "".join(
        f'<li><a href="/c/2026-06-21/doc-iab30000{n}.shtml?mode=print">打印这一条新闻的全部内容在这里</a></li>'
        for n in range(6)
    )
    page = root("<body><ul>" + entries("news.example", 6) + forms + "</ul></body>")
    found = paths(listing.article_links(page, "http://news.example/china/"))
    assert found == [f"/c/2026-06-21/doc-iab30000{n}.shtml" for n in range(6)]
    ids = "".join(f'<li><a href="/v.php?id={n}">{TITLE.format(n=n)}</a></li>' for n in range(4000, 4006))
    page = root(f'<body><a href="/v.php?cid=3&amp;id=4001">{TITLE.format(n=4001)}</a><ul>{ids}</ul></body>')
    assert len(listing.article_links(page, "http://news.example/china/")) == 6


def test_terms_and_licences_in_the_foot_are_no_articles() -> None:
    foot = {
        "/licence/20210101/1001.html": "互联网新闻信息服务许可证10120170001",
        "/terms-and-conditions-of-use/": "Terms and Conditions of Use",
        "/about-the-mill-times-newspaper/": "About The Mill Times",
    }
    links = "".join(f'<a href="{href}">{text}</a>' for href, text in foot.items())
    headline = '<li><a href="/c/2026-06-21/doc-iab500001.shtml">市场监管部门注销一批食品经营许可证</a></li>'
    page = root(f"<body><ul>{headline}{entries('news.example', 8)}</ul><div>{links}</div></body>")
    found = paths(listing.article_links(page, "http://news.example/china/"))
    assert found[0] == "/c/2026-06-21/doc-iab500001.shtml"
    assert len(found) == 9


def test_categories_and_topics_with_long_names_are_no_articles() -> None:
    article = '<h3><a href="/{n}-council-votes-to-reopen-harbour/">Council votes to reopen harbour {n}</a></h3>'
    others = "".join(
        f'<a href="/{folder}/news-from-around-the-town/">News from around the town</a>'
        for folder in ("category", "topic", "author", "tag")
    )
    page = root(f"<body>{others}{''.join(article.format(n=n) for n in range(8))}</body>")
    found = paths(listing.article_links(page, "http://news.example/"))
    assert found == [f"/{n}-council-votes-to-reopen-harbour/" for n in range(8)]


def test_channels_with_long_names() -> None:
    nav = [
        ("/jjsh/index.html", "经济社会高质量发展"),
        ("/c/2026-06-21/1.html", "经济社会高质量发展的一条新闻"),
        ("/about/index.html", "违法和不良信息举报电话"),
    ]
    page = root("<body>" + "".join(f'<a href="{href}">{text}</a>' for href, text in nav) + "</body>")
    assert listing.channel_links(page, "http://news.example/") == ["http://news.example/jjsh/index.html"]
    page = root('<body><a href="/category/news-from-around-the-town/">News from around the town</a></body>')
    assert len(listing.channel_links(page, "http://news.example/")) == 1
    page = root('<body><nav><a href="/science-environment">Science and environment</a></nav></body>')
    assert listing.channel_links(page, "http://news.example/") == ["http://news.example/science-environment"]


@pytest.mark.parametrize(
    ("entry", "title", "date"),
    [
        # the link holds the whole card
        ('<a href="{u}"><h2>{t}</h2><p>摘要写在这里，比标题长得多，也还没有说完整件事。</p></a>', "{t}", None),
        ('<a href="{u}"><p>{t}</p><time>5/13(土) 9:30</time></a>', "{t}", "5/13(土) 9:30"),
        ('<h2><a href="{u}" title="{t}"><span>港口</span><span>{t}</span></a></h2>', "{t}", None),
        # cut off
        ('<a href="{u}" title="{t}">这里写着第...</a><span>2026-06-21</span>', "{t}", "2026-06-21"),
        # an excerpt that is a link too
        ('<h4><a href="{u}">{t}</a></h4><a href="{u}">摘要写在这里，比标题长得多，也没有说完这件事</a>', "{t}", None),
        # other links in the entry
        ('<h3><a href="{u}">{t}</a></h3><p><i>06-21 12:30</i> <a href="/tag/x">x</a></p>', "{t}", "06-21 12:30"),
        # boxes without a space between them
        ('<a href="{u}">{t}</a><p>The last word</p><span>May 11, 2026</span>', "{t}", "May 11, 2026"),
    ],
)  # fmt: skip
def test_titles_and_dates_of_entries(entry: str, title: str, date: str | None) -> None:
    told = [(f"/a/2026/{5100 + n}.html", TITLE.format(n=n)) for n in range(4)]
    page = root("<body>" + "".join(f"<div>{entry.format(u=u, t=t)}</div>" for u, t in told) + "</body>")
    found = listing.article_links(page, "http://news.example/")
    assert [(link.title, link.date) for link in found] == [(title.format(t=t), date) for _, t in told]
