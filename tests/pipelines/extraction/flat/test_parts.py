"""The pieces of the dump reader: lines, sections, sentences, lists, tags."""

from __future__ import annotations

import pytest

from pipelines.extraction.flat.head import find_title, likeness
from pipelines.extraction.flat.lines import make_line, measure, split_lines
from pipelines.extraction.flat.lists import entry, prev_next, tag_values, trailing_tags
from pipelines.extraction.flat.sections import Part, find_parts
from pipelines.extraction.flat.text import Row, close_quotes, join_lines, part_heading, was_cut
from pipelines.items import Label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("分享到：", Label.SHARE),
        ("缩小字体 放大字体 收藏 微博 微信 分享 0", Label.SHARE),
        ("Share", Label.SHARE),
        ("首页 > 财经频道 > 正文", Label.BREADCRUMBS),
        ("关于我们 - 公司简介 - 联系方法 - 客户中心", Label.NAVIGATION),
        ("2021-06-21 09:30:12 来源: 滨海晚报", Label.BYLINE),
        ("发布时间:2021-06-21 浏览: 次 作者:方圆", Label.BYLINE),
        ("【责任编辑：方圆】", Label.BYLINE),
        ("原标题：旧水厂成了图书馆", Label.BYLINE),
        ("（图片来源：滨海晚报）", Label.BODY),
        ("活动时间：2021年6月21日 09:30", Label.BODY),
        ("摘要：旧水厂成了图书馆。", Label.SUMMARY),
        ("关键词 : 水厂图书馆", Label.TAGS),
        ("上一篇：轮渡夜航恢复", Label.PREV_NEXT),
        ("转载请注明出处：滨海晚报", Label.COPYRIGHT),
        ("京ICP备12345678号", Label.COPYRIGHT),
        ("关于我们 | 版权声明 | 联系我们", Label.NAVIGATION),
        ("延伸阅读", Label.RELATED),
        ("小编精选", Label.LATEST),
        ("精彩图集 查看更多>", Label.PROMOTION),
        ('<li><a href="#p=1">图</a></li>', Label.OTHER),
    ],
)
def test_lines_name_their_part(text: str, label: Label) -> None:
    mark = make_line(text).mark
    assert mark is not None
    assert mark.label is label


@pytest.mark.parametrize(
    "text",
    [
        "记者：这个图书馆，什么时候开门？",
        "今天是10月8日",
        "下一个假期是元旦",
        "停用十二年的东堤水厂昨天重新开门，居民可以关注公众号预约，也可以直接走进来坐一坐，看看墙上的水位线。",
        "“我小时候在这里看过大人修水泵。”住在隔壁的陈师傅说。",
    ],
)
def test_speech_and_prose_name_none(text: str) -> None:
    assert make_line(text).mark is None


def test_lines_are_split_at_every_kind_of_break_and_measured() -> None:
    lines = split_lines("一二三\r\n\r\n two\u2028three\x0bfour\u200b\n\n\n五。")
    assert [line.text for line in lines] == ["一二三", "two", "three", "four", "五。"]
    assert [line.gap for line in lines] == [False, True, False, False, True]
    assert measure("水厂 opens 3") == 6
    assert make_line("水位线还在墙上，没有人擦掉它。").ends
    assert make_line("The landing is open. Come and see.").stops == 1
    assert make_line("Version 2.5 of the U.S.").stops == 0


def test_the_body_is_one_path_with_gaps() -> None:
    prose = "停用十二年的东堤水厂昨天重新开门，过去的沉淀池成了阅览区。"
    rows = [
        "首页",
        prose,
        "阅览区一角",
        prose,
        prose,
        *["分享到", "微信", "微博", "人人网", "打印", "收藏"],
        prose,
        prose,
        prose,
        "相关新闻",
        "甲乙丙丁戊",
        "己庚辛壬癸",
    ]
    parts = find_parts([make_line(row) for row in rows])
    assert parts[1:5] == [Part.BODY] * 4
    assert parts[5:11] == [Part.GAP] * 6
    assert parts[11:14] == [Part.BODY] * 3
    assert parts[14:] == [Part.TAIL] * 3


def test_quotes_are_closed_where_they_were_opened() -> None:
    rows = [Row("他说:“水位线还在。"), Row("”林渡指出。"), Row("”"), Row("，这是真的。"), Row("↓↓↓"), Row("“走吧。”")]
    assert [r.text for r in close_quotes(rows)] == ["他说:“水位线还在。”", "林渡指出。”，这是真的。", "“走吧。”"]


