"""P3, P7: Retry-After, Crawl-delay, hosts that fail: by the server's clock, over all workers and over a restart."""

from __future__ import annotations

import itertools
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from pipelines.store.articles import default_url
from tests.faults.crawls import finish, host, kill, look, start
from tests.faults.town import Answer, Asked, Town, articles, build, open_town

REST = 3.0  # seconds that hosts ask for
UNDER_WAY = 0.3  # seconds after an answer within which a request that was sent before it may come in


def check_rests(town: Town, name: str, status: int, seconds: float, most: float = 60.0) -> Asked:
    """After the first answer with that status nothing came in for so long; gives the request."""
    asked = town.of(name)
    first = min((one for one in asked if one.status == status), key=lambda one: one.answered)
    after = [one.at - first.answered for one in asked if one.at > first.answered + UNDER_WAY]
    assert after
    assert seconds <= min(after) < most
    return first


def busy(header: str, status: int = 429, at: int = 3) -> Town:
    """A host that asks for rest once, at its `at`-th request, beside one that does not."""
    town = Town(delay=0.05)
    build(town, hosts=2, each=12)
    count = itertools.count(1)

    def manner(path: str, before: int) -> Answer | None:
        value = header or formatdate(time.time() + REST + 1, usegmt=True)
        return Answer("busy", status, {"Retry-After": value}) if next(count) == at else None

    town.manners["h1"] = manner
    return town


def check_all_there(town: Town, url: str, hosts: int) -> None:
    found = look(url)
    wanted = set().union(*(articles(town, f"h{n}") for n in range(hosts)))
    assert set(found.articles) == wanted
    assert found.states == {"stored": len(wanted), "read": 1}
    assert (found.owned, found.workers) == (0, 0)


@pytest.mark.parametrize(
    ("header", "status"),
    [("3", 429), ("", 429), ("3", 503), ("1e9", 429), ("9" * 400, 503), ("3", 200)],
    ids=["seconds", "date", "503", "absurd", "more-absurd", "with-a-page"],
)
def test_retry_after_rests_the_whole_host_and_loses_nothing(tmp_path: Path, header: str, status: int) -> None:
    town = busy(header, status)
    if status == 200:  # a page with a Retry-After is a page
        manner = town.manners["h1"]

        def with_page(path: str, before: int) -> Answer | None:
            answer = manner(path, before)
            return Answer(town.pages[host(1)][path], 200, answer.headers) if answer else None

        town.manners["h1"] = with_page
    with open_town(town):
        assert finish(start(town, tmp_path, "-s", f"RETRY_AFTER_MAX={REST:g}", via_proxy=True)) == 0
    if status != 200:
        first = check_rests(town, "h1", status, REST - 0.05, REST + 6)
        assert sum(one.path == first.path for one in town.of("h1")) == 2  # kept, and asked again once
    else:
        times = [one.at for one in town.of("h1")]
        assert max(b - a for a, b in itertools.pairwise(times)) > REST - 0.1
        assert len(times) == 12
    check_all_there(town, default_url(str(tmp_path)), 2)
    quiet = max(one.at for one in town.of("h0"))
    assert quiet < max(one.at for one in town.of("h1"))  # the other host did not wait


def test_the_rest_outlives_the_run(tmp_path: Path) -> None:
    """A kill and a restart, then a run that has no patience: exit code 3; nothing is asked before the time."""
    town = busy("25")
    with open_town(town):
        process = start(town, tmp_path, via_proxy=True)
        while not any(one.status == 429 for one in town.of("h1")):
            time.sleep(0.02)
        time.sleep(1)  # so that the store knows
        kill(process)
        assert finish(start(town, tmp_path, "-s", "MAX_WAIT=1", via_proxy=True)) == 3
        assert "in " in (tmp_path / "crawl.log").read_text().rpartition("unfinished (deferred)")[2]
        assert finish(start(town, tmp_path, via_proxy=True)) == 0
    check_rests(town, "h1", 429, 24.9)
    check_all_there(town, default_url(str(tmp_path)), 2)


def test_three_workers_rest_together(tmp_path: Path, postgresql: str) -> None:
    town = busy("3")
    with open_town(town):
        crawls = [start(town, tmp_path / str(n), store=postgresql, via_proxy=True) for n in range(3)]
        assert [finish(crawl) for crawl in crawls] == [0, 0, 0]
    check_rests(town, "h1", 429, REST - 0.05)
    check_all_there(town, postgresql, 2)


