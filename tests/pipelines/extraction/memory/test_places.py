from __future__ import annotations

import pytest

from pipelines.extraction.memory.places import (
    DEEPEST,
    MOST,
    Place,
    Seen,
    edges,
    inside,
    is_named,
    mark_of,
    paths,
    step,
    unnumbered,
    view,
)
from pipelines.items import Label
from tests.pipelines.extraction.pages import layout_of


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<div>a</div>", "div"),
        ('<div id="con-12" class="text big wide">a</div>', "div#con-0.text.big"),
        ('<p class="  c1   c22 ">a</p>', "p.c0.c0"),
        ('<div id="a/b c">a</div>', "div#a-b-c"),
        ('<div class="w-1/2">a</div>', "div.w-0-0"),
        ('<div id="" class="">a</div>', "div"),
        ('<div class="第１２期">a</div>', "div.第0期"),
    ],
)
def test_a_step_names_tag_id_and_classes_without_their_numbers(html: str, name: str) -> None:
    box = layout_of(f"<body>{html}</body>").blocks[0].box
    assert step(box.element) == name
    assert is_named(name) is (name != "div")


def test_one_place_may_hold_many_boxes_of_a_page_where_they_come_in_any_number() -> None:
    layout = layout_of(
        '<body class="day-7"><div id="p12"><p>一</p><p>二</p></div><ul><li>三</li><li>四</li></ul></body>'
    )
    found = [path for path in paths(layout.boxes) if path is not None]
    assert found == ["body", "body/div#p0", *["body/div#p0/p"] * 2, "body/ul", *["body/ul/li"] * 2]


def test_other_boxes_of_one_name_are_numbered_among_their_siblings() -> None:
    html = (
        '<div class="b">一</div><div class="b">二</div><section><div class="b">三</div></section><div class="b"></div>'
    )
    found = [path for path in paths(layout_of(f"<body>{html}</body>").boxes) if path]
    assert found == ["body", "body/div.b", "body/div.b[2]", "body/section", "body/section/div.b", "body/div.b[3]"]
    assert [unnumbered(path) for path in found[1:3]] == ["body/div.b"] * 2


def test_what_is_nested_too_deep_belongs_to_the_deepest_place() -> None:
    layout = layout_of("<body>" + "<div>" * 2000 + "深处的一行" + "</div>" * 2000 + "</body>")
    longest = max(path.count("/") + 1 for path in paths(layout.boxes) if path)
    assert longest == DEEPEST


def test_a_view_has_the_labels_of_each_place_that_holds_text() -> None:
    layout = layout_of("<body><div class='a'><p>一</p><p>二</p></div><div class='b'></div></body>")
    found = view(layout, [Label.BODY, Label.SHARE])
    both, first = frozenset({Label.BODY, Label.SHARE}), mark_of("一")
    assert found == {place: Seen(both, first) for place in ("body", "body/div.a", "body/div.a/p")}


def test_what_says_nothing_is_no_label_but_a_first_line() -> None:
    layout = layout_of("<body><div class='a'><h3>热点</h3><p>二</p></div></body>")
    assert view(layout, [None, Label.LATEST])["body/div.a"] == Seen(frozenset({Label.LATEST}), mark_of("热点"))


def test_fingerprints_do_not_hang_on_white_space() -> None:
    assert mark_of("责编： 王 某（实习）") == mark_of("责编： 王某（实习） ")
    assert mark_of("第1期") != mark_of("第2期")
    assert mark_of("\ud800") == mark_of("\ud800")


TEXT = "<p>江边的第一段文字在这里结束了。</p><p>江边的第二段文字在这里结束了。</p><p>江边的第三段文字在这里结束了。</p>"


def edges_of(before: str = "", middle: str = "", after: str = "") -> dict[str, bool]:
    """The edges of a container with three paragraphs and these lines; all paragraphs and the middle are the body."""
    layout = layout_of(f"<body><div class='t'>{before}{TEXT}{middle}{TEXT}{after}</div></body>")
    box = next(b for b in layout.boxes if b.element.get("class") == "t")
    start = len(layout_of(before).blocks) if before else 0
    return edges(layout, box, range(start, start + 6 + bool(middle)))


