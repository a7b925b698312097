from __future__ import annotations

from typing import Any

from crawler.web.versions import changes


def version(number: int, text: str, **fields: Any) -> dict[str, Any]:
    return {"version": number, "replaced": f"2026-06-2{number}T00:00:00Z", "record": {"text": text, **fields}}


def test_what_changed_newest_first() -> None:
    found = changes(
        [
            version(1, "甲。\n乙。", title="旧"),
            version(2, "甲。\n乙了。", title="旧"),
            version(3, "甲。\n乙了。", title="新"),
        ]
    )
    assert [(c.version, c.at) for c in found] == [(3, "2026-06-22T00:00:00Z"), (2, "2026-06-21T00:00:00Z")]
    assert found[0].fields == [("title", "旧", "新")]
    assert found[0].lines == []
    assert found[1].lines == [[("same", "甲。")], [("same", "乙"), ("new", "了"), ("same", "。")]]


def test_far_apart_changes_leave_out_what_is_between() -> None:
    before = [f"第{n}段。" for n in range(20)]
    after = ["新的。", *before[1:-1], "尾。"]
    (change,) = changes([version(1, "\n".join(before)), version(2, "\n".join(after))])
    assert [] in change.lines
    assert len(change.lines) < 10


def test_words_of_letters_are_compared_whole() -> None:
    (change,) = changes([version(1, "the old city"), version(2, "the new city")])
    assert change.lines == [[("same", "the "), ("gone", "old"), ("new", "new"), ("same", " city")]]


def test_long_paragraphs_and_many_are_bounded() -> None:
    (change,) = changes([version(1, "a" * 5000), version(2, "a" * 5001)])
    assert [kind for kind, _ in change.lines[0]] == ["gone", "new"]
    many = changes([version(n % 9, f"{n}") for n in range(60)])
    assert len(many) == 10


def test_one_version_has_no_change() -> None:
    assert changes([version(1, "x")]) == []
