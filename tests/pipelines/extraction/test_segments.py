"""Every block has a label and a reason: the parts of a page that are not the article."""

from __future__ import annotations

import pytest

from pipelines.items import Article, Label
from tests.pipelines.extraction.pages import (
    EN,
    HEADLINES,
    TITLE,
    ZH,
    apart,
    article_page,
    extract,
    items,
    label,
    p,
    page,
    segment,
)

BODY = ZH[:6]


def texts(article: Article, wanted: Label) -> list[str]:
    return [s.text for s in article.segments if s.label is wanted]


WHOLE = page(
    '<div class="top"><a href="/">首页</a><a href="/news/">新闻</a><a href="/life/">生活</a></div>'
    f'<div class="path"><a href="/">江城新闻网</a> &gt; <a href="/life/">生活</a> &gt; 正文</div>'
    f'<div class="left"><h1>{TITLE}</h1>'
    '<div class="info">2021-06-21 08:30　来源：江城日报　作者：陈小江</div>'
    f'<div class="k1"><b>内容摘要：</b>{ZH[1][:50]}</div>'
    f'<div class="con">{p(*BODY)}<p>责任编辑：李一帆</p>'
    "<p>版权声明：本文为江城新闻网原创，转载请注明出处。</p></div>"
    '<div class="k2">标签：<a href="/t/1">码头</a> <a href="/t/2">夜市</a></div>'
    '<div class="k3">分享到：<a href="#">微博</a> <a href="#">微信</a></div>'
    f'<div class="k4">上一篇：<a href="/p.html">{HEADLINES[13]}</a></div>'
    f'<div class="k4">下一篇：<a href="/n.html">{HEADLINES[14]}</a></div>'
    f'<div class="k5"><h3>相关文章</h3>{items(HEADLINES[:5], "/r")}</div>'
    '<div class="k6"><h3>网友评论</h3><p>糖水很好喝，周末还会再去一次。</p></div></div>'
    f'<div class="right"><div class="k7"><h3>最新文章</h3>{items(HEADLINES[5:10], "/l")}</div>'
    f'<div class="k8"><h3>点击排行</h3>{items(HEADLINES[10:13], "/h")}</div>'
    '<div class="k9"><p>广告</p></div></div>'
    '<div class="bottom"><p>© 2021 江城新闻网 版权所有</p><p>京ICP备00000000号-1</p></div>'
    '<div style="display:none">统计代码占位</div>'
)

EXPECTED = [
    ("首页", Label.NAVIGATION),
    ("正文", Label.BREADCRUMBS),
    (TITLE, Label.TITLE),
    ("来源：江城日报", Label.BYLINE),
    ("内容摘要", Label.SUMMARY),
    (BODY[3], Label.BODY),
    ("责任编辑", Label.BYLINE),
    ("版权声明", Label.COPYRIGHT),
    ("标签：", Label.TAGS),
    ("分享到", Label.SHARE),
    ("上一篇", Label.PREV_NEXT),
    ("下一篇", Label.PREV_NEXT),
    ("相关文章", Label.RELATED),
    (HEADLINES[4], Label.RELATED),
    ("网友评论", Label.COMMENTS),
    ("最新文章", Label.LATEST),
    (HEADLINES[5], Label.LATEST),
    (HEADLINES[12], Label.LATEST),
    ("广告", Label.PROMOTION),
    ("版权所有", Label.COPYRIGHT),
    ("ICP备", Label.COPYRIGHT),
    ("统计代码", Label.HIDDEN),
]


@pytest.fixture(scope="module")
def whole() -> Article:
    return extract(WHOLE)


@pytest.mark.parametrize(("words", "wanted"), EXPECTED)
def test_each_part_of_a_page_has_its_label(whole: Article, words: str, wanted: Label) -> None:
    assert label(whole, words) is wanted


def test_each_block_has_exactly_one_label_with_reason_and_place(whole: Article) -> None:
    parts = apart(WHOLE)
    assert len(parts.labels) == len(parts.layout.blocks) == len(whole.segments)
    assert all(s.reason and s.path and s.text for s in whole.segments)
    assert segment(whole, HEADLINES[5]).path.startswith("div.right/div.k7")
    assert texts(whole, Label.BODY) == list(BODY)


