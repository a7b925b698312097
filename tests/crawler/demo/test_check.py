import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from crawler.demo.check import check, compare
from crawler.demo.truth import CHINA, FIELDS, Printed, Truth

TRUTH = Truth(
    path="/c1.html",
    template="plain",
    title="标题 一",
    printed=Printed("2025-06-21 12:30", "absolute", dt.datetime(2025, 6, 21, 12, 30, tzinfo=CHINA)),
    text="第一段。\n第二段。",
    authors=("王伟",),
    source="澜江晚报",
    tags=("甲", "乙"),
    related=("相关一",),
    copyright=("© 2025 某网",),
)
URL = "http://news.demo.example/c1.html"
OTHER = "http://news.demo.example/c2.html"


def article(**changes: Any) -> dict[str, Any]:
    return {
        "url": URL,
        "fetched_at": "2026-06-21T02:10:05+00:00",
        "title": "标题 一",
        "published": "2025-06-21T12:30+08:00",
        "published_precision": "minute",
        "authors": ["王伟"],
        "editors": [],
        "source": "澜江晚报",
        "text": "第一段。\n第二段。",
        "tags": ["甲", "乙"],
        "related": [{"title": "相关一", "url": "http://news.demo.example/c9.html"}],
        "latest": [],
        "prev_next": [],
        "copyright": ["© 2025 某网"],
        "pages": 1,
        **changes,
    }


def test_an_equal_article_is_exactly_right() -> None:
    report = check([article()], {URL: TRUTH})
    assert (report.exact, report.share, report.wrong, report.missing, report.unexpected) == (1, 1.0, [], [], [])
    assert all(report.right[name] == 1 for name in FIELDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "　　第一段。\n\n第二段。 "},
        {"title": " 标题  一"},
        {"tags": ["乙", "甲"]},
        {"editors": None},
    ],
)
def test_white_space_and_order_of_lists_do_not_count(changes: dict[str, Any]) -> None:
    assert compare(article(**changes), TRUTH) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "标题 一_某网"),
        ("published", "2025-06-21T12:31+08:00"),
        ("authors", []),
        ("editors", ["李敏"]),
        ("source", ""),
        ("text", "第一段。第二段。"),
        ("text", "第二段。\n第一段。"),
        ("text", "第一段。\n第二段。\n责任编辑：李敏"),
        ("tags", ["甲", "乙", "乙"]),
        ("related", []),
        ("latest", [{"title": "相关一"}]),
        ("prev_next", [{"title": "上一篇"}]),
        ("copyright", ["© 2025 某网", "京ICP备1号"]),
        ("pages", 2),
    ],
)
def test_any_other_difference_counts_for_its_field_alone(name: str, value: Any) -> None:
    report = check([article(**{name: value})], {URL: TRUTH})
    assert report.exact == 0
    assert [list(wrong.fields) for wrong in report.wrong] == [[name]]
    assert report.right[name] == 0
    assert sum(report.right.values()) == len(FIELDS) - 1


def test_the_precision_of_the_date_counts() -> None:
    assert list(compare(article(published_precision="second"), TRUTH)) == ["published"]


def test_a_missing_article_is_right_in_nothing() -> None:
    report = check([], {URL: TRUTH})
    assert (report.stored, report.exact, report.missing, report.right.total()) == (0, 0, [URL], 0)


def test_an_article_the_site_does_not_have_is_named() -> None:
    report = check([article(), article(url=OTHER, title="关于我们", text="演示站点")], {URL: TRUTH})
    assert (report.stored, report.exact, report.unexpected, report.duplicates) == (2, 1, [OTHER], 0)


def test_a_url_or_a_text_that_is_stored_twice_is_a_duplicate() -> None:
    assert check([article(), article()], {URL: TRUTH}).duplicates == 1
    assert check([article(), article(url=OTHER)], {URL: TRUTH}).duplicates == 1
    assert check([article(), article()], {URL: TRUTH}).exact == 1


def test_templates_are_counted_apart() -> None:
    other = replace(TRUTH, template="table")
    report = check([article(), article(url=OTHER, title="标题 二")], {URL: TRUTH, OTHER: other})
    assert report.templates == {"plain": [1, 1], "table": [0, 1]}


def test_the_json_report_says_what_differs() -> None:
    found = check([article(source="某网")], {URL: TRUTH}).to_dict()
    assert found["exactly_right"] == 0
    assert found["right_by_field"]["source"] == 0
    assert found["wrong"] == [
        {"url": URL, "template": "plain", "fields": {"source": {"expected": "澜江晚报", "found": "某网"}}}
    ]
