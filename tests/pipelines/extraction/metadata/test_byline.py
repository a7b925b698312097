"""Bylines in a line of text: authors, editors, source kept apart; and what is no byline."""

from __future__ import annotations

import pytest

from pipelines.extraction.metadata.byline import (
    is_byline,
    original_title,
    parse_byline,
)
from pipelines.extraction.metadata.byline_words import RUN, clean_name, find_labels, is_person, split_names
from pipelines.extraction.metadata.dates import DateContext
from pipelines.extraction.metadata.reporters import bracketed_credits, reported_by

Line = str | list[str]


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("2026-06-21 12:30 来源：江城晚报", "江城晚报"),
        (["2026-06-21 12:30 来源:", "江城晚报", "举报"], "江城晚报"),
        (["2026-06-21 12:30 来源:", "江城晚报-江城网", "(北京)", "有", "0", "人参与"], "江城晚报-江城网"),
        ("来源：江城晚报(广州)", "江城晚报"),
        ("来源：江城网-《江城日报》", "江城网-《江城日报》"),
        ("来 源 ： 江城晚报　　作 者：李梅", "江城晚报"),
        (["来源 >", "江城网"], "江城网"),
        (["发表于", "2026-06-21", "|", "次阅读", "| 来源", "CNET", "|", "0", "条评论"], "CNET"),
        ("本文来源：江城晚报 责任编辑：张三丰", "江城晚报"),
        ("来源于：东区办事处", "东区办事处"),
        (["2026年6月21日12:12 来源：[", "江城网", "]"], "江城网"),
        ("出处：快报网 作者：宪瑞", "快报网"),
        ("轉載自：聯合新聞", "聯合新聞"),
        ("作者：赵婕 出自[江城出版社]", "江城出版社"),
        ("Источник: Речной вестник", "Речной вестник"),
        ("图片来源：某图库", None),
        ("2026-06-21 12:30 来源：江城日报 IP属地：东省", "江城日报"),
        ("记者从多个消息来源获悉此事", None),
    ],
)
def test_source(line: Line, source: str | None) -> None:
    assert parse_byline(line).source == source


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("作者：李一能 选稿：袁颖", ["李一能"]),
        (["作者:", "徐湘东肖洋", "选稿:", "王一茗"], ["徐湘东", "肖洋"]),
        ("作者:李梅综合报道", ["李梅"]),
        ("[作者:风吟 潘梁平 康蒙]", ["风吟", "潘梁平", "康蒙"]),
        ("（记者 张三 通讯员 李四）", ["张三", "李四"]),
        ("江城日报记者 段彦超 廖艳", ["段彦超", "廖艳"]),
        ("采写：江城见习记者 林子沛", ["林子沛"]),
        ("【文/江城网专栏作者 王文】", ["王文"]),
        ("执笔/叨叨姐、胡一刀&李小飞刀", ["叨叨姐", "胡一刀", "李小飞刀"]),
        ("文/张三 图/李四", ["张三"]),
        ("江城报记者 田杰雄 摄影 王颖", ["田杰雄"]),
        (["2026-06-21 23:59", "江城報 記者", "陳嘉寧", "／桃園機場報導"], ["陳嘉寧"]),
        ("作者：李 梅 张三丰", ["李梅", "张三丰"]),
        ("作者：赵婕 出自[江城出版社]", ["赵婕"]),
        ("江边的猫 发表于 2026-06-21 12:30", ["江边的猫"]),
        ("由江姑娘张贴 @ 2026-06-21 12:30:01", ["江姑娘"]),
        ("江城晚报 发表于 2026-06-21 12:30", []),
        ("最后发表于 2026-06-21 12:30", []),
        ("【作者单位：江城大学社会学系】", []),
        ("Автор: Иван Петров", ["Иван Петров"]),
        ("文＝田中太郎", ["田中太郎"]),
        ("作者: Jason Verge 编辑: 郭雪梅", ["Jason Verge"]),
        ("作者：佚名", []),
        ("作者：admin", []),
        ("作者：${姓名}", []),
        ("作者：", []),
        ("By Jane Doe", ["Jane Doe"]),
        ("Written by Jane Doe and John Roe | June 3, 2026", ["Jane Doe", "John Roe"]),
        (["By ", "Jane Doe", " and ", "John Roe", ", CNN"], ["Jane Doe", "John Roe"]),
        (["By Jane Doe", "City News, Lhasa"], ["Jane Doe"]),
        ("Stand by for more", []),
    ],
)
def test_authors(line: Line, authors: list[str]) -> None:
    assert list(parse_byline(line).authors) == authors


