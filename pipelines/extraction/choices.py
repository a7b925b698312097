"""Where a block of a page stands, as selectors for a person to choose from, and as words that it holds.

The selectors are those of site memory (memory.selector): the shortest that find a place and nothing else on the page,
without the numbers that differ from page to page, so that a rule made of one holds on the site's other pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from pipelines.extraction.blocks import Block, Box, Layout, split_blocks
from pipelines.extraction.body.container import LINK_LINE
from pipelines.extraction.dom import Document, parse
from pipelines.extraction.marked import matched
from pipelines.extraction.memory.places import Place, Seen, paths
from pipelines.extraction.memory.selector import selector
from pipelines.extraction.profiled import wanted_blocks
from pipelines.items import Page, Segment

MOST = 6  # selectors to choose from
WHOLE = 0.7  # share of a page's blocks: a selector that finds more tells nothing
LONGEST, SHORTEST = 16, 4  # characters of the words by which a block is told from others of its place
_INSIDE = re.compile(r"[^\W\d_\u2e80-\U0003ffff]{2}")  # within a word of a script that parts words by spaces
_END = re.compile(r"[\d，,。！？!?；;]")


@dataclass(frozen=True, slots=True)
class Choice:
    """A selector, how many blocks of the page it finds, and the first and the last of them."""

    selector: str
    blocks: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The places of a block, the narrowest first, and words by which to tell it from others there.

    `text`: the block's. `by_words`: whether they are needed: the narrowest place holds other blocks of a text too.
    """

    places: tuple[Choice, ...] = ()
    words: str = ""
    by_words: bool = True
    text: str = ""


def choices(page: Page, segments: Sequence[Segment], number: int, *, passed: bool = False) -> Choices:
    """What may name the block of a segment (its index) on a page; no place where the page has no such block.

    `passed`: the number is that of a block of the page, which no segment has. Raises IndexError where there is no such
    segment or block, PageError where the page cannot be decoded.
    """
    doc = parse(page)
    layout = split_blocks(doc.root)
    if not passed:
        wanted = segments[number]
        place = next((i for i, s in enumerate(matched(layout.blocks, segments)) if s is wanted), None)
        if place is None:
            return Choices(words=words(wanted.text), text=wanted.text)
        number = place
    block = layout.blocks[number]
    places = tuple(_places(doc, layout, block))
    by_words = not places or (places[0].blocks > 1 and block.link_density <= LINK_LINE)
    return Choices(places, words(block.text), by_words, block.text)


def words(text: str) -> str:
    """The beginning of a block's text, up to what differs from page to page: a number, the end of a phrase.

    A rule holds no invisible characters, so they end it too.
    """
    text = "".join(takewhile(str.isprintable, dropwhile(lambda c: not c.isprintable(), text)))
    end = _END.search(text, SHORTEST)
    found = text[: min(end.start() if end else LONGEST, LONGEST)]
    if _INSIDE.match(text, max(len(found) - 1, 0)) and " " in found:
        found = found.rpartition(" ")[0]  # no half of a word
    return found.strip()


def _places(doc: Document, layout: Layout, block: Block) -> Iterator[Choice]:
    names = dict(zip(map(id, layout.boxes), paths(layout.boxes), strict=True))
    tree = Place()
    for outer in layout.boxes:
        if outer.end > outer.first and (name := names[id(outer)]) is not None:
            tree.add(name.split("/"), Seen(frozenset(), 0))
    known: set[Collection[int]] = set()
    box: Box | None = block.box
    while box is not None and len(known) < MOST:
        name = names[id(box)]
        found = (selector(name, {name: tree}) or selector(name, {name: tree}, siblings=True)) if name else None
        inside = wanted_blocks(doc, layout, found) if found else frozenset()
        if found and block.index in inside and inside not in known and len(inside) <= WHOLE * len(layout.blocks):
            known.add(inside)
            texts = [layout.blocks[i].text for i in sorted(inside)]
            yield Choice(found, len(texts), texts[0], texts[-1])
        box = box.parent
