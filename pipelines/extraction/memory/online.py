"""Site memory in a crawl: one learner a site, numbered snapshots for the workers, what was learned kept in a folder.

A site that is not known yet is open: its pages are read for their votes and kept, until enough of them have come or the
run ends; then it is closed for good, and they are read by what all of them taught. Lessons of pages that are read
later are learned in batches.
"""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.memories import Memories
from pipelines.extraction.memory.site import CHANGED, RECENT, Lesson, SiteMemory

logger = logging.getLogger(__name__)

# How long the first pages of a site wait. Four votes settle a template; what recurs, and the site's further templates,
# show over more pages: a sample of 12 votes and some to spare, as `scrapy extract` takes.
ENOUGH = 20  # pages of one template after which a site's pages wait no longer
MOST = 100  # pages of a site that wait, whatever their templates
HELD = 500  # lessons of all open sites together, of about 0.1 MB each: beyond, the site with the most is closed
BATCH = 20  # lessons that are learned in one go


@dataclass(slots=True)
class KnownSite:
    """One site as this crawl knows it.

    `open`: its pages are kept; `settled` and `recent` are those of its memory; `version` numbers its snapshots, 0 is
    none; `votes` are the lessons of kept pages, `silent` counts those that gave none, `pending` are the lessons of
    finished ones that are not learned yet; `memory`: what is known, only where no file takes it.
    """

    name: str
    open: bool
    settled: bool = False
    recent: str = ""
    version: int = 0
    votes: list[Lesson] = field(default_factory=list)
    silent: int = 0
    pending: list[Lesson] = field(default_factory=list)
    memory: SiteMemory | None = None

    @property
    def enough(self) -> bool:
        """Whether enough pages have come to take them apart by what they have in common."""
        templates = Counter(v.observation.container for v in self.votes if v.observation is not None)
        return len(self.votes) + self.silent >= MOST or max(templates.values(), default=0) >= ENOUGH

    @property
    def due(self) -> bool:
        """Whether the lessons should be learned now: many, or such as tell of a redesign."""
        if len(self.pending) >= BATCH:
            return True
        last = [sign == "f" for sign in self.recent] + [lesson.fast for lesson in self.pending]
        return self.settled and last[-RECENT:].count(False) >= CHANGED


class OnlineMemory:
    """The sites of a crawl. `kept`: where memories are kept; the snapshots lie in a folder of the run's own.

    `enter`, `close_site` and `learn` read and write files: a thread's work, one call a site at a time.
    """

    def __init__(self, kept: Memories) -> None:
        self._kept = kept
        self._scratch = tempfile.TemporaryDirectory(prefix="newswinnow-")
        self.snapshots = MemoryFolder(Path(self._scratch.name))
        self.sites: dict[str, KnownSite] = {}

    def enter(self, name: str) -> KnownSite:
        """The site of that name: what its file knows of it, open where no template of it is trusted yet."""
        site = self.sites.get(name)
        if site is None:
            own = None
            try:
                memory = self._kept.load(name) or SiteMemory(name)
            except MemoryFileError as error:
                logger.warning("%s; this run learns %s anew and keeps nothing of it", error, name)
                memory = own = SiteMemory(name)
            site = KnownSite(name, not memory.settled, memory=own)
            if memory.settled:
                self._publish(site, memory)
            self.sites[name] = site
        return site

    def full(self) -> KnownSite | None:
        """The open site with the most lessons where all open ones hold too many, else None."""
        held = [site for site in self.sites.values() if site.open]
        return max(held, key=lambda s: len(s.votes)) if sum(len(s.votes) for s in held) >= HELD else None

    def close_site(self, site: KnownSite) -> None:
        """Learn what the kept pages taught, in the order of their ids, and publish it: they need wait no longer."""
        votes = list(site.votes)
        if votes:
            self._publish(site, self._changed(site, lambda memory: memory.sample(votes)))
        site.open = False
        site.votes = []

    def learn(self, site: KnownSite) -> bool:
        """Learn the pending lessons and publish; whether a redesign was noticed."""
        lessons, site.pending = site.pending, []
        noticed = False

        def change(memory: SiteMemory) -> None:
            nonlocal noticed
            noticed = memory.fold(lessons)

        if lessons:
            self._publish(site, self._changed(site, change))
        return noticed

    def end(self) -> None:
        """Take the snapshots away, and give back what is held of the place where memories are kept."""
        self._scratch.cleanup()
        self._kept.close()

    def _changed(self, site: KnownSite, change: Callable[[SiteMemory], None]) -> SiteMemory:
        """What is known of a site after a change of what its file holds by now: other processes add to it too."""

        def dated(memory: SiteMemory) -> None:
            change(memory)
            memory.changed = datetime.now(UTC).isoformat(timespec="seconds")

        if site.memory is None:
            try:
                return self._kept.update(site.name, dated)
            except MemoryFileError as error:
                logger.warning("%s; what this run learns of %s is lost at its end", error, site.name)
                site.memory = self._published(site)
        dated(site.memory)
        return site.memory

    def _published(self, site: KnownSite) -> SiteMemory:
        return self.snapshots.load(site.name) or SiteMemory(site.name)

    def _publish(self, site: KnownSite, memory: SiteMemory) -> None:
        try:
            self.snapshots.save(memory)
        except MemoryFileError as error:
            logger.warning("%s; pages of %s are taken apart by what was known before", error, site.name)
            return
        site.settled, site.recent = memory.settled, memory.recent
        site.version += 1
