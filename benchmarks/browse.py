"""How long the pages of `scrapy browse` take over many articles: makes a store of them, then asks for each page.

    python benchmarks/browse.py --articles 1000000 --store /tmp/million [-O output/reports/browse.txt]

The articles are made by numbers (always the same ones): words of two Chinese characters by Zipf's law, 200 sites, 400
sources, 2,000 tags, two years, 2 of 100 without a date. A store that is there is used again. Each page is asked as a
browser asks it, without the network: several times, the first one aside; of a list also the fortieth page.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import insert, text

from crawler.web.app import Sources, create_app
from crawler.web.asking import cursor
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.items import Article, url_id
from pipelines.store import schema, search
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.reading import Query, Reader
from pipelines.store.rows import article_row, as_json, sortable, utc

BATCH = 5_000
WORDS = 40_000
LINES, LINE = 30_000, 20  # that texts are made of, and words in each
TIMES = 7  # that each page is asked, after a first one
DEEP = 40  # pages down a list
END = datetime(2026, 6, 30, tzinfo=UTC)


class Maker:
    """Makes rows of articles by number."""

    def __init__(self, characters: int) -> None:
        self._chance = chance = random.Random(7)
        self.words = [
            chr(chance.randrange(0x4E00, 0x9000)) + chr(chance.randrange(0x4E00, 0x9000)) for _ in range(WORDS)
        ]
        weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self._lines = ["".join(chance.choices(self.words, cum_weights=weights, k=LINE)) + "。" for _ in range(LINES)]
        self._count = max(1, characters // (2 * LINE))
        self._row = article_row(Article(id="", language="zh", pages=1)) | {"version": 1, "withdrawn": None}

    def pick(self, most: int) -> int:
        """A number from 0 on, small ones often."""
        return int(most ** self._chance.random()) - 1

    def row(self, number: int) -> dict[str, Any]:
        """The row of one article, with as much beside its text as the blocks of a page have."""
        lines = self._chance.choices(self._lines, k=self._count)
        text = "\n".join(lines)
        url = f"http://s{self.pick(200)}.example/{number}.html"
        moment = END - timedelta(minutes=self._chance.randrange(2 * 365 * 24 * 60))
        day, seen = moment.strftime("%Y-%m-%dT%H:%M+08:00"), utc(moment)
        dated = {"published": day, "published_precision": "minute", "published_utc": sortable(day)}
        blocks = [{"label": "body", "text": line, "reason": "in the container", "path": "div/p"} for line in lines]
        return {
            **self._row,
            **(dated if number % 50 else {}),
            "id": url_id(url),
            "url": url,
            "canonical_url": url,
            "site": url.split("/")[2],
            "title": self._chance.choice(self._lines)[:16],
            "source": f"来源{self.pick(400)}",
            "text": text,
            "html": text,
            "markdown": text,
            "tags": as_json([f"标签{self.pick(2000)}" for _ in range(3)]),
            "segments": as_json(blocks),
            "first_seen": seen,
            "last_seen": seen,
        }


def fill(store: Store, maker: Maker, wanted: int) -> float:
    """Make the articles that are missing; gives the seconds."""
    begun = time.monotonic()
    for first in range(0, wanted, BATCH):
        rows = [maker.row(number) for number in range(first, min(first + BATCH, wanted))]
        with store.database.write() as connection:
            connection.execute(insert(schema.articles), rows)
            search.put(connection, rows)
        done = first + len(rows)
        if done % 50_000 == 0:
            print(f"{done:,} articles, {done / (time.monotonic() - begun):,.0f} a second", file=sys.stderr, flush=True)
    return time.monotonic() - begun


def questions(words: Sequence[str]) -> Iterator[tuple[str, str, Query]]:
    """What is asked: a name, the query part of the address, the same as a Query."""
    common, middle, rare = words[0], words[2_000], words[-1]
    asked: list[tuple[str, dict[str, str]]] = [
        ("all articles", {}),
        ("the largest site", {"site": "s0.example"}),
        ("a small site", {"site": "s180.example"}),
        ("a source", {"source": "来源3"}),
        ("a frequent tag", {"tag": "标签0"}),
        ("a rare tag", {"tag": "标签1900"}),
        ("one month", {"since": "2025-03-01", "until": "2025-03-31"}),
        ("a tag of a site", {"tag": "标签5", "site": "s7.example"}),
        ("a word in most articles", {"q": common}),
        ("a word in some", {"q": middle}),
        ("a word in few", {"q": rare}),
        ("two frequent words", {"q": f"{words[1]} {words[2]}"}),
        ("a frequent and a rare word", {"q": f"{common} {rare}"}),
        ("one character", {"q": common[0]}),
        ("a phrase of frequent words", {"q": words[0] + words[1] + words[0] + words[3]}),
        ("a word of a small site", {"q": common, "site": "s180.example"}),
        ("a word in one month", {"q": words[20], "since": "2025-03-01", "until": "2025-03-31"}),
    ]
    for name, given in asked:
        phrases = tuple(given["q"].split()) if "q" in given else ()
        rest = {key: value for key, value in given.items() if key != "q"}
        yield name, urlencode(given), Query(phrases, **rest)


def measure(store: Store, words: Sequence[str]) -> Iterator[tuple[str, int, float, float, float | None]]:
    """Each page: its name, articles on it, median and longest ms, and median ms of the fortieth page."""
    reader = Reader(store.database)
    nowhere = Path("/nonexistent")
    client = create_app(Sources(reader, MemoryFolder(nowhere), nowhere, lambda url, at: None)).test_client()

    def ask(address: str) -> list[float]:
        times = []
        for _ in range(TIMES + 1):
            begun = time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, address
        return times[1:]

    first = ""
    for name, given, query in questions(words):
        page = reader.listing(query, 40)
        first = first or page.rows[0]["id"]
        times = ask(f"/?{given}")
        after, deep = page.after, None
        for _ in range(DEEP - 2):
            after = reader.listing(query, 40, after).after if after else None
        if after:
            deep = statistics.median(ask(f"/?{given}&after={cursor(after)}"))
        yield name, len(page.rows), statistics.median(times), max(times), deep
    others = [("one article", f"/article/{first}"), ("all sites", "/sites"), ("one site", "/site/s0.example")]
    others += [
        ("feed of a tag", f"/feed.rss?{urlencode({'tag': '标签0'})}"),
        ("API, 100 whole", "/api/articles?whole=1&limit=100"),
    ]
    for name, address in others:
        times = ask(address)
        yield name, 0, statistics.median(times), max(times), None


def main() -> None:
    """Make the store where it is missing, ask, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--articles", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--characters", type=int, default=120, metavar="N", help="of a text (default: %(default)s)")
    parser.add_argument("--store", default="output/benchmark-browse", metavar="DIR")
    parser.add_argument("-O", "--output", metavar="FILE")
    opts = parser.parse_args()
    maker = Maker(opts.characters)
    lines = []
    with open_store(default_url(opts.store)) as store:
        with store.database.read() as connection:
            there = connection.scalar(text("SELECT count(*) FROM articles")) or 0
        if there not in (0, opts.articles):
            sys.exit(f"{opts.store} holds {there:,} articles: remove it, or ask for as many")
        if not there:
            seconds = fill(store, maker, opts.articles)
            lines.append(f"{opts.articles:,} articles made in {seconds:,.0f} s")
        size = (Path(opts.store) / "articles.db").stat().st_size
        lines += [f"store of {opts.articles:,} articles, {size / 1e9:.1f} GB", ""]
        lines += ["| page | articles on it | ms, median | ms, longest | ms, page 40 |", "|---|---|---|---|---|"]
        for name, count, median, longest, deep in measure(store, maker.words):
            lines.append(
                f"| {name} | {count or ''} | {median:.0f} | {longest:.0f} | {'' if deep is None else f'{deep:.0f}'} |"
            )
    report = "\n".join(lines)
    print(report)
    if opts.output:
        Path(opts.output).parent.mkdir(parents=True, exist_ok=True)
        Path(opts.output).write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
