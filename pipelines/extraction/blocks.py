"""Tree -> blocks: one walk gives a flat list of text blocks and the tree of boxes they stand in.

A Block is a run of text between two block-level boundaries (tags of BLOCK_TAGS, `<br>`). A Box is a block-level
element; the blocks of its subtree are `blocks[box.first:box.end]`, so that every question about a container is a
question about a range.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.extraction.dom import collapse

BLOCK_TAGS = frozenset(
    "html body p div section article main header footer nav aside li ul ol dl dt dd menu dir "
    "table thead tbody tfoot tr td th caption h1 h2 h3 h4 h5 h6 blockquote pre "
    "figure figcaption form fieldset legend address center hr details summary marquee "
    "hgroup dialog search picture video audio noscript textarea frameset noframes".split()
)
# Never text of the page: neither their content nor their descendants are walked.
SKIPPED_TAGS = frozenset(
    "script style template head title iframe object embed svg math canvas select option datalist map "
    "applet noembed".split()
)
HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
HIDDEN_TAGS = frozenset(("textarea", "noscript", "noframes", "dialog"))
# Elements that only a screen reader speaks: "Image caption", "opens in new tab".
SPOKEN_CLASSES = frozenset(
    ["sr-only", "visually-hidden", "visuallyhidden", "off-screen", "offscreen", "screen-reader-text", "screenreader"]
)
SPOKEN_TAGS = ("span", "div", "p", "h2", "h3", "h4", "label")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TOKEN = re.compile(r"(?<!\d)[A-Za-z]+|\d+")  # letters behind a digit belong to a hash
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(slots=True)
class BlockLink:
    """A link inside a block: its text as printed, its href and title attribute as they stand in the source."""

    text: str
    href: str
    title: str | None
    element: HtmlElement = field(repr=False)


@dataclass(slots=True)
class Box:
    """A block-level element. `tokens`: the lower-cased words of its class and id; `first`, `end`: its blocks."""

    element: HtmlElement = field(repr=False)
    tag: str
    parent: Box | None = field(repr=False)
    depth: int
    tokens: tuple[str, ...]
    hidden: bool
    first: int = 0
    end: int = 0
    _path: str | None = field(default=None, repr=False)

    def path(self) -> str:
        """The tag path from the body, with ids and classes, for a person to read: "div#main/div.text/p"."""
        open_boxes: list[Box] = []  # without recursion: pages nest 2,000 levels deep
        box: Box | None = self
        while box is not None and box._path is None and box.tag not in ("html", "body"):
            open_boxes.append(box)
            box = box.parent
        path = box._path if box is not None and box._path is not None else ""
        for inner in reversed(open_boxes):
            ident, css = inner.element.get("id"), (inner.element.get("class") or "").split()
            step = inner.tag + (f"#{ident}" if ident else "") + "".join(f".{c}" for c in css[:2])
            path = inner._path = f"{path}/{step}" if path else step
        return path or self.tag


@dataclass(slots=True)
class Block:
    """A run of text. `runs` are its text nodes as they stood (a byline glued from spans can be taken apart again)."""

    index: int
    text: str
    box: Box = field(repr=False)
    links: tuple[BlockLink, ...] = field(repr=False)
    runs: tuple[str, ...] = field(repr=False)
    link_chars: int
    bold_chars: int
    after_br: bool  # parted from the block before it by a <br> only

    @property
    def tag(self) -> str:
        """Tag of the block-level element the text stands in."""
        return self.box.tag

    @property
    def hidden(self) -> bool:
        """Not shown to a reader of the page."""
        return self.box.hidden

    @property
    def link_density(self) -> float:
        """Share of the characters that stand in links, 0..1."""
        return self.link_chars / len(self.text) if self.text else 0.0

    @property
    def heading(self) -> int:
        """1..6 inside h1..h6 (or straight inside one), else 0."""
        box: Box | None = self.box
        for _ in range(3):
            if box is None:
                return 0
            if len(box.tag) == 2 and box.tag[0] == "h" and box.tag[1].isdigit():
                return int(box.tag[1])
            box = box.parent
        return 0


@dataclass(slots=True)
class ImageRef:
    """An img element and the index of the block that follows it."""

    element: HtmlElement = field(repr=False)
    block: int
    box: Box = field(repr=False)


@dataclass(slots=True)
class Layout:
    """The page as blocks, boxes (in document order; boxes[0] is the root) and images."""

    blocks: list[Block]
    boxes: list[Box]
    images: list[ImageRef]


def name_tokens(el: HtmlElement) -> tuple[str, ...]:
    """Lower-cased words of class and id, split at case changes and punctuation: "artContent-b" -> art, content, b.

    The whole names are included as well ("artcontent-b"), so that tables can hold either. The id of a heading is made
    from its words and says nothing.
    """
    css, ident = el.get("class"), None if el.tag in HEADING_TAGS else el.get("id")
    return _tokens(f"{css or ''} {ident or ''}") if css or ident else ()


@lru_cache(maxsize=8192)
def _tokens(names: str) -> tuple[str, ...]:
    out: list[str] = []
    for name in names.split()[:12]:
        words = _TOKEN.findall(_CAMEL.sub(" ", name))
        out.extend(w.lower() for w in words)
        if len(words) > 1:
            out.append(name.lower())
    return tuple(dict.fromkeys(out))


class _Walker:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.boxes: list[Box] = []
        self.images: list[ImageRef] = []
        self.runs: list[str] = []
        self.links: list[BlockLink] = []
        self.open: list[BlockLink] = []  # links that have begun and not ended
        self.link_chars = 0
        self.bold_chars = 0
        self.in_link = 0
        self.in_bold = 0
        self.after_br = False

    def text(self, value: str | None) -> None:
        if value:
            self.runs.append(value)
            if self.in_link or self.in_bold:
                size = len(value.strip())
                if self.in_link:
                    self.link_chars += size
                if self.in_bold:
                    self.bold_chars += size

    def flush(self, box: Box, br: bool = False) -> None:
        if self.runs:
            text = collapse("".join(self.runs))
            if text:
                for link in self.open:  # a link around whole blocks: to each it is a link with that block's text
                    link.text = text
                self.blocks.append(
                    Block(
                        index=len(self.blocks),
                        text=text,
                        box=box,
                        links=tuple(self.links),
                        runs=tuple(r for r in map(collapse, self.runs) if r),
                        link_chars=min(self.link_chars, len(text)),
                        bold_chars=min(self.bold_chars, len(text)),
                        after_br=self.after_br,
                    )
                )
                self.open = [replace(link, text="") for link in self.open]
            self.runs, self.links, self.link_chars, self.bold_chars = [], list(self.open), 0, 0
        self.after_br = br


def split_blocks(root: HtmlElement) -> Layout:
    """Walk a parsed page once, without recursion (pages nest 2,000 levels deep)."""
    w = _Walker()
    top = Box(root, "html", None, 0, (), False)
    w.boxes.append(top)
    # The stack holds (element, its box or the box it stands in, children still to come).
    stack: list[tuple[HtmlElement, Box, object]] = [(root, top, iter(root))]
    w.text(root.text)
    while stack:
        el, box, children = stack[-1]
        child = next(children, None)  # type: ignore[call-overload]
        if child is None:
            stack.pop()
            if el is not root:
                _leave(w, el, box)
            continue
        tag = child.tag
        if not isinstance(tag, str) or tag in SKIPPED_TAGS or (tag in SPOKEN_TAGS and _is_spoken(child)):
            w.text(child.tail)
            continue
        if tag == "br":
            w.flush(box, br=True)
            w.text(child.tail)
            continue
        if tag == "img":
            w.images.append(ImageRef(child, len(w.blocks) + (1 if any(r.strip() for r in w.runs) else 0), box))
            w.text(child.tail)
            continue
        inner = _enter(w, child, tag, box)
        stack.append((child, inner, iter(child)))
        w.text(child.text)
    w.flush(top)
    top.end = len(w.blocks)
    return Layout(w.blocks, w.boxes, w.images)


def _is_spoken(el: HtmlElement) -> bool:
    css = el.get("class")
    return css is not None and not SPOKEN_CLASSES.isdisjoint(css.lower().split())


def _enter(w: _Walker, el: HtmlElement, tag: str, box: Box) -> Box:
    style = el.get("style")
    hidden_here = bool(style and _HIDDEN_STYLE.search(style)) or el.get("hidden") is not None
    if tag in BLOCK_TAGS or "-" in tag or hidden_here:
        w.flush(box)
        inner = Box(
            el,
            tag,
            box,
            box.depth + 1,
            name_tokens(el),
            box.hidden or hidden_here or tag in HIDDEN_TAGS,
            first=len(w.blocks),
        )
        w.boxes.append(inner)
        return inner
    if tag == "a":
        w.in_link += 1
        link = BlockLink("", el.get("href") or "", el.get("title"), el)
        w.links.append(link)
        w.open.append(link)
    elif tag in ("b", "strong"):
        w.in_bold += 1
    return box


def _close_link(w: _Walker, link: BlockLink) -> None:
    """Give a link the text it has in the block at hand; one whose blocks are all flushed goes."""
    if w.blocks and w.blocks[-1].links and any(x.element is link.element for x in w.blocks[-1].links):
        text = collapse("".join(w.runs))
        if not text:
            w.links = [x for x in w.links if x is not link]
        link.text = text
    else:
        link.text = collapse(link.element.text_content())


def _leave(w: _Walker, el: HtmlElement, box: Box) -> None:
    if box.element is el:
        w.flush(box)
        box.end = len(w.blocks)
    elif el.tag == "a":
        w.in_link -= 1
        _close_link(w, w.open.pop())
    elif el.tag in ("b", "strong"):
        w.in_bold -= 1
    w.text(el.tail)
