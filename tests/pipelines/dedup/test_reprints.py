"""Which texts are one article, and which copy is the original: by data, in no order."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from pipelines.dedup.reprints import TextReprints
from tests.pipelines.dedup.test_sketch import story

TELLS = TextReprints()
TEXT = story(600, random.Random(1))
PARAGRAPHS = TEXT.split("\n")
OTHER = story(600, random.Random(2))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TEXT, True),
        (f"本报讯 {TEXT}\n（责任编辑：王五）", True),
        ("\n".join(PARAGRAPHS[1:5]), True),
        ("\n".join(PARAGRAPHS[:3]), True),  # half of it
        ("\n".join(PARAGRAPHS[:1]), False),  # a quotation
        ("\n".join([*PARAGRAPHS[:1], *OTHER.split("\n")]), False),
        (TEXT + "\n" + story(2400, random.Random(3)), False),  # a digest of several
        (OTHER, False),
        ("", False),
        (TEXT[:40], False),
    ],
)
def test_alike(text: str, wanted: bool) -> None:
    assert TELLS.alike(TEXT, text) is wanted
    assert TELLS.alike(text, TEXT) is wanted


def copy(number: int, **fields: Any) -> dict[str, Any]:
    row = {"url": f"http://www.s{number}.example/a", "canonical_url": None, "source_url": None, "published_utc": None}
    return {"id": str(number), **row, "published_precision": None, "text": TEXT, **fields}


@pytest.mark.parametrize(
    ("copies", "original"),
    [
        ([copy(1), copy(2)], "1"),
        ([copy(1), copy(2, text=TEXT + "更长")], "2"),
        ([copy(1), copy(2, published_utc="2026-06-21T00:00:00Z", published_precision="day")], "2"),
        (
            [
                copy(1, published_utc="2026-06-21T00:00:00Z", published_precision="day"),
                copy(2, published_utc="2026-06-21T08:30:00Z", published_precision="minute"),
                copy(3, published_utc="2026-06-21T09:30:00Z", published_precision="minute"),
                copy(4, published_utc="2026-06-22T00:00:00Z", published_precision="day"),
            ],
            "2",
        ),
        (  # named as source by two sites, though it is printed later
            [
                copy(1, published_utc="2026-06-20T08:30:00Z", published_precision="minute"),
                copy(2, source_url="http://m.s3.example/"),
                copy(3, published_utc="2026-06-21T08:30:00Z", published_precision="minute"),
                copy(4, canonical_url="http://www.s3.example/a"),
            ],
            "3",
        ),
        (  # its own site does not count
            [copy(1), copy(2, source_url="http://s2.example/"), copy(3, source_url="http://[broken")],
            "1",
        ),
    ],
)
def test_the_original(copies: list[dict[str, Any]], original: str) -> None:
    assert {TELLS.original(order) for order in itertools.permutations(copies)} == {original}
