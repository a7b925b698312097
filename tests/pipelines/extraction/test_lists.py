"""Labelled blocks -> lists: titles as printed, without ranks, dates and counts; links, sides, tags, notices."""

from __future__ import annotations

import pytest

from pipelines.extraction import lists
from pipelines.extraction.phrases import Mark
from pipelines.items import Label, Link
from tests.pipelines.extraction.pages import HEADLINES, TITLE, block_of, layout_of

BASE = "https://news.example.com/2021/0621/1234.html"


def titles(html: str, own: str = "") -> list[Link]:
    return lists.titles(layout_of(html).blocks, BASE, own)


def entry(text: str, href: str = "/1.html", title: str | None = None) -> str:
    attribute = f' title="{title}"' if title else ""
    return f'<li><a href="{href}"{attribute}>{text}</a></li>'


@pytest.mark.parametrize(
    ("printed", "title", "date"),
    [
        (HEADLINES[0], HEADLINES[0], None),
        (f"· {HEADLINES[0]}", HEADLINES[0], None),
        (f"■{HEADLINES[0]}", HEADLINES[0], None),
        (f"{HEADLINES[0]} 2021-06-21", HEADLINES[0], "2021-06-21"),
        (f"{HEADLINES[0]}(06-21)", HEADLINES[0], "06-21"),
        (f"{HEADLINES[0]} 2021-06-21 08:30", HEADLINES[0], "2021-06-21 08:30"),
        (f"2021年06月21日 {HEADLINES[0]}", HEADLINES[0], "2021年06月21日"),
        (f"{HEADLINES[0]}（1234）", HEADLINES[0], None),
        (f"{HEADLINES[0]}(58评论)", HEADLINES[0], None),
        ("6月21日全市停水通知", "6月21日全市停水通知", None),
        ("3万人参加沿江马拉松", "3万人参加沿江马拉松", None),
        ("今年1-5月游客增长一成", "今年1-5月游客增长一成", None),
    ],
)
def test_title_as_printed_without_what_surrounds_it(printed: str, title: str, date: str | None) -> None:
    (found,) = titles(f"<ul>{entry(printed)}</ul>")
    assert (found.title, found.date) == (title, date)
    assert found.url == "https://news.example.com/1.html"


def test_date_beside_the_link() -> None:
    html = f'<ul><li><a href="/1.html">{HEADLINES[0]}</a><span>2021-06-20</span></li></ul>'
    assert [(x.title, x.date) for x in titles(html)] == [(HEADLINES[0], "2021-06-20")]


@pytest.mark.parametrize("form", ["{n} {t}", "{n}.{t}", "{n}、{t}", "{n}{t}", "0{n} {t}"])
def test_ranks_are_cut_where_the_entries_are_ranked(form: str) -> None:
    html = "".join(entry(form.format(n=n, t=t), f"/{n}.html") for n, t in enumerate(HEADLINES[:5], 1))
    assert [x.title for x in titles(html)] == list(HEADLINES[:5])


def test_ranks_in_elements_of_their_own() -> None:
    html = "".join(f'<li><em>{n}</em><a href="/{n}.html">{t}</a></li>' for n, t in enumerate(HEADLINES[:5], 1))
    assert [x.title for x in titles(html)] == list(HEADLINES[:5])


def test_numbers_at_the_beginning_of_titles_are_no_ranks() -> None:
    wanted = ["3名少年救起落水老人", "12岁女孩写出一本诗集", "5条公交线路本周调整"]
    assert [x.title for x in titles("".join(map(entry, wanted)))] == wanted


@pytest.mark.parametrize(
    "text", ["更多", "更多>>", "more", "[详细]", "查看全部", "国内", "评论", "相关新闻", "分享到："]
)
def test_furniture_of_lists_is_no_entry(text: str) -> None:
    assert [x.title for x in titles(entry(text, "/x") + entry(HEADLINES[0]))] == [HEADLINES[0]]


def test_the_page_itself_is_never_in_its_lists() -> None:
    assert [x.title for x in titles(entry(TITLE) + entry(HEADLINES[0]), own=TITLE)] == [HEADLINES[0]]
    assert titles(f"<li>{TITLE}</li>", own=TITLE) == []


def test_entry_that_comes_twice_is_given_once() -> None:
    picture = f'<a href="/1.html"><img src="1.jpg">{HEADLINES[0]}</a>'
    assert [x.title for x in titles(f"<div>{picture}</div>{entry(HEADLINES[0])}")] == [HEADLINES[0]]


