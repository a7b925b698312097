"""Tree -> blocks: where a run of text begins and ends, and what is known of it."""

from __future__ import annotations

import pytest

from pipelines.extraction.blocks import name_tokens
from tests.pipelines.extraction.pages import ZH, block_of, layout_of, p


def texts(html: str) -> list[str]:
    return [b.text for b in layout_of(html).blocks]


def test_block_tags_and_line_breaks_part_blocks_inline_tags_do_not() -> None:
    html = "<div>一<b>二</b><span>三</span> 四<br>五<p>六<i>七</i></p>八<section>九</section>十</div>"
    assert texts(html) == ["一二三 四", "五", "六七", "八", "九", "十"]


def test_block_after_a_break_knows_it() -> None:
    blocks = layout_of(f"<div>{ZH[0]}<br>{ZH[1]}<br/><br/>{ZH[2]}</div><p>{ZH[3]}</p>").blocks
    assert [b.after_br for b in blocks] == [False, True, True, False]


@pytest.mark.parametrize(
    "html",
    [
        "<div>头<script>var a = '文';</script>尾</div>",
        "<div>头<style>p{}</style>尾</div>",
        "<div>头<svg><text>文</text></svg>尾</div>",
        "<div>头<select><option>文</option></select>尾</div>",
        "<div>头<iframe>文</iframe>尾</div>",
        "<div>头<!-- 文 -->尾</div>",
        '<div>头<span class="sr-only">文</span>尾</div>',
        '<div>头<span class="icon visually-hidden">文</span>尾</div>',
        '<div>头<img src="a.jpg" alt="文">尾</div>',
    ],
)
def test_what_is_no_text_leaves_its_tail(html: str) -> None:
    assert texts(html) == ["头尾"]


@pytest.mark.parametrize(
    "html",
    [
        '<div style="DISPLAY : NONE"><p>文</p></div>',
        '<p style="color:red;visibility:hidden">文</p>',
        "<div hidden><p>文</p></div>",
        "<textarea>文</textarea>",
        "<noscript><p>文</p></noscript>",
        "<dialog>文</dialog>",
        '<p><span style="display:none">文</span></p>',
    ],
)
def test_hidden_text_is_a_block_that_says_so(html: str) -> None:
    shown, hidden = layout_of(f"<p>看</p>{html}").blocks
    assert (shown.hidden, hidden.hidden, hidden.text) == (False, True, "文")


def test_links_keep_text_href_title_and_share() -> None:
    block = block_of('<p>见<a href="/1.html" title="全名">上 <b>篇</b></a>和<a>此处</a>。</p>')
    assert [(x.text, x.href, x.title) for x in block.links] == [("上 篇", "/1.html", "全名"), ("此处", "", None)]
    assert 0.4 < block.link_density < 0.7
    assert block_of("<p>无链接</p>").link_density == 0
    assert block_of('<p><a href="/">全是链接</a></p>').link_density == 1


def test_link_around_blocks_is_a_link_in_each() -> None:
    blocks = layout_of('<a href="/1.html"><h3>标题一句</h3><p>摘要一句</p></a><p>后文</p>').blocks
    assert [b.link_density for b in blocks] == [1, 1, 0]


def test_headings_and_boxes_inside_them() -> None:
    html = "<h1>一</h1><h3><div>二</div></h3><div><h2><span>三</span></h2>四</div><header>五</header>"
    assert [b.heading for b in layout_of(html).blocks] == [1, 3, 2, 0, 0]


def test_runs_are_the_text_nodes_as_they_stood() -> None:
    block = block_of(
        "<div><span>2021-06-21 08:30</span> <span>来源：<a href='/'>江城日报</a></span><em> 编辑：陈某</em></div>"
    )
    assert block.runs == ("2021-06-21 08:30", "来源：", "江城日报", "编辑：陈某")


def test_images_know_the_block_that_follows() -> None:
    layout = layout_of(f"<img src=0><p>{ZH[0]}</p><p><img src=1></p><p>文<img src=2>字</p><p>{ZH[1]}</p><img src=3>")
    assert [(i.element.get("src"), i.block) for i in layout.images] == [("0", 0), ("1", 1), ("2", 2), ("3", 3)]


def test_boxes_are_ranges_of_blocks() -> None:
    layout = layout_of(f'<div id="main"><h1>标题</h1>{p(*ZH[:3])}</div><div class="foot">脚</div>')
    boxes = {b.path(): (b.first, b.end) for b in layout.boxes}
    assert boxes["div#main"] == (0, 4)
    assert boxes["div#main/h1"] == (0, 1)
    assert boxes["div.foot"] == (4, 5)
    assert (layout.boxes[0].first, layout.boxes[0].end) == (0, 5)
    assert layout.blocks[0].box.path() == "div#main/h1"


def test_names_are_taken_apart_into_tokens_and_kept_whole() -> None:
    box = layout_of('<div class="artContent-b hot_news" id="adBox2">文</div>').boxes[-1]
    assert name_tokens(box.element) == (
        *("art", "content", "b", "artcontent-b", "hot", "news", "hot_news"),
        *("ad", "box", "2", "adbox2"),
    )
    assert "ad" not in name_tokens(layout_of('<div class="padding headline">文</div>').boxes[-1].element)


def test_two_thousand_levels_do_not_exhaust_the_walk() -> None:
    assert texts("<div>" * 2000 + ZH[0]) == [ZH[0]]


def test_custom_elements_and_unknown_tags() -> None:
    assert texts("<my-card>一</my-card><my-card>二</my-card><font>三</font><foo>四</foo>") == ["一", "二", "三四"]


def test_white_space_alone_is_no_block() -> None:
    assert texts("<div> \n <p>　</p><p>&nbsp;</p><br><p>文</p></div>") == ["文"]


def test_a_link_around_whole_blocks_is_a_link_in_each() -> None:
    inner = '<img src="/1.jpg"> <h5>第一条新闻的标题</h5><p>摘要。</p>'
    html = f'<ul><li><a href="/1.html">{inner}</a><span>评论</span></li></ul>'
    first, second, third = layout_of(html).blocks
    assert [(x.text, x.href) for x in first.links] == [("第一条新闻的标题", "/1.html")]
    assert [(x.text, x.href) for x in second.links] == [("摘要。", "/1.html")]
    assert first.link_density == second.link_density == 1.0
    assert third.links == ()


def test_a_prose_set_in_lines_has_paragraphs() -> None:
    prose = "<pre>　　第一行，\n这里完。\n\n  第二段。\n　　第三段<b>的一句。\n\n粗的</b>完</pre>"
    texts = [b.text for b in layout_of(prose + "<p>甲。\n\n乙</p><pre>x = 1\n\ny = 2</pre>").blocks]
    assert texts == ["第一行， 这里完。", "第二段。", "第三段的一句。", "粗的完", "甲。 乙", "x = 1 y = 2"]
