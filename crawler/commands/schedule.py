"""`scrapy schedule`: crawls every site by the schedule of its profile, until it is stopped."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.command_base import Command, Exit, passed_on
from pipelines.errors import StoreAwayError, UsageError

if TYPE_CHECKING:
    from crawler.timetable.keeper import Keeper, Running
    from crawler.timetable.slots import Slots
    from pipelines.store.articles import Store
    from pipelines.store.schedules import Standing

LOOK_EVERY = 1.0  # seconds between two looks at the clock
READ_EVERY = 30.0  # seconds between two looks at the profiles
STOP_LOOK = 0.1  # seconds between two looks at crawls that are ending


class Schedule(Command):
    """Run the crawls of all profiles that have a `schedule`, each in a process of its own.

    Settings
        SCHEDULE_PARALLEL      crawls under way at once
        SCHEDULE_JITTER        seconds, at most, by which a crawl begins after its time; the same at each place
        SCHEDULE_TIMEZONE      time zone of the schedules of profiles that name none
        SCHEDULE_STOP_SECONDS  seconds that a stop waits for the crawls under way before it kills them
        STORE_URL              database URL of the store (default: articles.db under OUTPUT_DIR)
        OUTPUT_DIR             folder of all state; the crawls' logs lie in its folder logs/
    """

    summary = "Crawl every site by the clock; --list shows when"

    requires_project = True

    def syntax(self) -> str:
        """How to call it."""
        return "[--list]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Crawl every site by the schedule of its profile; --list: next times, last results"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--list."""
        parser.add_argument("--list", action="store_true", help="show next times and last results, and end")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Keep the schedules until stopped, or list them."""
        from crawler.timetable.crawls import read_sites
        from pipelines.store.articles import default_url, open_store

        if args:
            raise UsageError(f"schedule takes no argument {args[0][:80]!r}: a profile's key `schedule` says when")
        self._passed = passed_on(opts)
        self._faults: set[str] = set()
        zone = self.config["SCHEDULE_TIMEZONE"]
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise UsageError(f"SCHEDULE_TIMEZONE: {zone!r} is no time zone, such as Asia/Shanghai") from None
        sites = read_sites(zone, self._complain)
        if not sites:
            raise UsageError("no profile has a schedule: docs/adding-a-site.md, key `schedule`")
        url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
        try:
            if opts.list:
                with open_store(url) as store:
                    return self._list(store, sites)
            with _stopping() as stop, open_store(url) as store:
                return self._keep(store, zone, stop)
        except StoreAwayError as error:
            self.say(f"{error}; nothing is lost: run it again")
            return Exit.UNFINISHED

    def _list(self, store: Store, sites: dict[str, tuple[Slots, str]]) -> Exit:
        from crawler.rendering import table
        from pipelines.store.schedules import Timetable

        with Timetable(store) as timetable:
            standings = timetable.standings(sites)
        spread = self.config.getfloat("SCHEDULE_JITTER")
        rows = (_row(name, slots, zone, standings.get(name), spread) for name, (slots, zone) in sites.items())
        table(("site", "schedule", "next", "last", "result"), rows, sys.stdout)
        return Exit.COMPLETE

    def _keep(self, store: Store, zone: str, stop: threading.Event) -> Exit:
        from crawler.timetable.crawls import read_sites
        from crawler.timetable.keeper import Keeper
        from pipelines.store.schedules import Timetable

        with Timetable(store) as timetable:
            keeper = Keeper(
                timetable,
                self._launch,
                lambda line: self.say(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}"),
                parallel=max(1, self.config.getint("SCHEDULE_PARALLEL")),
                spread=max(0.0, self.config.getfloat("SCHEDULE_JITTER")),
            )
            read, sites = float("-inf"), {}
            while not stop.is_set():
                if time.monotonic() - read > READ_EVERY:
                    read = time.monotonic()
                    sites = {name: slots for name, (slots, _) in read_sites(zone, self._complain).items()}
                keeper.step(datetime.now(UTC), sites)
                stop.wait(LOOK_EVERY)
            return self._end(keeper)

    def _end(self, keeper: Keeper) -> Exit:
        """Let the crawls under way end, kill those that do not, and note how they ended."""
        if keeper.running:
            self.say(f"stopping: {', '.join(keeper.running)}")
        keeper.stop()
        deadline, killed = time.monotonic() + self.config.getfloat("SCHEDULE_STOP_SECONDS"), False
        while keeper.running:
            try:
                keeper.note_ends(datetime.now(UTC))
            except StoreAwayError as error:
                self.say(f"{error}: how the last crawls ended is not noted")
            if keeper.running and not killed and time.monotonic() > deadline:
                self.say(f"killed: {', '.join(keeper.running)}; their next crawls go on where they were")
                keeper.kill()
                killed = True
            time.sleep(STOP_LOOK)
        return Exit.UNFINISHED if killed else Exit.COMPLETE

    def _launch(self, name: str) -> Running:
        from crawler.timetable.crawls import CrawlProcess

        return CrawlProcess(name, Path(self.config["OUTPUT_DIR"]) / "logs" / f"{name}.log", self._passed)

    def _complain(self, fault: str) -> None:
        """Say what is wrong with a profile, once."""
        if fault not in self._faults:
            self._faults.add(fault)
            self.say(fault)


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set: none of them comes between a slot's claim and its crawl, nor, pressed
    twice, into the closing of the store."""
    event = threading.Event()
    before = {number: signal.signal(number, lambda *_: event.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _row(name: str, slots: Slots, zone: str, standing: Standing | None, spread: float) -> dict[str, str]:
    """A line of the list; times are those of the site's zone."""
    from crawler.timetable.keeper import in_words
    from crawler.timetable.slots import jitter

    def show(moment: datetime | None) -> str:
        return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z") if moment else "never"

    slot = slots.next(datetime.now(UTC))
    row = {"site": name, "schedule": slots.rule, "next": show(slot and slot + jitter(name, slot, spread))}
    if standing is not None and slots.last(standing.slot, datetime.now(UTC)):
        row["next"] = "as soon as a scheduler looks, and has room"
    if standing is None or standing.started is None:
        return {**row, "last": "never", "result": "under way" if standing and standing.running else ""}
    if standing.running:
        result = "under way"
    elif standing.finished is None:
        result = "not known: its scheduler ended"
    else:
        result = f"{in_words(standing.result)} in {(standing.finished - standing.started).total_seconds():.0f} s"
    return {**row, "last": show(standing.started), "result": result}
