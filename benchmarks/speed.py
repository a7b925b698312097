"""What a page costs: processor time from its bytes to its JSON line, beside other extractors and a bare parse.

    python benchmarks/speed.py FOLDER... [-O FILE] [--rounds 5] [--sample N] [--own] [--no-command]

FOLDER holds pages/ and, if there is one, index.jsonl (see docs/benchmarks.md); where replay.jsonl tells what kind of
page each is, only the articles are taken. All contenders take the same pages in the same process, round by round in
turn, so that what else the machine does falls on all of them; a round that nobody counts comes first. Sites of which
the folder has fewer than FEW_PAGES pages are a table of their own: a memory of a site cannot help there.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import hashlib
import importlib.util
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.inputs import find_inputs, stem
from pipelines.errors import PageError
from pipelines.extraction.worker import spare_collector
from pipelines.items import Page

if TYPE_CHECKING:
    from pipelines.extraction.memory.site import SiteMemory

ROOT = Path(__file__).resolve().parent.parent
FEW_PAGES = 8
BARE, RIVAL = "lxml, bare parse", "trafilatura"  # what the others are compared with
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: the worker processes of a command that has ended become ours to count


@dataclass(slots=True)
class Contender:
    """One way to take pages apart. `run` takes all pages of a round; `prepare`, not timed, stands before each round.

    `module`: what must be installed.
    """

    name: str
    run: Callable[[Sequence[Page]], object]
    module: str = "lxml"
    prepare: Callable[[Sequence[Page]], object] | None = None
    seconds: list[float] = field(default_factory=list)


def each(take: Callable[[Page], object]) -> Callable[[Sequence[Page]], object]:
    """The same for every page; a page on which it fails counts with the time it took."""

    def run(pages: Sequence[Page]) -> None:
        for page in pages:
            with contextlib.suppress(Exception):  # other extractors raise whatever comes
                take(page)

    return run


def bare(page: Page) -> object:
    """A parse and no more."""
    from lxml import etree

    return etree.fromstring(page.body, etree.HTMLParser())


def alone(page: Page) -> object:
    """Ours without memory: all fields, and the line of JSON."""
    from crawler.rendering import json_line
    from pipelines.extraction.article import extract_page

    return json_line(extract_page(page).to_dict())


def trafilatura(page: Page) -> object:
    """Its defaults, with metadata."""
    from trafilatura import bare_extraction

    return bare_extraction(page.body, with_metadata=True)


def trafilatura_fast(page: Page) -> object:
    """Its fast way, with metadata."""
    from trafilatura import bare_extraction

    return bare_extraction(page.body, with_metadata=True, fast=True)


def gne(page: Page) -> object:
    """On decoded text: it takes nothing else."""
    from gne import GeneralNewsExtractor

    from pipelines.extraction.decode import decode

    return GeneralNewsExtractor().extract(decode(page.body)[0])


def readability(page: Page) -> object:
    """On decoded text: title and body's HTML."""
    from readability import Document

    from pipelines.extraction.decode import decode

    document = Document(decode(page.body)[0])
    return document.short_title(), document.summary(html_partial=True)


def resiliparse(page: Page) -> object:
    """The main text only; it gives no fields."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse_from_bytes(page.body, detect_encoding(page.body))
    return extract_plain_text(tree, main_content=True)


class Remembering:
    """Ours with site memory, in this process: learned as `scrapy extract` does, from a sample of each site by hash."""

    def __init__(self) -> None:
        self.known: dict[str, SiteMemory] = {}

    def learn(self, pages: Sequence[Page]) -> None:
        """From nothing."""
        from crawler.learning import ROUNDS
        from pipelines.extraction.article import read_page
        from pipelines.extraction.memory.identity import draw
        from pipelines.extraction.memory.site import SiteMemory

        self.known = {}
        tried: Counter[str] = Counter()
        for page in sorted(pages, key=lambda p: draw(p.id or "")):
            memory = self.known.setdefault(page.site or "", SiteMemory(page.site or ""))
            tried[memory.site] += 1
            if not memory.settled and tried[memory.site] <= sum(ROUNDS):
                with contextlib.suppress(PageError):
                    lesson = read_page(page, None, SiteMemory(memory.site), segments=False).lesson
                    memory.learn([lesson] if lesson is not None else [])

    def settle(self, pages: Sequence[Page]) -> None:
        """As a first run leaves it: the lessons of all pages are folded in."""
        from pipelines.extraction.article import read_page

        self.learn(pages)
        lessons = defaultdict(list)
        for page in pages:
            with contextlib.suppress(PageError):
                lesson = read_page(page, None, self.known[page.site or ""], segments=False).lesson
                lessons[page.site or ""] += [lesson] if lesson is not None else []
        for site, taught in lessons.items():
            self.known[site].fold(taught)

    def settled(self, page: Page) -> object:
        """One page of a known site."""
        from crawler.rendering import json_line
        from pipelines.extraction.article import read_page

        return json_line(read_page(page, None, self.known[page.site or ""], segments=False).article.to_dict())

    def cold(self, pages: Sequence[Page]) -> None:
        """All pages of sites that are not known, learning included."""
        self.learn(pages)
        each(self.settled)(pages)


def own() -> list[Contender]:
    """The bare parse and our ways, one entry a way."""
    settled, cold = Remembering(), Remembering()
    return [
        Contender(BARE, each(bare)),
        Contender("newswinnow, no memory", each(alone)),
        Contender("newswinnow, memory, settled", each(settled.settled), prepare=settled.settle),
        Contender("newswinnow, memory, cold", cold.cold),
    ]


def peers() -> list[Contender]:
    """The other extractors."""
    return [
        Contender(RIVAL, each(trafilatura), "trafilatura"),
        Contender("trafilatura, fast", each(trafilatura_fast), "trafilatura"),
        Contender("GNE", each(gne), "gne"),
        Contender("readability-lxml", each(readability), "readability"),
        Contender("resiliparse, text only", each(resiliparse), "resiliparse"),
    ]


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are measured together, and their files."""

    name: str
    pages: tuple[Page, ...]
    files: tuple[Path, ...]
    index: Path | None


