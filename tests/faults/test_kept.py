"""Crawls whose first pages are kept until their site is known: killed, stopped, run again, each page stored once."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.memories import TableOfMemories
from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from pipelines.store.texts import SharedTexts
from tests.faults.crawls import ROOT, News, finish, kill, list_path, look, path_of, serving, start
from tests.pipelines.extraction.memory.families import Extra, Family, blog, story, text_of
from tests.services import postgresql_schema

LETTER = "河网的编辑们每个周末都会走进一座小镇，把听来的故事写成一封长信，愿意收到它的读者可以在首页留下自己的地址。"
LETTERS = Family(extra=lambda number: Extra(middle=f"<p>{LETTER}</p>"))


def path(number: int) -> str:
    return f"/a/2026-06-21/doc-{number:06}.shtml"


def build(news: News, stories: dict[int, Family], each: int = 12) -> None:
    """A site of these stories, the list pages in a row."""
    news.pages["/robots.txt"] = ""
    numbers = list(stories)
    parts = [numbers[i : i + each] for i in range(0, len(numbers), each)]
    further = "".join(f'<a href="{list_path(n)}">{n + 1}</a>' for n in range(len(parts)))
    for number, part in enumerate(parts):
        items = "".join(f'<li><a href="{path(n)}">{story(n).title}</a> <span>06-21 12:00</span></li>' for n in part)
        news.pages[list_path(number)] = f"<html><meta charset='utf-8'><body><ul>{items}</ul>{further}</body></html>"
    news.pages.update((path(n), family.html(n)) for n, family in stories.items())


def wanted(stories: dict[int, Family]) -> dict[str, str]:
    return {path(n): text_of(story(n)) for n in stories}


def check(folder: Path, stories: dict[int, Family]) -> None:
    """Each story stored once, with its text and nothing else, and announced once; no page is kept any more."""
    found = look(default_url(str(folder)))
    assert found.articles == wanted(stories)
    assert found.rows == len(stories)
    assert set(found.states) == {"stored", "read"}
    assert found.outbox == Counter(dict.fromkeys(found.outbox, 1))
    assert (len(found.outbox), found.owned, found.workers, kept(folder)) == (len(stories), 0, 0, 0)


def kept(folder: Path) -> int:
    with open_store(default_url(str(folder)), create=False) as store, store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(schema.kept)) or 0


def counts(folder: Path) -> dict[str, Any]:
    """The record of the last run."""
    with open_store(default_url(str(folder)), create=False) as store:
        found: dict[str, Any] = store.runs()[-1]["counts"]
    return found


def until_kept(news: News, folder: Path, pages: int) -> subprocess.Popen[str]:
    """Begin a crawl and wait until so many pages are kept."""
    process = start(news, folder, "-s", "STORE_BATCH_SECONDS=0.01")
    end = time.monotonic() + 60
    while not (folder / "articles.db").exists() or kept(folder) < pages:
        assert process.poll() is None, "the crawl has ended before"
        assert time.monotonic() < end
        time.sleep(0.02)
    return process


def test_pages_wait_for_their_site_and_come_out_once(tmp_path: Path) -> None:
    stories = dict.fromkeys(range(30), LETTERS)
    news = News()
    build(news, stories)
    feed = tmp_path / "out.jsonl"
    with serving(news):
        assert finish(start(news, tmp_path, "-O", str(feed))) == 0
        check(tmp_path, stories)
        first = counts(tmp_path)
        assert finish(start(news, tmp_path, "-a", "recheck=1")) == 0
    assert first["memory/kept"] >= 20
    assert (first["memory/fast"], first["memory/settled"], first["store/new"]) == (30, 1, 30)
    records = [json.loads(line) for line in feed.read_text("utf-8").splitlines()]
    assert Counter(path_of(r["url"]) for r in records) == Counter(dict.fromkeys(wanted(stories), 1))
    check(tmp_path, stories)
    again = counts(tmp_path)
    assert (again["memory/fast"], again["store/unchanged"]) == (30, 30)
    assert "memory/kept" not in again


def test_killed_while_pages_are_kept(tmp_path: Path) -> None:
    stories = dict.fromkeys(range(18), LETTERS)  # never enough: all wait until the end
    news = News(delay=0.5)
    build(news, stories, each=6)
    with serving(news):
        for pages in (1, 4, 8):
            kill(until_kept(news, tmp_path, pages))
        asked, left = Counter(news.asked), kept(tmp_path)
        assert finish(start(news, tmp_path)) == 0
    assert 8 <= left < 18
    assert sum(asked[p] == news.asked[p] for p in wanted(stories)) >= left  # what was kept was not asked again
    check(tmp_path, stories)
    assert counts(tmp_path)["memory/fast"] == 18


def test_a_stop_leaves_kept_pages_for_the_next_run(tmp_path: Path) -> None:
    stories = dict.fromkeys(range(18), LETTERS)
    news = News(delay=0.5)
    build(news, stories, each=6)
    with serving(news):
        process = until_kept(news, tmp_path, 4)
        process.send_signal(signal.SIGTERM)
        assert finish(process, timeout=30) == 3
        assert kept(tmp_path) == counts(tmp_path)["frontier/kept"] > 0
        news.delay = 0.0
        assert finish(start(news, tmp_path)) == 0
    check(tmp_path, stories)
    assert max(news.asked[p] for p in wanted(stories)) == 1


def test_a_site_that_never_settles_is_stored_all_the_same(tmp_path: Path) -> None:
    stories = {n: Family(blog) if n % 2 else Family() for n in range(6)}  # three votes each
    news = News()
    build(news, stories)
    with serving(news):
        assert finish(start(news, tmp_path)) == 0
    check(tmp_path, stories)
    assert (counts(tmp_path)["memory/kept"], counts(tmp_path)["memory/full"]) == (6, 6)


def test_memory_can_be_switched_off(tmp_path: Path) -> None:
    stories = dict.fromkeys(range(6), LETTERS)
    news = News()
    build(news, stories)
    with serving(news):
        assert finish(start(news, tmp_path, "-s", "MEMORY_ENABLED=False")) == 0
        assert LETTER in look(default_url(str(tmp_path))).articles[path(0)]
    assert not (tmp_path / "memory").exists()


def test_a_redesign_stands_in_the_record_and_no_text_is_wrong(tmp_path: Path) -> None:
    before, after = dict.fromkeys(range(24), LETTERS), dict.fromkeys(range(30, 42), Family(blog))
    news = News()
    build(news, before)
    with serving(news):
        assert finish(start(news, tmp_path)) == 0
        build(news, before | after)
        assert finish(start(news, tmp_path)) == 0
    check(tmp_path, before | after)
    second = counts(tmp_path)
    assert second["memory/redesigned"] >= 1
    assert second["store/new"] == 12
    assert "was redesigned" in (tmp_path / "crawl.log").read_text()
    memory = MemoryFolder(tmp_path / "memory").load(news.url.removeprefix("http://"))
    assert memory is not None
    assert (len(memory.ranked()), memory.changes) == (2, second["memory/redesigned"])


def test_machines_that_share_a_store_share_what_they_learn(tmp_path: Path) -> None:
    news = News()
    build(news, dict.fromkeys(range(24), LETTERS))
    with postgresql_schema() as url, serving(news):
        assert finish(start(news, tmp_path / "one", store=url)) == 0
        texts = SharedTexts(url)
        (name,) = texts.names()
        learned = TableOfMemories(texts).load(name)
        assert learned is not None
        assert learned.settled
        assert not (tmp_path / "one/memory").exists()
        shown = subprocess.run(
            [sys.executable, "-m", "scrapy", "sites", "-s", f"STORE_URL={url}", "-s", f"OUTPUT_DIR={tmp_path / 'two'}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert name in shown.stdout
        texts.close()
