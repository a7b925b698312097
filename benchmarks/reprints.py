"""Reprints: how many are found, what is taken for one wrongly, what it costs.

    scrapy extract PAGES --index INDEX -O out.jsonl
    python benchmarks/reprints.py out.jsonl [more.jsonl …]

Of each article of the files five reprints are made, by a seed of its id: another source line and editor; a third of the
paragraphs cut; half of them cut; one character (or word) in thirty changed; paragraphs of another article added. A
reprint counts as found where it shares a band with its original and the texts are alike. Articles of different texts
are compared each with each: those that come out as one article are printed, for a person to judge.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.dedup.reprints import TextReprints
from pipelines.dedup.sketch import fingerprint
from pipelines.store.reprints import bands_of

_TOKEN = re.compile(r"[a-z0-9\u00c0-\u0e00]+|[^\W_]", re.I)
LEAST = 3  # paragraphs of an article of which reprints are made


def main() -> None:
    """Print the table, and the pairs that are taken for one article."""
    texts: dict[str, str] = {}
    for path in sys.argv[1:]:
        with Path(path).open(encoding="utf-8") as lines:
            records = (json.loads(line) for line in lines)
            texts |= {record["id"]: record["text"] for record in records if record.get("text")}
    began = time.process_time()
    prints = {key: fingerprint(text) for key, text in texts.items()}
    cost = (time.process_time() - began) / len(texts) * 1000
    size = sum(map(len, texts.values())) / len(texts)
    print(f"{len(texts)} articles of {size:.0f} characters; fingerprint: {cost:.2f} ms of processor time each")
    known = {key: set(bands_of(value)) for key, value in prints.items() if value}
    print(f"{len(texts) - len(known)} too short to be compared")
    _recall(texts, known)
    _precision(texts, known)


def _recall(texts: dict[str, str], known: dict[str, set[int]]) -> None:
    ids, tells = sorted(known), TextReprints()
    for name, edit in EDITS.items():
        made = candidates = found = 0
        for number, key in enumerate(ids):
            paragraphs = texts[key].split("\n")
            if len(paragraphs) < LEAST:
                continue
            other = texts[ids[number - 1]].split("\n")
            text = "\n".join(edit(paragraphs, other, random.Random(key)))
            made += 1
            if known[key] & set(bands_of(fingerprint(text))):
                candidates += 1
                found += tells.alike(text, texts[key])
        share = found / made if made else 0.0
        print(f"{name:28} made {made:5}  candidates {candidates:5}  found {found:5}  {share:.1%}")


def _precision(texts: dict[str, str], known: dict[str, set[int]]) -> None:
    tells, pairs, looked, same, one = TextReprints(), 0, 0, 0, list[tuple[str, str]]()
    for a, b in itertools.combinations(sorted(known), 2):
        if texts[a] == texts[b]:
            same += 1
            continue
        pairs += 1
        if known[a] & known[b]:
            looked += 1
            if tells.alike(texts[a], texts[b]):
                one.append((a, b))
    print(f"{pairs} pairs of different texts: {looked} compared, {len(one)} taken for one article; {same} pairs equal")
    for a, b in one:
        print(f"  {a} ({texts[a][:30]!r})\n  {b} ({texts[b][:30]!r})")


def _changed(paragraphs: list[str], other: list[str], rng: random.Random) -> list[str]:
    return [_TOKEN.sub(lambda found: "某" if rng.random() < 1 / 30 else found[0], line) for line in paragraphs]


def _cut(share: float) -> Callable[[list[str], list[str], random.Random], list[str]]:
    def cut(paragraphs: list[str], other: list[str], rng: random.Random) -> list[str]:
        gone = set(rng.sample(range(len(paragraphs)), int(len(paragraphs) * share)))
        return [line for number, line in enumerate(paragraphs) if number not in gone]

    return cut


EDITS: dict[str, Callable[[list[str], list[str], random.Random], list[str]]] = {
    "source and editor": lambda own, other, rng: ["本报讯 记者报道", *own, "来源：城市晚报 责任编辑：王五"],
    "a third of it cut": _cut(1 / 3),
    "half of it cut": _cut(1 / 2),
    "1 token in 30 changed": _changed,
    "others' paragraphs added": lambda own, other, rng: [*own, *other[: len(own) // 3]],
}


if __name__ == "__main__":
    main()