def test_lists_of_the_whole_page(whole: Article) -> None:
    assert [x.title for x in whole.related] == list(HEADLINES[:5])
    assert [x.title for x in whole.latest] == list(HEADLINES[5:13])
    assert [(x.rel, x.title) for x in whole.prev_next] == [("prev", HEADLINES[13]), ("next", HEADLINES[14])]
    assert whole.tags == ["码头", "夜市"]
    assert whole.breadcrumbs == ["江城新闻网", "生活"]
    assert len(whole.copyright) == 3


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (f'<div class="recommend">{items(HEADLINES[:4])}</div>', Label.RELATED),
        (f'<div class="rank">{items(HEADLINES[:4])}</div>', Label.LATEST),
        (
            f'<div><div class="hd"><h3>猜你喜欢</h3></div><div class="bd">{items(HEADLINES[:4])}</div></div>',
            Label.RELATED,
        ),
        (
            f"<dl><dt>热门新闻</dt>{''.join(f'<dd><a href=/{n}>{HEADLINES[n]}</a></dd>' for n in range(4))}</dl>",
            Label.LATEST,
        ),
        (f"<h3>推荐阅读</h3>{items(HEADLINES[:4])}", Label.RELATED),
        (f"<table><tr><td>相关报道</td></tr><tr><td>{items(HEADLINES[:4])}</td></tr></table>", Label.RELATED),
        (f"<section><h2>Related articles</h2>{items(HEADLINES[:4])}</section>", Label.RELATED),
        (f"<section><h2>Most read</h2>{items(HEADLINES[:4])}</section>", Label.LATEST),
        (f'<div><h3><a href="/hot/">最新资讯</a></h3>{items(HEADLINES[:4])}</div>', Label.LATEST),
    ],
)
def test_lists_by_heading_or_name_beside_the_text(box: str, wanted: Label) -> None:
    article = extract(article_page(p(*BODY), after=f'<div class="x1">{box}</div>'))
    assert label(article, HEADLINES[0]) is wanted
    assert label(article, HEADLINES[3]) is wanted
    assert article.text.split("\n") == list(BODY)


def test_two_headed_lists_in_one_box_are_told_apart() -> None:
    related, latest = items(HEADLINES[:4], "/r"), items(HEADLINES[4:8], "/l")
    box = f"<div class='x1'><h3>相关新闻</h3>{related}<h3>最新新闻</h3>{latest}</div>"
    article = extract(article_page(p(*BODY), after=box))
    assert [x.title for x in article.related] == list(HEADLINES[:4])
    assert [x.title for x in article.latest] == list(HEADLINES[4:8])


def test_unheaded_feed_under_the_text_is_related_channel_names_are_not() -> None:
    html = page(
        f'<div class="w"><h1>{TITLE}</h1><div class="con">{p(*BODY)}</div>{items(HEADLINES[:6])}</div>'
        f'<div class="z">{items(["国内", "国际", "财经", "体育"], "/c")}</div>'
    )
    article = extract(html)
    assert [x.title for x in article.related] == list(HEADLINES[:6])
    assert label(article, "财经") not in (Label.RELATED, Label.LATEST, Label.BODY)


def test_tag_box_that_holds_headlines_is_a_list() -> None:
    article = extract(article_page(p(*BODY), after=f'<div class="tags">{items(HEADLINES[:5])}</div>'))
    assert article.tags == []
    assert label(article, HEADLINES[0]) is Label.RELATED


def test_footer_menu_that_links_to_a_notice_is_no_notice() -> None:
    foot = (
        '<div class="b"><a href="/about">关于我们</a> | <a href="/law">版权声明</a> | <a href="/ad">广告服务</a></div>'
    )
    article = extract(article_page(p(*BODY), after=foot))
    assert article.copyright == []


@pytest.mark.parametrize(
    "line",
    [
        "© 2021 江城新闻网 版权所有",
        "京ICP备00000000号-1 京公网安备 11000000000000号",
        'Copyright © 2010-2021 <a href="/">example.com</a> All Rights Reserved',
        "未经书面授权，不得转载或建立镜像。",
        "增值电信业务经营许可证 京B2-00000000 京ICP证000000号",
    ],
)
def test_footer_notices(line: str) -> None:
    article = extract(article_page(p(*BODY), after=f'<div class="b"><p>{line}</p></div>'))
    assert len(article.copyright) == 1