def test_a_single_line_above_or_below_the_text_is_at_its_edge() -> None:
    assert edges_of(before='<div class="on">河网 现场</div>', after='<div class="by">河网 编辑部</div>') == {
        "div.on": True,
        "div.by": True,
    }


def test_a_line_inside_of_the_text_is_not() -> None:
    assert edges_of(middle='<h3 class="x">午后的渡口</h3>') == {"h0.x": False}
    assert edges_of(middle='<div class="x">午后的渡口</div>') == {"div.x": False}


def test_neither_is_a_sentence_two_lines_a_caption_or_a_line_without_a_name() -> None:
    assert edges_of(after='<div class="x">河网编辑部整理，谢谢阅读。</div>') == {"div.x": False}
    assert edges_of(after='<div class="x">河网<br>编辑部</div>') == {"div.x": False}
    assert edges_of(after='<div class="x">河网</div><div class="x">编辑部</div>') == {"div.x": False}
    assert edges_of(after='<img src="/p/1.jpg"><div class="x">河边的早市</div>') == {"div.x": False}
    assert edges_of(after="<div>河网 编辑部</div>") == {}


def test_a_text_of_one_block_tells_nothing_of_its_edges() -> None:
    layout = layout_of(
        "<body><div class='t'><h3 class='on'>河网 现场</h3><p>江边的一段文字在这里结束了。</p></div></body>"
    )
    box = next(b for b in layout.boxes if b.element.get("class") == "t")
    assert edges(layout, box, [0, 1]) == {"h0.on": True}
    assert edges(layout, box, [1]) == {}


def test_the_boxes_inside_a_container_are_named_from_there() -> None:
    layout = layout_of("<body><div class='t'><ul><li>一</li></ul></div><p>二</p></body>")
    box = next(b for b in layout.boxes if b.element.get("class") == "t")
    assert [name for _, name in inside(layout, box)] == ["ul", "ul/li"]


def test_places_as_json_and_back() -> None:
    place = Place()
    place.add(["div.a", "p"], Seen(frozenset({Label.BODY, Label.TITLE}), 7))
    place.add(["div.a"], Seen(frozenset({Label.BODY}), 7))
    again = Place.from_dict(place.to_dict())
    assert again == place
    assert again.inner["div.a"].labels == {Label.BODY: 1}
    assert again.inner["div.a"].inner["p"].pages == 1


def test_a_first_line_is_known_as_long_as_all_pages_have_it() -> None:
    place = Place()
    for head in (5, 5, 6, 5):
        place.add(["div"], Seen(frozenset(), head))
        assert place.inner["div"].head == (5 if place.inner["div"].pages < 3 else 0)


@pytest.mark.parametrize(
    "data",
    [{}, {"n": "1", "labels": {}}, {"n": -1, "labels": {}}, {"n": True, "labels": {}}, {"n": 1, "labels": {"x": 1}}],
)
def test_what_is_no_place_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Place.from_dict(data)


def test_a_page_of_ten_thousand_boxes_alike_has_a_few_places() -> None:
    layout = layout_of(f"<div class=wide>{'<div><p>栏目</p></div>' * 10_000}</div>")
    assert len(view(layout, [None] * len(layout.blocks))) < 2 * MOST + 10


def test_places_that_hardly_any_page_has_are_forgotten() -> None:
    kept = Place()
    for _ in range(12):
        for path in (["body"], ["body", "div.text"], ["body", "div.text", "p"]):
            kept.add(path, Seen(frozenset(), 0))
    kept.add(["body", "div.css-a"], Seen(frozenset(), 0))
    kept.forget(1.2)
    assert list(kept.inner["body"].inner) == ["div.text"]
    assert list(kept.inner["body"].inner["div.text"].inner) == ["p"]
