"""The shared corpus of dumps: floors under what the reader gives today, with room for a page or two."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.extraction.flat.dump import clean_text
from pipelines.items import Page

TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
BODY_F1, TITLES, DAYS = 0.98, 0.94, 0.92


def f1(mine: str, gold: str) -> float:
    a, b = Counter(TOKEN.findall(mine.lower())), Counter(TOKEN.findall(gold.lower()))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def fold(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


@pytest.mark.corpora
def test_dumps_stay_clean(corpora: Path) -> None:
    folder = corpora / "flat"
    gold: list[dict[str, Any]] = [json.loads(row) for row in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    bodies, titles, days = [], [], []
    for record in gold:
        page = Page(body=(folder / "pages" / f"{record['id']}.txt").read_bytes(), id=record["id"])
        article = clean_text(page)
        bodies.append(f1(article.text, record["body"]))
        if record.get("title"):
            titles.append(fold(article.title) == fold(record["title"]))
        if record.get("date"):
            days.append((article.published or "")[:10] == record["date"][:10])
        assert not re.search(r"^[”’」』）】》〉。，、；：！？,;!?)]", article.text, re.M), record["id"]
    assert sum(bodies) / len(bodies) >= BODY_F1
    assert sum(titles) / len(titles) >= TITLES
    assert sum(days) / len(days) >= DAYS
