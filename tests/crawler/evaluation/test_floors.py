from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.evaluation.corpus import Corpus
from crawler.evaluation.floors import HEADROOM, check, lowered, raised, read_floors, write_floors
from pipelines.errors import UsageError

CORPUS = Corpus("c", Path("c"), "html", (), "hash-1")
OTHER = Corpus("c", Path("c"), "html", (), "hash-2")


def floors(**figures: float) -> dict[str, dict[str, Any]]:
    return {"c": {"hash": "hash-1", "figures": {name.replace("_pc", "%"): value for name, value in figures.items()}}}


def test_figures_at_their_floor_hold() -> None:
    assert check(CORPUS, {"f1": 0.9, "clean%": 80.0, "leak%": 1.0}, floors(f1=0.9, clean_pc=80.0, leak_pc=1.0)) == []


def test_each_figure_that_fell_is_a_line() -> None:
    lines = check(
        CORPUS, {"f1": 0.8999, "clean%": 79.99, "leak%": 1.1, "p": 1.0}, floors(f1=0.9, clean_pc=80, leak_pc=1.0, p=1)
    )
    assert lines == [
        "c: f1 fell below its floor: 0.8999, floor 0.9",
        "c: clean% fell below its floor: 79.99, floor 80",
        "c: leak% rose above its ceiling: 1.1, ceiling 1",
    ]


def test_what_cannot_be_compared_is_no_pass() -> None:
    assert "no floors yet" in check(CORPUS, {}, {})[0]
    assert "its labels are not those" in check(OTHER, {"f1": 1.0}, floors(f1=0.1))[0]
    assert "f1 is not measured any more" in check(CORPUS, {}, floors(f1=0.1))[0]


def test_floors_are_set_a_little_worse_than_measured() -> None:
    figures = raised(CORPUS, {"f1": 0.98765432, "clean%": 66.666, "leak%": 0.0, "tags": 0.001}, {})["c"]["figures"]
    assert figures == {"f1": 0.9846, "clean%": 65.666, "leak%": 1.0, "tags": 0.0}
    assert HEADROOM == (0.003, 1.0)


def test_floors_rise_and_never_fall() -> None:
    before = floors(f1=0.9, leak_pc=3.0, clean_pc=80.0)
    after = raised(CORPUS, {"f1": 0.95, "leak%": 1.0, "clean%": 70.0, "tags": 0.5}, before)
    assert after["c"]["figures"] == {"f1": 0.947, "leak%": 2.0, "clean%": 80.0, "tags": 0.497}
    assert before == floors(f1=0.9, leak_pc=3.0, clean_pc=80.0)
    assert raised(CORPUS, {"f1": 0.902}, after) == after
    with pytest.raises(UsageError, match="--lower-floors"):
        raised(OTHER, {"f1": 1.0}, before)


def test_a_floor_falls_with_a_reason_that_stays() -> None:
    once = lowered(CORPUS, {"f1": 0.8, "clean%": 90.0}, floors(f1=0.9, clean_pc=80.0), " gold was wrong ")
    assert once["c"]["figures"] == {"f1": 0.797, "clean%": 80.0}
    assert once["c"]["lowered"] == [{"reason": "gold was wrong", "figures": {"f1": [0.9, 0.797]}}]
    twice = lowered(CORPUS, {"f1": 0.7, "clean%": 90.0}, once, "again")
    assert [entry["reason"] for entry in twice["c"]["lowered"]] == ["gold was wrong", "again"]
    with pytest.raises(UsageError, match="needs a reason"):
        lowered(CORPUS, {"f1": 0.7}, once, " ")


def test_a_corpus_with_new_labels_is_measured_anew() -> None:
    after = lowered(OTHER, {"f1": 0.99}, floors(f1=0.9, clean_pc=80.0), "labels mended")
    assert after["c"]["hash"] == "hash-2"
    assert after["c"]["figures"] == {"f1": 0.987}
    assert after["c"]["lowered"][0]["figures"] == {"f1": [0.9, 0.987], "clean%": [80.0, None]}
    assert check(OTHER, {"f1": 0.99}, after) == []


def test_the_file_is_sorted_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new/floors.json"
    both = {"z": floors(f1=0.5)["c"], **floors(f1=0.9)}
    write_floors(path, both)
    assert list(json.loads(path.read_text())) == ["c", "z"]
    assert read_floors(path) == both
    assert read_floors(tmp_path / "none.json") == {}


@pytest.mark.parametrize("text", ["{torn", "[]", '{"c": {}}', '{"c": {"hash": "x", "figures": {"unknown": 1}}}'])
def test_a_file_that_is_none_of_floors_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"floors\.json"):
        read_floors(path)
