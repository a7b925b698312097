"""Pages of a crawl through the extraction with site memory: kept, learned from, taken apart, redesigns noticed."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from crawler.demo.layouts import cms, portals
from crawler.demo.plan import Entry, plan_site
from pipelines.extraction import pipeline as module
from pipelines.extraction.memory import online
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.pipeline import ExtractionPipeline
from pipelines.extraction.worker import _result, load
from pipelines.items import Article, Lease, Outcome, Page, State
from pipelines.profiles import Selectors, SiteProfile
from tests.pipelines.extraction.memory.families import (
    Extra,
    Family,
    blog,
    learned,
    list_page,
    saved,
    story,
    text_of,
)

LETTER = "河网的编辑们每个周末都会走进一座小镇，把听来的故事写成一封长信，愿意收到它的读者可以在首页留下自己的地址。"
PLAIN = Family()
LETTERS = Family(extra=lambda number: Extra(middle=f"<p>{LETTER}</p>"))


class Here:
    """A worker without a process: the same answers, many times as fast."""

    def __init__(self, job: Any, timeout: float) -> None:
        self._job = load(job)

    async def take(self, page: Page, *more: Any) -> Any:
        return _result(self._job, page, list(more))

    def stop(self) -> None:
        pass

    kill = stop


class Run:
    """A pipeline with memory, as a crawl has it; `kept` are the outcomes that came out with their page."""

    def __init__(self, folder: Path, profile: SiteProfile | None = None) -> None:
        settings = {"EXTRACTION_WORKERS": 1, "EXTRACTION_TIMEOUT": 20.0, "MEMORY_ENABLED": True}
        self.crawler: Crawler = get_crawler(Spider, settings | {"MEMORY_DIR": str(folder), "OUTPUT_DIR": "output"})
        self.crawler.spider = Spider("news", profile=profile)
        self.pipeline = ExtractionPipeline.from_crawler(self.crawler)
        self.kept: list[Outcome] = []
        self.articles: dict[str, Article] = {}

    async def send(self, pages: Iterable[Page], *, leased: bool = True) -> None:
        """Pages one after the other, as a crawl of one request at a time brings them."""
        for page in pages:
            lease = Lease(1, 1, page.url or "", "river.example", b"", "article", None) if leased else None
            await self.again(Outcome(page.url, lease, page=page))

    async def again(self, outcome: Outcome) -> None:
        done = await self.pipeline.process_item(outcome)
        if done.state is State.KEPT:
            self.kept.append(done)
        elif done.article is not None:
            assert done.article.id not in self.articles
            self.articles[done.article.id] = done.article
        while self.pipeline._tasks:  # what it began stands before the next page comes
            await asyncio.wait(self.pipeline._tasks)

    async def take_up(self) -> None:
        """What the store would bring back."""
        kept, self.kept = self.kept, []
        for outcome in kept:
            await self.again(outcome)

    def stat(self, name: str) -> int:
        return int(self.crawler.stats.get_value(name, 0)) if self.crawler.stats else 0

    def methods(self) -> dict[str, str | None]:
        return {i: a.method for i, a in self.articles.items()}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from pipelines.extraction.memory.job import _snapshot

    monkeypatch.setattr(module, "AwaitedWorker", Here)
    _snapshot.cache_clear()
    yield
    _snapshot.cache_clear()


def crawl(run: Run, *steps: Any) -> Run:
    """Open, do the steps (pages to send, or "take up" and "end"), close."""

    async def all_steps() -> None:
        run.pipeline.open_spider()
        for step in steps:
            if step == "take up":
                await run.take_up()
            elif step == "end":
                await run.pipeline.close_sites()
                await run.take_up()
            else:
                await run.send(step)
        await run.pipeline.close_spider()

    asyncio.run(all_steps())
    return run


def pages(family: Family, numbers: Iterable[int]) -> list[Page]:
    return [family.page(n) for n in numbers]


def wanted(numbers: Iterable[int]) -> dict[str, str]:
    return {f"n{n:03}": text_of(story(n)) for n in numbers}


def texts(run: Run) -> dict[str, str]:
    return {i: a.text for i, a in run.articles.items()}


def test_the_first_pages_wait_until_enough_of_a_template_have_come(tmp_path: Path) -> None:
    run = Run(tmp_path)
    closed: list[str] = []
    run.pipeline.closed_listeners.append(closed.append)
    crawl(run, pages(LETTERS, range(19)))
    assert (len(run.kept), run.articles, closed) == (19, {}, [])

    run = Run(tmp_path)
    run.pipeline.closed_listeners.append(closed.append)
    crawl(run, pages(LETTERS, range(20)), "take up", pages(LETTERS, range(20, 25)))
    assert closed == ["river.example"]
    assert texts(run) == wanted(range(25))  # without the letter, which is printed on all of them
    assert set(run.methods().values()) == {"site-memory"}
    assert (run.stat("memory/kept"), run.stat("memory/settled"), run.stat("memory/fast")) == (20, 1, 25)
    assert (run.stat("memory/full"), run.stat("memory/redesigned")) == (0, 0)
    memory = MemoryFolder(tmp_path).load("river.example")
    assert memory is not None
    assert (memory.articles, memory.templates[0].pages, memory.templates[0].fast) == (25, 12, 25)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_is_no_matter(seed: int, tmp_path: Path) -> None:
    given = pages(LETTERS, range(9)) + pages(Family(blog), range(30, 37)) + pages(PLAIN, range(50, 53))
    first = crawl(Run(tmp_path / "a"), given, "end")
    random.Random(seed).shuffle(given)
    second = crawl(Run(tmp_path / "b"), given, "end")
    assert first.articles == second.articles
    assert texts(first) == wanted([*range(9), *range(30, 37), *range(50, 53)])


def test_a_known_site_keeps_nothing(tmp_path: Path) -> None:
    MemoryFolder(tmp_path).save(learned(pages(PLAIN, range(6))))
    run = crawl(Run(tmp_path), pages(PLAIN, range(10, 15)))
    assert run.kept == []
    assert texts(run) == wanted(range(10, 15))
    assert run.stat("memory/fast") == 5
    memory = MemoryFolder(tmp_path).load("river.example")
    assert memory is not None
    assert memory.articles == 11  # learned at the end of the run, a batch not being full


def test_a_site_of_few_pages_is_read_page_by_page_at_the_end(tmp_path: Path) -> None:
    run = crawl(Run(tmp_path), pages(PLAIN, range(3)), "end")
    assert texts(run) == wanted(range(3))
    assert (run.stat("memory/kept"), run.stat("memory/full"), run.stat("memory/settled")) == (3, 3, 0)
    again = crawl(Run(tmp_path), pages(PLAIN, range(3, 6)), "end")
    assert texts(again) == wanted(range(3, 6))
    assert (again.stat("memory/fast"), again.stat("memory/settled")) == (3, 1)  # with the votes of the first run


def test_what_is_no_article_for_itself_waits_too_and_what_fails_does_not(tmp_path: Path) -> None:
    given = [saved(list_page(1), "list"), replace(PLAIN.page(1), body=b"")]
    run = Run(tmp_path)
    crawl(run, given)
    assert [outcome.page for outcome in run.kept] == given[:1]
    assert run.stat("extraction/dropped/empty") == 1
    run = crawl(Run(tmp_path), given, "end")
    assert (run.articles, run.stat("extraction/dropped/not-an-article")) == ({}, 1)


def demo_pages(layout: Any, entries: Iterable[Entry], site: str) -> list[tuple[Page, str]]:
    """Stories of the demo site as one of its templates prints them: pages of a site, and what their text must be."""
    found = []
    for entry in entries:
        printed = layout(entry)
        (leaf,) = printed.leaves
        url = f"http://{site}{leaf.path}"
        page = Page(leaf.to_bytes(), url, site=site, content_type=leaf.content_type, fetched_at="2026-06-21T02:10:05Z")
        found.append((page, printed.truth.text))
    return found


def test_two_templates_swapped_in_mid_crawl_are_noticed_within_five_pages(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = [
        e for e in plan_site() if e.channel["layout"] in ("wordpress", "portal", "linebreaks", "dedecms")
    ]  # dates with years
    layouts = {"a.example": (cms.wordpress, portals.portal), "b.example": (portals.portal, cms.wordpress)}
    run = Run(tmp_path)
    noticed: dict[str, int] = {}
    right: dict[str, str] = {}

    async def swap() -> None:
        run.pipeline.open_spider()
        for site, (before, _) in layouts.items():
            known = demo_pages(before, entries[:20], site)
            await run.send(page for page, _ in known)
            await run.take_up()
            right.update({page.url or "": text for page, text in known})
        assert run.stat("memory/redesigned") == 0
        for number, (site, (_, after)) in enumerate(layouts.items(), 1):
            for count, (page, text) in enumerate(demo_pages(after, entries[20:32], site), 1):
                await run.send([page])
                right[page.url or ""] = text
                if run.stat("memory/redesigned") == number:
                    noticed.setdefault(site, count)
        await run.pipeline.close_spider()

    with caplog.at_level(logging.WARNING):
        asyncio.run(swap())
    assert set(noticed) == set(layouts)
    assert max(noticed.values()) <= 5
    assert {a.url: a.text for a in run.articles.values()} == right
    assert [r.getMessage().split()[0] for r in caplog.records if "redesigned" in r.getMessage()] == list(layouts)
    assert list(run.methods().values())[-5:] == ["site-memory"] * 5  # the new template is learned


def test_pages_outside_of_the_frontier_use_what_is_known_and_teach_nothing(tmp_path: Path) -> None:
    async def single(run: Run) -> Run:
        run.pipeline.open_spider()
        await run.send([PLAIN.page(20), saved(PLAIN.html(21), "n021", "other.example")], leased=False)
        await run.pipeline.close_sites()
        await run.pipeline.close_spider()
        return run

    MemoryFolder(tmp_path).save(learned(pages(PLAIN, range(6))))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    run = asyncio.run(single(Run(tmp_path)))
    assert run.methods() == {"n020": "site-memory", "n021": "density"}
    assert (run.kept, texts(run)) == ([], wanted((20, 21)))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_articles_of_several_pages_are_no_redesign(tmp_path: Path) -> None:
    MemoryFolder(tmp_path).save(learned(pages(PLAIN, range(6))))
    parts = [
        replace(PLAIN.page(n), parts=(PLAIN.html(n + 100).encode(),), part_urls=(f"https://river.example/{n}_2",))
        for n in range(10, 20)
    ]
    run = crawl(Run(tmp_path), parts)
    assert (run.stat("memory/full"), run.stat("memory/redesigned")) == (10, 0)


def test_a_profile_that_names_the_body_asks_no_memory(tmp_path: Path) -> None:
    profile = SiteProfile(name="river", selectors=Selectors(body="div.article"))
    run = crawl(Run(tmp_path, profile), pages(PLAIN, range(6)))
    assert (run.kept, texts(run)) == ([], wanted(range(6)))
    assert list(tmp_path.iterdir()) == []


def test_a_torn_file_is_named_and_nothing_waits_for_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = MemoryFolder(tmp_path).file("river.example")
    file.write_text("{")
    with caplog.at_level(logging.WARNING):
        run = crawl(Run(tmp_path), pages(PLAIN, range(20)), "take up")
    assert texts(run) == wanted(range(20))
    assert run.stat("memory/fast") == 20
    assert str(file) in caplog.text
    assert file.read_text() == "{"


def test_too_many_open_sites_close_the_largest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "HELD", 8)
    many = pages(PLAIN, range(5))
    few = [saved(PLAIN.html(n), f"n{n:03}", "small.example") for n in range(10, 13)]
    run = crawl(Run(tmp_path), many, few, "take up")
    assert texts(run) == wanted(range(5))
    assert {o.page.site for o in run.kept if o.page} == {"small.example"}


def test_a_site_without_a_common_template_waits_for_a_hundred_pages_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "MOST", 3)
    families = [Family(), Family(blog), Family()]
    run = crawl(Run(tmp_path), [f.page(n) for n, f in enumerate(families)], "take up", pages(PLAIN, [7]))
    assert texts(run) == wanted((0, 1, 2, 7))
    assert run.stat("memory/kept") == 3