def test_a_leading_sign_without_a_line_before_is_dropped() -> None:
    assert [r.text for r in close_quotes([Row("”开头。"), Row("）")])] == ["开头。）"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("新建浮标阵列 去年9月,第一批浮标下水,研究涨落与鱼汛的关系。", 2),
        ("滨海晚报讯 近日,第一批浮标下水,研究涨落与鱼汛的关系。", 1),
        ("用 Windows 10 的人去年少了一成,研究涨落与鱼汛的关系。", 1),
        ("第一批浮标下水,研究涨落与鱼汛的关系。", 1),
    ],
)
def test_subheadings_are_told_apart(text: str, parts: int) -> None:
    assert len(part_heading(Row(text))) == parts


def test_paragraphs_are_guessed_only_in_dumps_cut_at_stops() -> None:
    cut = [make_line(f"第{n}批浮标已经下水，研究涨落与鱼汛的关系。") for n in range(12)]
    whole = [make_line(f"第{n}批浮标下水。研究涨落与鱼汛的关系，预计很快有年报。") for n in range(12)]
    assert was_cut(cut)
    assert not was_cut(whole)
    paragraphs, guessed = join_lines([(line, False) for line in cut])
    assert guessed
    assert 1 < len(paragraphs) < 12
    assert "".join(paragraphs) == "".join(line.text for line in cut)
    assert join_lines([(line, False) for line in whole]) == ([line.text for line in whole], False)


def test_a_blank_line_parts_paragraphs() -> None:
    cut = [make_line(f"第{n}批浮标已经下水，研究鱼汛。") for n in range(8)]
    paragraphs, _ = join_lines([(line, n == 4) for n, line in enumerate(cut)])
    assert paragraphs[0].endswith(cut[3].text)


@pytest.mark.parametrize(
    ("text", "title", "date"),
    [
        ("01 旧船坞将建露天影院", "旧船坞将建露天影院", None),
        ("3、旧船坞将建露天影院", "旧船坞将建露天影院", None),
        ("·旧船坞将建露天影院(2021-06-20)", "旧船坞将建露天影院", "2021-06-20"),
        ("旧船坞将建露天影院 2021/06/20", "旧船坞将建露天影院", "2021-06-20"),
        ("2021年轮渡票价十年来首次下调", "2021年轮渡票价十年来首次下调", None),
    ],
)
def test_entries_lose_rank_and_date(text: str, title: str, date: str | None) -> None:
    link = entry(make_line(text))
    assert link is not None
    assert (link.title, link.date) == (title, date)


@pytest.mark.parametrize(
    "text",
    ["06-18", "12", "更多", "旧船坞位于东堤，去年停用，市里决定把它改成露天影院。夏天开放，票价未定，先到先得。"],
)
def test_numbers_dates_and_teasers_are_no_entries(text: str) -> None:
    assert entry(make_line(text)) is None


def test_neighbours_in_one_line_are_two() -> None:
    links = prev_next("上一篇：轮渡夜航恢复 下一篇：夜市开始抽签")
    assert [(link.title, link.rel) for link in links] == [("轮渡夜航恢复", "prev"), ("夜市开始抽签", "next")]
    assert prev_next("下一篇：没有了") == []


def test_glued_tags_are_left_alone() -> None:
    assert tag_values("标签：图书馆 水厂", "") == ["图书馆", "水厂"]
    assert tag_values("Filed Under: River Life, Ferries", "") == ["River Life", "Ferries"]
    assert tag_values("关键词 : 图书馆水厂东堤", "图书馆在东堤的水厂里") == []
    assert tag_values("关键词 : 图书馆", "水厂成了图书馆") == ["图书馆"]


def test_short_lines_behind_the_text_are_tags() -> None:
    prose = make_line("停用十二年的东堤水厂昨天重新开门。")
    assert trailing_tags([prose, *map(make_line, ("图书馆", "水厂", "社区"))]) == 3
    assert trailing_tags([prose, *map(make_line, ("ferries,", "rivers"))]) == 2
    assert trailing_tags([prose, make_line("阅览区一角")]) == 0
    assert trailing_tags([prose, *map(make_line, ["图书馆"] * 40)]) == 0


def test_the_title_is_the_line_above_the_date_that_the_text_talks_of() -> None:
    rows = [
        "热门频道",
        "旧水厂变身图书馆",
        "2021-06-21 09:30 来源: 滨海晚报",
        "旧水厂昨天变身图书馆，居民可以进来坐一坐。",
    ]
    head = find_title([make_line(row) for row in rows], 3, rows[3:])
    assert (head.title, head.title_at) == (rows[1], 1)
    assert likeness(rows[1], rows[1]) == 1.0
    assert likeness(rows[0], rows[1]) == 0.0