def test_fuller_title_of_the_attribute_stands_beside_the_printed_one() -> None:
    full = "跨海大桥主塔封顶 预计明年通车"
    (cut,) = titles(entry("跨海大桥主塔封顶…", title=full))
    assert (cut.title, cut.full_title) == ("跨海大桥主塔封顶…", full)
    (same,) = titles(entry(full, title=full))
    assert same.full_title is None
    (other,) = titles(entry("跨海大桥主塔封顶", title="点击阅读"))
    assert other.full_title is None


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/1.html", "https://news.example.com/1.html"),
        ("2.html", "https://news.example.com/2021/0621/2.html"),
        ("//m.example.com/1", "https://m.example.com/1"),
        ("http://other.example/1?a=1&amp;b=2", "http://other.example/1?a=1&b=2"),
        ("javascript:void(0)", None),
        ("JavaScript:;", None),
        ("mailto:a@example.com", None),
        ("http://[broken", None),
        ("", "https://news.example.com/2021/0621/1234.html"),
    ],
)
def test_addresses(href: str, url: str | None) -> None:
    (found,) = titles(entry(HEADLINES[0], href))
    assert found.url == url


def test_relative_address_without_a_base_is_unknown() -> None:
    assert lists.absolute("/1.html", None) is None
    assert lists.absolute("https://example.com/1", None) == "https://example.com/1"


def test_entries_without_links_are_titles_too() -> None:
    assert titles(f"<p>{HEADLINES[0]}</p><p>短</p>") == [Link(HEADLINES[0])]


def sides(html: str) -> list[tuple[str | None, str, str | None]]:
    return [(x.rel, x.title, x.url) for x in lists.prev_next(layout_of(html).blocks, BASE)]


A, B = HEADLINES[0], HEADLINES[1]
URL_A, URL_B = "https://news.example.com/a.html", "https://news.example.com/b.html"


@pytest.mark.parametrize(
    "html",
    [
        f'<p>上一篇：<a href="/a.html">{A}</a></p><p>下一篇：<a href="/b.html">{B}</a></p>',
        f'<p><a href="/a.html">上一篇：{A}</a></p><p><a href="/b.html">下一篇：{B}</a></p>',
        f'<p>上一篇：<a href="/a.html">{A}</a> 下一篇：<a href="/b.html">{B}</a></p>',
        f'<p>上一篇：<a href="/a.html">{A}</a> | 下一篇：<a href="/b.html">{B}</a></p>',
        f'<p>[上一条] <a href="/a.html">{A}</a></p><p>[下一条] <a href="/b.html">{B}</a></p>',
        f'<div><span>上一篇</span><p><a href="/a.html">{A}</a></p></div>'
        f'<div><span>下一篇</span><p><a href="/b.html">{B}</a></p></div>',
        f'<p>前一篇: <a href="/a.html">{A}</a></p><p>后一篇: <a href="/b.html">{B}</a></p>',
        f'<p>上一篇文章：<a href="/a.html">{A}</a></p><p>下一篇文章：<a href="/b.html">{B}</a></p>',
        f'<a href="/a.html" title="{A}">上一篇</a> <a href="/b.html" title="{B}">下一篇</a>',
        f'<p><a href="/a.html">Previous article: {A}</a></p><p><a href="/b.html">Next article: {B}</a></p>',
        f'<p><a href="/a.html">« Previous post {A}</a></p><p><a href="/b.html">Next post » {B}</a></p>',
    ],
)
def test_both_sides_with_titles_and_addresses(html: str) -> None:
    assert sides(html) == [("prev", A, URL_A), ("next", B, URL_B)]


@pytest.mark.parametrize("nothing", ["没有了", "没有了！", "无", "暂无", "已经是最后一篇", "沒有了"])
def test_a_side_without_an_article_is_left_out(nothing: str) -> None:
    html = f'<p>上一篇：<a href="/a.html">{A}</a></p><p>下一篇：{nothing}</p>'
    assert sides(html) == [("prev", A, URL_A)]
    assert sides(f'<p>下一篇：<a href="#">{nothing}</a></p>') == []


def test_a_side_without_a_link_keeps_its_title() -> None:
    assert sides(f"<p>上一篇：{A}</p>") == [("prev", A, None)]


@pytest.mark.parametrize("text", ["上一篇", "下一篇 »", "Next"])
def test_a_bare_button_is_no_entry(text: str) -> None:
    assert sides(f'<p><a href="/a.html">{text}</a></p>') == []


@pytest.mark.parametrize(
    ("html", "tags"),
    [
        ('<p>标签：<a href="/t/1">码头</a> <a href="/t/2">夜市</a></p>', ["码头", "夜市"]),
        ('<p><a href="/t/1">#码头</a><a href="/t/2">＃夜市＃</a></p>', ["码头", "夜市"]),
        ("<p>标签：码头 夜市，改造、江城</p>", ["码头", "夜市", "改造", "江城"]),
        ("<p>关键词：码头;夜市|改造</p>", ["码头", "夜市", "改造"]),
        ("<p>Tags: harbour, night, river</p>", ["harbour", "night", "river"]),
        ('<p>关键词：<a href="/t/1">码头</a>，<a href="/t/1">码头</a></p>', ["码头"]),
        (
            '<p>Posted in <a href="/c">News</a> | Tagged <a href="/t/1">quay</a>, <a href="/t/2">mill</a></p>',
            ["quay", "mill"],
        ),
        ("<p>Tagged night market, river</p>", ["night market", "river"]),
        ("<p>Ключевые слова: пристань, рынок</p>", ["пристань", "рынок"]),
        ("<p>标签</p>", []),
        ('<p>标签：<a href="/t/1">码头</a> <a href="/t">更多&gt;&gt;</a></p>', ["码头"]),
        (f'<p><a href="/1.html">{A}</a> <a href="/2.html">{B}</a></p>', []),
    ],
)
def test_tags(html: str, tags: list[str]) -> None:
    assert lists.tags([block_of(html)]) == tags