def test_japanese_names_keep_their_blank() -> None:
    assert parse_byline("作者：大渡 美咲", DateContext(language="ja")).authors == ("大渡 美咲",)


@pytest.mark.parametrize(
    ("line", "editors"),
    [
        ("责任编辑：化成雨_NBJ11143", ["化成雨"]),
        ("责任编辑：刘德宾 SN222", ["刘德宾"]),
        ("责任编辑：NN123", ["NN123"]),
        ("[责任编辑: 吴一航 ]", ["吴一航"]),
        ("编辑 唐峥 校对 郭利", ["唐峥", "郭利"]),
        ("编辑: 曾俊菠 责任编辑: 马兰", ["曾俊菠", "马兰"]),
        (["选稿：", "江城网教育频道 陈乐 夏荔"], ["陈乐", "夏荔"]),
        ("编辑|阿板 视觉|牛小伟", ["阿板"]),
        (["编辑：李雨谦", "返回首页，查看更多"], ["李雨谦"]),
        (["河南手机报", "09-27 20:12", "责编：赵逸伦", "我要分享"], ["赵逸伦"]),
        ("责任编辑：", []),
    ],
)
def test_editors(line: Line, editors: list[str]) -> None:
    byline = parse_byline(line)
    assert list(byline.editors) == editors
    assert byline.authors == ()


def test_what_stands_bare_beside_the_date() -> None:
    assert parse_byline(["2026年6月21日 10:54", "第一星座网"]).bare == ("第一星座网",)
    assert parse_byline(["原创", "南方某报", "2026-06-21 16:01:46"]).bare == ("南方某报",)
    assert parse_byline("CITY.EXAMPLE.COM 2026年6月21日08:19 [ 黄宇 ] 来源：某报").bare == ("黄宇",)
    assert parse_byline(["2026-06-21 15:10", "字号：", "A-", "A", "A+", "来源：某网"]).bare == ()
    assert parse_byline("没有日期的一行").bare == ()


@pytest.mark.parametrize(
    "line",
    [
        ["2026-06-21 13:43:45 来源:", "江城周刊", "举报"],
        "最后更新: 2026-06-21 15:14:21",
        "责任编辑：王某某 SN123",
        "（记者 张三 通讯员 李四）",
        "编辑 刘晓阳 校对 李铭",
        "来源：江城晚报",
        "2026-06-21 12:30",
        "阅读 1234 评论 56",
        ["1032", "人参与", "308", "评论"],
        "By Jane Doe",
        "Published June 3, 2026",
        "作者:zboy 阅读(1660) 评论(5) 发表于:2026-06-21 12:30",
    ],
)
def test_lines_that_are_only_byline(line: Line) -> None:
    assert is_byline(line)


@pytest.mark.parametrize(
    "line",
    [
        "记者从公安局获悉，昨日8时许，一名男子在来源不明的地方被发现。",
        "2026年6月21日，江城举行了第三届夜市开幕活动，数千名市民到场。",
        "江城网6月20日电（记者 张三）当天下午，市政府召开会议，部署了全年的工作。",
        "作者认为，这本书的编辑工作做得很好，值得一读。",
        "他在1998年来到这里。",
        "相关阅读",
        "The editor said on June 3, 2026 that the paper would close its doors for good.",
        "",
    ],
)
def test_prose_is_no_byline(line: str) -> None:
    assert not is_byline(line)