def test_english_page() -> None:
    more = ["A bridge is finished at last", "Trees get papers of their own"]
    html = page(
        f'<nav><a href="/">Home</a><a href="/w">World</a></nav><article><h1>River landing reopens after two years</h1>'
        f'<p class="byline">By Ann Lee, 21 June 2021</p>{p(*EN)}</article>'
        f"<section><h2>You might also like</h2>{items(more)}"
        "</section><footer><p>© 2021 Example Media. All rights reserved.</p></footer>",
        title="River landing reopens after two years",
        lang="en",
    )
    article = extract(html)
    assert article.text.split("\n") == list(EN)
    assert label(article, "Home") is Label.NAVIGATION
    assert label(article, "By Ann Lee") is Label.BYLINE
    assert [x.title for x in article.related] == more
    assert article.copyright == ["© 2021 Example Media. All rights reserved."]


@pytest.mark.parametrize(
    "heading", ["精彩视频", "热点图片", "热门车型", "热门搜索", "好书精选", "视频新闻 秒拍精选", "Most popular videos"]
)
def test_boxes_of_pictures_videos_and_goods_are_no_lists(heading: str) -> None:
    article = extract(article_page(p(*BODY), after=f'<div class="k7"><h3>{heading}</h3>{items(HEADLINES[:5])}</div>'))
    assert article.latest == []
    assert article.related == []


@pytest.mark.parametrize("heading", ["最新视频新闻动态", "图文推荐", "热门文章", "热点新闻"])
def test_lists_of_articles_whose_headings_are_like_those(heading: str) -> None:
    article = extract(article_page(p(*BODY), after=f'<div class="k7"><h3>{heading}</h3>{items(HEADLINES[:5])}</div>'))
    assert [x.title for x in (*article.latest, *article.related)] == list(HEADLINES[:5])


def test_the_panels_of_tabs_are_the_first_ones_list() -> None:
    tabs = '<div class="tabs"><h3>阅读排行</h3><h3>图片排行</h3></div>'
    shown, hidden = items(HEADLINES[:3]), items(HEADLINES[3:6])
    panels = f'<div class="pan">{shown}</div><div class="pan" style="display:none">{hidden}</div>'
    article = extract(article_page(p(*BODY), after=f'<div class="k8">{tabs}{panels}</div>'))
    assert [x.title for x in article.latest] == list(HEADLINES[:6])


def test_what_a_site_files_under_keywords_is_related() -> None:
    box = f'<div class="keywords"><p><a href="/t/1">码头</a> <a href="/t/2">夜市</a></p>{items(HEADLINES[:3])}</div>'
    for html in (article_page(p(*BODY) + box), article_page(p(*BODY), after=box)):
        article = extract(html)
        assert article.tags == ["码头", "夜市"]
        assert [x.title for x in article.related] == list(HEADLINES[:3])


def test_a_linked_headline_with_its_date_is_no_byline() -> None:
    lines = "".join(f'<p><a href="/{i}.html">{h}</a> 2021/06/2{i}</p>' for i, h in enumerate(HEADLINES[:4]))
    article = extract(article_page(p(*BODY), after=f'<div class="k7"><h3>相关新闻</h3>{lines}</div>'))
    assert [x.title for x in article.related] == list(HEADLINES[:4])


def test_tags_in_a_box_that_is_called_something_else() -> None:
    links = '<a href="/t/1">码头</a> <a href="/t/2">夜市</a> <a href="/t/3">栈道</a>'
    box = f'<div class="article-bottom-banner">{links}</div>'
    article = extract(article_page(p(*BODY), after=box))
    assert article.tags == ["码头", "夜市", "栈道"]


@pytest.mark.parametrize("heading", ["Related Topics", "Themen", "Mots-clés", "Ключевые слова", "キーワード"])
def test_headings_of_tags(heading: str) -> None:
    tags = '<ul><li><a href="/t/1">landing</a></li><li><a href="/t/2">market</a></li></ul>'
    article = extract(article_page(p(*EN), after=f"<div><h2>{heading}</h2>{tags}</div>", title="The landing reopens"))
    assert article.tags == ["landing", "market"]


@pytest.mark.parametrize("heading", ["アクセスランキング", "最新記事", "많이 본 뉴스"])
def test_headings_of_latest_lists_in_other_languages(heading: str) -> None:
    article = extract(article_page(p(*EN), after=f"<div><h2>{heading}</h2>{items(HEADLINES[:4])}</div>"))
    assert [x.title for x in article.latest] == list(HEADLINES[:4])


