"""P3, P7: Retry-After, Crawl-delay, hosts that fail: by the server's clock, over all workers and over a restart."""

from __future__ import annotations

import itertools
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from tests.faults.crawls import finish, host, kill, look, start
from tests.faults.town import Answer, Asked, Manner, Town, articles, build, open_town

REST = 3.0  # seconds that hosts ask for
AT_ONCE = 4  # requests to one host under way, at most


def check_rests(town: Town, name: str, status: int, seconds: float) -> Asked:
    """After the first answer with that status nothing was sent for so long; gives the request.

    What was under way when it came may arrive a little later.
    """
    asked = town.of(name)
    first = min((one for one in asked if one.status == status), key=lambda one: one.answered)
    after = [one.at - first.answered for one in asked if one.at > first.answered]
    early = [wait for wait in after if wait < seconds]
    assert len(early) < len(after)
    assert len(early) < AT_ONCE, after
    assert all(wait < seconds / 2 for wait in early), after
    return first


def check_did_not_wait(town: Town, name: str, begin: float, end: float) -> None:
    """What a host was still to be asked for when another one began its rest did not wait for its end."""
    late = [one.at for one in town.of(name) if one.at > begin]
    assert not late or min(late) < end


def asking(header: str | None, status: int = 429, at: int = 3) -> Manner:
    """A host that asks for rest once, at its `at`-th request."""
    count = itertools.count(1)

    def manner(path: str, before: int) -> Answer | None:
        value = header or formatdate(time.time() + REST + 1, usegmt=True)
        return Answer("busy", status, {"Retry-After": value}) if next(count) == at else None

    return manner


def busy(header: str) -> Town:
    """A host that asks for rest once, beside one that does not."""
    town = Town(delay=0.05)
    build(town, hosts=2, each=12)
    town.manners["h1"] = asking(header)
    return town


def next_at(url: str, number: int) -> float:
    """When a host may be asked again, by the store."""
    table = schema.hosts.c
    with open_store(url, create=False) as store, store.database.read() as connection:
        return float(connection.scalar(select(table.next_at).where(table.host == host(number))) or 0.0)


def check_all_there(town: Town, url: str, hosts: int) -> None:
    found = look(url)
    wanted = set().union(*(articles(town, f"h{n}") for n in range(hosts)))
    assert set(found.articles) == wanted
    assert found.states == {"stored": len(wanted), "read": 1}
    assert (found.owned, found.workers) == (0, 0)


# name -> Retry-After (None: a date), status with which it comes; the n-th is what the host n + 1 says
ASKED = {
    "seconds": ("3", 429),
    "date": (None, 429),
    "503": ("3", 503),
    "absurd": ("1e9", 429),
    "more-absurd": ("9" * 400, 503),
    "with-a-page": ("3", 200),
}


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, str]:
    """One crawl of hosts that ask for rest, each in its own way, and of one that does not: the town, the store."""
    folder, town = tmp_path_factory.mktemp("rested"), Town(delay=0.05)
    build(town, hosts=1 + len(ASKED), each=12)
    for number, (header, status) in enumerate(ASKED.values(), 1):
        busy = asking(header, status)

        def manner(path: str, before: int, name: str = host(number), busy: Manner = busy) -> Answer | None:
            answer = busy(path, before)
            if answer is not None and answer.status == 200:  # a page with a Retry-After is a page
                return Answer(town.pages[name][path], 200, answer.headers)
            return answer

        town.manners[f"h{number}"] = manner
    with open_town(town):
        assert finish(start(town, folder, "-s", f"RETRY_AFTER_MAX={REST:g}", via_proxy=True)) == 0
    return town, default_url(str(folder))


@pytest.mark.parametrize("kind", ASKED)
def test_retry_after_rests_the_whole_host_and_loses_nothing(rested: tuple[Town, str], kind: str) -> None:
    town, url = rested
    name, (_, status) = f"h{1 + list(ASKED).index(kind)}", ASKED[kind]
    if status != 200:
        first = check_rests(town, name, status, REST - 0.05)
        begin, end = first.answered, first.answered + REST
        assert sum(one.path == first.path for one in town.of(name)) == 2  # kept, and asked again once
    else:
        times = [one.at for one in town.of(name)]
        begin, end = max(itertools.pairwise(times), key=lambda pair: pair[1] - pair[0])
        assert end - begin > REST - 1.0  # a request may go out before the answer of the one before it is read
        assert len(times) == 12
    check_all_there(town, url, 1 + len(ASKED))
    check_did_not_wait(town, "h0", begin, end)


def test_the_rest_outlives_the_run(tmp_path: Path) -> None:
    """A kill and a restart, then a run that has no patience: exit code 3, and nothing is asked before the time."""
    town, url = busy("1800"), default_url(str(tmp_path))
    with open_town(town):
        process = start(town, tmp_path, via_proxy=True)
        while not any(one.status == 429 for one in town.of("h1")):
            time.sleep(0.02)
        refused = next(one for one in town.of("h1") if one.status == 429)
        while next_at(url, 1) < refused.answered + 1700:  # until the store knows
            time.sleep(0.05)
        kill(process)
        asked = len(town.of("h1"))
        assert finish(start(town, tmp_path, "-s", "MAX_WAIT=1", via_proxy=True)) == 3
        assert "in " in (tmp_path / "crawl.log").read_text().rpartition("unfinished (deferred)")[2]
        assert len(town.of("h1")) == asked
        assert next_at(url, 1) >= refused.answered + 1799
        with open_store(url) as store, store.database.write() as connection:  # half an hour goes by
            connection.execute(update(schema.hosts).values(next_at=schema.hosts.c.next_at - 1800))
            connection.execute(update(schema.frontier).values(not_before=schema.frontier.c.not_before - 2700))
        assert finish(start(town, tmp_path, via_proxy=True)) == 0
    check_all_there(town, url, 2)


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
    town.manners["h1"] = lambda path, before: Answer("busy", 429) if 1 <= next(count) < 5 else None
    with open_town(town):
        more = ("-s", "BACKOFF_FIRST=0.4", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "RETRY_TIMES=0")
        assert finish(start(town, tmp_path, *more, via_proxy=True)) == 0
    check_all_there(town, default_url(str(tmp_path)), 2)
    refused = [n for n, one in enumerate(town.of("h1")) if one.status == 429]
    rests = [town.of("h1")[n + 1].at - town.of("h1")[n].answered for n in refused]
    assert len(rests) == 4
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
    # A busy server notes requests late: the pace is the mean, and no two come at once.
    assert town.pace("h1") > 0.95
    assert 0.6 < town.gap("h1") < 1.9
    assert town.pace("h2") > 1.95
    assert town.gap("h2") > 1.6
    assert town.gap("h0") < 0.9


def test_hosts_that_fail_back_off_alone_and_end_in_a_state(tmp_path: Path) -> None:
    """One closes every connection, one fails at every tenth request, one has a broken page; two are well."""
    town = Town(keep=False)
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
    # Four tries of the host, not of each of its 20 pages: four at once at first, then one at a time.
    assert 4 <= len(dead) <= 4 + 3
    for name in ("h0", "h4"):
        check_did_not_wait(town, name, dead[0].at, dead[-1].at)
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
