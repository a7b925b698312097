"""Real labelled pages: modest floors that a change must not fall under (docs/benchmarks.md has the whole figures)."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipelines.errors import PageError
from pipelines.extraction.article import extract_page
from pipelines.items import Page

SAMPLE = 40
FLOORS = {"f1": 0.95, "title%": 90.0}
pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def score(corpora: Path) -> ModuleType:
    """The scorer that stands beside the corpora."""
    path = corpora.parent / "bench/score.py"
    spec = importlib.util.spec_from_file_location("score", path)
    if not path.is_file() or spec is None or spec.loader is None:
        pytest.skip(f"the scorer is not at {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read(folder: Path, known: dict[str, Any]) -> dict[str, Any]:
    body = gzip.decompress((folder / "pages" / f"{known['id']}.html.gz").read_bytes())
    try:
        return extract_page(Page(body=body, id=known["id"], url=known.get("url"), site=known.get("site"))).to_dict()
    except PageError:
        return {}


def test_pages_keep_their_floors(corpora: Path, score: ModuleType) -> None:
    folder = corpora / "pages"
    index = {r["id"]: r for r in records(folder / "index.jsonl")}
    gold = sorted(records(folder / "gold.jsonl"), key=lambda g: str(g["id"]))
    sample = gold[:: max(1, len(gold) // SAMPLE)][:SAMPLE]
    total = score.combine([score.score_page(g, read(folder, index[g["id"]])) for g in sample])
    assert total["pages"] == SAMPLE
    assert {k: v for k, v in total.items() if k in FLOORS and v < FLOORS[k]} == {}
