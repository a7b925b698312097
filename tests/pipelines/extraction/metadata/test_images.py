"""The images of the text: addresses, captions, positions, and what is left out."""

from __future__ import annotations

import pytest

from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.images import find_images
from pipelines.items import Image, Page

ONE = "<p>老码头的灯重新亮起来了，第一批摊主在五点前就支好了炉子，等着江风把客人吹过来。</p>"
TWO = "<p>改造工程从去年三月开始，施工方先加固了驳岸，又把废弃的货运轨道清理出来。</p>"
URL = "https://news.example.com/2021/1.html"


def images(body: str, *, url: str | None = URL, head: str = "") -> list[Image]:
    doc = parse(Page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), url=url))
    layout = split_blocks(doc.root)
    text = [b.index for b in layout.blocks if len(b.text) > 30 and not b.link_chars]
    return find_images(doc, layout, text)


def urls(body: str) -> list[str]:
    return [i.url for i in images(f"<div id=text>{ONE}{body}{TWO}</div>")]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<img src="/a/1.jpg">', "https://news.example.com/a/1.jpg"),
        ('<img src="//cdn.example.com/1.jpg">', "https://cdn.example.com/1.jpg"),
        ('<img src="/loading.gif" data-src="2.jpg">', "https://news.example.com/2021/2.jpg"),
        ('<img src="data:image/gif;base64,R0lGOD" data-original="/2.jpg">', "https://news.example.com/2.jpg"),
        ('<img src="/small.jpg" data-lazy-src="/2.jpg">', "https://news.example.com/2.jpg"),
        ('<img src="/blank.png" real_src="/2.jpg">', "https://news.example.com/2.jpg"),
        ('<img srcset="/s.jpg 320w, /l.jpg 1280w, /m.jpg 640w">', "https://news.example.com/l.jpg"),
        ('<img src="/1x1.gif" data-srcset="/s.jpg, /l.jpg 2x">', "https://news.example.com/l.jpg"),
        ('<picture><source srcset="/l.webp 900w"><img alt=x></picture>', "https://news.example.com/l.webp"),
        ('<img src="/spacer.gif"><noscript><img src="/real.jpg"></noscript>', "https://news.example.com/real.jpg"),
    ],
)
def test_addresses(tag: str, expected: str) -> None:
    assert urls(tag) == [expected]


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="/a.jpg" width="16" height="16">',
        '<img src="/a.jpg" style="width:40px">',
        '<img src="/a.jpg" width="1" height="1">',
        '<img class="icon" src="/a.jpg">',
        '<img class="user-avatar" src="/a.jpg">',
        '<img src="/static/qrcode.png">',
        '<img src="/a.jpg" alt="扫码关注公众号">',
        '<img src="/a.jpg"><p>长按识别二维码</p>',
        '<img src="data:image/png;base64,iVBOR">',
        '<img src="javascript:alert(1)">',
        '<img src="ftp://example.com/a.jpg">',
        '<img src="http://[bad/a.jpg">',
        '<img src="">',
        "<img>",
        '<div style="display:none"><img src="/a.jpg"></div>',
        '<div class="related"><img src="/a.jpg"><a href="/x">夜市招商启动</a></div>',
        '<div><a href="/x"><img src="/a.jpg"></a><a href="/x">夜市摊位抽签结果昨日公布</a></div>',
    ],
)
def test_what_is_no_image_of_the_text(tag: str) -> None:
    assert urls(tag) == []


def test_the_noscript_twin_is_the_same_image() -> None:
    assert urls('<img data-src="/a.jpg"><noscript><img src="/a.jpg?w=900"></noscript>') == [
        "https://news.example.com/a.jpg"
    ]


def test_an_image_comes_once() -> None:
    assert len(urls('<img src="/a.jpg"><img src="/a.jpg">')) == 1


def test_positions() -> None:
    found = images(f'<div><img src="/0.jpg">{ONE}<img src="/1.jpg">{TWO}<img src="/2.jpg"></div>')
    assert [(i.url[-5:], i.position) for i in found] == [("0.jpg", -1), ("1.jpg", 0), ("2.jpg", 1)]


def test_images_far_from_the_text_are_left_out() -> None:
    head = '<img src="/head.jpg"><ul><li>首页</li><li>社会</li></ul>'
    assert images(f'{head}<div>{ONE}{TWO}</div><div>页脚<img src="/foot.jpg"></div>') == []


@pytest.mark.parametrize(
    "markup",
    [
        '<figure><img src="/a.jpg"><figcaption>重新开张的码头</figcaption></figure>',
        '<p><img src="/a.jpg"></p><p class="pictext">重新开张的码头</p>',
        '<p><img src="/a.jpg"></p><p><span class="img-caption">重新开张的码头</span></p>',
        '<p align=center><img src="/a.jpg"></p><p align=center>重新开张的码头</p>',
        '<p><img src="/a.jpg" alt="重新开张的码头"></p><p>重新开张的码头</p>',
    ],
)
def test_captions_by_form(markup: str) -> None:
    assert [i.caption for i in images(f"<div>{ONE}{markup}{TWO}</div>")] == ["重新开张的码头"]


@pytest.mark.parametrize(
    "line", ["图为重新开张的码头", "资料图：码头旧貌", "码头的夜。陈江 摄", "（图：江报）", "Photo: River Post"]
)
def test_captions_by_words(line: str) -> None:
    assert [i.caption for i in images(f'<div>{ONE}<p><img src="/a.jpg"></p><p>{line}</p>{TWO}</div>')] == [line]


def test_a_paragraph_is_no_caption() -> None:
    found = images(f'<div>{ONE}<p><img src="/a.jpg" alt="码头"></p>{TWO}</div>')
    assert [(i.caption, i.alt) for i in found] == [(None, "码头")]


def test_the_base_element_and_a_page_without_an_address() -> None:
    body = f'<div>{ONE}<img src="a.jpg"><img src="//cdn.example.com/b.jpg">{TWO}</div>'
    head = '<base href="https://static.example.com/x/">'
    assert images(body, head=head)[0].url == "https://static.example.com/x/a.jpg"
    assert [i.url for i in images(body, url=None)] == ["https://cdn.example.com/b.jpg"]


def test_no_body_no_images() -> None:
    assert images('<img src="/a.jpg">') == []
