from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from pipelines.extraction.memory.places import Seen
from pipelines.extraction.memory.template import KNOWN, SETTLED, Node, Observation, Template
from pipelines.items import Label

BOX = "body/div.main/div.text"


def seen(
    places: Mapping[str, Iterable[Label]] | None = None,
    edges: Mapping[str, bool] | None = None,
    fields: Iterable[str] = ("title", "published"),
) -> Observation:
    """What a page shows beside the place of its text."""
    found = {"body": {Label.BODY}, "body/div.main": {Label.BODY}, BOX: {Label.BODY}, **(places or {})}
    views = {place: Seen(frozenset(labels), hash(place) & 0xFFFF) for place, labels in found.items()}
    return Observation(BOX, views, frozenset(fields), edges or {})


def after(*pages: Observation) -> Template:
    """A template with the votes of these pages."""
    template = Template(BOX)
    for page in pages:
        template.add(page)
    return template


def node(template: Template, path: str) -> Node:
    """The plan's node at a place."""
    found = template.plan().root
    for name in path.split("/"):
        found = found.inner[name]
    return found


def test_a_template_is_trusted_when_enough_pages_agree() -> None:
    assert not after(*[seen()] * (SETTLED - 1)).settled
    assert after(*[seen()] * SETTLED).settled


def test_what_no_field_is_read_from_is_passed_by_and_lists_are_read_as_they_stand() -> None:
    places = {
        "body/div.top": {Label.NAVIGATION, Label.SHARE},
        "body/div.hot": {Label.LATEST},
        "body/div.mixed": {Label.RELATED, Label.LATEST},
        "body/div.by": {Label.BYLINE},
    }
    template = after(*[seen(places)] * 4)
    assert node(template, "body/div.top").skip
    assert node(template, "body/div.hot").label is Label.LATEST
    for path in ("body/div.mixed", "body/div.by"):
        assert (node(template, path).skip, node(template, path).label) == (False, None)


def test_nothing_follows_from_a_place_that_few_pages_have() -> None:
    page = seen({"body/div.hot": {Label.LATEST}})
    assert node(after(seen(), seen(), *[page] * (KNOWN - 1)), "body/div.hot").label is None
    assert node(after(seen(), *[page] * KNOWN), "body/div.hot").label is Label.LATEST


def test_a_page_in_ten_may_be_odd() -> None:
    page, odd = seen({"body/div.hot": {Label.LATEST}}), seen({"body/div.hot": {Label.RELATED}})
    assert node(after(odd, *[page] * 9), "body/div.hot").label is Label.LATEST
    assert node(after(odd, *[page] * 8), "body/div.hot").label is None


def test_the_way_to_the_text_is_never_passed_by() -> None:
    template = after(*[seen({"body": {Label.OTHER}, "body/div.main": {Label.NAVIGATION}})] * 4)
    assert node(template, BOX).text
    assert not node(template, "body/div.main").skip


def test_boxes_of_one_name_that_are_not_the_same_are_known_by_their_first_line() -> None:
    page = seen({"body/div.box": {Label.LATEST}, "body/div.box[2]": {Label.RELATED}, "body/div.box[3]": {Label.SHARE}})
    template = after(*[page] * 4)
    heads = {node(template, f"body/div.box{n}").head for n in ("", "[2]", "[3]")}
    assert len(heads) == 3 and 0 not in heads
    template.places.inner["body"].inner["div.box[2]"].head = 0
    template.add_edges({})
    told = node(template, "body/div.box[2]")
    assert (told.label, told.skip) == (None, False), "a box that begins with another line each time is walked"


def test_boxes_of_one_name_that_are_the_same_need_no_first_line() -> None:
    template = after(*[seen({"body/div.box": {Label.SHARE}, "body/div.box[2]": {Label.SHARE}})] * 4)
    assert [
        (node(template, f"body/div.box{n}").skip, node(template, f"body/div.box{n}").head) for n in ("", "[2]")
    ] == [
        (True, 0),
        (True, 0),
    ]


def test_where_a_list_is_not_always_the_same_nothing_around_it_is_passed_by() -> None:
    places = {
        "body/div.side": {Label.OTHER, Label.RELATED, Label.LATEST},
        "body/div.side/h3": {Label.OTHER},
        "body/div.side/ul": {Label.RELATED, Label.LATEST},
    }
    template = after(*[seen(places)] * 4)
    side = node(template, "body/div.side")
    assert (side.skip, side.label, side.inner) == (False, None, {})


def test_a_field_that_nearly_all_pages_have_is_expected() -> None:
    full, poor = seen(fields=("title", "source")), seen(fields=("title",))
    assert after(*[full] * 9, poor).plan().expected == {"title", "source"}
    assert after(*[full] * 8, poor).plan().expected == {"title"}


def test_a_line_that_is_often_at_the_edge_and_never_in_the_text_is_the_templates() -> None:
    line, none = seen(edges={"div.sign": True}), seen()
    assert after(*[line] * 4).plan().slots == {"div.sign"}
    assert after(*[line] * 3, none).plan().slots == frozenset()
    assert after(*[line] * 9, seen(edges={"div.sign": False})).plan().slots == frozenset()
    assert after(*[line] * 4, *[none] * 10).plan().slots == frozenset()


def test_edges_of_pages_that_were_read_the_fast_way_count_too() -> None:
    template = after(*[seen(edges={"div.sign": True})] * 4)
    assert template.plan().slots == {"div.sign"}
    template.add_edges({"div.sign": False})
    assert template.plan().slots == frozenset(), "the plan is made anew"


def test_a_template_as_json_and_back() -> None:
    template = after(*[seen({"body/div.hot": {Label.LATEST}}, {"div.sign": True})] * 5)
    template.fast, template.doubted = 7, 2
    again = Template.from_dict(template.to_dict())
    assert again == template
    assert again.plan() == template.plan()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("container", 5),
        ("pages", None),
        ("fast", "7"),
        ("doubted", -2),
        ("fields", {"title": "x"}),
        ("fields", ["title"]),
        ("edges", {"div": [1]}),
        ("edges", {"div": [1, 2, 3]}),
        ("places", {"body": {"n": 1}}),
        ("places", []),
    ],
)
def test_what_is_no_template_is_refused(key: str, value: object) -> None:
    data = after(seen()).to_dict() | {key: value}
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Template.from_dict(data)
