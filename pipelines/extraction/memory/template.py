"""What a site's pages of one make have in common, by votes, and the plan that follows from them.

A template is known by the place of its text. Its votes come from pages that were taken apart the full way; the plan
says what of a page need not be walked, which lists stand where, and which single lines of the text's container belong
to the template and not to the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.extraction.memory.places import Place, Seen, count, unnumbered, word
from pipelines.items import Label

# Calibrated on 22 site families of 374 articles.
SETTLED = 4  # pages that agree on the place of the text before it is trusted
KNOWN = 3  # pages that hold a place before anything follows from it
ODD = 0.1  # share of pages that may differ: a page in ten is an odd one
ALWAYS = 0.9  # a field found on so many pages is expected on the next
SLOT_SHARE = 0.3  # a line of the template stands on so many pages: not every article fills it

FIELDS = frozenset(("title", "headline", "published", "source"))  # whose absence is a reason to look again
# Parts that no field of an article is read from.
UNREAD = frozenset(
    (
        Label.NAVIGATION,
        Label.HIDDEN,
        Label.SHARE,
        Label.COMMENTS,
        Label.PROMOTION,
        Label.OTHER,
        Label.DUPLICATE,
        Label.SUMMARY,
    )
)
# Parts that are read as they stand, whatever the words of their lines say.
LISTED = frozenset((Label.RELATED, Label.LATEST, Label.TAGS, Label.COPYRIGHT, Label.PREV_NEXT, Label.BREADCRUMBS))


@dataclass(frozen=True, slots=True)
class Observation:
    """One page taken apart the full way, as the learner sees it.

    `fields`: what was found on it, and its habits: how that was found; `title`: the place of the headline; `edges`: of
    the named places inside the container those that hold text, and whether it is one unpunctuated line above or below
    the paragraphs.
    """

    container: str
    places: Mapping[str, Seen]
    fields: frozenset[str]
    edges: Mapping[str, bool]
    title: str | None = None


@dataclass(slots=True)
class Template:
    """The votes of the pages whose text stands at one place.

    `pages` were taken apart the full way and voted; `fast` and `doubted` count those that were tried the fast way.
    """

    container: str
    pages: int = 0
    fast: int = 0
    doubted: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    titles: dict[str, int] = field(default_factory=dict)  # places of the headline
    edges: dict[str, list[int]] = field(default_factory=dict)  # [pages where it is a line at an edge, where it is not]
    places: Place = field(default_factory=Place)
    _plan: Plan | None = field(default=None, repr=False, compare=False)

    @property
    def settled(self) -> bool:
        """Whether enough pages agree."""
        return self.pages >= SETTLED

    def add(self, page: Observation) -> None:
        """Count a page's votes."""
        self.pages += 1
        for name in page.fields:
            self.fields[name] = self.fields.get(name, 0) + 1
        if page.title is not None:
            self.titles[page.title] = self.titles.get(page.title, 0) + 1
        for path, seen in page.places.items():
            self.places.add(path.split("/"), seen)
        self.add_edges(page.edges)

    def add_edges(self, edges: Mapping[str, bool]) -> None:
        """Count what a page, taken apart either way, has at the named places inside its container."""
        for path, alone in edges.items():
            votes = self.edges.setdefault(path, [0, 0])
            votes[0 if alone else 1] += 1
        self._plan = None

    def slots(self) -> frozenset[str]:
        """The places inside the container whose single lines belong to the template: often there, never in the text."""
        least = max(SETTLED, SLOT_SHARE * (self.pages + self.fast))
        return frozenset(path for path, (alone, not_so) in self.edges.items() if alone >= least and not not_so)

    def forget_odd(self) -> None:
        """Drop the places and lines that hardly any of many pages have: nothing follows from them."""
        self.places.forget(ODD * self.pages)
        self.edges = {path: votes for path, votes in self.edges.items() if sum(votes) >= ODD * self.pages}
        self._plan = None

    def plan(self) -> Plan:
        """What follows from the votes; made once after each change."""
        if self._plan is None:
            found = {name for name, n in self.fields.items() if n >= ALWAYS * self.pages}
            title = next((path for path, n in self.titles.items() if n >= ALWAYS * self.pages), None)
            self._plan = Plan(
                self.container, _node(self.places), frozenset(found & FIELDS), frozenset(found - FIELDS), self.slots()
            )
            self._plan.lead_to(self.container, title if "plain title" in found else None)
        return self._plan

    def to_dict(self) -> dict[str, Any]:
        """The template as JSON."""
        return {
            "container": self.container,
            "pages": self.pages,
            "fast": self.fast,
            "doubted": self.doubted,
            "fields": dict(sorted(self.fields.items())),
            "titles": dict(sorted(self.titles.items())),
            "edges": dict(sorted(self.edges.items())),
            "places": {name: place.to_dict() for name, place in sorted(self.places.inner.items())},
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Template:
        """The template that `to_dict` wrote. Raises KeyError, TypeError, ValueError where it did not."""
        places = Place(inner={name: Place.from_dict(inner) for name, inner in data["places"].items()})
        edges = {path: [count(alone), count(other)] for path, (alone, other) in data["edges"].items()}
        fields = {name: count(n) for name, n in data["fields"].items()}
        titles = {word(path): count(n) for path, n in data["titles"].items()}
        pages, fast, doubted = (count(data[name]) for name in ("pages", "fast", "doubted"))
        return Template(word(data["container"]), pages, fast, doubted, fields, titles, edges, places)


@dataclass(slots=True)
class Node:
    """What to do at a place: pass it by, read it as one part (`label`), or go on with its inner places (none: walk it).

    `head`: the first line that must stand there, 0 for any: boxes of one name are told apart by their headings. `mute`:
    no date, source or name was ever read there.
    """

    skip: bool = False
    label: Label | None = None
    head: int = 0
    mute: bool = False
    text: bool = False  # the container of the text
    title: bool = False  # the headline's box
    inner: dict[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """How to read a page of the template: the way down from the root, and what to expect there.

    `expected`: fields that its pages have; `habits`: how they are found; `slots`: places inside the container, each
    named by its steps below it, whose single lines are the template's own.
    """

    container: str
    root: Node
    expected: frozenset[str]
    habits: frozenset[str]
    slots: frozenset[str]

    def lead_to(self, container: str, title: str | None) -> None:
        """Mark the nodes of container and headline; nothing on the way to them is passed by."""
        for path in (title, container):
            node = self.root
            for name in path.split("/") if path else ():
                node = node.inner.setdefault(name, Node())
                node.skip, node.label, node.head = False, None, 0
            node.title = node.title or path is title is not None
        node.text = True
        node.inner = {}


def _node(place: Place) -> Node:
    """The node of a place on the way to the text: what lies beside the way is decided box by box."""
    inner = {}
    for name, below in place.inner.items():
        through = not below.labels.keys().isdisjoint((Label.BODY, Label.TITLE))
        inner[name] = _node(below) if through else _beside(below)[0]
    return Node(inner=_told_apart(inner, place))


def _beside(place: Place) -> tuple[Node, bool]:
    """The node of a place beside the text, and whether the rules must see it whole.

    A list is told by what stands around it: where one is not always the same, nothing around it is passed by.
    """
    if place.pages < KNOWN or not place.labels:
        return Node(), False
    labels = {label for label, n in place.labels.items() if n > ODD * place.pages}
    if labels <= UNREAD:
        return Node(skip=True), False
    if len(labels) == 1 and labels <= LISTED:
        return Node(label=next(iter(labels))), False
    below = {name: _beside(inner) for name, inner in place.inner.items()}
    whole = not below and not labels.isdisjoint(LISTED)
    if whole or any(mixed for _, mixed in below.values()):
        return Node(mute=Label.BYLINE not in place.labels), True
    return Node(inner=_told_apart({name: node for name, (node, _) in below.items()}, place)), False


def _told_apart(inner: dict[str, Node], place: Place) -> dict[str, Node]:
    """Boxes of one name that are not all the same are known by their first line; one without such a line is walked."""
    groups: dict[str, list[str]] = {}
    for name in inner:
        groups.setdefault(unnumbered(name), []).append(name)
    for names in groups.values():
        nodes = [inner[name] for name in names]
        if all((n.skip, n.label, n.inner) == (nodes[0].skip, nodes[0].label, {}) for n in nodes):
            continue
        for name, node in zip(names, nodes, strict=True):
            if len(names) > 1 and (node.skip or node.label is not None):
                node.head = place.inner[name].head
                if not node.head:
                    inner[name] = Node()
    return inner
