"""Flattened dumps taken apart: the dump this project began with, in shape; its neighbours; bad input."""

from __future__ import annotations

import time

import pytest

from pipelines.errors import BinaryPageError, EmptyPageError
from pipelines.extraction.flat.dump import clean_text
from pipelines.items import Article, Label, Page

SEED = """骑行爱好者自制的折叠头盔上架众筹,但尺码还不够齐全
06-21
滨海晚报 旧船厂改造成的潮汐实验室将成为海湾研究的下一个重点。
滨海晚报记者近日获悉,位于东堤的潮汐实验室(简称“潮汐室”)在市里的支持下已开始实质性建设。
海洋学者、潮汐室筹建组组长林渡在接受采访时表示:“新的潮汐室进展很快,我们将努力做出别处没有的观测。
”寻求观测突破 “站在建港六十周年之际,这件事对我们的渔业至关重要。
”林渡指出。
不过,他表示,实现这样的突破非常困难。
“我们不仅要多建站点,还要把数据接起来,这是海湾的需要,而不是某个部门的需要。
”他说。
今年5月14日,潮汐室揭牌。

它与北岸的观测站一起,将成为海湾一南一北两个中心。
林渡从海外回来后,一直在岸上守着一台旧验潮仪。
新建浮标阵列 去年9月,第一批浮标下水,实验室重点研究涨落与鱼汛的关系。
预计很快就会有第一份年报。
版权声明:本文内容由用户自发贡献,本站不拥有所有权。如果发现有涉嫌抄袭的内容,欢迎发送邮件 举报,一经查实,本站将立刻删除。
标签:
相关文章
06-18
06-17
06-18
最新文章
两家造船厂合并码头业务,进一步减少闲置船台
气象台携手渔协、港务局,共同推动海雾预警
行业领导者制定 Open Buoy 接口以帮助浮标联网
东湾渔港和 SEALAB 合作
"""

HEADED = """首页 > 城市频道 > 正文
旧水厂变身社区图书馆 居民周末可免费借阅
2021年06月21日 09:30 滨海晚报
分享到：
微信
QQ空间
原标题：旧水厂成了图书馆，周末免费借阅
停用十二年的东堤水厂昨天重新开门，过去的沉淀池成了阅览区，四面墙上留着当年的水位线。
图书馆馆长周宁介绍，这里共有藏书三万册，其中一半由居民捐赠，孩子们可以带着小板凳进来。
阅览区一角
滨海晚报记者 林一舟 摄
“我小时候在这里看过大人修水泵。”住在隔壁的陈师傅说。
按照计划，二期工程将在秋天动工，届时泵房会改成小型剧场。
（记者 林一舟）
责任编辑：方圆
标签：图书馆 水厂 社区
声明：本网登载此文出于传递更多信息之目的，并不意味着赞同其观点或证实其描述。
上一篇：轮渡夜航本月恢复
下一篇：没有了
相关新闻
01 旧船坞将建露天影院 年底开放
02 城南三条小巷完成整修
03 周末公交增开图书馆专线
阅读排行榜
潮汐实验室揭牌
轮渡票价十年来首次下调
夜市摊位开始抽签
更多
关于我们 | 联系我们 | 网站地图 | 广告服务
Copyright © 2001-2021 滨海传媒 All Rights Reserved
"""


def clean(text: str, **known: str) -> Article:
    return clean_text(Page(body=text.encode(), id="dump-1", **known))  # type: ignore[arg-type]


def titles(article: Article, name: str) -> list[str]:
    return [link.title for link in getattr(article, name)]


@pytest.fixture(scope="module")
def seed() -> Article:
    return clean(SEED)


@pytest.fixture(scope="module")
def headed() -> Article:
    return clean(HEADED)


def test_the_neighbours_headline_and_date_are_not_the_articles(seed: Article) -> None:
    assert seed.title == ""
    assert titles(seed, "prev_next") == ["骑行爱好者自制的折叠头盔上架众筹,但尺码还不够齐全"]
    assert seed.published is None
    assert seed.published_raw == "06-21"
    assert "折叠头盔" not in seed.text
    assert "06-" not in seed.text


