"""A page as it was fetched, written anew with the parts that its blocks were given: nothing of it runs or loads.

Only text comes through, in elements of a short list without their attributes; each run of text stands in a span that
names its label, with the reason as its title. A block is known by its place and its text, as the segments have them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from lxml import etree

from pipelines.extraction.blocks import BLOCK_TAGS, SKIPPED_TAGS, Block, split_blocks
from pipelines.extraction.dom import collapse, parse
from pipelines.items import Page, Segment

# Elements that come through; of any other the text alone. Forms become boxes.
_KEPT = frozenset(
    "p div section article main header footer nav aside ul ol li dl dt dd table thead tbody tfoot tr td th caption "
    "h1 h2 h3 h4 h5 h6 blockquote pre figure figcaption b strong i em u s sub sup small span".split()
)
_VOID = frozenset(("br", "hr"))
_EMPTY = frozenset("link meta base frame param track source input wbr area col".split())
AHEAD = 200  # runs of text that are passed over, at most, where the page has one that no block has


@dataclass(frozen=True, slots=True)
class Links:
    """To which addresses a page's texts link, in the whole window.

    `segment`: by the index of a segment; `passed`: by that of a block of the page, where no segment has it;
    `keyboard`: whether the keyboard stops at them.
    """

    segment: Callable[[int], str]
    passed: Callable[[int], str]
    keyboard: bool = False


def marked_body(page: Page, segments: Sequence[Segment], links: Links | None = None) -> str:
    """The body of a page as HTML, its text in `<span class="part LABEL" title="LABEL: reason">`; pictures as words.

    A text that no segment has stands there without a label. With `links` the texts are links. Raises PageError where
    the page cannot be decoded.
    """
    root = parse(page).root
    return "".join(_written(root, _Finder(root, segments, links)))


def _written(root: etree._Element, finder: _Finder) -> Iterator[str]:
    """The tree without recursion: pages nest 2,000 levels deep."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, el in walk:
        tag = el.tag if isinstance(el.tag, str) else ""
        if event == "start":
            if tag in SKIPPED_TAGS:
                walk.skip_subtree()
                continue
            if tag == "img":
                alt = collapse(el.get("alt") or "")
                yield f'<span class="picture">{escape(alt or "picture")}</span>'
            elif tag in _VOID:
                yield f"<{tag}>"
            elif tag not in _EMPTY:
                yield from _tag(tag, "<")
                yield from finder.marked(el.text)
        else:
            if tag not in SKIPPED_TAGS | _VOID | _EMPTY and tag != "img":
                yield from _tag(tag, "</")
            if el is not root:
                yield from finder.marked(el.tail)


def _tag(tag: str, opening: str) -> Iterator[str]:
    if tag in _KEPT:
        yield f"{opening}{tag}>"
    elif tag in BLOCK_TAGS - {"html", "body"}:
        yield f"{opening}div>"


class _Finder:
    """Finds the segment of each run of text of a page, given in the page's order."""

    def __init__(self, root: etree._Element, segments: Sequence[Segment], links: Links | None) -> None:
        self._links = links
        self._numbers = {id(segment): n for n, segment in enumerate(segments)}
        blocks = split_blocks(root).blocks
        found = matched(blocks, segments)
        pairs = zip(blocks, found, strict=True)
        self._runs = [(run, block.index, segment) for block, segment in pairs for run in block.runs]
        self._at = 0

    def marked(self, text: str | None) -> Iterator[str]:
        """A text of the page with its mark; white space as it is."""
        if not text:
            return
        wanted = collapse(text)
        run = self._run(wanted) if wanted else None
        shown = escape(text, quote=False)
        if run is None:
            yield shown
            return
        _, block, segment = run
        marked = ""
        if segment is not None:
            label = segment.label.value
            marked = f' class="part {label}" title="{escape(f"{label}: {segment.reason}")}"'
        if self._links is not None:
            where = self._links.passed(block) if segment is None else self._links.segment(self._numbers[id(segment)])
            stop = "" if self._links.keyboard else ' tabindex="-1"'
            marked = marked or ' class="passed" title="passed by"'
            yield f'<a{marked} href="{escape(where)}" target="_top"{stop}>{shown}</a>'
        else:
            yield f"<span{marked}>{shown}</span>" if marked else shown

    def _run(self, wanted: str) -> tuple[str, int, Segment | None] | None:
        for at in range(self._at, min(self._at + AHEAD, len(self._runs))):
            if self._runs[at][0] == wanted:
                self._at = at + 1
                return self._runs[at]
        return None


def matched(blocks: Sequence[Block], segments: Sequence[Segment]) -> list[Segment | None]:
    """The segment of each block: the same text at the same place, else at the end of one.

    The segments of a list that was read apart have their places from its element on, or "html" for that itself.
    """
    left: defaultdict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        left[collapse(segment.text)].append(segment)
    found: list[Segment | None] = [_taken(left[b.text], b.box.path().__eq__) for b in blocks]
    for at, block in enumerate(blocks):
        if found[at] is None and left[block.text]:
            found[at] = _taken(left[block.text], partial(_is_end, f"/{block.box.path()}"))
    return found


def _is_end(place: str, path: str) -> bool:
    return path == "html" or place.endswith(f"/{path}")


def _taken(segments: list[Segment], fits: Callable[[str], bool]) -> Segment | None:
    for at, segment in enumerate(segments):
        if fits(segment.path):
            return segments.pop(at)
    return None
