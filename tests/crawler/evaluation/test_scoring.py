from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.evaluation.corpus import read_corpus, read_predictions
from crawler.evaluation.run import Answers, score
from crawler.evaluation.scoring import FIGURES, Match, Share, combine, f1, items, score_page
from tests.conftest import ROOT
from tests.crawler.evaluation.corpora import ANSWER, BODY, GOLD, odd_answers, write_lines


def values(gold: dict[str, Any] | None = None, **answer: Any) -> dict[str, float]:
    """The figures of one page: GOLD and ANSWER with some keys changed."""
    return combine([score_page(GOLD | (gold or {}), ANSWER | answer)])


def test_a_perfect_answer_has_perfect_figures() -> None:
    found = values()
    assert list(found) == [name for name in FIGURES if name in found]
    for name, value in found.items():
        best = 0.0 if FIGURES[name].less_is_better else 100.0 if FIGURES[name].percent else 1.0
        assert value == best, name
    assert {"with%", "without%", "empty-date%"}.isdisjoint(found)


def test_no_answer_is_empty_and_not_clean() -> None:
    found = combine([score_page(GOLD, {})])
    assert (found["f1"], found["clean%"], found["leak%"], found["lost%"]) == (0.0, 0.0, 0.0, 100.0)
    assert (found["title%"], found["day%"], found["source%"], found["tags"]) == (0.0, 0.0, 0.0, 0.0)
    assert found["editors"] == 1.0  # none to find, none found


def test_only_what_is_labelled_is_scored() -> None:
    found = combine([score_page({"id": "x", "body": "一句话就够了。"}, ANSWER)])
    assert set(found) == {"f1", "p", "r", "shingle", "clean%", "lost%", "broken%"}
    assert combine([score_page({"id": "x"}, {})]) == {"broken%": 0.0}


def test_the_body_counts_tokens_and_their_order() -> None:
    words = {"body": "one two three four five"}
    found = values(words, text="five four three two one")
    assert (found["f1"], found["shingle"]) == (1.0, 0.0)
    found = values(words, text="one two three four five six seven eight nine ten")
    assert (found["p"], found["r"], found["f1"]) == (0.5, 1.0, pytest.approx(2 / 3))
    assert values({"body": "ＡＢＣ 中文"}, text="abc中文")["f1"] == 1.0


def test_a_clean_body_has_five_tokens_of_slack_and_none_for_boilerplate() -> None:
    assert values(text=BODY + "多出五个字")["clean%"] == 100.0
    assert values(text=BODY + "多出了六个字")["clean%"] == 0.0
    assert values(text=BODY[6:])["clean%"] == 0.0
    leaky = values(gold={"copyright": ["© 2024 AB CD"], "body": BODY * 20}, text=BODY * 20 + "© 2024 AB CD")
    assert (leaky["clean%"], leaky["leak%"]) == (0.0, 20.0)
    assert values(gold={"body": ""}, text="")["clean%"] == 100.0


def test_leaks_do_not_count_the_title_short_lines_and_what_the_body_says_too() -> None:
    gold = {
        "title": "一个很长的标题在这里",
        "body": BODY,
        "related": ["一个很长的标题在这里", "短短", BODY[:13]],
        "latest": [],
    }
    assert score_page(GOLD | gold, {"text": BODY + "一个很长的标题在这里短短"})["leak%"] == Share(0, 2)


def test_paragraphs_are_lost_by_their_letters() -> None:
    assert score_page(GOLD, {"text": BODY.replace("\n", "  ").replace("。", "")})["lost%"] == Share(0, 3)
    assert score_page(GOLD, {"text": BODY.split("\n")[1]})["lost%"] == Share(2, 3)


def test_snippets() -> None:
    gold = {"with": ["灯昨晚", "没有这句", "，"], "without": ["相关阅读"]}
    found = values(gold)
    assert (found["with%"], found["without%"]) == (50.0, 100.0)