def test_the_body_ends_where_the_notice_begins(seed: Article) -> None:
    assert seed.text.startswith("滨海晚报 旧船厂改造成的潮汐实验室")
    assert seed.text.endswith("预计很快就会有第一份年报。")
    assert seed.copyright == [next(row for row in SEED.split("\n") if row.startswith("版权声明"))]
    assert seed.tags == []
    assert seed.related == []
    assert titles(seed, "latest") == SEED.strip().split("\n")[-4:]


def test_no_line_begins_with_what_closes_the_line_before(seed: Article) -> None:
    assert not [row for row in seed.text.split("\n") if row[0] in "”’」』）】》〉。，、；：！？,;!?)"]
    assert "别处没有的观测。”\n寻求观测突破\n“站在建港六十周年之际" in seed.text
    assert "至关重要。”林渡指出。" in seed.text
    assert seed.evidence["text"].startswith("cut at full stops")


def test_a_subheading_glued_to_its_sentence_stands_alone(seed: Article) -> None:
    assert "新建浮标阵列" in seed.text.split("\n")


def test_title_date_source_come_from_the_head(headed: Article) -> None:
    assert headed.title == "旧水厂变身社区图书馆 居民周末可免费借阅"
    assert headed.published == "2021-06-21T09:30+08:00"
    assert headed.published_precision == "minute"
    assert headed.source == "滨海晚报"
    assert headed.editors == ["方圆"]
    assert headed.language == "zh"
    assert headed.encoding == "utf-8"
    assert headed.method == "flat"
    assert headed.id == "dump-1"


def test_captions_stay_and_buttons_go(headed: Article) -> None:
    rows = headed.text.split("\n")
    assert rows[0].startswith("停用十二年")
    assert "阅览区一角" in rows
    assert "滨海晚报记者 林一舟 摄" in rows
    assert not {"微信", "QQ空间", "分享到："} & set(rows)
    assert "原标题" not in headed.text
    assert "责任编辑" not in headed.text


def test_the_foot_is_read_into_its_parts(headed: Article) -> None:
    assert headed.tags == ["图书馆", "水厂", "社区"]
    assert titles(headed, "related") == [
        "旧船坞将建露天影院 年底开放",
        "城南三条小巷完成整修",
        "周末公交增开图书馆专线",
    ]
    assert titles(headed, "latest") == ["潮汐实验室揭牌", "轮渡票价十年来首次下调", "夜市摊位开始抽签"]
    assert [(link.title, link.rel) for link in headed.prev_next] == [("轮渡夜航本月恢复", "prev")]
    assert len(headed.copyright) == 2
    assert headed.copyright[1].startswith("Copyright ©")


def test_every_line_has_one_segment_with_a_reason(headed: Article) -> None:
    assert [s.text for s in headed.segments] == HEADED.strip().split("\n")
    assert all(s.reason for s in headed.segments)
    labels = {s.text: s.label for s in headed.segments}
    assert labels["首页 > 城市频道 > 正文"] is Label.BREADCRUMBS
    assert labels["关于我们 | 联系我们 | 网站地图 | 广告服务"] in (Label.NAVIGATION, Label.SHARE)


def test_a_date_without_a_year_waits_for_the_fetch_time_or_a_whole_date() -> None:
    body = "\n".join(HEADED.split("\n")[7:13])
    text = f"旧水厂变身社区图书馆 居民周末可免费借阅\n滨海晚报 06-21 09:30 责编：方圆\n{body}\n"
    assert clean(text).published is None
    assert clean(text).published_raw == "06-21 09:30"
    assert clean(text, fetched_at="2021-06-22T08:00:00+08:00").published == "2021-06-21T09:30+08:00"
    dated = text + "相关新闻\n夜市摊位开始抽签\n2021-06-20 10:00:00\n轮渡夜航本月恢复\n2021-06-19 08:00:00\n"
    assert clean(dated).published == "2021-06-21T09:30+08:00"


def test_a_lead_that_the_text_says_again_is_no_body() -> None:
    lead = "图书馆馆长周宁介绍，这里共有藏书三万册，其中一半由居民捐赠，孩子们可以带着小板凳进来。"
    rows = HEADED.split("\n")
    article = clean("\n".join([*rows[1:3], lead, *rows[7:]]))
    assert article.text.count("藏书三万册") == 1
    assert next(s for s in article.segments if s.text == lead).label is Label.SUMMARY


