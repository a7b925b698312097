"""P4, L4: several workers of one job on PostgreSQL: nothing lost, nothing twice, the pace of a host held by all."""

from __future__ import annotations

import itertools
import signal
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipelines.store.articles import default_url, open_store
from tests.faults.crawls import News, build, build_hosts, check_whole, finish, kill, look, serving, start, wait_for


def gaps(news: News) -> dict[str, float]:
    """The shortest time between two requests to each host, robots.txt left out."""
    moments: dict[str, list[float]] = defaultdict(list)
    for (at, host), path in zip(news.times, news.log, strict=True):
        if path != "/robots.txt":
            moments[host].append(at)
    return {
        host: min((b - a for a, b in itertools.pairwise(times)), default=9.0)
        for host, times in ((host, sorted(times)) for host, times in moments.items())
    }


def check_hosts(news: News, url: str, articles: int) -> None:
    found = look(url)
    assert found.rows == articles
    assert found.states == Counter(stored=articles, read=1)
    assert (found.owned, found.workers) == (0, 0)
    assert found.outbox == Counter(dict.fromkeys(found.outbox, 1))
    assert len(found.outbox) == articles


def test_three_workers_share_the_hosts_and_hold_their_pace(tmp_path: Path, postgresql: str) -> None:
    news = News(delay=0.05)
    build_hosts(news, hosts=6, each=8)
    pace = ("-s", "DOWNLOAD_DELAY=0.5", "-s", "DOWNLOAD_DELAY_JITTER=0")
    with open_store(postgresql), serving(news):
        workers = [start(news, tmp_path / str(n), *pace, store=postgresql, via_proxy=True) for n in range(3)]
        assert [finish(worker) for worker in workers] == [0, 0, 0]
    check_hosts(news, postgresql, 48)
    assert sum(news.asked.values()) == 49  # each page once, over all workers
    assert {host: gap for host, gap in gaps(news).items() if gap < 0.45} == {}
    with open_store(postgresql) as store:
        counts = [run["counts"] for run in store.runs()]
    assert sum(count.get("store/new", 0) for count in counts) == 48
    shares = [count.get("crawl/articles", 0) for count in counts]
    assert sum(shares) == 48
    assert sum(share > 0 for share in shares) >= 2  # the work was shared


def test_one_of_three_workers_is_killed(tmp_path: Path, postgresql: str) -> None:
    news = News(delay=0.05)
    build_hosts(news, hosts=6, each=12)
    pace = ("-s", "DOWNLOAD_DELAY=0.2", "-s", "DOWNLOAD_DELAY_JITTER=0")
    with serving(news):
        workers = [start(news, tmp_path / str(n), *pace, store=postgresql, via_proxy=True) for n in range(3)]
        wait_for(news, 30, workers[0])
        kill(workers[1])
        assert [finish(workers[n]) for n in (0, 2)] == [0, 0]
    check_hosts(news, postgresql, 72)
    assert {host: gap for host, gap in gaps(news).items() if gap < 0.17} == {}


def test_two_crawls_of_one_job_share_an_sqlite_file(tmp_path: Path) -> None:
    news = News(delay=0.05)
    build(news)
    store = default_url(str(tmp_path))
    with serving(news):
        workers = [start(news, tmp_path / str(n), store=store) for n in range(2)]
        assert [finish(worker) for worker in workers] == [0, 0]
    check_whole(news, look(store))
    assert sum(news.asked.values()) == len(news.asked)


@pytest.mark.long
def test_a_worker_that_hangs_is_fenced(tmp_path: Path, postgresql: str) -> None:
    """SIGSTOP: its lock stands, its leases end by time, and what it writes afterwards is refused."""
    from sqlalchemy import update

    from pipelines.store import schema

    news = News(delay=0.2)
    build(news)
    with serving(news):
        slow = start(news, tmp_path / "slow", store=postgresql)
        try:
            wait_for(news, 14, slow)
            slow.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            with open_store(postgresql) as store, store.database.write() as connection:
                connection.execute(update(schema.workers).values(beat=0.0))  # as if it had been long ago
            other = start(news, tmp_path / "other", store=postgresql)
            assert finish(other) == 0
            check_whole(news, look(postgresql))
            slow.send_signal(signal.SIGCONT)
            assert finish(slow) == 0
        finally:
            kill(slow)
    check_whole(news, look(postgresql))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_three_workers_one_killed_each_time(tmp_path: Path, postgresql: str, seed: int) -> None:
    import random

    moment = random.Random(seed)
    news = News(delay=0.02)
    build(news, lists=6, each=20)
    with serving(news):
        for _ in range(3):
            before = len(news.log)
            workers = [start(news, tmp_path / str(n), store=postgresql) for n in range(3)]
            wait_for(news, before + moment.randrange(1, 30), workers[0])
            time.sleep(moment.uniform(0, 0.5))
            moment.shuffle(workers)
            kill(workers[0])  # the others go on
            time.sleep(moment.uniform(0, 2))
            for worker in workers[1:]:  # until the power fails
                kill(worker)
        workers = [start(news, tmp_path / str(n), store=postgresql) for n in range(3)]
        assert [finish(worker) for worker in workers] == [0, 0, 0]
    check_whole(news, look(postgresql), lists=6)
