"""Lines of roles and names: told from other lines of the form "word: words", and cut at the ends of a text only."""

from __future__ import annotations

import pytest

from pipelines.extraction.article import extract_page
from pipelines.extraction.metadata.roles import is_credit_line
from pipelines.items import Page

CREDITS = [
    "初审：张三 复审：李四 终审：王五",
    "审核：张三",
    "排版丨小鱼",
    "值班编委：李 梅",
    "转载自：江城网",
    "来自：江城财经",
    "文字：张三 图片：李四、王五",
    "视频拍摄剪辑 | 刘诗霞",
    "图源：受访者供图",
    "（策划：张三　设计：李四）",
    "翻译：clkw",
    "一审/张三 二审/李四",
    "Editor: Jane Doe",
    "Quelle: dpa",
    "Fotos: Jean de la Cour",
]
NONE = [
    "时间：周六下午两点",
    "地点：江城图书馆",
    "媒体：建设体育小镇 须纠偏“地产模式”",
    "媒体：江城订立新规是对症下药之举",
    "以下是本次采访：",
    "记者：您怎么看？",
    "一审：法院认为合同有效，判决被告还款。",
    "设计：屏幕比上一代大了百分之十",
    "张三：谢谢",
    "Video: How the bridge was built in three days",
    "Photos: the bridge, the river and the old town",
    "审核",
    "",
]


@pytest.mark.parametrize("line", CREDITS)
def test_credits(line: str) -> None:
    assert is_credit_line(line)


@pytest.mark.parametrize("line", NONE)
def test_other_lines(line: str) -> None:
    assert not is_credit_line(line)


def page(*paragraphs: str) -> Page:
    prose = [
        f"<p>　　第{n}段讲的是江城今年新建的学校和道路，居民对此表示欢迎，工程会在秋天完成。</p>" for n in range(8)
    ]
    prose[4:4] = [f"<p>{line}</p>" for line in paragraphs[:1]]
    prose += [f"<p>{line}</p>" for line in paragraphs]
    head = "<title>江城新建学校_江城网</title>"
    body = f"<h1>江城新建学校</h1><div>2026-06-21 12:30</div><div>{''.join(prose)}</div>"
    return Page(
        f"<html><head>{head}</head><body>{body}</body></html>".encode(), url="https://news.example/2026/06/1.html"
    )


def test_credits_at_the_end_of_a_text_are_cut_and_in_its_middle_are_not() -> None:
    lines = ["排版：张三", "初审：李梅 复审：王芳 终审：赵敏", "图源：江城日报"]
    article = extract_page(page(*lines))
    text = article.text.split("\n")
    assert [line for line in text if "：" in line] == ["排版：张三"]  # the one in the middle
    assert text[-1].startswith("第7段")
    assert article.editors == ["李梅", "王芳", "赵敏"]


@pytest.mark.parametrize(
    "line",
    [
        "Reporting by Jane Doe in Riverton; Editing by John Smith and Max Miller",
        "(Reporting by Jane Doe and John Smith; writing by Max Miller; editing by Ann Lee)",
        "摘自《江城日报》",
    ],
)
def test_other_credits_at_the_end_are_cut(line: str) -> None:
    assert line not in extract_page(page("工程很大。", line)).text
