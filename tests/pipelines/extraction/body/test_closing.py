"""Lines that stand below the last paragraph only are cut there; the same words further up are the article's."""

from __future__ import annotations

import pytest

from pipelines.extraction.article import extract_page
from pipelines.items import Page

CHINESE = [
    "特别声明：以上内容为自媒体平台用户上传并发布，本平台仅提供信息存储服务。",
    "该文观点仅代表作者本人，江城平台仅提供信息存储空间服务。",
    "以上内容与江城之星立场无关，江城之星对其观点、判断保持中立，不保证该内容的准确性。",
    "以上内容由智能算法生成，不构成任何建议。",
    "互联网新闻信息服务许可证10120999999",
    "打开江城APP阅读全文",
    "点击展开全文",
    "阅读原文",
    "海量资讯，尽在江城新闻客户端",
    "您的赞赏是我们前进的动力",
    "打赏",
    "分享让更多人看到",
    "想了解更多，请关注“江城发布”",
    "关注我们，了解更多",
    "江城新闻报料：0999-123456",
    "商务合作请联系：news@news.example",
    "本文首发于微信公众号“江城观察”",
    "本文链接：https://news.example/1.html",
    "题图来自某图库，基于共享协议",
    "本条新闻由江城网提供",
    "摘自《江城日报》",
    "【2007/03/11 江城日報】@ http://news.example",
    "《江城日报》（2018年06月18日 06版）",
    "阅读 (1234)",
    "浏览次数：456",
    "本文约1200字，阅读时间约3分钟",
    "本文共3页，当前在第1页",
    "猜你喜欢",
    "最新评论",
    "更多江城新聞報導",
    "看更多：市裡的公園開放了",
    "《江城新聞網》提醒您：飲酒過量，有礙健康",
    "追蹤我們的粉絲專頁",
]
WESTERN = [
    "Have a story? Email us at desk@news.example",
    "This article was originally published on Riverton Today.",
    "With files from the Riverton Press",
    "Join the conversation",
    "Support our journalism by subscribing",
    "Read the original article on Riverton Today",
    "Contact the reporter at jane@news.example",
    "If you liked this post, tell your friends",
    "You may also like",
    "Comments",
]
PLAIN = {
    "zh": "他说，打开客户端就能看到全文，许多人已经下载。",
    "en": "Readers may join the conversation at the town hall on Monday evening, the mayor said.",
}


def page(language: str, closing: str) -> Page:
    said = (
        "江城今年新建学校和道路{}处，居民对此表示欢迎，专家认为工程会在秋天完成，记录员在现场看到进展顺利。"
        if language == "zh"
        else "The council said that road number {} will be closed until the end of the month, and all should plan."
    )
    title = "江城新建学校" if language == "zh" else "Riverton roads closed"
    prose = [f"<p>{said.format(n)}</p>" for n in range(1, 8)]
    prose.insert(4, f"<p>{PLAIN[language]}</p>")
    body = f"<h1>{title}</h1><div>2026-06-21 12:30</div><div>{''.join(prose)}<p>{closing}</p></div>"
    html = f"<html lang={language}><head><title>{title}</title></head><body>{body}</body></html>"
    return Page(html.encode(), url="https://news.example/2026/06/21/1.html")


@pytest.mark.parametrize(("language", "closing"), [("zh", c) for c in CHINESE] + [("en", c) for c in WESTERN])
def test_closing_lines_are_cut(language: str, closing: str) -> None:
    text = extract_page(page(language, closing)).text.split("\n")
    assert closing not in text
    assert PLAIN[language] in text
    assert len(text) == 8


@pytest.mark.parametrize(
    ("closing", "kept"),
    [
        ("来源：江城日报 记者张三", False),
        ("记者 张三 通讯员 李四", False),
        ("江城日报记者 张三 摄", True),
        ("【打印】【关闭】", False),
    ],
)
def test_below_the_last_picture_credits_are_told_from_captions(closing: str, kept: bool) -> None:
    html = page("zh", closing).body.decode().replace(f"<p>{closing}", f"<p><img src='/last.png'></p><p>{closing}")
    assert (closing in extract_page(Page(html.encode(), url="https://news.example/2026/06/21/1.html")).text) is kept


OPENING = [
    "播放 00:00 / 03:21",
    "听新闻",
    "收录于合集 #学校 12个",
    "A- A+",
    "+关注",
    "正文",
    "本文字数：3021，阅读时长约5分钟",
    "专题：市里的建设",
]


@pytest.mark.parametrize("line", OPENING)
def test_furniture_above_the_first_paragraph_is_cut(line: str) -> None:
    html = page("zh", "").body.decode().replace("<div><p>", f"<div><p>{line}</p><p>", 1)
    text = extract_page(Page(html.encode(), url="https://news.example/2026/06/21/1.html")).text.split("\n")
    assert line not in text
    assert len(text) == 8


@pytest.mark.parametrize(
    "line",
    [
        "广告",
        "[廣告]",
        "▲点击图片查看大图",
        "视频加载中...",
        "【相关阅读】市里的公园开放了",
        "【点击查看更多本地新闻】",
    ],
)
def test_signs_in_the_middle_are_cut(line: str) -> None:
    html = page("zh", "").body.decode().replace(PLAIN["zh"], PLAIN["zh"] + f"</p><p>{line}", 1)
    text = extract_page(Page(html.encode(), url="https://news.example/2026/06/21/1.html")).text.split("\n")
    assert line not in text
    assert len(text) == 8
