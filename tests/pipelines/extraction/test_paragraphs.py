"""Body blocks -> lines of the text."""

from __future__ import annotations

import pytest

from pipelines.extraction.paragraphs import Paragraph, join, paragraphs
from tests.pipelines.extraction.pages import ZH, layout_of, p


def read(html: str) -> list[Paragraph]:
    blocks = layout_of(html).blocks
    return paragraphs(blocks, range(len(blocks)))


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (p(ZH[0]), "p"),
        (f"<div>{ZH[0]}</div>", "p"),
        (f"<h1>{ZH[0]}</h1>", "h2"),
        (f"<h3>{ZH[0]}</h3>", "h3"),
        (f"<ul><li>{ZH[0]}</li></ul>", "li"),
        (f"<ol><li><p>{ZH[0]}</p></li></ol>", "li"),
        (f"<blockquote><p>{ZH[0]}</p></blockquote>", "quote"),
    ],
)
def test_kinds(html: str, kind: str) -> None:
    assert read(html) == [Paragraph(ZH[0], kind, 0)]


def test_lists_have_no_numbers_and_no_bullets_of_ours() -> None:
    assert join(read("<ol><li>第一步</li><li>第二步</li></ol>")) == "第一步\n第二步"


def test_cells_of_a_data_row_are_one_line_parted_by_tabs() -> None:
    html = (
        "<table><tr><th>摊位</th><th>数量</th></tr><tr><td>糖水</td><td>12</td></tr>"
        "<tr><td><p>烧烤</p></td><td>30</td></tr></table>"
    )
    found = read(html)
    assert [x.text for x in found] == ["摊位\t数量", "糖水\t12", "烧烤\t30"]
    assert {x.kind for x in found} == {"row"}


def test_cells_that_hold_whole_texts_are_layout_not_data() -> None:
    html = f"<table><tr><td>{p(*ZH[:2])}</td><td>{p(*ZH[2:4])}</td></tr></table>"
    assert [(x.text, x.kind) for x in read(html)] == [(t, "p") for t in ZH[:4]]


def test_linked_call_glued_to_the_last_paragraph_is_cut() -> None:
    html = f'<p>{ZH[0]}<a href="/">返回首页，查看更多</a></p>'
    assert [x.text for x in read(html)] == [ZH[0]]


def test_linked_words_at_the_end_of_a_sentence_stay() -> None:
    html = '<p>详情见街道办发布的<a href="/1.html">摊位抽签办法</a></p>'
    assert [x.text for x in read(html)] == ["详情见街道办发布的摊位抽签办法"]


def test_no_line_feed_comes_into_a_line() -> None:
    (found,) = read(f"<pre>{ZH[0]}\n{ZH[1]}\u2028{ZH[2]}</pre>")
    assert len(found.text.splitlines()) == 1
    assert join([found, found]).count("\n") == 1


def test_only_the_chosen_blocks_in_their_order() -> None:
    blocks = layout_of(p(*ZH[:4])).blocks
    assert [x.block for x in paragraphs(blocks, (1, 3))] == [1, 3]
