"""R1-R3: a crawl that is killed at any moment and run again stores what an undisturbed one does."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from pipelines.store.articles import default_url, open_store
from tests.faults.crawls import BATCH, IN_FLIGHT, News, build, check_whole, finish, kill, look, serving, start, wait_for

# Requests served, and seconds after that, at which the crawl is killed: at its start, in mid-crawl, at its end.
MOMENTS = ((0, 0.4), (2, 0.0), (3, 0.15), (14, 0.05), (30, 0.0), (45, 0.2))


def killed_again_and_again(news: News, folder: Path, moments: list[tuple[int, float]], *more: str) -> int:
    """Run a crawl, kill it at each moment (requests since its start, seconds), then let it end; gives the kills."""
    kills = 0
    for requests, seconds in moments:
        before = len(news.log)
        process = start(news, folder, *more)
        if wait_for(news, before + requests, process):
            time.sleep(seconds)
        kills += process.poll() is None
        kill(process)
    assert finish(start(news, folder, *more)) == 0, (folder / "crawl.log").read_text()[-3000:]
    return kills


def test_killed_six_times_the_result_is_the_same(tmp_path: Path) -> None:
    news = News()
    build(news)
    with serving(news):
        kills = killed_again_and_again(news, tmp_path, list(MOMENTS))
    assert kills >= 5
    check_whole(news, look(default_url(str(tmp_path))))
    again = sum(news.asked.values()) - len(news.asked)
    assert again <= kills * (IN_FLIGHT + BATCH)
    for path in news.articles:
        assert news.asked[path] >= 1


def test_killed_at_its_very_end(tmp_path: Path) -> None:
    news = News()
    build(news, lists=3, each=3)
    total = 3 + 9 + 1 + 3 + 1  # lists, articles, the gone one, the three parts, robots.txt
    with serving(news):
        kills = killed_again_and_again(news, tmp_path, [(total, 0.0), (total, 0.1)])
    assert kills
    check_whole(news, look(default_url(str(tmp_path))), lists=3)


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_ends_it_in_time_and_nothing_is_lost(tmp_path: Path, times: int) -> None:
    news = News(delay=1.0)
    build(news)
    with serving(news):
        process = start(news, tmp_path, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16")
        wait_for(news, 12, process)
        begun = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        code = finish(process, timeout=30)
        assert time.monotonic() - begun < 15
        assert code == 3 if times == 1 else code != 0
        assert times == 2 or look(default_url(str(tmp_path))).owned == 0
        news.delay = 0.0
        assert finish(start(news, tmp_path)) == 0
    check_whole(news, look(default_url(str(tmp_path))))


def test_a_stop_cancels_what_is_under_way_after_eight_seconds(tmp_path: Path) -> None:
    news = News(delay=0.0)
    build(news, lists=3, each=3)
    with serving(news):
        process = start(news, tmp_path)
        wait_for(news, 2, process)
        news.delay = 25.0  # every answer from now on hangs
        time.sleep(1.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert finish(process, timeout=30) == 3
        assert 6 < time.monotonic() - begun < 15
        found = look(default_url(str(tmp_path)))
        assert (found.owned, found.workers) == (0, 0)
        news.delay = 0.0
        assert finish(start(news, tmp_path)) == 0
    check_whole(news, look(default_url(str(tmp_path))), lists=3)


@pytest.mark.long
def test_killed_at_thirty_random_moments(tmp_path: Path) -> None:
    random_moment = random.Random(20261123)
    news = News(delay=0.02)
    build(news, lists=8, each=25)
    moments = [(random_moment.randrange(0, 40), random_moment.uniform(0, 0.3)) for _ in range(30)]
    with serving(news):
        kills = killed_again_and_again(news, tmp_path, moments)
    assert kills >= 20
    check_whole(news, look(default_url(str(tmp_path))), lists=8)


def test_tampered_rows_are_refused_and_recorded(tmp_path: Path) -> None:
    """S13: whoever writes to the store can make a crawl fetch nothing else, and run nothing."""
    from sqlalchemy import text

    news = News(delay=0.05)
    build(news, lists=1, each=10)
    pages = sorted(news.articles)
    with serving(news):
        process = start(news, tmp_path)
        wait_for(news, 3, process)
        kill(process)
        changes = {
            pages[-1]: f"url = '{news.url}/secret/x'",
            pages[-2]: "kind = '__class__'",
            pages[-3]: "args = 'cos\nsystem'",
            pages[-4]: "url = 'file:///etc/hostname', host = ''",
            pages[-5]: f"args = '{'[' * 100_000}'",
        }
        with open_store(default_url(str(tmp_path))) as store, store.database.write() as connection:
            for path, change in changes.items():
                done = connection.execute(
                    text(f"UPDATE frontier SET {change} WHERE url = :url AND state = 'pending'"),
                    {"url": news.url + path},
                )
                assert done.rowcount == 1
        assert finish(start(news, tmp_path)) == 0
    found = look(default_url(str(tmp_path)))
    assert found.states == Counter(stored=5, read=1, failed=5)
    assert sum(reason == "tampered" for reason in found.reasons.values()) == 5
    assert not [path for path in news.log if "secret" in path or "etc" in path]
