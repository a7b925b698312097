"""What boilerplate says of itself, and what an article may say without being taken for it."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from pipelines.extraction.phrases import match_heading, match_mark
from pipelines.items import Label
from tests.pipelines.extraction.pages import EN, JA, KO, RU, TW, ZH


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("相关新闻", Label.RELATED),
        ("【相关阅读】", Label.RELATED),
        ("相 关 报 道", Label.RELATED),
        ("相關新聞", Label.RELATED),
        ("推荐阅读：", Label.RELATED),
        ("延伸阅读", Label.RELATED),
        ("猜你喜欢", Label.RELATED),
        ("为您推荐 更多>>", Label.RELATED),
        ("Related articles", Label.RELATED),
        ("You might also like", Label.RELATED),
        ("関連記事", Label.RELATED),
        ("Читайте также", Label.RELATED),
        ("最新文章", Label.LATEST),
        ("近期文章", Label.LATEST),
        ("近期评论", Label.COMMENTS),
        ("热门排行", Label.LATEST),
        ("24小时热点", Label.LATEST),
        ("点击排行榜", Label.LATEST),
        ("熱門新聞", Label.LATEST),
        ("· 本周热门 ·", Label.LATEST),
        ("Most read", Label.LATEST),
        ("Самое читаемое", Label.LATEST),
        ("最新記事", Label.LATEST),
        ("标签", Label.TAGS),
        ("Tags:", Label.TAGS),
        ("网友评论", Label.COMMENTS),
        ("Comments (12)", Label.COMMENTS),
        ("内容摘要", Label.SUMMARY),
        ("核心提示：", Label.SUMMARY),
        ("友情链接", Label.PROMOTION),
        ("分享", Label.SHARE),
    ],
)
def test_headings_of_lists(text: str, label: Label) -> None:
    mark = match_heading(text)
    assert mark is not None
    assert (mark.label, mark.heading) == (label, True)
    assert mark.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "更多",
        "——",
        "相关部门回应停车难",
        "一、项目的由来",
        "标签背后的故事",
        "评论员文章",
        "The road ahead",
        "相关新闻：" + "长" * 40,
    ],
)
def test_subheadings_of_an_article_are_no_list_headings(text: str) -> None:
    assert match_heading(text) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("版权声明：本文为江城新闻网原创，转载请注明出处。", Label.COPYRIGHT),
        ("免责声明：以上内容仅供参考，不构成投资建议。", Label.COPYRIGHT),
        ("特别声明：本文观点仅代表作者本人。", Label.COPYRIGHT),
        ("未经书面授权，不得转载、摘编或镜像。", Label.COPYRIGHT),
        ("本文仅代表作者个人观点，与本站立场无关。", Label.COPYRIGHT),
        ("© 2021 江城新闻网 版权所有", Label.COPYRIGHT),
        ("Copyright © 2010-2021 example.com All Rights Reserved", Label.COPYRIGHT),
        ("京ICP备12345678号-1", Label.COPYRIGHT),
        ("如有侵权，请联系我们删除。", Label.COPYRIGHT),
        ("扫描二维码，关注我们的公众号", Label.SHARE),
        ("打开微信扫一扫，分享到朋友圈", Label.SHARE),
        ("下载客户端，看更多新闻", Label.SHARE),
        ("Share this article on Facebook", Label.SHARE),
        ("Follow us", Label.SHARE),
        ("Was this page helpful?", Label.SHARE),
        ("Table of Contents [hide]", Label.NAVIGATION),
        ("In this article:", Label.NAVIGATION),
        ("This post may contain affiliate links.", Label.PROMOTION),
        ("This website uses cookies so that it can remember your choices.", Label.OTHER),
        ("Subscribe to our letter about life on the river.", Label.SHARE),
        ("If you buy something through our links, we may earn a small commission.", Label.PROMOTION),
        ("【摘要】码头停业两年后重新开张。", Label.SUMMARY),
        ("（编者按）码头是城市的记忆。", Label.SUMMARY),
        ("核心提示：码头停业两年后重新开张。", Label.SUMMARY),
        ("[编者按] 码头是城市的记忆，改造之后如何留住它？", Label.SUMMARY),
        ("标签：码头 夜市 改造", Label.TAGS),
        ("Tags: harbour, night market", Label.TAGS),
        ("上一篇：山区小学迎来驻校教师", Label.PREV_NEXT),
        ("下一条: 没有了", Label.PREV_NEXT),
        ("Next article: a bridge is finished", Label.PREV_NEXT),
        ("上一页 1 2 3 4 下一页", Label.PAGINATION),
        ("您所在的位置：首页 > 新闻 > 社会", Label.BREADCRUMBS),
        ("广告", Label.PROMOTION),
        ("（原标题：老码头夜市重新开张）", Label.BYLINE),
        ("相关阅读：跨海大桥主塔封顶", Label.RELATED),
        ("网友评论仅供表达个人看法", Label.COMMENTS),
    ],
)
def test_marked_lines(text: str, label: Label) -> None:
    mark = match_mark(text)
    assert mark is not None
    assert mark.label is label
    assert mark.reason


@pytest.mark.parametrize("text", [*ZH, *TW, *EN, *RU, *JA, *KO])
def test_running_text_is_not_marked(text: str) -> None:
    assert match_mark(text) is None
    assert match_heading(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Share of homes sold above asking (2024)",
        "Print programmes and menus",
        "Follow the 3-2-1 rule",
        "Email marketing",
        "Save a life",
        "Pin the hem before you sew",
        "Jump to the pharmacy page of their site first",
        "Bloggers earn a commission when readers buy through affiliate links.",
    ],
)
def test_subjects_that_begin_like_calls(text: str) -> None:
    assert match_mark(text) is None


def test_long_prose_that_mentions_a_phrase_is_prose() -> None:
    text = "法院认为，被告未经许可不得转载他人作品，其行为构成侵权。" + "".join(ZH)
    assert match_mark(text) is None


def test_notices_are_believed_at_the_ends_of_a_text_only() -> None:
    mark = match_mark("未经许可不得转载。")
    assert mark is not None
    assert mark.ends


def _slow_marks() -> list[Any]:
    tables = tomllib.loads(files("pipelines.extraction").joinpath("phrases.toml").read_text("utf-8"))
    return [mark for mark in tables["mark"] if mark["where"] == "any"]


@pytest.mark.parametrize("mark", _slow_marks(), ids=lambda mark: str(mark["reason"]))
@given(data=strategies.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_a_slow_pattern_finds_holds_a_word_that_it_needs(
    mark: dict[str, Any], data: strategies.DataObject
) -> None:
    pattern = re.compile(data.draw(strategies.sampled_from(mark["patterns"])), re.I)
    text = data.draw(
        strategies.from_regex(pattern, fullmatch=True, alphabet=strategies.characters(max_codepoint=0x9FFF))
    )
    folded = "".join(c for c in text if c not in "ſK")  # case folding makes an s and a k of them
    assert folded != text or any(word in text.lower() for word in mark["needs"])
