from __future__ import annotations

from typing import Any

from crawler.evaluation.differences import Span, State, compare_fields, compare_texts, extra, lost
from crawler.evaluation.run import ScoredPage
from crawler.evaluation.scoring import score_page
from tests.crawler.evaluation.corpora import ANSWER, BODY, GOLD

FIRST, SECOND, THIRD = BODY.split("\n")


def page(**answer: Any) -> ScoredPage:
    found = ANSWER | answer
    return ScoredPage(GOLD, found, score_page(GOLD, found))


def test_an_answer_that_is_right_is_right_line_by_line() -> None:
    rows = compare_texts(page())
    assert [(row.gold[0].text, row.gold == row.answer) for row in rows] == [
        (FIRST, True),
        (SECOND, True),
        (THIRD, True),
    ]
    assert lost(rows) == extra(rows) == []


def test_whole_paragraphs_lost_and_too_much_stand_alone() -> None:
    rows = compare_texts(page(text=f"责任编辑：某某\n{FIRST}\n{THIRD}\n相关阅读"))
    assert lost(rows) == [SECOND]
    assert extra(rows) == ["责任编辑：某某", "相关阅读"]
    assert [bool(row.gold and row.answer) for row in rows] == [False, True, False, True, False]


def test_a_line_that_differs_in_part_is_cut_there() -> None:
    rows = compare_texts(page(text=f"{FIRST}\n{SECOND[:-8]}返回首页\n{THIRD}"))
    assert rows[1].gold[-1].state is State.LOST
    assert [span.state for span in rows[1].answer] == [State.RIGHT, State.EXTRA]
    assert "".join(span.text for span in rows[1].answer) == f"{SECOND[:-8]}返回首页"
    assert extra(rows) == ["…返回首页"]


def test_glued_and_moved_paragraphs_are_right_as_the_scorer_has_it() -> None:
    glued = compare_texts(page(text=f"{FIRST}{SECOND}\n{THIRD}"))
    moved = compare_texts(page(text=f"{THIRD}\n{FIRST}\n{SECOND}"))
    assert lost(glued) == extra(glued) == lost(moved) == extra(moved) == []


def test_a_paragraph_given_twice_is_too_much_once() -> None:
    rows = compare_texts(page(text=f"{FIRST}\n{SECOND}\n{SECOND}\n{THIRD}"))
    assert extra(rows) == [SECOND]


def test_a_page_without_an_answer_lost_everything() -> None:
    assert lost(compare_texts(ScoredPage(GOLD, {}, score_page(GOLD, {})))) == [FIRST, SECOND, THIRD]


def test_fields_tell_right_from_wrong_by_the_figures() -> None:
    fields = {
        field.name: field
        for field in compare_fields(page(published="2024-05-06T08:00", tags=["河堤", "灯"], title="河堤 亮灯！"))
    }
    assert fields["published"].gold == (Span("2024-05-06 19:30", State.LOST),)
    assert fields["published"].answer == (Span("2024-05-06T08:00", State.EXTRA),)
    assert fields["title"].answer == (Span("河堤 亮灯！", State.RIGHT),)
    assert fields["tags"].gold == (Span("河堤", State.RIGHT), Span("夜景", State.LOST))
    assert fields["tags"].answer == (Span("河堤", State.RIGHT), Span("灯", State.EXTRA))
    assert fields["authors"].answer == (Span("林一帆", State.RIGHT),)


def test_a_field_without_a_label_is_neither() -> None:
    gold = {key: value for key, value in GOLD.items() if key not in ("tags", "date")}
    scored = ScoredPage(gold, ANSWER, score_page(gold, ANSWER))
    fields = {field.name: field for field in compare_fields(scored)}
    assert fields["tags"].gold is None
    assert fields["published"].gold is None
    assert {span.state for span in fields["tags"].answer + fields["published"].answer} == {State.RIGHT}