def read_groups(folder: Path, sample: int | None) -> Iterator[Group]:
    """The article pages of a folder: those of sites with many pages, and the rest, where it has both kinds.

    With `sample`, so many of each, the same ones on each run: by the hash of their ids.
    """
    index, replay = folder / "index.jsonl", folder / "replay.jsonl"
    found = find_inputs([str(folder / "pages")], "html", str(index) if index.exists() else None)
    kinds = {}
    if replay.exists():
        with replay.open(encoding="utf-8") as lines:
            kinds = {record["id"]: record["kind"] for record in map(json.loads, lines)}
    files = {stem(file): file for file in found.files}
    pages = [e.page for e in found if e.page is not None and kinds.get(e.id, "article") == "article"]
    sizes = Counter(page.site for page in pages)
    many = [page for page in pages if sizes[page.site] >= FEW_PAGES]
    few = [page for page in pages if sizes[page.site] < FEW_PAGES]
    parts = {f"{folder.name}: articles": many, f"{folder.name}: articles of sites with under {FEW_PAGES} pages": few}
    if not many:
        parts = {folder.name: few}
    for name, members in parts.items():
        chosen = sorted(members, key=lambda p: hashlib.sha256(str(p.id).encode()).digest())[:sample]
        chosen.sort(key=lambda p: str(p.id))
        if chosen:
            places = tuple(files[str(page.id)] for page in chosen)
            yield Group(name, tuple(chosen), places, index if index.exists() else None)


def measure(contenders: Sequence[Contender], pages: Sequence[Page], rounds: int) -> None:
    """Fill `seconds`: the processor time of each round, contender after contender within it."""
    logging.disable(logging.CRITICAL)  # the others log errors for pages that they cannot read
    spare_collector()  # as in the processes that take pages apart; for all contenders
    for number in range(rounds + 1):
        for contender in contenders:
            if contender.prepare is not None:
                contender.prepare(pages)
            gc.collect()
            started = time.process_time()
            contender.run(pages)
            if number:
                contender.seconds.append(time.process_time() - started)


def table(group: Group, contenders: Sequence[Contender]) -> Iterator[str]:
    """The figures of a group as lines; ratios by the medians, and by the best rounds."""
    count = len(group.pages)
    size = sum(len(page.body) for page in group.pages) / count / 1000
    yield f"{group.name}: {count} pages of {size:.0f} kB, {len(contenders[0].seconds)} rounds"
    yield _row("", "ms, median", "best", "pages/s", "x parse", "best", f"1/n of {RIVAL}", "best")
    of = {c.name: (statistics.median(c.seconds), min(c.seconds)) for c in contenders}
    for name, (median, best) in of.items():
        parse = [f"{mine / base:.1f}" for mine, base in zip((median, best), of[BARE], strict=True)]
        rival = [f"{base / mine:.1f}" for mine, base in zip((median, best), of.get(RIVAL, ()), strict=False)]
        times = (f"{1000 * median / count:.2f}", f"{1000 * best / count:.2f}", f"{count / median:.0f}")
        yield _row(name, *times, *parse, *rival)


def _row(name: str, *cells: str) -> str:
    widths = (11, 8, 9, 9, 7, 19, 7)
    return f"{name:26}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False))


def command(group: Group, options: Sequence[str]) -> str:
    """What `scrapy extract` costs as a whole: start, imports, reading, all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "scrapy", "extract", *map(str, group.files), *options]
        line += ["-O", str(Path(folder) / "out.jsonl")] + (["--index", str(group.index)] if group.index else [])
        started = time.monotonic()
        process = subprocess.Popen(line, cwd=ROOT, stderr=subprocess.DEVNULL)
        cpu, wall = 0.0, 0.0
        while True:
            try:
                pid, _, used = os.wait4(-1, 0)
            except ChildProcessError:
                break
            cpu += used.ru_utime + used.ru_stime
            if pid == process.pid:
                wall = time.monotonic() - started
        process.returncode = 0  # waited for above
    count = len(group.pages)
    what = f"scrapy extract {' '.join(options)}"
    return f"{what:44}{1000 * cpu / count:>8.2f} ms a page, {wall:.1f} s, {count / wall:.0f} pages/s"


def main() -> None:
    """Measure, print, and write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-O", "--output", type=Path, help="write the report to this file too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sample", type=int, help="so many pages of each table")
    parser.add_argument("--own", action="store_true", help="no other extractors")
    parser.add_argument("--no-command", action="store_true", help="leave the whole command out")
    opts = parser.parse_args()
    report: list[str] = []

    def say(line: str) -> None:
        report.append(line)
        print(line, flush=True)

    for group in (g for folder in opts.folders for g in read_groups(folder, opts.sample)):
        contenders = own() + ([] if opts.own else peers())
        there = [c for c in contenders if importlib.util.find_spec(c.module) is not None]
        measure(there, group.pages, opts.rounds)
        for line in table(group, there):
            say(line)
        if not opts.no_command and hasattr(os, "wait4") and sys.platform == "linux":
            ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
            for workers in ("1", "2"):
                say(command(group, ["--no-memory", "--workers", workers]))
        say("")
    if opts.output:
        opts.output.parent.mkdir(parents=True, exist_ok=True)
        opts.output.write_text("\n".join(report), encoding="utf-8")


if __name__ == "__main__":
    main()
