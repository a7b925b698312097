"""Saved pages taken apart with site memory: learned first, so that the order of the input does not matter.

1. which page is of which site (memory.identity)
2. of each site that is not known yet a sample, by hash of id, the full way: its templates
3. all pages with what was learned, the fast way where it holds; the results wait in a file
4. what only all pages together tell (recurring lines, lines of the template, a second template) is learned, and the
   pages that it speaks of are taken apart again
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from crawler.batch import Result, take_apart
from crawler.inputs import Entry, Inputs
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.identity import alike, draw, site_of, sketch
from pipelines.extraction.memory.site import Lesson, SiteMemory

ROUNDS = (4, 2, 2, 4)  # pages of a site that are sampled, as long as none of its templates is settled
NAMED = 5  # sites with a redesign that the report names
# Shares of the time, for whoever waits: measured on 22 site families of 432 pages, from an empty memory.
SURVEYED, SAMPLED, TAKEN, LEARNED = 0.05, 0.35, 0.85, 0.95


@dataclass(slots=True)
class _Site:
    """One site of the input: the ids of its pages in the order of their hashes, and what is known of it."""

    name: str
    ids: list[str]
    memory: SiteMemory
    version: int = 0
    votes: list[Lesson] = field(default_factory=list)  # of the sample


@dataclass(slots=True)
class Tally:
    """What became of a run: articles by the way they were taken apart, doubts by reason, sites, redesigns."""

    articles: int = 0
    fast: int = 0
    doubts: Counter[str] = field(default_factory=Counter)
    sites: int = 0
    settled: int = 0  # sites that have a template that is trusted
    changed: list[str] = field(default_factory=list)  # sites whose redesign was noticed

    def add(self, lesson: Lesson | None) -> None:
        """Count an article by its lesson; None for a page that became none, or whose text stood in a script."""
        if lesson is not None:
            self.articles += 1
            self.fast += lesson.fast
            if lesson.doubt:
                self.doubts[lesson.doubt] += 1

    def line(self) -> str:
        """The run in one line."""
        parts = [f"{self.fast} of {self.articles} articles the fast way"]
        if self.doubts:
            ordered = sorted(self.doubts.items(), key=lambda item: (-item[1], item[0]))
            parts.append("doubts: " + ", ".join(f"{n} {reason}" for reason, n in ordered))
        parts.append(f"sites: {self.settled} settled, {self.sites - self.settled} not")
        if self.changed:
            more = f" and {len(self.changed) - NAMED} more" if len(self.changed) > NAMED else ""
            parts.append("redesigns noticed: " + ", ".join(sorted(self.changed)[:NAMED]) + more)
        return "site memory: " + "; ".join(parts)


class Learner:
    """Takes the pages of `inputs` apart. `kept`: the folder to begin from and to update, None to begin from nothing.

    `now` (ISO 8601) is written beside what was learned; `look` is told the share of the work that is done, 0..1, while
    no result has come yet; `tally` is complete after the last one.
    """

    def __init__(
        self,
        inputs: Inputs,
        kept: MemoryFolder | None,
        now: str,
        *,
        workers: int,
        timeout: float,
        segments: bool = False,
        look: Callable[[float], None] = lambda share: None,
    ) -> None:
        self._inputs, self._kept, self._now = inputs, kept, now
        self._workers, self._timeout, self._segments, self._look = workers, timeout, segments, look
        self._sites: dict[str, _Site] = {}
        self._of: dict[str, _Site] = {}  # by id of a page
        self.tally = Tally()

    def results(self) -> Generator[Result, None, None]:
        """One Result a page, in the order of the input; the first one comes when all pages are taken apart."""
        with tempfile.TemporaryDirectory(prefix="newswinnow-") as scratch, tempfile.TemporaryFile() as file:
            snapshots, spool = MemoryFolder(Path(scratch)), _Spool(file)
            self._survey()
            self._sample(snapshots, spool)
            done = spool.ids()
            rest = (e for e in self._inputs if e.id not in done)
            for result in self._run(rest, snapshots, SAMPLED, TAKEN):
                spool.add(result)
            again = [i for site in self._sites.values() for i in self._learn(site, snapshots, spool)]
            spool.forget(again)
            for result in self._run(self._inputs.only(set(again)), snapshots, TAKEN, LEARNED) if again else ():
                spool.add(result)
            self.tally.sites = len(self._sites)
            self.tally.settled = sum(site.memory.settled for site in self._sites.values())
            seen: Counter[str] = Counter()
            for entry in self._inputs.outline():
                result = spool.get(entry.id, seen[entry.id])
                seen[entry.id] += 1
                self.tally.add(result.lesson)
                yield replace(result, done=LEARNED + (1 - LEARNED) * entry.done)

    def _survey(self) -> None:
        """Which page is of which site."""
        names: dict[str, str] = {}
        sketches: dict[str, frozenset[int]] = {}
        for entry in self._inputs.outline():
            self._look(SURVEYED * entry.done)
            if entry.page is not None:
                name = site_of(entry.page)
                if name is None:
                    sketches[entry.id] = sketch(entry.page.body)
                else:
                    names[entry.id] = name
        members = defaultdict(list)
        for page_id, of in (names | alike(sketches)).items():
            members[of].append(page_id)
        for of, ids in members.items():
            memory = self._kept.load(of) if self._kept is not None else None
            ids.sort(key=draw)
            self._sites[of] = site = _Site(of, ids, memory or SiteMemory(of))
            self._of.update((i, site) for i in ids)

    def _sample(self, snapshots: MemoryFolder, spool: _Spool) -> None:
        """Learn the templates of each site that has none from a sample of its pages.

        Where that is not enough the answers of the sample stand; else they were given without memory and are dropped.
        """
        for site in self._sites.values():
            if site.memory.settled:
                self._publish(site, snapshots)
        open_sites = [site for site in self._sites.values() if not site.memory.settled]
        begun = 0
        for number, size in enumerate(ROUNDS):
            start, end = (SURVEYED + (SAMPLED - SURVEYED) * n / len(ROUNDS) for n in (number, number + 1))
            wanted = {i for site in open_sites for i in site.ids[begun : begun + size]}
            begun += size
            for result in self._run(self._inputs.only(wanted), snapshots, start, end) if wanted else ():
                spool.add(result)
                if result.lesson is not None:
                    self._of[result.id].votes.append(result.lesson)
            for site in open_sites:
                trial = site.memory.copy()
                trial.learn(site.votes)
                if trial.settled:
                    site.memory = trial
                    spool.forget(site.ids)
                    self._publish(site, snapshots)
            open_sites = [site for site in open_sites if not site.memory.settled]

    def _learn(self, site: _Site, snapshots: MemoryFolder, spool: _Spool) -> list[str]:
        """Fold in what all pages of a site taught; gives the ids of those that are to be taken apart again."""
        lessons = {i: result.lesson for i in site.ids for result in spool.all(i) if result.lesson is not None}
        before = site.memory.copy()
        if site.memory.fold(lessons.values()):
            self.tally.changed.append(site.name)
        if self._kept is not None:
            self._keep(site, list(lessons.values()), sampled=before.settled)
        again = [i for i, lesson in lessons.items() if site.memory.speaks_of(lesson, before)]
        if again:
            self._publish(site, snapshots)
        return again

    def _keep(self, site: _Site, lessons: list[Lesson], *, sampled: bool) -> None:
        """Add the run's lessons to what the folder holds by now: another process may have added its own."""

        def change(memory: SiteMemory) -> None:
            if sampled:
                memory.learn(site.votes)
            memory.fold(lessons)
            memory.changed = self._now

        if self._kept is not None and lessons:
            self._kept.update(site.name, change)

    def _publish(self, site: _Site, snapshots: MemoryFolder) -> None:
        site.version += 1
        snapshots.save(site.memory)

    def _run(self, entries: Iterable[Entry], snapshots: MemoryFolder, start: float, end: float) -> Iterator[Result]:
        """Take entries apart with what is published; they are the work's share from `start` to `end`."""
        folder = str(snapshots.path)

        def beside(entry: Entry) -> tuple[str, str, int]:
            site = self._of.get(entry.id)  # None: the entry cannot be read
            return (folder, site.name, site.version) if site is not None else (folder, "", 0)

        run = take_apart(
            entries,
            "pipelines.extraction.memory.job:read_known",
            workers=self._workers,
            timeout=self._timeout,
            beside=beside,
            segments=self._segments,
        )
        for result in run:
            self._look(start + (end - start) * result.done)
            yield result


class _Spool:
    """Results in a file, by the id of their entry; several entries of one id come back in their order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[str, list[int]] = {}

    def add(self, result: Result) -> None:
        """Keep a result."""
        self._file.seek(0, 2)
        self._places.setdefault(result.id, []).append(self._file.tell())
        pickle.dump(result, self._file, pickle.HIGHEST_PROTOCOL)

    def forget(self, ids: Iterable[str]) -> None:
        """Drop the results of these ids."""
        for page_id in ids:
            self._places.pop(page_id, None)

    def ids(self) -> frozenset[str]:
        """The ids that have results."""
        return frozenset(self._places)

    def all(self, page_id: str) -> list[Result]:
        """The results of an id."""
        return [self._load(place) for place in self._places.get(page_id, ())]

    def get(self, page_id: str, number: int) -> Result:
        """One result of an id."""
        return self._load(self._places[page_id][number])

    def _load(self, place: int) -> Result:
        self._file.seek(place)
        result: Result = pickle.load(self._file)
        return result