@pytest.mark.parametrize("menu", ["<nav>{}</nav>", '<div class="top-menu">{}</div>', "<div>{}</div>"])
def test_the_topics_of_a_menu_are_no_tags(menu: str) -> None:
    names = "".join(f'<li><a href="/{n}/">{n}</a></li>' for n in ("Harbours", "Markets", "Ferries"))
    topics = menu.format(f"<h2>Topics</h2><ul>{names}</ul>")
    tags = '<div class="tags"><a href="/t/1">landing</a></div>'
    article = extract(article_page(p(*EN) + tags, before=topics, title="The landing reopens"))
    assert article.tags == ["landing"]


def test_categories_are_no_tags() -> None:
    filed = '<p>Categories: <a href="/c/1">Local</a></p><p>Tags: <a href="/t/1">landing</a></p>'
    box = '<div><h3>Categories</h3><ul><li><a href="/c/1">Local</a></li><li><a href="/c/2">Sport</a></li></ul></div>'
    assert extract(article_page(p(*EN) + filed, after=box, title="The landing reopens")).tags == ["landing"]


@pytest.mark.parametrize("heading", ["作者最新文章", "TA的最新作品"])
def test_what_else_an_account_wrote(heading: str) -> None:
    article = extract(article_page(p(*BODY), after=f"<div><p>{heading}</p>{items(HEADLINES[:4])}</div>"))
    assert [x.title for x in article.latest] == list(HEADLINES[:4])


def test_links_to_neighbours_without_a_label() -> None:
    title = f'<div class="nav-links"><a rel="prev" href="/a">{HEADLINES[0]}</a></div>'
    article = extract(article_page(p(*BODY) + title + '<div><a rel="next" href="/b">2</a></div>'))
    assert [(x.rel, x.title) for x in article.prev_next] == [("prev", HEADLINES[0])]
    assert article.text == "\n".join(BODY)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("مواضيع ذات صلة", "related"),
        ("เรื่องที่เกี่ยวข้อง", "related"),
        ("Tin liên quan", "related"),
        ("İlgili haberler".replace("İ", "i"), "related"),
        ("Berita terkait", "related"),
        ("Das könnte Sie auch interessieren", "related"),
        ("You might also be interested in", "related"),
        ("الأكثر قراءة", "latest"),
        ("ข่าวล่าสุด", "latest"),
        ("Xem nhiều", "latest"),
        ("En çok okunanlar", "latest"),
        ("Terpopuler", "latest"),
    ],
)
def test_headings_of_lists_in_further_languages(heading: str, kind: str) -> None:
    article = extract(article_page(p(*EN), after=f"<div><h2>{heading}</h2>{items(HEADLINES[:4])}</div>"))
    assert [x.title for x in getattr(article, kind)] == list(HEADLINES[:4])


@pytest.mark.parametrize(
    "heading", ["Recommended by those who have been there before", "More than forty years of the old landing"]
)
def test_a_long_subheading_heads_no_list(heading: str) -> None:
    article = extract(article_page(p(*EN[:3]) + f"<h3>{heading}</h3>" + p(*EN[3:])))
    assert heading in article.text


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("热点推荐", "latest"),
        ("热门推荐", "latest"),
        ("编辑推荐", "latest"),
        ("大家都在看", "latest"),
        ("更多热门资讯", "latest"),
        ("为您推荐", "related"),
        ("推荐阅读", "related"),
        ("相关推荐", "related"),
        ("更多相关文章", "related"),
    ],
)
def test_what_is_hot_is_the_sites_and_what_is_for_you_is_related(heading: str, kind: str) -> None:
    article = extract(article_page(p(*BODY), after=f"<div><h3>{heading}</h3>{items(HEADLINES[:4])}</div>"))
    other = {"latest": "related", "related": "latest"}[kind]
    assert [x.title for x in getattr(article, kind)] == list(HEADLINES[:4])
    assert getattr(article, other) == []


def test_a_cloud_of_tags_is_no_list_and_a_time_no_heading() -> None:
    cloud = f"<div><h3>热门标签</h3>{items(HEADLINES[:4])}</div>"
    entries = "".join(f"<p><a href='/{i}'>{h}</a></p><p>{i + 1}小时前</p>" for i, h in enumerate(HEADLINES[4:8]))
    article = extract(article_page(p(*BODY), after=cloud + f"<div><h3>相关新闻</h3>{entries}</div>"))
    assert article.latest == []
    assert [x.title for x in article.related] == list(HEADLINES[4:8])