@pytest.mark.parametrize(
    ("date", "published", "expected"),
    [
        ("2024-05-06 19:30", "2024-05-06T19:30:59+08:00", {"day%": 100.0, "minute%": 100.0}),
        ("2024-05-06 19:30", "2024-05-06", {"day%": 100.0, "minute%": 0.0}),
        ("2024-05-06", "2024-05-06T01:00", {"day%": 100.0}),
        ("2024-05-06", 20240506, {"day%": 0.0}),
        ("", None, {"empty-date%": 100.0}),
        ("", "2024", {"empty-date%": 0.0}),
    ],
)
def test_dates(date: str, published: Any, expected: dict[str, float]) -> None:
    found = values({"date": date}, published=published)
    assert {name: found[name] for name in ("day%", "minute%", "empty-date%") if name in found} == expected


def test_lists_forgive_the_box_but_not_the_title() -> None:
    swapped = values(related=ANSWER["latest"], latest=ANSWER["related"])
    assert (swapped["lists"], swapped["lists-page"], swapped["related"], swapped["latest"]) == (1.0, 1.0, 0.0, 0.0)
    own = values(latest=[*ANSWER["latest"], {"title": "《河堤亮灯》"}])
    assert own["latest"] == 1.0
    assert "lists-page" not in score_page(
        {"id": "x", "title": "甲", "related": ["甲"], "latest": [], "prevnext": []}, {"related": ["甲"]}
    )


def test_sets_add_up_over_pages_and_means_do_not() -> None:
    one = score_page({"id": "a", "tags": ["x"], "title": "t"}, {"tags": ["x"], "title": "t"})
    two = score_page({"id": "b", "tags": ["1", "2", "3"], "title": "t"}, {"tags": []})
    together = combine([one, two])
    assert together["tags"] == f1(Match(1, 1, 4)) == pytest.approx(0.4)
    assert together["title%"] == 50.0


def test_lines_that_begin_with_a_closing_sign_are_broken() -> None:
    assert score_page({"id": "x"}, {"text": "他说：“好\n  ”就走了\n\n。"})["broken%"] == Share(2, 3)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        (0, []),
        ("a\n \nb", ["a", "b"]),
        (["a", {"title": "", "text": "b"}, {"name": "c"}, {}, 5], ["a", "b", "c", "", ""]),
        ({"title": "a", "url": "b"}, ["a"]),
        ({"prev": "a", "next": {"title": "b"}}, ["a", "b"]),
        ([{"title": 5}], [""]),
    ],
)
def test_lists_are_read_in_any_form(value: Any, expected: list[str]) -> None:
    assert items(value) == expected


@pytest.mark.parametrize("name", ["pages", "families", "flat", "chinese", "publishers", "articles"])
@pytest.mark.corpora
def test_the_figures_are_those_of_the_shared_scorer(name: str, corpora: Path, tmp_path: Path) -> None:
    same_figures(corpora, corpora / name, tmp_path)


def test_the_figures_are_those_of_the_shared_scorer_on_our_own_pages(corpora: Path, tmp_path: Path) -> None:
    same_figures(corpora, ROOT / "tests/fixtures/corpus", tmp_path)


def shortened(folder: Path, tmp_path: Path) -> Path:
    """The labels of a corpus, of its first pages only: enough to see every figure, few enough to be fast."""
    short = tmp_path / folder.name
    (short / "pages").mkdir(parents=True)
    lines = (folder / "gold.jsonl").read_bytes().splitlines(keepends=True)
    (short / "gold.jsonl").write_bytes(b"".join(lines[:120]))
    return short


def same_figures(corpora: Path, folder: Path, tmp_path: Path) -> None:
    """Score odd answers with the shared script and with ours; nothing may differ, not in the last digit."""
    script = corpora.parent / "bench/score.py"
    if not script.is_file():
        pytest.skip(f"no {script}")
    folder = shortened(folder, tmp_path)
    corpus = read_corpus(folder)
    predictions = write_lines(tmp_path / "odd.jsonl", odd_answers([dict(gold) for gold in corpus.gold]))
    command = [sys.executable, str(script), str(folder), str(predictions), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout)
    ours = score(corpus, "odd", Answers(read_predictions(predictions))).to_dict()
    assert ours == theirs
    assert list(ours) == list(theirs)
