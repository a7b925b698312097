"""A page as it was fetched, written anew with the parts that its blocks were given: nothing of it runs or loads.

Only text comes through, in elements of a short list without their attributes; each run of text stands in a span that
names its label, with the reason as its title. Which block a text belongs to is told by the segments' order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape

from lxml import etree

from pipelines.extraction.blocks import BLOCK_TAGS
from pipelines.extraction.dom import collapse, parse
from pipelines.items import Page, Segment

# Elements that come through; of any other the text alone. Forms become boxes.
_KEPT = frozenset(
    "p div section article main header footer nav aside ul ol li dl dt dd table thead tbody tfoot tr td th caption "
    "h1 h2 h3 h4 h5 h6 blockquote pre figure figcaption b strong i em u s sub sup small span".split()
)
_VOID = frozenset(("br", "hr"))
# Never text of the page: gone with all that is inside.
_DROPPED = frozenset(
    "script style template head title iframe object embed svg math canvas select option datalist map applet noembed "
    "link meta base frame frameset audio video source track param input button".split()
)
AHEAD = 6_000  # characters behind the last block that was met in which the next one is looked for
FAR = 400  # texts that are looked for in all segments: lists that were read apart, and what repeats


def marked_body(page: Page, segments: Sequence[Segment]) -> str:
    """The body of a page as HTML, its text in `<span class="part LABEL" title="LABEL: reason">`; pictures as words.

    A text that no segment has stands there without a label. Raises PageError where the page cannot be decoded.
    """
    root = parse(page).root
    finder = _Finder(segments)
    return "".join(_written(root, finder))


def _written(root: etree._Element, finder: _Finder) -> Iterator[str]:
    """The tree without recursion: pages nest 2,000 levels deep."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, el in walk:
        tag = el.tag if isinstance(el.tag, str) else ""
        if event == "start":
            if tag in _DROPPED:
                walk.skip_subtree()
                continue
            if tag == "img":
                alt = collapse(el.get("alt") or "")
                yield f'<span class="picture">{escape(alt or "picture")}</span>'
            elif tag in _VOID:
                yield f"<{tag}>"
            else:
                yield from _tag(tag, "<")
                yield from finder.marked(el.text)
        else:
            if tag not in _DROPPED and tag not in _VOID and tag != "img":
                yield from _tag(tag, "</")
            if el is not root:
                yield from finder.marked(el.tail)


def _tag(tag: str, opening: str) -> Iterator[str]:
    if tag in _KEPT:
        yield f"{opening}{tag}>"
    elif tag in BLOCK_TAGS and tag not in ("html", "body"):
        yield f"{opening}div>"


class _Finder:
    """Finds the segment of each text of a page, given in the page's order."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._starts: list[int] = []
        texts: list[str] = []
        length = 0
        for segment in segments:
            self._starts.append(length)
            texts.append(collapse(segment.text))
            length += len(texts[-1]) + 1
        self._all = "\n".join(texts)
        self._at = 0
        self._far = FAR

    def marked(self, text: str | None) -> Iterator[str]:
        """A text of the page with its mark; white space as it is."""
        if not text:
            return
        wanted = collapse(text)
        segment = self._segment(wanted) if wanted else None
        shown = escape(text, quote=False)
        if segment is None:
            yield shown
            return
        label = segment.label.value
        yield f'<span class="part {label}" title="{escape(f"{label}: {segment.reason}")}">{shown}</span>'

    def _segment(self, wanted: str) -> Segment | None:
        found = self._all.find(wanted, self._at, self._at + AHEAD + len(wanted))
        if found >= 0:
            self._at = found + len(wanted)
        elif self._far:
            self._far -= 1
            found = self._all.find(wanted)
        return self._segments[self._number(found)] if found >= 0 else None

    def _number(self, at: int) -> int:

        return bisect_right(self._starts, at) - 1