def test_the_article_printed_twice_counts_once() -> None:
    article = clean(HEADED + "\n".join(HEADED.split("\n")[1:13]))
    assert article.text.count("沉淀池成了阅览区") == 1


def test_what_closes_a_text_is_believed_only_where_none_follows() -> None:
    prose = "老街的早市在清晨五点开张，街坊们早早地排起了队，摊主忙得直不起腰。"
    middle = "\n".join(
        [prose, "【奖品介绍】", "一等奖：旅行箱一只", prose.replace("清晨", "周末"), prose.replace("街坊", "游客")]
    )
    assert "【奖品介绍】\n一等奖：旅行箱一只" in clean(f"老街的早市\n2026-06-21 08:30 来源：老街晚报\n{middle}").text
    ended = clean(f"老街的早市\n2026-06-21 08:30\n{middle}\n本文来自老街网").text
    assert ended.endswith("腰。")


def test_western_dumps_need_no_chinese_words() -> None:
    prose = (
        "The old river landing reopened on Saturday evening after two years of work.",
        "Stallholders lit their stoves before five o'clock, and the first ferry arrived on time.",
        "“I never thought I would be back,” said Ruth Hale, who sells lemonade at the third bend.",
        "The second phase begins in autumn, when the warehouses become a small theatre.",
    )
    dump = "\n".join(
        [
            "Old landing opens again",
            "By Martin Cole",
            "12 June 2021, 17:47",
            "Facebook",
            "Twitter",
            *prose,
            "ferries,",
            "night markets,",
            "river",
            "Related Stories",
            "Night ferries return this month",
            "Council to repair three lanes",
            "© 2021 River Post. All rights reserved.",
        ]
    )
    article = clean(dump)
    assert article.title == "Old landing opens again"
    assert article.text == "\n".join(prose)
    assert (article.published or "").startswith("2021-06-12")
    assert article.authors == ["Martin Cole"]
    assert article.tags == ["ferries", "night markets", "river"]
    assert titles(article, "related") == ["Night ferries return this month", "Council to repair three lanes"]
    assert article.copyright == ["© 2021 River Post. All rights reserved."]
    assert article.language == "en"


def test_other_charsets_are_decoded() -> None:
    article = clean_text(Page(body=HEADED.replace("©", "(c)").encode("gb18030"), id="x"))
    assert article.encoding == "gb18030"
    assert article.title.startswith("旧水厂")


@pytest.mark.parametrize("body", [b"", b" \n\t \r\n", b"---\n|\n...\n"])
def test_a_dump_without_words_is_an_error(body: bytes) -> None:
    with pytest.raises(EmptyPageError):
        clean_text(Page(body=body, id="x"))


@pytest.mark.parametrize("body", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n\0\0"])
def test_binary_data_is_an_error(body: bytes) -> None:
    with pytest.raises(BinaryPageError):
        clean_text(Page(body=body, id="x"))


def test_hostile_text_is_read_in_linear_time() -> None:
    bodies = [
        "停用十二年的水厂重新开门，" * 20_000,
        "（" * 50_000 + "水\n" + "”" * 50_000,
        "短行\n" * 20_000,
        "a " * 100_000,
        "2021-06-21 " * 10_000,
        ("停用十二年的水厂重新开门。" * 4_000 + "\n") * 3,
    ]
    start = time.process_time()
    for body in bodies:
        clean(body)
    assert time.process_time() - start < 10


def test_nuls_and_surrogates_do_not_come_through() -> None:
    body = HEADED.encode() + "水厂\ud83d".encode("utf-8", "surrogatepass") + b"\0\n"
    text = clean_text(Page(body=body, id="x")).to_dict(segments=True)
    assert "\0" not in str(text)
    str(text).encode()


def test_a_list_of_headlines_has_no_body() -> None:
    rows = [
        "潮汐实验室揭牌",
        "轮渡票价十年来首次下调",
        "夜市摊位开始抽签",
        "城南三条小巷完成整修",
        "旧船坞将建露天影院",
    ] * 3
    article = clean("最新文章\n" + "\n".join(rows))
    assert article.text == ""
    assert "the text is very short" in article.warnings
    assert article.confidence < 0.5
