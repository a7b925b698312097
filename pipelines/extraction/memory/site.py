"""What is known of one site: its templates, and the lines that recur in the text of different articles."""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.extraction.blocks import Box, Layout
from pipelines.extraction.body.container import weight
from pipelines.extraction.memory.places import count, inside, mark_of, paths, unnumbered, word
from pipelines.extraction.memory.template import Observation, Template
from pipelines.extraction.phrases import Mark
from pipelines.items import Article, Label

VERSION = 1
RECENT = 10  # pages of a site by which a change is noticed
CHANGED = 4  # so many of them could not be taken apart by a template that was trusted
KEPT_VOTES = 12  # pages of one template that vote in one go
VOTERS = 1000  # pages that are remembered to have voted
RECURRING_WIDTH = 12.0  # characters of Chinese: the shortest line whose recurrence says something
RECURRING_TITLES = 3  # articles with different titles that hold a line before it is the site's and not theirs
RECURRING_SHARE = 0.3  # share of the pages of the site that hold it: an event's background is told in fewer
RECURRING_PART = 0.3  # of a page's text that recurring lines are at most; a reprint with a new title recurs whole
SLOT = Mark(Label.OTHER, "a line that the site's template has here")
RECURS = Mark(Label.PROMOTION, "recurs in other articles of the site")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one page teaches about its site, whichever way it was taken apart.

    `page`: its id; `title`: fingerprint of the headline; `template`: the container of the template it was tried by;
    `fast`: the fast way held; `observation`: the votes of a page taken apart the full way; `lines`: fingerprints of the
    text's longer lines with their first characters; `edges`: see places.edges.
    """

    page: str
    title: int
    template: str | None = None
    fast: bool = False
    doubt: str | None = None
    observation: Observation | None = None
    lines: Mapping[int, str] = field(default_factory=dict)
    edges: Mapping[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """An article, and what the page taught about its site (None where no memory was given)."""

    article: Article
    lesson: Lesson | None = None


@dataclass(slots=True)
class SiteMemory:
    """One site: its templates and its recurring lines, by fingerprint (mark_of) with their first characters.

    `articles` were read; `recent` tells of the last ones whether the fast way held ("f"), a doubt spoke against it
    ("d") or no template fitted ("n"); `changes` counts redesigns; `changed` is the date (ISO 8601) of the last lesson;
    `voters`: fingerprints of the pages that voted, each with its template.
    """

    site: str
    articles: int = 0
    changes: int = 0
    recent: str = ""
    changed: str | None = None
    templates: list[Template] = field(default_factory=list)
    recurring: dict[int, str] = field(default_factory=dict)
    voters: set[int] = field(default_factory=set)

    @property
    def settled(self) -> bool:
        """Whether a template is trusted."""
        return any(t.settled for t in self.templates)

    def copy(self) -> SiteMemory:
        """The same memory, to be changed on its own."""
        twin: SiteMemory = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))  # five times as fast as deepcopy
        return twin

    def speaks_of(self, lesson: Lesson, before: SiteMemory) -> bool:
        """Whether this memory may say more of a page than the one `before`, by which its lesson was drawn."""
        if any(line in self.recurring and line not in before.recurring for line in lesson.lines):
            return True
        trusted = {t.container: t for t in self.ranked()}
        if lesson.template is None:
            found = lesson.observation.container if lesson.observation is not None else None
            return found in trusted or len(trusted) > len(before.ranked())
        old = next((t.slots() for t in before.templates if t.container == lesson.template), frozenset())
        template = trusted.get(lesson.template)
        return template is not None and bool(lesson.edges.keys() & (template.slots() - old))

    def ranked(self) -> list[Template]:
        """The templates that are trusted, the most used first, where one stands in another's place."""
        return sorted((t for t in self.templates if t.settled), key=lambda t: (-t.pages - t.fast, t.container))

    def learn(self, lessons: Iterable[Lesson]) -> None:
        """Count the votes of pages that were taken apart the full way; their order does not matter.

        A page votes for a template once, however often it is read: an odd one does not settle its own by and by.
        """
        known = {t.container: t for t in self.templates}
        for lesson in lessons:
            page = lesson.observation
            voter = zlib.crc32(f"{page and page.container} {lesson.page}".encode("utf-8", "surrogatepass"))
            if page is None or voter in self.voters:
                continue
            self.voters.add(voter)
            if page.container not in known:
                known[page.container] = Template(page.container)
                self.templates.append(known[page.container])
            known[page.container].add(page)
        self.voters = set(sorted(self.voters)[-VOTERS:])  # by number: the order of arrival has no say

    def sample(self, lessons: Iterable[Lesson]) -> None:
        """Learn from pages that will be read again with this memory: the votes of a few, the lines that recur in all.

        In the order of their ids; they count as read only with the lessons of their second reading.
        """
        ordered = sorted(lessons, key=lambda lesson: lesson.page)
        self.learn(_first_votes(ordered))
        self.recurring.update(_recurring(ordered))

    def fold(self, lessons: Iterable[Lesson]) -> bool:
        """Learn what pages taught, in the order of their ids; True where a redesign of the site was noticed."""
        ordered = sorted(lessons, key=lambda lesson: lesson.page)
        known = {t.container: t for t in self.templates}
        trusted = self.settled
        changes = self.changes
        for lesson in ordered:
            self.articles += 1
            template = known.get(lesson.template or "")
            if template is not None:
                template.fast += lesson.fast
                template.doubted += not lesson.fast
                if lesson.fast:
                    template.add_edges(lesson.edges)
            if trusted:
                self.recent = (self.recent + ("f" if lesson.fast else "d" if template else "n"))[-RECENT:]
                if len(self.recent) - self.recent.count("f") >= CHANGED:
                    self.changes += 1
                    self.recent = ""
        self.learn(_first_votes(ordered))
        for template in self.templates:
            template.forget_odd()
        self.recurring.update(_recurring(ordered))
        return self.changes > changes

    def mark(self, layout: Layout, marks: list[Mark | None]) -> None:
        """Mark the blocks that print a recurring line, unless they are most of what the page says."""
        if not self.recurring:
            return
        found = [b for b in layout.blocks if marks[b.index] is None and mark_of(b.text) in self.recurring]
        found = [b for b in found if weight(b.text) >= RECURRING_WIDTH]
        said = sum(weight(b.text) for b in layout.blocks if b.link_density < 0.5 and marks[b.index] is None)
        if sum(weight(b.text) for b in found) <= RECURRING_PART * said:
            for block in found:
                marks[block.index] = RECURS

    def mark_slots(self, layout: Layout, marks: list[Mark | None]) -> None:
        """Mark the template's own lines on a page of which all blocks are there (numbers of siblings count them)."""
        known = {t.container: slots for t in self.ranked() if (slots := t.slots())}
        for box, name in zip(layout.boxes, paths(layout.boxes), strict=True) if known else ():
            if name in known:
                mark_slots(layout, marks, box, known[name])

    def to_dict(self) -> dict[str, Any]:
        """The memory as JSON, the same for the same votes in any order."""
        return {
            "version": VERSION,
            "site": self.site,
            "changed": self.changed,
            "articles": self.articles,
            "changes": self.changes,
            "recent": self.recent,
            "voters": sorted(self.voters),
            "recurring": {f"{k:08x}": v for k, v in sorted(self.recurring.items())},
            "templates": [t.to_dict() for t in sorted(self.templates, key=lambda t: (-t.pages, t.container))],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> SiteMemory:
        """The memory that `to_dict` wrote. Raises KeyError, TypeError, ValueError where it did not."""
        if data["version"] != VERSION:
            raise ValueError(f"site memory of version {data['version']}, this program knows {VERSION}")
        return SiteMemory(
            word(data["site"]),
            count(data["articles"]),
            count(data["changes"]),
            word(data["recent"]),
            word(data["changed"]) if data["changed"] is not None else None,
            [Template.from_dict(t) for t in data["templates"]],
            {int(k, 16): word(v) for k, v in data["recurring"].items()},
            set(map(count, data["voters"])),
        )


def mark_slots(layout: Layout, marks: list[Mark | None], container: Box, slots: Collection[str]) -> None:
    """Mark the single lines at these places below a container: they are the template's own."""
    for box, name in inside(layout, container) if slots else ():
        if box.end == box.first + 1 and unnumbered(name) in slots:
            marks[box.first] = marks[box.first] or SLOT


def _first_votes(lessons: Iterable[Lesson]) -> Iterator[Lesson]:
    """Those of the lessons that vote: the first KEPT_VOTES of each template."""
    votes: Counter[str] = Counter()
    for lesson in lessons:
        if lesson.observation is not None:
            votes[lesson.observation.container] += 1
            if votes[lesson.observation.container] <= KEPT_VOTES:
                yield lesson


def _recurring(lessons: Sequence[Lesson]) -> dict[int, str]:
    """The lines that stand in articles of different titles, in a good share of them, beside lines of their own.

    An article that is printed on two URLs has one title and makes nothing recur; nor does one that recurs whole.
    """
    least = max(RECURRING_TITLES, RECURRING_SHARE * len({lesson.title for lesson in lessons}))
    often = _in_titles(lessons, least)
    own = [v for v in lessons if len(v.lines.keys() & often) <= RECURRING_PART * len(v.lines)]
    texts = {line: text for lesson in own for line, text in lesson.lines.items()}
    return {line: texts[line] for line in _in_titles(own, least)}


def _in_titles(lessons: Iterable[Lesson], least: float) -> frozenset[int]:
    titles: dict[int, set[int]] = {}
    for lesson in lessons:
        for line in lesson.lines:
            titles.setdefault(line, set()).add(lesson.title)
    return frozenset(line for line, found in titles.items() if len(found) >= least)
