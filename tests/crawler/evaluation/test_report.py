from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from crawler.evaluation.html_report import render
from crawler.evaluation.report import print_table, print_worst
from crawler.evaluation.run import Score, ScoredPage
from crawler.evaluation.scoring import combine, score_page
from tests.crawler.evaluation.corpora import ANSWER, BODY, GOLD

EVIL = "<script>alert('x')</script>\x1b[31m\u202e&amp;"


def score(name: str = "newswinnow", *, gold: dict[str, Any] | None = None, **answer: Any) -> Score:
    label, found = GOLD | (gold or {}), ANSWER | answer
    page = ScoredPage(label, found, score_page(label, found))
    return Score(name, combine([page.values]), (page,), 0, cpu_ms=answer.get("cpu"))


def printed(width: int, *scores: Score) -> str:
    out = io.StringIO()
    print_table("corpus", scores, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def test_the_table_has_a_row_an_extractor_and_every_figure_once() -> None:
    text = printed(400, score(cpu=12.34), score("peer", text="x"))
    head, ours, peer = text.splitlines()[1:4]
    assert head.split() == [*score().figures, "cpu", "ms"]
    assert ours.split()[:2] == ["newswinnow", "1.0000"]
    assert ours.split()[-1] == "12.3"
    assert peer.split()[:2] == ["peer", "0.0000"]


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_table_is_cut_to_the_width_and_loses_nothing(width: int) -> None:
    text = printed(width, score(), score("peer"))
    assert max(map(len, text.splitlines())) <= width
    names = [
        word
        for line in text.splitlines()
        if not line.startswith(("newswinnow", "peer", "corpus"))
        for word in line.split()
    ]
    assert names == list(score().figures)


def test_pages_without_an_answer_are_told() -> None:
    label = ScoredPage(GOLD, {}, score_page(GOLD, {}))
    assert "1 pages without an answer" in printed(80, Score("x", combine([label.values]), (label,), 1))


def test_the_worst_pages_show_what_was_missed_and_what_was_too_much() -> None:
    out = io.StringIO()
    lines = BODY.split("\n")
    page = score(text=f"{lines[0]}\n{lines[2]}\n返回首页{EVIL}", tags=["河堤", "灯"]).worst(1)
    print_worst(page, Console(file=out, width=100, highlight=False))
    text = out.getvalue()
    assert f"- {lines[1]}" in text
    assert "+ 返回首页<script>alert('x')</script>&amp;" in text
    assert "- tags: 夜景" in text
    assert "+ tags: 灯" in text
    assert "\x1b" not in text


def test_a_page_that_failed_says_why() -> None:
    out = io.StringIO()
    print_worst(score(error="not an article", reason="list").worst(1), Console(file=out, width=100))
    assert "list: not an article" in out.getvalue()


def test_the_worst_page_comes_first() -> None:
    pages = [
        ScoredPage(GOLD | {"id": key}, {}, {"f1": value, "clean%": clean})
        for key, value, clean in (("a", 1.0, 100.0), ("b", 0.4, 0.0), ("c", 1.0, 0.0))
    ]
    assert [page.id for page in Score("x", {}, tuple(pages), 0).worst(2)] == ["b", "c"]


def test_the_html_escapes_all_that_pages_and_labels_say() -> None:
    gold = dict.fromkeys(("id", "url", "title", "source", "body"), EVIL) | {
        "url": "javascript:alert(1)",
        "tags": [EVIL],
    }
    shown = score(EVIL, gold=gold, title=EVIL, text=f"x\n{EVIL}", tags=[EVIL, "a"], error=EVIL)
    text = render(EVIL, shown, shown.worst(1))
    assert "<script" not in text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;amp;") >= 8


def test_the_html_is_self_contained_and_shows_gold_beside_answer() -> None:
    lines = BODY.split("\n")
    shown = score(text=f"{lines[0]}\n{lines[1][:-8]}返回首页", related=[])
    text = render("corpus", shown, shown.worst(5))
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    for outside in ("src=", "<link", "@import", "url("):
        assert outside not in text
    right = f'<td dir="auto"><span class="right">{lines[0]}</span></td>'
    assert f"<tr>{right}{right}</tr>" in text
    assert f'<span class="lost">{lines[2]}</span></td><td class="none"></td>' in text
    assert '<span class="extra">返回首页</span>' in text
    assert '<li dir="auto"><span class="lost">散步道再延长三公里</span></li>' in text
    assert '<a href="https://example.com/lamps" rel="noreferrer">' in text
