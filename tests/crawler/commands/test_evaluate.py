from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run
from tests.crawler.evaluation.corpora import ANSWER, GOLD, write_corpus, write_lines

FIXTURES = ROOT / "tests/fixtures/corpus"


def test_the_table_of_our_own_pages(scrapy: Run, tmp_path: Path) -> None:
    out, html = tmp_path / "new/bench.txt", tmp_path / "worst.html"
    done = scrapy("evaluate", FIXTURES, "--worst", "2", "--html", html, "-O", out)
    assert done.returncode == 0
    assert "corpus: 12 labelled pages" in done.stdout
    assert "cpu ms" in done.stdout
    assert done.stdout.count("── ") == 2
    assert out.read_text(encoding="utf-8") == done.stdout
    assert html.read_text(encoding="utf-8").count("<section>") == 2


def test_json_of_predictions(scrapy: Run, tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c", GOLD, GOLD | {"id": "other"})
    file = write_lines(tmp_path / "mine.jsonl", [ANSWER, {"id": "stranger"}])
    done = scrapy("evaluate", folder, "--predictions", file, "--json")
    figures = json.loads(done.stdout)
    assert figures["corpus"] == "c"
    assert figures["extractors"]["mine"]["f1"] == 0.5
    assert figures["extractors"]["mine"]["missing"] == 1
    assert "1 predictions are of no labelled page, such as stranger" in done.stderr
    assert done.returncode == 0


def test_peers_that_are_not_there_are_one_line(scrapy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("gne", "readability") else there(name)
    )
    file = write_lines(tmp_path / "mine.jsonl", [ANSWER])
    done = scrapy("evaluate", write_corpus(tmp_path / "c"), "--predictions", file, "--peers", "--json")
    assert "not installed: readability, gne: pip install newswinnow[bench]\n" in done.stderr
    assert list(json.loads(done.stdout)["extractors"]) == ["mine", "trafilatura"]


def test_floors_rise_hold_fall_and_are_lowered_with_a_reason(scrapy: Run, tmp_path: Path) -> None:
    folder, floors = write_corpus(tmp_path / "c"), tmp_path / "floors.json"
    good = write_lines(tmp_path / "good.jsonl", [ANSWER])
    bad = write_lines(tmp_path / "bad.jsonl", [ANSWER | {"title": "错", "tags": []}])
    gate = ("evaluate", folder, "--floors", floors, "--predictions")
    assert "c: no floors yet" in scrapy(*gate, good).stderr
    assert scrapy(*gate, good, "--raise-floors").returncode == 0
    before = floors.read_bytes()
    assert scrapy(*gate, good).returncode == 0
    done = scrapy(*gate, bad)
    assert done.returncode == 1
    assert "scrapy evaluate: c: title% fell below its floor: 0, floor 99\n" in done.stderr
    assert "scrapy evaluate: c: tags fell below its floor: 0, floor 0.997\n" in done.stderr
    assert done.stderr.count("fell below") == 2
    assert scrapy(*gate, bad, "--raise-floors").returncode == 1
    assert floors.read_bytes() == before
    assert scrapy(*gate, bad, "--lower-floors", "a reason").returncode == 0
    assert json.loads(floors.read_text())["c"]["lowered"][0]["reason"] == "a reason"
    assert scrapy(*gate, bad).returncode == 0


def test_when_no_page_can_be_taken_apart_nothing_was_measured(scrapy: Run, tmp_path: Path) -> None:
    done = scrapy("evaluate", write_corpus(tmp_path / "c", page="\x89PNG"))
    assert done.returncode == 4
    assert "lamps: " in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "no corpus"),
        (("nowhere",), "nowhere is no corpus"),
        ((FIXTURES, FIXTURES), "two corpora of one name"),
        ((FIXTURES, "x", "--html", "y"), "one corpus at a time"),
        ((FIXTURES, "--raise-floors"), "need --floors"),
        ((FIXTURES, "--floors", "f", "--raise-floors", "--lower-floors", "r"), "not both"),
        ((FIXTURES, "--worst", "0"), "must be 1 or more"),
        ((FIXTURES, "--per-type"), "unknown option --per-type"),
        ((FIXTURES, "--predictions", "none.jsonl"), "cannot read none.jsonl"),
    ],
)
def test_wrong_calls_are_one_line(args: tuple[str | Path, ...], message: str, scrapy: Run) -> None:
    done = scrapy("evaluate", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