def test_breadcrumbs_are_the_linked_names() -> None:
    html = '<div>您的位置：<a href="/">首页</a> &gt; <a href="/l/">生活</a> &gt; <a href="/l/">生活</a> &gt; 正文</div>'
    assert lists.breadcrumbs([block_of(html)]) == ["首页", "生活"]


def test_lines_once_each_and_blocks_by_label() -> None:
    blocks = layout_of("<p>一</p><p>二</p><p>一</p>").blocks
    assert lists.lines(blocks) == ["一", "二"]
    marks = [Mark(Label.COPYRIGHT, "x"), Mark(Label.BODY, "x"), Mark(Label.COPYRIGHT, "x")]
    assert [b.index for b in lists.pick(blocks, marks, Label.COPYRIGHT)] == [0, 2]


def test_a_short_title_among_wider_ones_is_a_title() -> None:
    assert [x.title for x in titles(f"<ul>{entry(A)}{entry(B)}{entry('看桥人')}</ul>")] == [A, B, "看桥人"]


@pytest.mark.parametrize(
    "html",
    [
        f"<ul>{entry(A)}{entry('看桥人')}{entry('看船人')}</ul>",
        f'<ul><li><a href="/c">夜市版</a> <a href="/1.html">{A}</a></li>{entry(A)}{entry(B)}</ul>',
        f'<ul>{entry(A)}{entry(B)}<li><a href="/s">价格：面议</a></li></ul>',
    ],
    ids=["most are short", "a channel beside the title", "a datum"],
)
def test_short_links_elsewhere_are_none(html: str) -> None:
    assert {x.title for x in titles(html)} <= {A, B}


@pytest.mark.parametrize(
    "html",
    [
        '<div><a href="/a.html" rel="prev">{a}</a></div><div><a href="/b.html" rel="next">{b}</a></div>',
        '<div class="nav-previous"><a href="/a.html">← {a}</a></div>'
        '<div class="nav-next"><a href="/b.html">{b} →</a></div>',
        '<a class="post-navigation__link-prev" href="/a.html">{a}</a><br><a class="next-post" href="/b.html">{b}</a>',
        '<div><a href="/a.html" rel="prev"><span>Prev</span><span>Previous</span><span>{a}</span></a></div>'
        '<div><a href="/b.html" rel="next"><span>Next</span><span>{b}</span><span>Next</span></a></div>',
    ],
)
def test_neighbours_that_are_called_so_by_their_markup(html: str) -> None:
    assert sides(html.format(a=A, b=B)) == [("prev", A, URL_A), ("next", B, URL_B)]


@pytest.mark.parametrize("box", ['<div id="__next">{}</div>', '<div class="what-comes-next">{}</div>'])
def test_other_boxes_called_next_hold_no_neighbour(box: str) -> None:
    assert sides(box.format(f'<a href="/a.html">{A}</a>')) == []


def test_a_category_before_the_label_of_tags_is_none() -> None:
    tags = '<span>Tagged <a href="/t/1">landing</a>, <a href="/t/2">market</a></span>'
    html = f'<p><span>Posted in <a href="/c">News</a></span>{tags}</p>'
    assert lists.tags(layout_of(html).blocks) == ["landing", "market"]


@pytest.mark.parametrize("title", ["江城水务声明：未授权公司代收水费 将依法维权", "评论：对学生罚站罚跑算不算体罚？"])
def test_headlines_that_begin_as_notices_do(title: str) -> None:
    assert titles(entry(title)) == [Link(title, "https://news.example.com/1.html")]


@pytest.mark.parametrize("title", ["版权声明：未经授权不得转载本站内容", "投资热点尽在江城财经APP", "江城新闻网文旅 ⋅"])
def test_notices_calls_and_accounts_are_no_titles(title: str) -> None:
    assert titles(entry(title)) == []


def test_breadcrumbs_in_a_box_of_tags_are_none() -> None:
    html = '<div><a href="/">首页</a> / <a href="/other">其他</a> / 正文</div><div><a href="/t/1">码头</a></div>'
    assert lists.tags(layout_of(html).blocks) == ["码头"]


def test_a_link_to_a_neighbour_in_a_list_of_another_kind() -> None:
    inside = f'<ul class="blognav"><li class="blognav_prev"><a href="/a.html">{A}</a></li></ul>'
    assert sides(inside) == [("prev", A, URL_A)]