def test_original_title_is_a_kind_of_its_own() -> None:
    assert original_title("（原标题：老码头重新开张）") == "老码头重新开张"
    assert original_title("原標題：老碼頭重新開張") == "老碼頭重新開張"
    assert original_title("原标题：老码头") is not None
    assert original_title("标题党的危害") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("新华社华盛顿10月12日电（记者周效政 高攀）当地官员表示，谈判仍在继续。", ["周效政", "高攀"]),
        ("江城网讯 记者谢文鑫报道：走进芷江，映入眼帘的是老屋。", ["谢文鑫"]),
        ("江城网通讯员龙钢、记者朱贝尔1月11日报道：为继续优化服务，", ["龙钢", "朱贝尔"]),
        ("她鞠了个躬。（河南手机报记者 赵逸伦/图 华龙）", ["赵逸伦"]),
        ("（实习记者 樊亮 张明超 记者惠禾）13岁的女孩", ["樊亮", "张明超", "惠禾"]),
        ("这样的友情真好！（实习生小黄人/文）", ["小黄人"]),
        ("以此来阻遏对手。（作者署名：科罗廖夫）", ["科罗廖夫"]),
        ("（圖／記者林悅翻攝）", []),
        ("记者在现场看到，人群已经散去。", []),
        ("他说（笑），没有什么可怕的。", []),
    ],
)
def test_reporters_named_in_the_text(text: str, names: list[str]) -> None:
    assert reported_by(text) == names


def test_editors_in_brackets_at_a_paragraphs_end() -> None:
    [line] = bracketed_credits("除文字处理之外，还提供表格。（文/钱曙光 责编/魏兵）")
    assert (line.authors, line.editors) == (("钱曙光",), ("魏兵",))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("化成雨_NBJ11143", "化成雨"),
        ("张三（特约）", "张三"),
        ("本报记者 张三", "张三"),
        ("中国科学院研究所牛文元院士", "牛文元"),
        ("王文", "王文"),
        ("NN123", "NN123"),
        ("记者", ""),
        ("***", ""),
    ],
)
def test_names_are_cleaned(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_persons_are_told_from_publishers() -> None:
    assert all(map(is_person, ("张三", "欧阳修远", "陳嘉寧")))
    assert not any(map(is_person, ("高山流水", "江城网", "张", "Jane")))


def test_pieces_of_sentences_are_no_names() -> None:
    assert split_names("国庆中秋长假过半，但外媒关注武汉的热情仍然不减") == ["国庆中秋长假过半"]
    assert split_names("“江城”频频出现、李四") == ["李四"]


@pytest.mark.parametrize("line", ["今天是10月8日", "10月12日（星期六）需要上班", "从5月1日起调整"])
def test_a_day_that_the_text_tells_is_no_byline(line: str) -> None:
    assert not is_byline(line)


@pytest.mark.parametrize("line", ["10月8日 新京报", "10月8日 12:30", "6月21日 张小明", "10月8日 来源：新京报"])
def test_a_day_without_its_year_beside_a_publisher_or_person_is_one(line: str) -> None:
    assert is_byline(line)


def test_roles_among_names_are_no_names() -> None:
    assert parse_byline("编辑 李小河 二审 王春 三审 赵秋").editors == ("李小河", "王春", "赵秋")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("（中央社記者張小玉新北11日電）市內的公園開放了。", ["張小玉"]),
        ("（中央社記者張小玉、王大明台北3日電）市內的公園開放了。", ["張小玉", "王大明"]),
    ],
)
def test_an_agencys_reporter_before_place_and_day(text: str, names: list[str]) -> None:
    assert reported_by(text) == names


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("来源：江城晚报", ["来源："]),
        (f"江城晚报{RUN}责任编辑", ["责任编辑"]),  # at the end of its line a label needs no sign
        (f"作者{RUN}张三丰", ["作者"]),
        ("Jane Doe, AUTHOR ", ["AUTHOR "]),
        ("来源江城晚报", []),
        ("The author of a book about bytes", []),
    ],
)
def test_a_label_has_a_sign_or_the_end_of_its_line_behind_it(line: str, labels: list[str]) -> None:
    assert [match.group() for match in find_labels(line)] == labels