def test_without_retry_after_each_rest_is_longer_than_the_last(tmp_path: Path) -> None:
    """Bursts of 429 do not use up the tries of a page."""
    town = Town()
    build(town, hosts=2, each=4)
    count = itertools.count()
    town.manners["h1"] = lambda path, before: Answer("busy", 429) if 1 <= next(count) < 6 else None
    with open_town(town):
        more = ("-s", "BACKOFF_FIRST=0.4", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "RETRY_TIMES=0")
        assert finish(start(town, tmp_path, *more, via_proxy=True)) == 0
    check_all_there(town, default_url(str(tmp_path)), 2)
    refused = [n for n, one in enumerate(town.of("h1")) if one.status == 429]
    rests = [town.of("h1")[n + 1].at - town.of("h1")[n].answered for n in refused]
    assert len(rests) == 5
    for number, rest in enumerate(rests):
        assert rest > 0.4 * 2**number * 0.7, rests


@pytest.mark.parametrize("workers", [1, 3])
def test_crawl_delay_is_kept_over_all_workers(tmp_path: Path, workers: int, request: pytest.FixtureRequest) -> None:
    url = default_url(str(tmp_path)) if workers == 1 else str(request.getfixturevalue("postgresql"))
    town = Town()
    build(town, hosts=3, each=5)
    town.robots["h1"] = lambda path, before: Answer(
        "User-agent: *\nCrawl-delay: 99\n\nUser-agent: newswinnow\nCrawl-delay: 1"
    )
    town.robots["h2"] = lambda path, before: Answer("User-agent: *\nCrawl-delay: 1e5\n")
    with open_town(town):
        more = ("-s", "CRAWL_DELAY_MAX=2")
        crawls = [start(town, tmp_path / str(n), *more, store=url, via_proxy=True) for n in range(workers)]
        if workers > 1:  # the pace outlives the one that learned it
            while len(town.of("h1")) < 2 or len(town.of("h2")) < 2:
                time.sleep(0.02)
            time.sleep(0.3)
            kill(crawls.pop())
        assert {finish(crawl) for crawl in crawls} == {0}
    check_all_there(town, url, 3)
    assert 0.95 < town.gap("h1") < 1.9
    assert town.gap("h2") > 1.95
    assert town.gap("h0") < 0.9


def test_hosts_that_fail_back_off_alone_and_end_in_a_state(tmp_path: Path) -> None:
    """One closes every connection, one fails at every tenth request, one has a broken page; two are well."""
    town = Town()
    build(town, hosts=5, each=20)
    town.manners["h1"] = lambda path, before: Answer(status=0)
    count = itertools.count(1)
    town.manners["h2"] = lambda path, before: (
        Answer("oops", (500, 502, 503)[before % 3]) if next(count) % 10 == 0 else None
    )
    broken = min(articles(town, "h3"))
    town.manners["h3"] = lambda path, before: Answer("oops", 500) if path == broken else None
    more = ("-s", "BACKOFF_FIRST=0.5", "-s", "HOST_TRIES=4", "-s", "RETRY_TIMES=2")
    with open_town(town):
        assert finish(start(town, tmp_path, *more, via_proxy=True)) == 0
    found = look(default_url(str(tmp_path)))
    wanted = set().union(*(articles(town, f"h{n}") for n in (0, 2, 3, 4))) - {broken}
    assert set(found.articles) == wanted
    assert found.states == {"stored": 79, "read": 1, "failed": 21}
    assert {found.reasons[path] for path in articles(town, "h1")} == {"fetch/connection"}
    assert found.reasons[broken] == "fetch/500"
    dead = town.of("h1")
    gaps = [b.at - a.at for a, b in itertools.pairwise(dead)]
    rests = [gap for gap in gaps if gap > 0.3]
    assert len(rests) == 3  # four tries of the host, not of each of its 20 pages
    assert rests == sorted(rests)
    # Four at once at first, then one at a time; the client itself sends each twice on a used connection.
    assert len(dead) <= (4 + 3) * 2
    for name in ("h0", "h4"):
        assert max(one.at for one in town.of(name)) < dead[-1].at
        assert len(town.of(name)) == 20 + (name == "h0")


@pytest.mark.parametrize("kind", ["refused", "tls", "dns"])
def test_a_host_that_cannot_be_reached_ends_in_a_state(tmp_path: Path, kind: str) -> None:
    town = Town()
    build(town, hosts=1, each=1)
    with open_town(town):
        url = {
            "refused": "http://127.0.0.1:9",
            "tls": town.url.replace("http:", "https:"),
            "dns": "http://no.such.invalid",
        }
        more = ("-s", "BACKOFF_FIRST=0.2", "-a", f"url={url[kind]}/news/")
        assert finish(start(town, tmp_path, *more)) == 4
    found = look(default_url(str(tmp_path)))
    assert found.states == {"failed": 1}
    assert found.reasons["/news/"] == f"fetch/{'connection' if kind == 'tls' else kind}"
