from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from crawler.evaluation import peers
from crawler.evaluation.corpus import read_corpus
from crawler.evaluation.measure import CPU, FAILED
from crawler.evaluation.run import EXTRACTORS, Extractor, answer, available, score
from pipelines.items import Page
from tests.crawler.commands.pages import SENTENCES, TITLE, article
from tests.crawler.evaluation.corpora import BODY, GOLD, write_corpus
from tests.crawler.evaluation.jobs import busy

PAGE = Page(article(head="<meta charset=gb2312>").encode("gb18030"), id="p")


def test_a_page_costs_its_processor_time_without_the_start(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "c", *(GOLD | {"id": f"p{n}"} for n in range(3))))
    found = answer(corpus, Extractor("busy", busy), workers=1, timeout=20)
    assert [record["text"] for record in found.records.values()] == ["call 2", "call 3", "call 4"]
    assert found.cpu_ms is not None
    assert 18 < found.cpu_ms < 38  # neither the 200 ms of the first call nor the sleep


def test_pages_that_are_refused_or_cannot_be_read_are_told_and_count_as_empty(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c", *(GOLD | {"id": key} for key in ("a", "b", "c", "d")))
    (folder / "pages/b.html").write_text("refuse")
    (folder / "pages/c.html").write_bytes(b"\x1f\x8btorn")
    (folder / "pages/d.html").unlink()
    corpus = read_corpus(folder)
    answers = answer(corpus, Extractor("busy", busy), workers=1, timeout=20)
    assert answers.failed["b"] == "not-an-article: a list"
    assert answers.failed["c"].startswith("unreadable: ")
    found = score(corpus, "busy", answers)
    assert (found.missing, found.failed, found.figures["f1"]) == (1, 2, 0.0)
    assert found.to_dict()["pages"] == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_our_extractor_finds_the_body_whatever_the_workers(tmp_path: Path, workers: int) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "c", *(GOLD | {"id": f"p{n}"} for n in range(4))))
    found = score(corpus, "x", answer(corpus, EXTRACTORS["html"], workers=workers, timeout=20))
    assert found.figures["f1"] == 1.0
    assert found.figures["title%"] == 100.0


def test_missing_peers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("gne", "readability") else object())
    there, missing = available("html")
    assert [peer.name for peer in there] == ["trafilatura"]
    assert missing == ["readability", "gne"]


@pytest.mark.parametrize("name", ["trafilatura", "readability", "gne"])
def test_peers_answer_in_our_words(name: str) -> None:
    pytest.importorskip(name)
    found = getattr(peers, name)(PAGE)
    assert found.id == "p"
    assert float(found.evidence[CPU]) > 0
    assert TITLE in found.title
    assert all(sentence in found.text for sentence in SENTENCES)
    if name != "readability":
        assert (found.published or "").startswith("2026-06-21")


@pytest.mark.parametrize("name", ["trafilatura", "readability", "gne"])
def test_a_page_on_which_a_peer_fails_is_an_empty_answer(name: str) -> None:
    pytest.importorskip(name)
    found = getattr(peers, name)(Page(b" ", id="p"))
    assert (found.text, found.id) == ("", "p")
    assert FAILED in found.evidence


def test_a_dump_as_it_stands_is_the_peer_of_dumps() -> None:
    there, missing = available("text")
    assert missing == []
    assert there[0].job(Page(BODY.encode(), id="p")).text == BODY
