"""What is cut inside the article's container, why, and what must not be cut."""

from __future__ import annotations

import pytest

from pipelines.extraction.body.picker import body_from
from pipelines.extraction.segments import mark_blocks
from pipelines.items import Label
from tests.pipelines.extraction.pages import (
    EN,
    HEADLINES,
    RU,
    TITLE,
    ZH,
    apart,
    article_page,
    body_lines,
    extract,
    items,
    label,
    layout_of,
    p,
    page,
    segment,
)

BODY = ZH[:6]
RELATED = f'<div class="k9"><h4>相关新闻</h4>{items(HEADLINES[:6])}</div>'

INSIDE_AFTER = [
    # what stands after the text inside its container, words of it, its label
    (RELATED, HEADLINES[2], Label.RELATED),
    (f"<p><strong>延伸阅读：</strong></p>{items(HEADLINES[:4])}", HEADLINES[1], Label.RELATED),
    (f'<div class="hot-list"><p>{HEADLINES[0]}</p></div>', HEADLINES[0], Label.LATEST),
    ("<p>版权声明：本文为江城新闻网原创作品，未经授权不得转载。</p>", "版权声明", Label.COPYRIGHT),
    ("<p>（本文仅代表作者观点，不代表本站立场）</p>", "仅代表", Label.COPYRIGHT),
    ("<p>责任编辑：陈小江</p>", "责任编辑", Label.BYLINE),
    ('<p style="text-align:right">（责编：陈小江、李一帆）</p>', "责编", Label.BYLINE),
    ("<p>编辑 陈小江 校对 李一帆</p>", "校对", Label.BYLINE),
    ("<p>扫描二维码，关注江城日报公众号</p>", "扫描", Label.SHARE),
    ("<p>更多精彩内容请下载江城新闻客户端</p>", "客户端", Label.SHARE),
    ('<p>上一篇：<a href="/1.html">山区小学迎来驻校音乐教师</a></p>', "上一篇", Label.PREV_NEXT),
    ('<p>标签：<a href="/t/1">码头</a> <a href="/t/2">夜市</a></p>', "标签", Label.TAGS),
    ('<div class="page">上一页 <a href="2.html">2</a> <a href="3.html">3</a> 下一页</div>', "上一页", Label.PAGINATION),
    ('<div class="share-bar"><a href="#">微博</a><a href="#">微信</a></div>', "微博", Label.SHARE),
    ('<div class="ad-box"><p>本季新茶上市，欢迎到店品尝，满百立减二十元。</p></div>', "新茶", Label.PROMOTION),
    (f'<div class="comments"><p>{ZH[8]}</p></div>', ZH[8], Label.COMMENTS),
]


@pytest.mark.parametrize(("extra", "words", "wanted"), INSIDE_AFTER, ids=[str(x[2]) + x[1][:4] for x in INSIDE_AFTER])
def test_what_is_no_article_at_the_end_of_the_container(extra: str, words: str, wanted: Label) -> None:
    article = extract(article_page(p(*BODY) + extra))
    assert article.text.split("\n") == list(BODY)
    assert label(article, words) is wanted
    assert segment(article, words).reason


INSIDE_BEFORE = [
    ("<p>（原标题：沿江老码头夜市重新开张）</p>", "原标题"),
    ("<p>2021年06月21日 08:30 来源：江城日报 作者：陈小江</p>", "作者"),
    (f'<div class="summary"><p>摘要：{ZH[0]}</p></div>', "摘要"),
    (f"<p>【核心提示】{ZH[0][:40]}……</p>", "核心提示"),
    ("<p>字号：大 中 小</p>", "字号"),
    ("<p>点击上方蓝字，关注我们的公众号</p>", "蓝字"),
    (f"<h1>{TITLE}</h1>", TITLE),
]


@pytest.mark.parametrize(("extra", "words"), INSIDE_BEFORE, ids=[x[1][:4] for x in INSIDE_BEFORE])
def test_what_is_no_article_at_the_beginning_of_the_container(extra: str, words: str) -> None:
    article = extract(article_page(extra + p(*BODY)))
    assert article.text.split("\n") == list(BODY)
    assert label(article, words) is not Label.BODY


