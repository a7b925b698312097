"""No figure of the extraction falls below its floor: on our own pages always, on the shared ones where they are.

Floors rise with `scrapy evaluate CORPUS --floors benchmarks/floors.json --raise-floors`; docs/benchmarks.md says how.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.evaluation import run
from crawler.evaluation.corpus import read_corpus
from crawler.evaluation.floors import check, read_floors
from tests.conftest import ROOT

FLOORS = ROOT / "benchmarks/floors.json"
SHARED = {
    "pages": None,
    "families": None,
    "flat": None,
    "chinese": None,
    "publishers": None,
    "articles": 60,
}  # None: all pages


def test_our_own_pages() -> None:
    hold(ROOT / "tests/fixtures/corpus")


@pytest.mark.corpora
@pytest.mark.parametrize("name", SHARED)
def test_the_shared_pages(name: str, corpora: Path) -> None:
    if not (corpora / name).is_dir():
        pytest.skip(f"no {name} among the shared corpora")
    hold(corpora / name, SHARED[name])


def hold(folder: Path, sample: int | None = None) -> None:
    """Take the pages apart and compare with the floors."""
    corpus = read_corpus(folder, sample)
    answers = run.answer(corpus, run.EXTRACTORS[corpus.kind], workers=2, timeout=20)
    fallen = check(corpus, run.score(corpus, run.OURS, answers).figures, read_floors(FLOORS))
    assert not fallen, "\n".join(fallen)
