"""A list read where the site has it: its entries or lines. What stands the same on the next page is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extraction import lists
from pipelines.extraction.blocks import Block, split_blocks
from pipelines.items import Label, Link, Segment

REASON = "stands where the site has it"
KEPT = 2000  # parts that a process remembers: the hot lists of some hundred sites
LONGEST_KEPT = 50_000  # bytes of a part that is remembered
_LINKED = frozenset((Label.RELATED, Label.LATEST, Label.PREV_NEXT))
_kept: OrderedDict[tuple[bytes, Label, str], Part] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Part:
    """One list of a page: its entries (related, latest, prev_next) or its lines (tags, notices, breadcrumbs)."""

    label: Label
    links: tuple[Link, ...]
    lines: tuple[str, ...]
    segments: tuple[Segment, ...]


def read_part(el: HtmlElement, label: Label, base: str | None) -> Part:
    """The list in an element. `base`: the page's URL, for relative links.

    One with a link to the page itself is read anew each time: "#top" and "" are other addresses on the next page.
    """
    raw = etree.tostring(el, encoding="utf-8", with_tail=False)
    page = _bare(base or "")
    folder = page.rpartition("/")[0] if page.count("/") > 2 else page  # http://host has no folder below it
    key = raw, label, folder
    found = _kept.get(key)
    if found is None:
        layout = split_blocks(el)
        found = Part(
            label,
            links_of(layout.blocks, label, base),
            lines_of(layout.blocks, label),
            tuple(Segment(label, b.text, REASON, b.box.path()) for b in layout.blocks),
        )
        if len(raw) <= LONGEST_KEPT and not any(link.url and _bare(link.url) == page for link in found.links):
            _kept[key] = found
            if len(_kept) > KEPT:
                _kept.popitem(last=False)
    return found


def _bare(url: str) -> str:
    """An address without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


def links_of(blocks: Sequence[Block], label: Label, base: str | None) -> tuple[Link, ...]:
    """The entries of a list of one kind; none for a kind that has lines."""
    if label not in _LINKED:
        return ()
    return tuple(lists.prev_next(blocks, base) if label is Label.PREV_NEXT else lists.titles(blocks, base, ""))


def lines_of(blocks: Sequence[Block], label: Label) -> tuple[str, ...]:
    """The lines of a list of one kind, tags and breadcrumbs as names; none for a kind that has entries."""
    if label in _LINKED:
        return ()
    if label is Label.TAGS:
        return tuple(lists.tags(blocks))
    return tuple(lists.breadcrumbs(blocks) if label is Label.BREADCRUMBS else lists.lines(blocks))
