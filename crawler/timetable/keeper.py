"""Looks at the clock: begins what is due, no site twice at once, not too many together, and notes how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from crawler.timetable.slots import Slots, jitter
from pipelines.errors import StoreAwayError
from pipelines.store.schedules import Standing, Timetable


class Running(Protocol):
    """A crawl under way."""

    def poll(self) -> int | None:
        """Its exit code; None while it goes on."""

    def stop(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it at once."""


class Keeper:
    """Runs the slots of sites. `launch` begins the crawl of a site; `say` hears of each beginning, end and trouble.

    Of the slots that a site has missed (nobody looked at the clock, its last crawl took longer, no room) the latest is
    run, once. At most `parallel` crawls are under way; each begins up to `jitter` seconds after its slot.
    """

    def __init__(
        self,
        timetable: Timetable,
        launch: Callable[[str], Running],
        say: Callable[[str], None],
        *,
        parallel: int,
        spread: float,
    ) -> None:
        self._timetable, self._launch, self._say = timetable, launch, say
        self._parallel, self._spread = parallel, spread
        self._running: dict[str, Running] = {}
        self._ended: dict[str, int] = {}  # what the store has not heard of yet
        self._entered: dict[str, str] = {}
        self._away = False

    @property
    def running(self) -> list[str]:
        """The sites whose crawls are under way here."""
        return sorted(self._running)

    def step(self, now: datetime, sites: Mapping[str, Slots]) -> None:
        """One look at the clock: ends noted, what is due begun. A store that is away is asked again next time."""
        try:
            self.note_ends(now)
            for name, slots in sites.items():
                if self._entered.get(name) != slots.rule:
                    self._timetable.enter(name, slots.rule, now)
                    self._entered[name] = slots.rule
            self._begin(now, sites)
        except StoreAwayError as error:
            if not self._away:
                self._say(f"{error}: it is asked again; crawls under way go on")
            self._away = True
        else:
            self._away = False

    def note_ends(self, now: datetime) -> None:
        """Take in the crawls that have ended. Raises StoreAwayError; they are noted the next time then."""
        for name, crawl in list(self._running.items()):
            code = crawl.poll()
            if code is not None:
                del self._running[name]
                self._ended[name] = code
                self._say(f"{name}: ended, {in_words(code)}")
        for name, code in list(self._ended.items()):
            self._timetable.finish(name, code, now)
            del self._ended[name]

    def stop(self) -> None:
        """Ask all crawls to end; they go on from there at their next slots."""
        for crawl in self._running.values():
            crawl.stop()

    def kill(self) -> None:
        """End all crawls at once; what they had in hand is fetched again."""
        for crawl in self._running.values():
            crawl.kill()

    def _begin(self, now: datetime, sites: Mapping[str, Slots]) -> None:
        standings = self._timetable.standings(sites)
        due = []
        for name, standing in standings.items():
            if standing.slot > now + timedelta(days=1):
                self._entered.pop(name, None)  # the clock was put back far: the next look begins anew
            slot = self._due(now, standing, sites[name])
            if slot is not None and name not in self._running:
                due.append((slot, name))
        for slot, name in sorted(due):
            if len(self._running) >= self._parallel:
                return
            if self._timetable.claim(name, slot, now):
                self._say(f"{name}: begun for {slot:%Y-%m-%d %H:%M} UTC")
                try:
                    self._running[name] = self._launch(name)
                except OSError as error:
                    self._say(f"{name}: cannot be begun: {error.strerror or error}")
                    self._ended[name] = 1

    def _due(self, now: datetime, standing: Standing, slots: Slots) -> datetime | None:
        """The latest slot that should have begun and has not; None while a crawl is under way."""
        if standing.running:
            return None
        if standing.started and not standing.finished and self._timetable.reopen(standing.name, now):
            self._say(f"{standing.name}: its last slot was taken and never begun: it is run again")
            return None  # the next look finds it
        slot = slots.last(standing.slot, now)
        while slot is not None and slot + jitter(standing.name, slot, self._spread) > now:
            slot = slots.last(standing.slot, slot - timedelta(seconds=1))
        return slot


def in_words(code: int | None) -> str:
    """What an exit code of a crawl means, in a word or two."""
    words = {0: "complete", 1: "failed", 2: "refused", 3: "unfinished", 4: "nothing fetched"}
    if code is None:
        return "not known"
    return words.get(code, f"killed by signal {-code}" if code < 0 else f"exit code {code}")
