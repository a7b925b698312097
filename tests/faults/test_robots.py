"""P1, P2: robots.txt obeyed by every request, also when it cannot be had; counts are the server's."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from pipelines.addresses import key
from pipelines.items import Found
from pipelines.store.articles import default_url, open_store
from pipelines.store.crawl import Crawl, Need
from tests.faults.crawls import finish, host, kill, look, start
from tests.faults.town import Answer, Town, articles, build, open_town

CLOSED = "User-agent: *\nDisallow: /\n"
SECRET = "User-agent: *\nDisallow: /secret/\n"
JOB = ("-a", "job=seeds")
PATIENT = ("-s", "DOWNLOAD_TIMEOUT=3", "-s", "RETRY_TIMES=3")
QUICK = ("-s", "BACKOFF_FIRST=0.3")


def sow(url: str, seeds: int = 50) -> None:
    """Put seeds of one host into the frontier of a job that nobody works at."""
    found = []
    for n in range(seeds):
        address = f"{host(0)}/a/2026-06-21/doc-00{n:04}.shtml"
        found.append(Found(f"http://{address}", key(f"http://{address}"), host(0), "article"))
    with open_store(url) as store:
        crawl = Crawl(store, "seeds", bound=50)
        crawl.begin()
        crawl.take(Need(0), found)
        crawl.end()


def closed(town: Town) -> None:
    build(town, hosts=1, each=50)
    town.robots["h0"] = lambda path, before: Answer(CLOSED, wait=0.5)  # so that many requests wait for it


@pytest.mark.parametrize("workers", [1, 3])
def test_fifty_cold_seeds_of_a_closed_host_are_not_asked(
    tmp_path: Path, workers: int, request: pytest.FixtureRequest
) -> None:
    url = default_url(str(tmp_path)) if workers == 1 else str(request.getfixturevalue("postgresql"))
    town = Town()
    closed(town)
    sow(url)
    with open_town(town):
        crawls = [start(town, tmp_path / str(n), *JOB, store=url, via_proxy=True) for n in range(workers)]
        assert {finish(crawl) for crawl in crawls} == {4}
    assert town.of("h0") == []
    assert 1 <= len(town.of("h0", robots=True)) <= workers
    assert look(url).states == {"robots": 51}  # the seeds and the list


def test_nor_after_a_kill_and_a_restart(tmp_path: Path) -> None:
    url = default_url(str(tmp_path))
    town = Town()
    closed(town)
    sow(url)
    with open_town(town):
        process = start(town, tmp_path, *JOB, store=url, via_proxy=True)
        while not town.asked:
            time.sleep(0.02)
        kill(process)  # while all wait for robots.txt
        assert finish(start(town, tmp_path, *JOB, store=url, via_proxy=True)) == 4
        assert finish(start(town, tmp_path, *JOB, store=url, via_proxy=True)) == 4  # a round later
    assert town.of("h0") == []
    assert look(url).states == {"robots": 51}


def moved(path: str, before: int) -> Answer | None:
    """robots.txt after six redirects."""
    number = int(path.partition("?")[2] or 0)
    return Answer("", 302, {"Location": f"/robots.txt?{number + 1}"}) if number < 6 else Answer(SECRET)


FOR_A_WHILE = {  # how robots.txt fails at first
    "503": Answer("busy", 503),
    "429": Answer("busy", 429, {"Retry-After": "1"}),
    "500 with rules that allow all": Answer("User-agent: *\nAllow: /\n", 500),
    "hangs": Answer(SECRET, wait=6),
    "closes the connection": Answer(status=0),
}
ODD = {  # robots.txt that are odd and hold
    "byte order mark": Answer(b"\xef\xbb\xbf" + SECRET.encode()),
    "UTF-16": Answer(SECRET.encode("utf-16")),
    "3 MB": Answer(
        "User-agent: *\n" + f"Disallow: /x{'y' * 40}\n" * 9_800 + "Disallow: /secret/\n" + "# z\n" * 650_000
    ),
    "HTML type": Answer(SECRET, headers={"Content-Type": "text/html"}),
}
UNREADABLE = {  # robots.txt whose rules nobody has read
    "a bomb": Answer(gzip.compress(SECRET.encode() + b"#" * 9_000_000), headers={"Content-Encoding": "gzip"}),
    "no brotli": Answer(SECRET, headers={"Content-Encoding": "br"}),
}
NONE = {  # robots.txt that say nothing
    "404": Answer(CLOSED, 404),
    "403": Answer(CLOSED, 403),
    "HTML": Answer(f"<!DOCTYPE html><html><body><pre>\n{CLOSED}</pre></body></html>"),
    "empty": Answer(""),
}


def test_no_page_of_a_host_whose_robots_cannot_be_had(tmp_path: Path) -> None:
    """Not asked, asked again later; the others meanwhile."""
    town = Town()
    build(town, hosts=len(FOR_A_WHILE) + 1, each=3, secret=1)
    for number, answer in enumerate(FOR_A_WHILE.values(), 1):
        town.robots[f"h{number}"] = lambda path, before, answer=answer: answer if before < 2 else None  # type: ignore[misc]
    with open_town(town):
        assert finish(start(town, tmp_path, *QUICK, *PATIENT, via_proxy=True)) == 0
    found = look(default_url(str(tmp_path)))
    assert found.states == {"stored": 3 * 6, "robots": 6, "read": 1}
    assert not [path for path in town.log if path.startswith("/secret")]
    for number, kind in enumerate(FOR_A_WHILE, 1):
        robots = town.of(f"h{number}", robots=True)
        assert town.of(f"h{number}")[0].at > robots[-1].answered, kind
        if kind == "closes the connection":  # the client itself sends it twice on a used connection
            assert robots[-1].at - robots[0].at > 0.2
            continue
        assert len(robots) == 3, kind
        least = {"429": 1.0, "hangs": 3.2}.get(kind, 0.2)  # a crawler that hangs up waits from then on
        assert robots[1].at - (robots[0].at if kind == "hangs" else robots[0].answered) > least, kind
    last_of_sound = max(one.at for one in town.of("h0"))
    assert last_of_sound < max(town.of(f"h{n}")[0].at for n in range(1, 6))  # nobody waited for the others


def test_odd_robots_are_obeyed_and_what_is_none_forbids_nothing(tmp_path: Path) -> None:
    town = Town()
    kinds = {**ODD, **NONE, "six redirects": None}
    build(town, hosts=len(kinds) + 1, each=2, secret=2)
    for number, (kind, answer) in enumerate(kinds.items(), 1):
        town.robots[f"h{number}"] = lambda path, before, answer=answer: answer  # type: ignore[misc]
        if kind == "six redirects":
            del town.robots[f"h{number}"]
            town.manners[f"h{number}"] = lambda path, before: moved(path, before) if "robots" in path else None
            town.robots[f"h{number}"] = moved
    with open_town(town):
        assert finish(start(town, tmp_path, *QUICK, via_proxy=True)) == 0
    assert articles(town, "h0") == {one.path for one in town.of("h0") if one.path != "/news/"}
    for number, kind in enumerate(kinds, 1):
        asked = [one.path for one in town.of(f"h{number}") if not one.path.startswith("/robots")]
        assert len(asked) == (4 if kind in NONE else 2), kind
        assert kind in NONE or not [path for path in asked if path.startswith("/secret")], kind
        assert len(town.of(f"h{number}", robots=True)) == 1, kind


def test_a_robots_that_cannot_be_unpacked_opens_no_host(tmp_path: Path) -> None:
    town = Town()
    build(town, hosts=len(UNREADABLE) + 1, each=4)
    for number, answer in enumerate(UNREADABLE.values(), 1):
        town.robots[f"h{number}"] = lambda path, before, answer=answer: answer  # type: ignore[misc]
    with open_town(town):
        finish(start(town, tmp_path, *QUICK, via_proxy=True))
    reasons = look(default_url(str(tmp_path))).reasons
    for number, reason in enumerate(("fetch/too-large", "fetch/encoding"), 1):
        assert town.of(f"h{number}") == []
        assert len(town.of(f"h{number}", robots=True)) == 1
        assert {reasons[path] for path in articles(town, f"h{number}")} == {reason}


def test_a_robots_that_never_comes_ends_the_run_unfinished_then_gives_the_host_up(tmp_path: Path) -> None:
    town = Town()
    build(town, hosts=2, each=5)
    town.robots["h1"] = lambda path, before: Answer("busy", 503)
    store = default_url(str(tmp_path))
    with open_town(town):
        assert finish(start(town, tmp_path, "-s", "BACKOFF_FIRST=4", "-s", "MAX_WAIT=1", via_proxy=True)) == 3
        found = look(store)
        assert found.states["stored"] == 5
        assert found.states["deferred"] + found.states["pending"] == 5
        once = len(town.of("h1", robots=True))
        assert finish(start(town, tmp_path, "-s", "BACKOFF_FIRST=0.2", "-s", "HOST_TRIES=3", via_proxy=True)) == 0
    found = look(store)
    assert found.states == {"stored": 5, "read": 1, "failed": 5}
    assert {found.reasons[path] for path in articles(town, "h1")} == {"fetch/robots-away"}
    assert town.of("h1") == []
    assert (once, len(town.of("h1", robots=True))) == (1, 3)
    with open_store(store) as opened:
        assert len([one for one in opened.dropped() if one["reason"] == "fetch/robots-away"]) == 5
