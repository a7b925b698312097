from __future__ import annotations

import pytest
from lxml.cssselect import CSSSelector

from pipelines.extraction.memory.places import Place, Seen, paths
from pipelines.extraction.memory.selector import selector
from tests.pipelines.extraction.pages import layout_of


def tree(*places: str) -> Place:
    root = Place()
    for path in places:
        root.add(path.split("/"), Seen(frozenset(), 0))
    return root


@pytest.mark.parametrize(
    ("path", "others", "found"),
    [
        ("body/div#main/div#artibody.article", (), "div#artibody"),
        ("body/div#main/div.text.big", (), "div.text"),
        ("body/div#main/div.text.big", ("body/div.text",), "div.big"),
        ("body/div#main/div.text.big", ("body/div.text", "body/p/div.big"), "div.text.big"),
        ("body/div#main/div.text", ("body/div.side/div.text",), "div#main div.text"),
        ("body/div.a/div.b/div.text", ("body/div.b/div.text",), "div.a div.b div.text"),
        ("body/article#post-0.post-0.post/div.c", ("body/div/div.c",), "article.post div.c"),
        ("body/div.w0/div/table/tr/td", ("body/div.w0/p",), "div div table tr td"),
        ("body/div.con/table/tr/td", ("body/div.side/table/tr/td",), "div.con td"),
        ("body/div.con/div/p", ("body/div.con/p",), "div.con div p"),
        ("body/div/div", ("body/div", "body/div/div/div"), "div div"),
        ("body/div#标题.md:flex", ("body/p.md:flex",), 'div[id="标题"]'),
        ('body/div.say"yes', (), 'div[class~="say\\"yes"]'),
        ("body/o:p.text", (), ".text"),
        ("body/h0.text", (), ".text"),
        ("body", ("body/div",), "body"),
    ],
)
def test_the_shortest_selector_that_finds_nothing_else(path: str, others: tuple[str, ...], found: str) -> None:
    assert selector(path, {path: tree(path, *others)}) == found
    CSSSelector(found)


def test_a_place_that_no_selector_tells_from_others() -> None:
    assert selector("body/div0/p", {"body/div0/p": tree("body/div0/p", "body/div0/div0/p")}) is None


def test_boxes_of_one_name_beside_each_other_are_told_apart_only_by_their_number() -> None:
    path = "body/div.main/div.text[2]"
    known = {path: tree(path, "body/div.main/div.text", "body/div.side/div.text")}
    assert selector(path, known) is None
    assert selector(path, known, siblings=True) == "div.main div.text"


def test_other_templates_count_but_for_what_stands_in_their_own_texts() -> None:
    own, other = "body/div.main/div.text", "body/article.text"
    assert selector(own, {own: tree(own), other: tree(other, f"{other}/div.text")}) == "div.text"
    assert selector(own, {own: tree(own), other: tree(other, "body/div.side/div.text")}) == "div.main div.text"


def test_names_with_numbers_are_never_in_a_selector() -> None:
    html = '<body><div id="a12"><div class="con7 text" id="p-991"><p>一段正文。</p></div></div></body>'
    layout = layout_of(html)
    path = next(
        place for box, place in zip(layout.boxes, paths(layout.boxes), strict=True) if box.tag == "div" and place
    )
    inner = f"{path}/div#p-0.con0.text"
    found = selector(inner, {inner: tree(inner, f"{path}/p")})
    assert found == "div.text"
    assert [el.get("id") for el in CSSSelector(found)(layout.boxes[0].element)] == ["p-991"]
