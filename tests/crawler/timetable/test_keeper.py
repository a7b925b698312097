from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.timetable.keeper import Keeper
from crawler.timetable.slots import Slots
from pipelines.errors import StoreAwayError
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.schedules import Timetable
from tests.pipelines.store.conftest import any_store, url

__all__ = ["any_store", "url"]

NOON = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Crawl:
    """A crawl that ends when it is told to."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.stopped = False

    def poll(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.stopped = True

    def kill(self) -> None:
        self.code = -9


class World:
    """A keeper with a clock and crawls of our own."""

    def __init__(self, store: Store, cron: str = "0 * * * *", sites: int = 1, parallel: int = 9, spread: float = 0):
        self.sites = {f"site{n}": Slots(cron, "UTC") for n in range(sites)}
        self.now, self.said = NOON - 30 * MINUTE, list[str]()
        self.begun: list[tuple[str, datetime]] = []
        self.crawls: dict[str, Crawl] = {}
        self.timetable = Timetable(store)
        self.keeper = Keeper(self.timetable, self.launch, self.said.append, parallel=parallel, spread=spread)
        self.look()

    def launch(self, name: str) -> Crawl:
        self.begun.append((name, self.now))
        self.crawls[name] = Crawl()
        return self.crawls[name]

    def look(self, minutes: float = 0) -> None:
        self.now += minutes * MINUTE
        self.keeper.step(self.now, self.sites)

    def end(self, code: int = 0) -> None:
        for crawl in self.crawls.values():
            crawl.code = code
        self.look()


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_store(default_url(str(tmp_path))) as opened:
        yield opened


def test_each_slot_is_run_once_and_its_result_is_kept(store: Store) -> None:
    world = World(store)
    assert world.begun == []
    for _ in range(60):
        world.look(1)
    assert world.begun == [("site0", NOON)]
    world.end(4)
    assert len(world.begun) == 1
    assert world.timetable.standings()["site0"].result == 4
    assert world.said == ["site0: begun for 2026-06-22 12:00 UTC", "site0: ended, nothing fetched"]
    world.look(30)
    assert len(world.begun) == 2


def test_missed_slots_are_run_once(store: Store) -> None:
    world = World(store)
    world.look(60 * 24 * 9 + 40)  # nobody looked for nine days
    world.end()
    world.look(10)
    assert [name for name, _ in world.begun] == ["site0"]
    world.look(40)
    assert len(world.begun) == 2


def test_a_slot_that_comes_during_a_crawl_waits_for_its_end(store: Store) -> None:
    world = World(store)
    world.look(30)
    for _ in range(200):
        world.look(1)
    assert len(world.begun) == 1
    world.end()
    assert world.begun[1:] == [("site0", NOON + 200 * MINUTE)]


def test_no_more_crawls_at_once_than_there_is_room(store: Store) -> None:
    world = World(store, sites=5, parallel=2)
    world.look(30)
    world.look(1)
    assert [name for name, _ in world.begun] == ["site0", "site1"]
    world.crawls["site1"].code = 0
    world.look(1)
    assert [name for name, _ in world.begun] == ["site0", "site1", "site2"]
    for _ in range(5):
        world.end()
    assert sorted(name for name, _ in world.begun) == [f"site{n}" for n in range(5)]


def test_jitter_delays_and_never_drops(store: Store) -> None:
    world = World(store, sites=8, spread=600)
    for _ in range(60):
        world.look(1)
    assert len(world.begun) == 8
    assert all(NOON <= at <= NOON + 11 * MINUTE for _, at in world.begun)
    assert len({at for _, at in world.begun}) > 3


def test_a_clock_put_back_runs_no_slot_twice(store: Store) -> None:
    world = World(store)
    world.look(30)
    world.end()
    world.look(-45)
    for _ in range(60):
        world.look(1)
        world.end()
    assert len(world.begun) == 1  # 12:00 is not run again
    for _ in range(60):
        world.look(1)
    assert [at for _, at in world.begun] == [NOON, NOON + 60 * MINUTE]


def test_a_clock_that_jumps_far_ahead_and_back_goes_on(store: Store) -> None:
    world = World(store)
    world.look(60 * 24 * 500)
    world.end()
    world.look(-60 * 24 * 500)
    for _ in range(100):
        world.look(1)
        world.end()
    assert [at for _, at in world.begun[1:]] == [NOON, NOON + 60 * MINUTE]


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_a_night_in_which_the_clocks_change_has_each_slot_once(store: Store, month: int, day: int) -> None:
    world = World(store)
    world.sites = {"daily": Slots("30 2 * * *", "Europe/Berlin"), "hourly": Slots("0 * * * *", "Europe/Berlin")}
    world.now = datetime(2026, month, day, 12, 0, tzinfo=UTC) - timedelta(days=1)
    for _ in range(24 * 4 + 1):
        world.look(15)
        world.end()
    counts = Counter(name for name, _ in world.begun)
    assert counts["daily"] == 1
    assert 23 <= counts["hourly"] <= 24  # 24 hours of real time, whatever the clocks show
    assert len(set(world.begun)) == len(world.begun)


def test_a_crawl_that_cannot_be_begun_has_failed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> Crawl:
        raise FileNotFoundError(2, "No such file or directory")

    world = World(store)
    world.keeper = Keeper(world.timetable, fail, world.said.append, parallel=1, spread=0)
    world.look(30)
    world.look()
    assert "site0: cannot be begun: No such file or directory" in world.said
    assert world.timetable.standings()["site0"].result == 1


def test_a_store_that_is_away_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(store)
    world.look(30)
    world.crawls["site0"].code = 0

    def away(*_: object) -> None:
        raise StoreAwayError("cannot read the store: gone")

    with monkeypatch.context() as patch:
        patch.setattr(Timetable, "finish", away)
        world.look(1)
        world.look(1)
    assert world.said[-1] == "cannot read the store: gone: it is asked again; crawls under way go on"
    assert len(world.said) == 3  # said once
    world.look(1)
    assert world.timetable.standings()["site0"].result == 0


def _keep(url: str, log: str, number: int, gate: object) -> None:
    """A scheduler of a fake clock: a day in steps of seven minutes; its crawls last none, one or two steps."""
    with open_store(url) as store, Timetable(store) as timetable, Path(log).open("a") as out:
        now, sites = NOON, {f"site{n}": Slots("0 */2 * * *", "UTC") for n in range(4)}
        under_way: dict[str, tuple[Crawl, int]] = {}
        step = 0

        def launch(name: str) -> Crawl:
            crawl = Crawl()
            under_way[name] = crawl, step + (step + number) % 3
            return crawl

        def say(line: str) -> None:
            out.write(f"{line}\n")
            out.flush()

        keeper = Keeper(timetable, launch, say, parallel=9, spread=0)
        for step in range(24 * 60 // 7):
            gate.wait(60)  # type: ignore[attr-defined]
            for crawl, end in under_way.values():
                crawl.code = 0 if step >= end else None
            keeper.step(now, sites)
            now += 7 * MINUTE


def test_two_schedulers_run_each_slot_once(any_store: Store, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    place = any_store.database.engine.url.render_as_string(hide_password=False)
    logs = [tmp_path / f"log{n}" for n in range(2)]
    processes = [context.Process(target=_keep, args=(place, str(log), n, gate)) for n, log in enumerate(logs)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0
    lines = [log.read_text().splitlines() for log in logs]
    begun = [line for line in lines[0] + lines[1] if ": begun for " in line]
    assert len(begun) == len(set(begun)) == 4 * 11
    assert all(any(": begun for " in line for line in part) for part in lines)  # both had work
