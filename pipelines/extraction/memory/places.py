"""Where the parts of a site's pages stand: places, named by the way down to them, and what was seen there.

A place is a box of any page, named by the steps from the body: "div#main/div.text/p". Ids and classes are read without
their numbers, which differ from page to page. Of several boxes of one name beside each other the second is
"div.box[2]"; the paragraphs of a text, the items of a list, the rows of a table are one place, however many there are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from typing import Any

from lxml.html import HtmlElement

from pipelines.extraction.blocks import Box, Layout
from pipelines.extraction.body.container import has_stop
from pipelines.items import Label

CLASSES = 2  # class names of a step; blog systems print a page's categories behind them
DEEPEST = 40  # steps of a place; deeper boxes belong to it
# Boxes that come in any number; others are counted, for a site's columns hold the same boxes in the same order.
MANY = frozenset("p li h1 h2 h3 h4 h5 h6 tr dt dd blockquote figure figcaption pre center".split())
MOST = 40  # boxes of one name that are told apart; those behind are one place with the last
_ORDINAL = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"\d+")
_UNSAFE = re.compile(r"[\s/]+")


def step(el: HtmlElement) -> str:
    """The name of an element among its siblings: tag, id and first classes, numbers as 0; the body is just "body"."""
    css, ident = el.get("class"), el.get("id")
    if css is None and ident is None:
        return str(el.tag)
    return _step(el.tag, ident, css)


@lru_cache(maxsize=16384)
def _step(tag: str, ident: str | None, css: str | None) -> str:
    if tag == "body":
        return tag
    name = tag
    if ident:
        name += "#" + _UNSAFE.sub("-", ident.strip())
    for word in (css or "").split()[:CLASSES]:
        name += "." + word
    return _NUMBER.sub("0", name).replace("/", "-")


def is_named(name: str) -> bool:
    """Whether a step says more than its tag."""
    return "." in name or "#" in name


def mark_of(text: str) -> int:
    """A cheap fingerprint of a text (CRC-32 without white space): equal wording, equal number."""
    return zlib.crc32("".join(text.split()).encode("utf-8", "surrogatepass"))


def count(value: object) -> int:
    """A number of pages as a file of memory holds it. Raises TypeError for anything else."""
    if type(value) is not int or value < 0:
        raise TypeError(f"not a number of pages: {value!r:.40}")
    return value


def word(value: object) -> str:
    """A name or text as a file of memory holds it. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r:.40}")
    return value


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page holds at a place: the labels of all blocks inside, and the fingerprint of the first line."""

    labels: frozenset[Label]
    head: int


@dataclass(slots=True)
class Place:
    """A place and its votes: how many pages hold blocks there, and which labels these have.

    `head`: fingerprint of the first line, as long as it is the same on all pages, else 0.
    """

    pages: int = 0
    labels: dict[Label, int] = field(default_factory=dict)
    head: int = 0
    inner: dict[str, Place] = field(default_factory=dict)

    def add(self, path: Sequence[str], seen: Seen) -> None:
        """Count one page's view of the place at the end of `path`, making the places on the way."""
        place = self
        for name in path:
            place = place.inner.setdefault(name, Place())
        place.head = seen.head if not place.pages or place.head == seen.head else 0
        place.pages += 1
        for label in seen.labels:
            place.labels[label] = place.labels.get(label, 0) + 1

    def forget(self, least: float) -> None:
        """Drop the inner places that fewer than `least` pages hold: names that a site makes anew for each page."""
        stack = [self]
        while stack:
            place = stack.pop()
            place.inner = {name: inner for name, inner in place.inner.items() if inner.pages >= least}
            stack += place.inner.values()

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON: "n" pages, "labels" with their pages, "head" the first line, "in" its inner places."""
        out: dict[str, Any] = {"n": self.pages, "labels": {k.value: v for k, v in sorted(self.labels.items())}}
        if self.head:
            out["head"] = self.head
        if self.inner:
            out["in"] = {name: place.to_dict() for name, place in sorted(self.inner.items())}
        return out

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Place:
        """The place that `to_dict` wrote. Raises KeyError, TypeError, ValueError where it did not."""
        place = Place(
            count(data["n"]), {Label(k): count(v) for k, v in data["labels"].items()}, count(data.get("head", 0))
        )
        place.inner = {name: Place.from_dict(inner) for name, inner in data.get("in", {}).items()}
        return place


def view(layout: Layout, labels: Sequence[Label | None]) -> dict[str, Seen]:
    """What one page has at each place that holds blocks. `labels`: one a block, None for one that says nothing."""
    found: dict[str, Seen] = {}
    for box, name in zip(layout.boxes, paths(layout.boxes), strict=True):
        if box.end > box.first and name is not None:
            said = frozenset(label for label in labels[box.first : box.end] if label is not None)
            old = found.get(name)
            head = old.head if old else mark_of(layout.blocks[box.first].text)
            found[name] = Seen(old.labels | said if old else said, head)
    return found


def edges(layout: Layout, container: Box, body: Sequence[int]) -> dict[str, bool]:
    """The named places below a container that hold blocks, and whether each is one unpunctuated line at an edge.

    `body`: the indexes of the article's blocks; an edge is above the second or below the last but one. The line under a
    picture stands in the text wherever the picture is: it is a caption. A text of one block tells nothing.
    """
    if len(body) < 2:
        return {}
    first, last = body[0], body[-1]
    captions = {image.block for image in layout.images}
    found: dict[str, bool] = {}
    for box, path in inside(layout, container):
        name = unnumbered(path)
        if box.end > box.first and is_named(name.rpartition("/")[2]):
            block = layout.blocks[box.first]
            alone = name not in found and box.end - box.first == 1 and not has_stop(block.text)
            found[name] = alone and not first < block.index < last and block.index not in captions
    return found


def inside(layout: Layout, container: Box) -> list[tuple[Box, str]]:
    """The boxes below a container, each with its place as the steps below it; looked up once."""
    found = layout.below.get(container)
    if found is None:
        found = layout.below[container] = _inside(layout, container)
    return found


def _inside(layout: Layout, container: Box) -> list[tuple[Box, str]]:
    start = layout.boxes.index(container)
    below = takewhile(lambda box: box.depth > container.depth, layout.boxes[start + 1 :])
    boxes = [container, *below]
    return [(box, name) for box, name in zip(boxes, paths(boxes), strict=True) if name is not None]


def paths(boxes: Iterable[Box]) -> list[str | None]:
    """The place of each box below the first (boxes in document order, a parent before its children); None for that."""
    known: dict[int, tuple[str | None, int, dict[str, int]]] = {}
    out: list[str | None] = []
    for box in boxes:
        above, depth, counts = known.get(id(box.parent), (None, -1, {}))
        place = None
        if depth >= 0:
            name = numbered(step(box.element), counts)
            place = above if depth >= DEEPEST else f"{above}/{name}" if above else name
        known[id(box)] = (place, depth + 1, {})
        out.append(place)
    return out


def numbered(name: str, counts: dict[str, int]) -> str:
    """The name of a box among its siblings; `counts` are the boxes of each name so far, and grow."""
    if _is_many(name):
        return name
    number = counts[name] = min(counts.get(name, 0) + 1, MOST)
    return name if number == 1 else f"{name}[{number}]"


@lru_cache(maxsize=16384)
def _is_many(name: str) -> bool:
    return name.partition(".")[0].partition("#")[0] in MANY


def unnumbered(path: str) -> str:
    """A place without the numbers of siblings."""
    return _ORDINAL.sub("", path) if "[" in path else path
