"""What stands at the ends of a Western text belongs to it when it stands in the box of its paragraphs."""

from __future__ import annotations

from pipelines.extraction.body.home import column_box, home_box, paragraph_kind
from tests.pipelines.extraction.pages import EN, ZH, article_page, body_lines, layout_of, p, page


def english(inside: str) -> str:
    """A page with `inside` as its container."""
    return page(
        f'<main><h1>River landing reopens</h1><div class="body">{inside}</div></main>',
        title="River landing reopens",
        lang="en",
    )


def test_boxes_of_a_list_item() -> None:
    (block,) = layout_of('<div id="a"><ul><li><p>one</p></li></ul></div>').blocks
    assert home_box(block).tag == "li"
    assert column_box(block).element.get("id") == "a"


def test_paragraphs_in_divs_alike_are_of_one_kind() -> None:
    one, two, other = layout_of('<div><div class="x">a</div><div class="x">b</div><div class="y">c</div></div>').blocks
    assert paragraph_kind(one) == paragraph_kind(two) != paragraph_kind(other)


def test_a_text_may_end_with_a_list_or_a_table() -> None:
    listed = "<h3>What to bring</h3><ul><li>Cash</li><li><p>A torch</p></li></ul>"
    table = "<table><tr><th>Stalls</th><th>Rent</th></tr><tr><td>96</td><td>40</td></tr></table>"
    ends = ["What to bring", "Cash", "A torch", "Stalls", "Rent", "96", "40"]
    assert body_lines(english(p(*EN) + listed + table)) == [*EN, *ends]


def test_a_heading_right_above_the_first_paragraph_stays() -> None:
    html = english(f"<header><h2>Two years of waiting</h2></header><div>{p(*EN[:2])}</div><div>{p(*EN[2:])}</div>")
    assert body_lines(html) == ["Two years of waiting", *EN]


def test_linked_items_between_paragraphs_stay_however_deep_they_stand() -> None:
    listed = (
        '<ul><li><p><a href="/a">The engineer\'s diary</a></p></li><li><p><a href="/b">Plans of 1931</a></p></li></ul>'
    )
    html = english(p(*EN[:3]) + listed + p(*EN[3:]))
    assert body_lines(html) == [*EN[:3], "The engineer's diary", "Plans of 1931", *EN[3:]]


def test_numbers_alone_in_a_paragraph_are_no_page_numbers() -> None:
    html = article_page(f'<p>1</p>{p(*ZH[:3])}<p>2</p>{p(*ZH[3:6])}<div class="p"><a href="2.html">2</a></div>')
    assert body_lines(html) == ["1", *ZH[:3], "2", *ZH[3:6]]
