"""Which articles are reprints of each other, and which of them is the one that the others repeat. Data only decide.

Nothing here knows in which order articles came: two texts are alike or not, whichever is asked first, and the original
is the least by a key of its own fields and of what the others of its group say.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pipelines.addresses import bare_host
from pipelines.dedup.sketch import MIN_GRAMS, grams

# Calibrated on pages of aggregators and portals and on reprints made of them (docs/benchmarks.md): unrelated articles
# share below 5 % of their grams, two reports of one event that were written apart up to 20 %.
ALIKE = 0.5  # share of the grams of both that both have
WITHIN = 0.8  # share of the shorter one's grams that stand in the longer one: paragraphs were cut
LEAST_WITHIN = 0.3  # share of both then: a digest of many articles is no reprint of one of them

_LAST = "~"  # behind all dates


class TextReprints:
    """Near-duplicates by their text: what `store/reprints.py` asks for."""

    def alike(self, a: str, b: str) -> bool:
        """Whether two texts are one article, as a whole or with paragraphs cut. The order does not matter."""
        if a == b:
            return True
        return same_article(_grams(a), _grams(b))

    def original(self, copies: Sequence[Mapping[str, Any]]) -> str:
        """The id of the copy that the others repeat, of at least one; copies are rows of the store's table `articles`.

        In this order: the one whose site most of the others name as their source by a link or as canonical URL; the
        earliest day, a time of day before none; the longest text; the id.
        """
        return str(min(copies, key=lambda copy: _rank(copy, copies))["id"])


def same_article(a: frozenset[int], b: frozenset[int]) -> bool:
    """Whether two sets of grams are those of one article."""
    smaller = min(len(a), len(b))
    if smaller < MIN_GRAMS:
        return False
    shared = len(a & b)
    jaccard = shared / (len(a) + len(b) - shared)
    return jaccard >= ALIKE or (jaccard >= LEAST_WITHIN and shared >= WITHIN * smaller)


def _rank(copy: Mapping[str, Any], copies: Sequence[Mapping[str, Any]]) -> tuple[int, str, str, int, str]:
    own = _site(copy["url"])
    others = [other for other in copies if own and _site(other["url"]) != own]
    named = sum(own in (_site(other["source_url"]), _site(other["canonical_url"])) for other in others)
    time = copy["published_utc"] or _LAST
    precise = copy["published_precision"] not in ("year", "month", "day")
    return (-named, time[:10], time if precise else _LAST, -len(copy["text"]), copy["id"])


def _site(url: str | None) -> str:
    """The host of a URL without what only names its form for small screens; empty where there is none."""
    try:
        return bare_host(url or "")
    except ValueError:
        return ""


@lru_cache(maxsize=4)  # one article meets all its candidates
def _grams(text: str) -> frozenset[int]:
    return frozenset(_packed(text))


@lru_cache(maxsize=256)  # and those meet the next one of the same story; a set would be twenty times as large
def _packed(text: str) -> array[int]:
    return array("I", grams(text))  # of 32 bits on all systems that Python runs on today
