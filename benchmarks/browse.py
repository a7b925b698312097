"""How long the pages of `scrapy browse` take over many articles: makes a store of them, then asks for each page.

    python benchmarks/browse.py --articles 1000000 --store /tmp/million [-O output/reports/browse.txt]

The articles are made by numbers (always the same ones): words of two Chinese characters by Zipf's law, 200 sites, 400
sources, 2,000 tags, two years, 2 of 100 without a date. They are written straight into the store's tables, in the order
of the search index and without the other indexes, which are made at the end: hours of work in minutes. A store
that is there is used again. Each kind of page is asked as a browser asks it, without the network, for 40 values of
what it is about (words, sites, tags, days), first and deep in the middle of the two years; no question is left out of
the figures.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.pool import NullPool

from crawler.web.app import Sources, create_app
from crawler.web.asking import cursor
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.items import Article, url_id
from pipelines.store import schema, search
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.reading import Reader
from pipelines.store.rows import article_row, as_json, sortable, utc

BATCH = 20_000  # articles in a transaction
WORDS = 40_000
LINES, LINE = 30_000, 20  # that texts are made of, and words in each
END, DAYS = datetime(2026, 6, 30, tzinfo=UTC), 2 * 365
MIDDLE = utc(END - timedelta(days=DAYS // 2))  # half of the articles come before it in a list

# Of the connection that fills the store: what is lost when it breaks is made again.
_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "temp_store = MEMORY")
_COLLECTED = {"hashsize": 64 << 20, "automerge": 0}  # of the search index: what it keeps in memory, and merges
_ORDINARY = {"hashsize": 1 << 20, "automerge": 4}


class Line(NamedTuple):
    """A line of text with what is made of it."""

    text: str
    terms: str
    block: str


class Maker:
    """Makes rows of articles by number."""

    def __init__(self, characters: int) -> None:
        chance = random.Random(7)
        self.words = [
            chr(chance.randrange(0x4E00, 0x9000)) + chr(chance.randrange(0x4E00, 0x9000)) for _ in range(WORDS)
        ]
        weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
        made = ("".join(chance.choices(self.words, cum_weights=weights, k=LINE)) + "。" for _ in range(LINES))
        self._lines = [Line(line, " ".join(search.terms(line)), _block(line)) for line in made]
        self._count = max(1, characters // (2 * LINE))
        self._row = article_row(Article(id="", language="zh", pages=1)) | {"version": 1, "withdrawn": None}

    def row(self, number: int) -> tuple[dict[str, Any], str]:
        """The row of one article, with as much beside its text as the blocks of a page have, and its terms."""
        chance = random.Random(number)
        lines = chance.choices(self._lines, k=self._count)
        title = chance.choice(self._lines).text[:16]
        text, url = "\n".join(line.text for line in lines), _url(number)
        moment = END - timedelta(minutes=chance.randrange(DAYS * 24 * 60))
        day, seen = moment.strftime("%Y-%m-%dT%H:%M+08:00"), utc(moment)
        dated = {"published": day, "published_precision": "minute", "published_utc": sortable(day)}
        row = {
            **self._row,
            **(dated if number % 50 else {}),
            "id": url_id(url),
            "url": url,
            "canonical_url": url,
            "site": url.split("/")[2],
            "title": title,
            "source": f"来源{_pick(chance, 400)}",
            "text": text,
            "html": text,
            "markdown": text,
            "tags": as_json([f"标签{_pick(chance, 2000)}" for _ in range(3)]),
            "segments": "[" + ",".join(line.block for line in lines) + "]",
            "first_seen": seen,
            "last_seen": seen,
        }
        # terms that stand twice among the lines' are one in the index
        return row, " ".join([*search.terms(title), *(line.terms for line in lines)])


def _block(line: str) -> str:
    return as_json({"label": "body", "text": line, "reason": "in the container", "path": "div/p"})


def _url(number: int) -> str:
    return f"http://s{_pick(random.Random(-1 - number), 200)}.example/{number}.html"


def _pick(chance: random.Random, most: int) -> int:
    """A number from 0 on, small ones often."""
    return int(most ** chance.random()) - 1


def fill(url: str, maker: Maker, wanted: int) -> None:
    """Make the articles, all of them, in an empty store (SQLite) that nobody has open."""
    begun = time.monotonic()
    indexes = [*schema.articles.indexes, *schema.article_tags.indexes]
    numbers = sorted(range(wanted), key=lambda number: search.number(url_id(_url(number))))
    with create_engine(url, poolclass=NullPool).connect() as connection:
        for pragma in _PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        for index in indexes:
            index.drop(connection)
        for name, value in _COLLECTED.items():
            connection.exec_driver_sql(f"INSERT INTO article_terms (article_terms, rank) VALUES ('{name}', {value})")
        connection.commit()
        for first in range(0, wanted, BATCH):
            _write(connection, [maker.row(number) for number in numbers[first : first + BATCH]])
            connection.commit()
            done = min(first + BATCH, wanted)
            rate = done / (time.monotonic() - begun)
            print(f"{done:,} articles, {rate:,.0f} a second", file=sys.stderr, flush=True)
        connection.execute(
            text(
                "INSERT INTO article_tags SELECT DISTINCT value, coalesce(published_utc, ''), a.id "
                "FROM articles a, json_each(a.tags) ORDER BY 1, 2, 3"
            )
        )
        for name, value in _ORDINARY.items():
            connection.exec_driver_sql(f"INSERT INTO article_terms (article_terms, rank) VALUES ('{name}', {value})")
        for index in indexes:
            index.create(connection)
        connection.commit()


def _write(connection: Connection, made: Sequence[tuple[dict[str, Any], str]]) -> None:
    connection.execute(insert(schema.articles), [row for row, _ in made])
    given = [{"number": search.number(row["id"]), "id": row["id"], "words": words} for row, words in made]
    connection.execute(text("INSERT INTO article_terms (rowid, id, terms) VALUES (:number, :id, :words)"), given)


def questions(maker: Maker) -> Iterator[tuple[str, Callable[[int], dict[str, str]]]]:
    """What is asked: a name, and the filters of each number from 0 on."""
    words = maker.words

    def month(n: int) -> dict[str, str]:
        return {"since": f"2025-{n % 12 + 1:02}-01", "until": f"2025-{n % 12 + 1:02}-28"}

    yield "all articles", lambda n: {}
    yield "a large site", lambda n: {"site": f"s{n % 5}.example"}
    yield "a small site", lambda n: {"site": f"s{199 - n}.example"}
    yield "a source", lambda n: {"source": f"来源{n * 9}"}
    yield "a frequent tag", lambda n: {"tag": f"标签{n}"}
    yield "a rare tag", lambda n: {"tag": f"标签{1999 - n}"}
    yield "a month", month
    yield "a tag of a site", lambda n: {"tag": f"标签{n}", "site": f"s{n * 4}.example"}
    yield "a source of a site", lambda n: {"source": f"来源{n}", "site": f"s{n * 4}.example"}
    yield "a source of a site in a month", lambda n: {"source": f"来源{n}", "site": f"s{n}.example"} | month(n)
    yield "a common word", lambda n: {"q": words[n]}
    yield "a word of the middle", lambda n: {"q": words[1000 + 50 * n]}
    yield "a rare word", lambda n: {"q": words[-1 - n]}
    yield "no article's word", lambda n: {"q": f"{words[-1 - n]}{words[-90 - n]}"}
    yield "two common words", lambda n: {"q": f"{words[n]} {words[n + 1]}"}
    yield "a common and a rare word", lambda n: {"q": f"{words[n]} {words[-1 - n]}"}
    yield "two words of the middle", lambda n: {"q": f"{words[500 + n]} {words[1000 + n]}"}
    yield "one character", lambda n: {"q": words[n][0]}
    yield "a phrase of four common words", lambda n: {"q": words[n] + words[1] + words[0] + words[n + 3]}
    yield "a common word of a small site", lambda n: {"q": words[n], "site": f"s{199 - n}.example"}
    yield "a word of the middle of a site", lambda n: {"q": words[1000 + 50 * n], "site": f"s{n}.example"}
    yield "a common word in a month", lambda n: {"q": words[n]} | month(n)
    yield "a word of the middle with a tag", lambda n: {"q": words[1000 + 50 * n], "tag": f"标签{n * 20}"}


class Row(NamedTuple):
    """The figures of one kind of page: ms, and articles on a page."""

    name: str
    median: float
    late: float  # 95th percentile
    longest: float
    shown: float | None = None


def measure(store: Store, maker: Maker, times: int) -> Iterator[Row]:
    """Each kind of page, asked so many times, as it is met first and deep down."""
    nowhere = Path("/nonexistent")
    reader = Reader(store.database)
    client = create_app(Sources(reader, MemoryFolder(nowhere), nowhere, lambda url, at: None)).test_client()
    found = _ids(store, times)

    def ask(name: str, addresses: Sequence[str], mark: str | None = None) -> Row:
        taken, shown = [], []
        for address in addresses:
            begun = time.perf_counter()
            answer = client.get(address)
            taken.append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status}")
            shown.append(answer.text.count(mark) if mark else 0)
        late = statistics.quantiles(taken, n=20, method="inclusive")[-1]
        return Row(name, statistics.median(taken), late, max(taken), statistics.mean(shown) if mark else None)

    client.get("/")  # templates
    for name, asked in questions(maker):
        given = [asked(n) for n in range(times)]
        yield ask(name, [f"/?{urlencode(query)}" for query in given], 'href="/article/')
        deep = [query | {"after": cursor((MIDDLE, f"{n:x}"))} for n, query in enumerate(given)]
        yield ask(f"{name}, from the middle", [f"/?{urlencode(query)}" for query in deep], 'href="/article/')
    yield ask("one article", [f"/article/{key}" for key in found])
    yield ask("all sites", ["/sites"] * 5)
    yield ask("one site", [f"/site/s{n * 4}.example" for n in range(times)])
    yield ask("feed of a tag", [f"/feed.rss?{urlencode({'tag': f'标签{n}'})}" for n in range(times)])
    yield ask("API, 100 whole", [f"/api/articles?whole=1&limit=100&site=s{n}.example" for n in range(times)])


def _ids(store: Store, most: int) -> list[str]:
    with store.database.read() as connection:
        step = text("SELECT id FROM articles WHERE rowid * 7919 % 1000 < 10 LIMIT :most").bindparams(most=most)
        return [str(key) for key in connection.scalars(step)]


def main() -> None:
    """Make the store where it is missing, ask, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--articles", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--characters", type=int, default=200, metavar="N", help="of a text (default: %(default)s)")
    parser.add_argument("--times", type=int, default=40, metavar="N", help="each kind (2 to 40; default: %(default)s)")
    parser.add_argument("--store", default="output/benchmark-browse", metavar="DIR")
    parser.add_argument("-O", "--output", metavar="FILE")
    opts = parser.parse_args()
    maker = Maker(opts.characters)
    lines = []
    url = default_url(opts.store)
    with open_store(url) as store, store.database.read() as connection:
        there = connection.scalar(text("SELECT count(*) FROM articles")) or 0
    if there not in (0, opts.articles):
        sys.exit(f"{opts.store} holds {there:,} articles: remove it, or ask for as many")
    if not there:
        begun = time.monotonic()
        fill(url, maker, opts.articles)
        lines.append(f"{opts.articles:,} articles made in {time.monotonic() - begun:,.0f} s")
    with open_store(url) as store:
        size = (Path(opts.store) / "articles.db").stat().st_size
        lines += [f"store of {opts.articles:,} articles of {opts.characters} characters, {size / 1e9:.1f} GB", ""]
        lines += ["| page | articles on it | ms, median | 95 of 100 | longest |", "|---|---|---|---|---|"]
        for row in measure(store, maker, opts.times):
            shown = "" if row.shown is None else f"{row.shown:.0f}"
            lines.append(f"| {row.name} | {shown} | {row.median:.0f} | {row.late:.0f} | {row.longest:.0f} |")
            print(lines[-1], file=sys.stderr, flush=True)
    report = "\n".join(lines)
    print(report)
    if opts.output:
        Path(opts.output).parent.mkdir(parents=True, exist_ok=True)
        Path(opts.output).write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
