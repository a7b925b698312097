"""R4, R5, R12: the store goes away for a while, or for good."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from pipelines.store.articles import default_url, open_store
from tests.faults.crawls import News, build, check_whole, finish, look, serving, start, wait_for
from tests.relay import Mode, Relay


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The SQLite file of a store, locked by somebody else."""
    connection = sqlite3.connect(folder / "articles.db", isolation_level=None, timeout=20)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_locked_store_delays_and_loses_nothing(tmp_path: Path) -> None:
    news = News()
    build(news)
    with serving(news):
        process = start(news, tmp_path)
        wait_for(news, 12, process)
        with locked(tmp_path):
            time.sleep(6)  # longer than SQLite's own patience and the first pauses of ours
            held = len(news.log)
            time.sleep(2)
            assert len(news.log) == held  # nothing more is asked for than what the store can take
        assert finish(process) == 0
    check_whole(news, look(default_url(str(tmp_path))))
    assert sum(news.asked.values()) == len(news.asked)  # nothing was fetched twice
    assert "the store is back" in (tmp_path / "crawl.log").read_text()


def test_a_store_that_stays_away_ends_the_run_unfinished(tmp_path: Path) -> None:
    news = News()
    build(news)
    with serving(news):
        process = start(news, tmp_path, "-s", "STORE_PATIENCE=2")
        wait_for(news, 12, process)
        with locked(tmp_path):
            assert finish(process) == 3
        assert "unfinished (store-away)" in (tmp_path / "crawl.log").read_text()
        assert finish(start(news, tmp_path)) == 0
    check_whole(news, look(default_url(str(tmp_path))))


def test_a_stop_is_in_time_while_the_store_is_away(tmp_path: Path) -> None:
    news = News()
    build(news)
    with serving(news):
        process = start(news, tmp_path)
        wait_for(news, 12, process)
        with locked(tmp_path):
            time.sleep(1)
            begun = time.monotonic()
            process.terminate()
            assert finish(process, timeout=30) == 3
            assert time.monotonic() - begun < 15
        assert finish(start(news, tmp_path)) == 0
    check_whole(news, look(default_url(str(tmp_path))))


@pytest.mark.parametrize(
    "mode",
    # a connection that hangs is the worst of them: nobody is told
    [pytest.param(m, marks=[] if m == "hang" else pytest.mark.long) for m in get_args(Mode) if m != "pass"],
)
def test_postgresql_cut_off_for_ten_seconds(tmp_path: Path, postgresql: str, mode: Mode) -> None:
    news = News()
    build(news)
    relay, url = Relay.before(postgresql)
    with relay, serving(news):
        process = start(news, tmp_path, store=url)
        wait_for(news, 12, process)
        relay.mode(mode)
        time.sleep(10)
        relay.mode("pass")
        assert finish(process) == 0, (tmp_path / "crawl.log").read_text()[-3000:]
    check_whole(news, look(postgresql))


@pytest.mark.long
def test_postgresql_gone_for_good(tmp_path: Path, postgresql: str) -> None:
    news = News()
    build(news)
    relay, url = Relay.before(postgresql)
    with relay, serving(news):
        process = start(news, tmp_path, "-s", "STORE_PATIENCE=2", store=url)
        wait_for(news, 12, process)
        relay.mode("refuse")
        assert finish(process) == 3
        relay.mode("pass")
        assert finish(start(news, tmp_path, store=url)) == 0
    check_whole(news, look(postgresql))


def test_a_store_that_was_emptied_under_the_run_is_noticed(tmp_path: Path, postgresql: str) -> None:
    from sqlalchemy import create_engine, text

    news = News(delay=0.2)
    build(news)
    with serving(news):
        process = start(news, tmp_path, store=postgresql)
        wait_for(news, 8, process)
        engine = create_engine(postgresql)
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE frontier, hosts, workers, jobs, runs, dropped, articles, outbox"))
        engine.dispose()
        assert finish(process) == 1
    assert "not the one in which this run began" in (tmp_path / "crawl.log").read_text()


def test_a_store_whose_file_is_replaced_or_taken_away_under_the_run_is_noticed(tmp_path: Path) -> None:
    """SQLite itself goes on with a file that has no name any more: all of it would be lost, and the run complete."""
    news = News(delay=0.2)
    build(news)
    with open_store(default_url(str(tmp_path / "backup"))):
        pass
    with serving(news):
        process = start(news, tmp_path, "-s", "STORE_PATIENCE=2")
        wait_for(news, 8, process)
        (tmp_path / "articles.db").rename(tmp_path / "away.db")
        assert finish(process) == 3
        assert "the file of the store is gone" in (tmp_path / "crawl.log").read_text()
        (tmp_path / "away.db").rename(tmp_path / "articles.db")
        before = len(news.log)
        process = start(news, tmp_path)
        wait_for(news, before + 8, process)
        for name in ("articles.db-wal", "articles.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / "backup" / "articles.db").replace(tmp_path / "articles.db")
        assert finish(process) == 1
        assert "not the one in which this run began" in (tmp_path / "crawl.log").read_text()
        news.delay = 0.0
        assert finish(start(news, tmp_path)) == 0
    check_whole(news, look(default_url(str(tmp_path))))


def test_no_store_at_the_start(tmp_path: Path, postgresql: str) -> None:
    news = News()
    build(news)
    relay, url = Relay.before(postgresql)
    with relay, serving(news):
        relay.mode("refuse")
        assert finish(start(news, tmp_path, store=url)) == 3
        assert news.log == []
