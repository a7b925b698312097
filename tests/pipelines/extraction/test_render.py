"""Sanitised HTML and Markdown of a body."""

from __future__ import annotations

import pytest

from pipelines.extraction.dom import parse_text
from pipelines.extraction.paragraphs import Paragraph
from pipelines.extraction.render import render_html, render_markdown
from pipelines.items import Image


def parts(*rows: tuple[str, str]) -> list[Paragraph]:
    return [Paragraph(text, kind, i) for i, (kind, text) in enumerate(rows)]


BODY = parts(
    ("p", "第一段"),
    ("h2", "小标题"),
    ("li", "甲"),
    ("li", "乙"),
    ("quote", "引文"),
    ("row", "年份\t人数"),
    ("row", "2020\t96"),
    ("p", "末段"),
)


def test_html() -> None:
    assert render_html(BODY).split("\n") == [
        "<p>第一段</p>",
        "<h2>小标题</h2>",
        "<ul><li>甲</li><li>乙</li></ul>",
        "<blockquote><p>引文</p></blockquote>",
        "<table><tr><td>年份</td><td>人数</td></tr><tr><td>2020</td><td>96</td></tr></table>",
        "<p>末段</p>",
    ]


def test_markdown() -> None:
    assert render_markdown(BODY) == (
        "第一段\n\n## 小标题\n\n- 甲\n- 乙\n\n> 引文\n\n| 年份 | 人数 |\n| --- | --- |\n| 2020 | 96 |\n\n末段"
    )


def test_images_stand_between_paragraphs() -> None:
    images = [
        Image("https://x.example/2.jpg", position=1),
        Image("https://x.example/0.jpg", caption="江 & 岸", alt='"夜"', position=-1),
        Image("https://x.example/9.jpg", position=99),
    ]
    body = parts(("p", "一"), ("p", "二"))
    assert render_html(body, images).split("\n") == [
        '<figure><img src="https://x.example/0.jpg" alt="&quot;夜&quot;"><figcaption>江 &amp; 岸</figcaption></figure>',
        "<p>一</p>",
        "<p>二</p>",
        '<figure><img src="https://x.example/2.jpg" alt=""></figure>',
        '<figure><img src="https://x.example/9.jpg" alt=""></figure>',
    ]
    assert render_markdown(body, images[1:2]) == '!["夜"](https://x.example/0.jpg)\n\n*江 & 岸*\n\n一\n\n二'


def test_an_image_parts_a_list() -> None:
    body = parts(("li", "甲"), ("li", "乙"))
    shown = render_html(body, [Image("https://x.example/a.jpg", position=0)])
    assert (
        shown
        == '<ul><li>甲</li></ul>\n<figure><img src="https://x.example/a.jpg" alt=""></figure>\n<ul><li>乙</li></ul>'
    )


def test_a_caption_in_the_text_is_printed_once() -> None:
    body = parts(("p", "一"), ("p", "图为码头"), ("p", "二"))
    shown = render_html(body, [Image("https://x.example/a.jpg", caption="图为码头", position=0)])
    assert shown.count("图为码头") == 1
    assert "<figcaption>图为码头</figcaption>" in shown


def test_markup_in_the_text_is_escaped() -> None:
    shown = render_html(parts(("p", "<script>alert(1)</script> & <b onclick=x>")))
    assert shown == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b onclick=x&gt;</p>"
    root, _ = parse_text(f"<html><body>{shown}</body></html>")
    assert [el.tag for el in root.iter()] == ["html", "body", "p"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "ftp://x.example/a.jpg",
        "//x.example/a.jpg",
        "https:///a.jpg",
        "",
    ],
)
def test_only_http_images_are_shown(url: str) -> None:
    assert render_html([], [Image(url)]) == ""
    assert render_markdown([], [Image(url)]) == ""


def test_image_addresses_cannot_break_out() -> None:
    image = Image('https://x.example/a b".jpg)<x onerror=y>', alt="](http://evil) <i>")
    assert '"' not in render_html([], [image]).removeprefix('<figure><img src="').split(".jpg")[0]
    shown = render_markdown([], [image])
    assert shown == "![\\](http://evil) \\<i\\>](https://x.example/a%20b%22.jpg%29%3Cx%20onerror=y%3E)"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# no heading", "\\# no heading"),
        ("- no item", "\\- no item"),
        ("+ no item", "\\+ no item"),
        ("> no quote", "\\> no quote"),
        ("---", "\\---"),
        ("===", "\\==="),
        ("1. no list", "1\\. no list"),
        ("2021) no list", "2021\\) no list"),
        ("3.5 percent", "3.5 percent"),
        ("*no* _emphasis_ `code` ~~gone~~", "\\*no\\* \\_emphasis\\_ \\`code\\` \\~\\~gone\\~\\~"),
        ("back\\slash", "back\\\\slash"),
        ("[x](http://a)", "\\[x\\](http://a)"),
        ("<b>html</b>", "\\<b\\>html\\</b\\>"),
        ("AT&amp;T and R&D", "AT\\&amp;T and R&D"),
        ("| not a table", "\\| not a table"),
    ],
)
def test_markdown_is_escaped(text: str, escaped: str) -> None:
    assert render_markdown(parts(("p", text))) == escaped


def test_cells_keep_their_pipes() -> None:
    assert render_markdown(parts(("row", "a|b\tc"), ("row", "d"))) == "| a\\|b | c |\n| --- | --- |\n| d |  |"


def test_nothing_gives_nothing() -> None:
    assert (render_html([]), render_markdown([])) == ("", "")