KEPT = {
    "subheadings": [BODY[0], BODY[1], "摊位怎么分", *BODY[2:]],
    "questions of an interview": [
        BODY[0],
        "记者：老摊主们现在的生意怎么样？",
        "陈阿姨：比从前好，周末要备两倍的料，回头客也都找来了。",
        "记者：还有什么担心的吗？",
        *BODY[1:],
    ],
    "a short last line": [*BODY, "江风正好。"],
    "numbers and units": [*BODY[:3], "3.5公里，96个摊位，11年。", *BODY[3:]],
    "a sentence with a link text": [*BODY[:3], "“最新消息会贴在入口。”她说。", *BODY[3:]],
    "a subheading of a keyword": [*BODY[:2], "相关部门怎么说", *BODY[2:]],
    "an english quotation": [*BODY[:3], EN[0], *BODY[3:]],
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_the_article_stays(name: str) -> None:
    assert body_lines(article_page(p(*KEPT[name]))) == KEPT[name]


def test_an_article_about_copyright_keeps_its_sentences() -> None:
    text = [
        "江城中院昨日对一起图片侵权案作出判决，一家旅游网站被判赔偿摄影师四万元，并在首页刊登道歉声明三十天。",
        "法院查明，被告未经许可在网站上使用了原告的九张码头照片，页面下方仅写有“图片来自网络，版权归原作者所有”。",
        "被告辩称，转载时已经注明出处，如有侵权，权利人可以联系网站删除，因此不应当承担赔偿责任，请求驳回全部诉求。",
        "法官指出，注明出处不等于获得授权，未经权利人同意不得转载，“如有侵权请联系删除”的声明并不能免除使用者的责任。",
        "版权声明只能说明权利属于谁，不能代替许可。律师提醒，个人在社交平台发布照片时，也可以通过时间戳保留证据。",
        "一位长期关注此案的学者认为，判决对聚合类网站有示范意义，今后转载图片之前，先取得许可应当成为行业的习惯。",
        "宣判之后，摄影师表示会把赔偿款捐给社区图书馆，用来添置关于这座城市的摄影集，让更多人看到老码头从前的样子。",
    ]
    assert body_lines(article_page(p(*text))) == text


def test_captions_under_images_stay() -> None:
    inside = (
        f'<p><img src="/1.jpg"></p><p>重新开放的木栈道 陈小江 摄</p>{p(*BODY[:3])}'
        f'<p><img src="/2.jpg"></p><p>图为夜市入口的大屏幕</p>{p(*BODY[3:])}'
    )
    lines = body_lines(article_page(inside))
    assert "图为夜市入口的大屏幕" in lines
    assert "重新开放的木栈道 陈小江 摄" in lines
    assert [x for x in lines if x in BODY] == list(BODY)


def test_summary_box_that_repeats_the_body_is_cut_wherever_it_stands() -> None:
    html = article_page(
        f'<div class="k3"><span>内容摘要</span><p>{ZH[0]}</p></div>' + p(*BODY),
        before=f'<div class="intro">{ZH[0]}</div>',
    )
    assert body_lines(html) == list(BODY)


def test_article_printed_twice_inside_one_container() -> None:
    article = extract(article_page(f'<div class="pc">{p(*BODY)}</div><div class="m">{p(*BODY)}</div>'))
    assert article.text.split("\n") == list(BODY)
    assert [s.label for s in article.segments if s.text == BODY[3]] == [Label.BODY, Label.DUPLICATE]


def test_hidden_text_between_paragraphs_is_cut() -> None:
    trap = '<p style="display:none">本文来自江城新闻网，转载必究，内容防盗。</p>'
    article = extract(article_page(p(*BODY[:3]) + trap + p(*BODY[3:])))
    assert article.text.split("\n") == list(BODY)
    assert label(article, "内容防盗") is Label.HIDDEN


def test_related_list_in_the_middle_of_the_text_is_cut_the_text_goes_on() -> None:
    article = extract(article_page(p(*BODY[:3]) + RELATED + p(*BODY[3:])))
    assert article.text.split("\n") == list(BODY)
    assert label(article, HEADLINES[3]) is Label.RELATED


def test_western_standfirst_above_the_container_is_the_first_paragraph() -> None:
    lead = "Traders who waited two years to come back say the crowds were worth it."
    html = page(
        f'<main><h1>River landing reopens</h1><p class="standfirst">{lead}</p><p>By Ann Lee</p>'
        f'<div class="body">{p(*EN)}</div></main>',
        title="River landing reopens",
        lang="en",
    )
    assert body_lines(html) == [lead, *EN]


def test_notice_under_the_text_takes_what_follows_with_it() -> None:
    tail = "<p>版权声明：本网原创内容，转载请注明出处。</p><p>联系电话 0000-1234567</p><p>地址 江城市沿江路1号</p>"
    assert body_lines(article_page(p(*BODY) + tail)) == list(BODY)


def test_confidence_falls_where_little_is_found() -> None:
    long = apart(article_page(p(*ZH))).body.confidence
    short = apart(article_page(p(ZH[0][:40] + "。"))).body.confidence
    assert 1 >= long > 0.9
    assert short < long


def test_another_extractors_choice_is_corrected_the_same_way() -> None:
    layout = layout_of(f'<div>{p(*ZH[:3])}<p>责任编辑：陈小江</p></div><div class="comments">{p(ZH[5])}</div>')
    marks = mark_blocks(layout)
    body = body_from(layout, marks, None, range(len(layout.blocks)))
    assert body is not None
    assert [layout.blocks[i].text for i in body.blocks] == list(ZH[:3])
    assert body_from(layout, marks, None, []) is None


def test_the_lines_of_a_programme_are_text() -> None:
    days = [
        f"{month}月{day}日上午 {what}"
        for month, day, what in ((9, 1, "开幕式"), (9, 2, "参观码头"), (9, 3, "夜市座谈"))
    ]
    lines = [ZH[0], days[0], ZH[1], days[1], ZH[2], days[2], ZH[3]]
    assert extract(article_page(p(*lines))).text.split("\n") == lines


def test_short_lines_in_divs_like_those_of_the_paragraphs() -> None:
    lines = ["江城区街道办事处", *BODY, "特此公告", "江城区街道办事处公章"]
    inner = "".join(f'<div class="line">{line}</div>' for line in lines)
    assert extract(page(f'<h1>{TITLE}</h1><div class="box">{inner}</div>')).text.split("\n") == lines


def test_a_line_of_names_before_the_text_is_its_byline() -> None:
    article = extract(article_page(p("赵小江、钱一帆", *BODY)))
    assert article.text.split("\n") == list(BODY)
    assert label(article, "赵小江") is Label.BYLINE
    assert article.authors == ["赵小江", "钱一帆"]


def test_a_name_under_a_picture_is_its_caption() -> None:
    article = extract(article_page('<p><img src="/1.jpg" width="600"></p>' + p("赵小江", *BODY)))
    assert article.text.split("\n") == ["赵小江", *BODY]
    assert article.authors == []


SUMMARY = "老码头停业两年后重新开张，九十六个摊位迎来第一批客人，夜市每晚营业到十一点，停车难题还在解决之中。"


@pytest.mark.parametrize(
    "box",
    [
        f'<div class="q1"><p><b>内容提要</b>{SUMMARY}</p></div>',
        f'<div class="q1"><p><b>内容提要</b></p><p>{SUMMARY}</p></div>',
        f'<div class="q1"><div>摘要</div><div>{SUMMARY}</div></div>',
        f"<b>内容提要</b><br>{SUMMARY}<br>",
        f"<blockquote><strong>核心提示</strong> {SUMMARY}</blockquote>",
    ],
)
def test_a_summary_under_its_heading(box: str) -> None:
    article = extract(article_page(box + p(*BODY)))
    assert article.text.split("\n") == list(BODY)
    assert label(article, SUMMARY) is Label.SUMMARY


def test_a_russian_byline_ends_the_text() -> None:
    article = extract(article_page(p(*RU, "Автор: Иван Петров"), title="Старая пристань открылась"))
    assert article.text.split("\n") == list(RU)
    assert article.authors == ["Иван Петров"]


def test_a_box_that_holds_the_headline_is_the_articles_whatever_its_name() -> None:
    long = "".join(f"<p>{line}</p>" for line in ZH[6:] + ZH[6:9])
    html = page(f'<div class="with-sidebar"><h1>{TITLE}</h1>{p(*BODY)}</div><div class="x"><div>{long}</div></div>')
    assert set(BODY) <= set(extract(html).text.split("\n"))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("原标题：沿江老码头夜市重新开张", Label.BYLINE),
        ("（本文作者：江城大学城市研究所赵小江教授）", Label.BYLINE),
        ("源自微博@江城生活", Label.BYLINE),
        ("文 | 江边的猫", Label.BYLINE),
    ],
)
def test_credits_that_end_the_text(line: str, wanted: Label) -> None:
    article = extract(article_page(p(*BODY, line)))
    assert article.text.split("\n") == list(BODY)
    assert label(article, line) is wanted


def test_the_authors_of_a_credit_in_brackets_under_the_text() -> None:
    assert extract(article_page(p(*BODY, "（本文作者：江城大学城市研究所赵小江教授）"))).authors == ["赵小江"]


def test_works_that_the_author_used_are_text() -> None:
    used = ["参考文章", "《老码头的前世今生》", "《夜市经济观察》"]
    assert extract(article_page(p(*BODY, *used))).text.split("\n") == [*BODY, *used]
