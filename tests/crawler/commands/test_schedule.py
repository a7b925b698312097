"""`scrapy schedule` in processes of its own, with crawls of sites on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.store.articles import default_url, open_store
from pipelines.store.schedules import Standing, Timetable
from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import listing, serve
from tests.projects import SCRAPY, make_project, options

MIDNIGHT = "0 0 * * *"


def profile(site: Site, path: str = "/news/", schedule: str = MIDNIGHT, more: str = "") -> str:
    return f'start_urls = ["{site.url}{path}"]\nschedule = "{schedule}"\nmax_pages = 1\n{more}'


def missed(output: Path, *names: str) -> None:
    """Let the sites have missed two slots."""
    with open_store(default_url(str(output))) as store, Timetable(store) as timetable:
        for name in names:
            timetable.enter(name, f"{MIDNIGHT} UTC", datetime.now(UTC) - timedelta(days=2))


def standings(output: Path) -> dict[str, Standing]:
    with open_store(default_url(str(output)), create=False) as store, Timetable(store) as timetable:
        return timetable.standings()


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@contextmanager
def scheduler(project: Path, output: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`scrapy schedule` under way; killed at the end where it goes on."""
    command = [*SCRAPY, "schedule", *options(output, SCHEDULE_JITTER="0", **settings)]
    process = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_missed_slots_are_run_once_by_two_schedulers_and_seen_in_the_list(site: Site, tmp_path: Path) -> None:
    serve(site, range(1, 4))
    site.page("/news/", listing(range(1, 4)))
    project = make_project(tmp_path / "p", {"up": profile(site), "down": profile(site, "/nothing/")})
    output = tmp_path / "output"
    missed(output, "up", "down")
    with scheduler(project, output) as one, scheduler(project, output) as two:
        wait_for(lambda: all(s.finished for s in standings(output).values()))
        for process in (one, two):
            process.send_signal(signal.SIGTERM)
        said = one.communicate(timeout=60)[1] + two.communicate(timeout=60)[1]
        assert (one.returncode, two.returncode) == (0, 0), said
    assert Counter(line.split(" ", 4)[4].split(":")[0] for line in said.splitlines() if ": begun" in line) == {
        "up": 1,
        "down": 1,
    }
    assert {name: s.result for name, s in standings(output).items()} == {"up": 0, "down": 4}
    assert Counter(site.log)["/news/"] == 1
    with open_store(default_url(str(output)), create=False) as store:
        assert sorted(run["job"] for run in store.runs()) == ["down", "up"]
    done = subprocess.run(
        [*SCRAPY, "schedule", "--list", *options(output)],
        check=False,
        cwd=project,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(line[0], line[1], line[4].split(" in ")[0]) for line in lines] == [
        ("down", "0 0 * * * UTC", "nothing fetched"),
        ("up", "0 0 * * * UTC", "complete"),
    ]
    assert all(line[2].endswith(" UTC") and line[3].endswith(" UTC") for line in lines)
    assert (output / "logs/up.log").exists()


def test_a_stop_ends_the_crawls_under_way_and_their_slots_are_unfinished(site: Site, tmp_path: Path) -> None:
    serve(site, range(1, 40))
    site.page("/news/", listing(range(1, 40)))
    project = make_project(tmp_path / "p", {"slow": profile(site, more="delay = 1\n")})
    output = tmp_path / "output"
    missed(output, "slow")
    with scheduler(project, output, MEMORY_ENABLED="False") as process:
        wait_for(lambda: len(site.log) > 3)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert "stopping: slow" in said
    assert "slow: ended, unfinished" in said
    standing = standings(output)["slow"]
    assert (standing.result, standing.running) == (3, False)
    asked = len(site.log)
    time.sleep(2)
    assert len(site.log) == asked  # no crawl was left behind


def test_ctrl_c_pressed_twice_is_one_stop(site: Site, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", {"up": profile(site)})
    with scheduler(project, tmp_path / "output") as process:
        wait_for((tmp_path / "output/articles.db").exists)
        time.sleep(1)
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.005)
        said = process.communicate(timeout=60)[1]
    assert "Traceback" not in said
    assert process.returncode in (0, 3, -signal.SIGINT)  # the last one may come while the interpreter ends


def test_a_crawl_that_outlives_its_scheduler_is_not_begun_again(site: Site, tmp_path: Path) -> None:
    serve(site, range(1, 12))
    site.page("/news/", listing(range(1, 12)))
    project = make_project(tmp_path / "p", {"slow": profile(site, more="delay = 0.5\n")})
    output = tmp_path / "output"
    missed(output, "slow")
    with scheduler(project, output) as first:
        wait_for(lambda: len(site.log) > 3)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with scheduler(project, output) as second:
        wait_for(lambda: any(s.slot for s in standings(output).values() if s.running))
        wait_for(lambda: not standings(output)["slow"].running)
        time.sleep(3)
        second.send_signal(signal.SIGTERM)
        said = second.communicate(timeout=60)[1]
    assert "begun" not in said
    assert Counter(site.log)["/news/"] == 1
    with open_store(default_url(str(output)), create=False) as store:
        assert [(run["job"], run["state"]) for run in store.runs()] == [("slow", "finished")]


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        (["now"], {}, "schedule takes no argument 'now'"),
        ([], {}, "no profile has a schedule"),
        ([], {"SCHEDULE_TIMEZONE": "Mars"}, "SCHEDULE_TIMEZONE: 'Mars' is no time zone"),
    ],
)
def test_bad_usage_is_one_line(scrapy: Run, args: list[str], settings: dict[str, str], message: str) -> None:
    done = scrapy("schedule", *args, *(f"-s{name}={value}" for name, value in settings.items()))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_faulty_profile_is_named_once_and_the_others_are_run(site: Site, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", {"good": profile(site), "bad": 'schedule = "61 * * * *"'})
    output, lines = tmp_path / "output", list[str]()
    missed(output, "good")
    with scheduler(project, output) as process:
        assert process.stderr is not None
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
        reader.start()
        wait_for(lambda: any(s.finished for s in standings(output).values()))
        os.kill(process.pid, signal.SIGTERM)
        process.wait(60)
        reader.join()
    assert sum("bad.toml: schedule: not a time of cron" in line for line in lines) == 1
    assert sum("good: begun" in line for line in lines) == 1
