"""Tree -> blocks: one walk gives a flat list of text blocks and the tree of boxes they stand in.

A Block is a run of text between two block-level boundaries (tags of BLOCK_TAGS, `<br>`). A Box is a block-level
element; the blocks of its subtree are `blocks[box.first:box.end]`, so that every question about a container is a
question about a range.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
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
SPOKEN_TAGS = frozenset(("span", "div", "p", "h2", "h3", "h4", "label"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TOKEN = re.compile(r"(?<!\d)[A-Za-z]+|\d+")  # letters behind a digit belong to a hash
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*|\n(?=\u3000{1,2}\S)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(slots=True)
class BlockLink:
    """A link inside a block: its text as printed, its href and title attribute as they stand in the source."""

    text: str
    href: str
    title: str | None
    element: HtmlElement = field(repr=False)


@dataclass(slots=True, eq=False)
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
    heading: int = 0  # 1..6: one of h1..h6, or two levels inside one at most
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
    link_density: float  # share of the characters that stand in links, 0..1
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
    def heading(self) -> int:
        """1..6 inside h1..h6 (or straight inside one), else 0."""
        return self.box.heading


@dataclass(slots=True)
class ImageRef:
    """An img element and the index of the block that follows it."""

    element: HtmlElement = field(repr=False)
    block: int
    box: Box = field(repr=False)


@dataclass(slots=True)
class Layout:
    """The page as blocks, boxes (in document order; boxes[0] is the root) and images.

    `passed`: the elements that were to be passed by, each with the index of the block that follows it.
    """

    blocks: list[Block]
    boxes: list[Box]
    images: list[ImageRef]
    passed: dict[HtmlElement, int] = field(default_factory=dict)
    below: dict[Box, list[tuple[Box, str]]] = field(default_factory=dict, repr=False)  # see memory.places.inside


def name_tokens(el: HtmlElement) -> tuple[str, ...]:
    """Lower-cased words of class and id, split at case changes and punctuation: "artContent-b" -> art, content, b.

    The whole names are included as well ("artcontent-b"), so that tables can hold either. The id of a heading is made
    from its words and says nothing.
    """
    css, ident = el.get("class"), None if el.tag in HEADING_TAGS else el.get("id")
    return split_names(f"{css or ''} {ident or ''}") if css or ident else ()


@lru_cache(maxsize=8192)
def split_names(names: str) -> tuple[str, ...]:
    """The lower-cased words of class names and ids parted by white space, and the whole names of several words."""
    out: list[str] = []
    for name in names.split()[:12]:
        words = _TOKEN.findall(_CAMEL.sub(" ", name))
        out.extend(w.lower() for w in words)
        if len(words) > 1:
            out.append(name.lower())
    return tuple(dict.fromkeys(out))


# What an element is to the walk; plain numbers, asked for at every element. The descendants of the last three are not
# walked.
INLINE, BOX, LINK, BOLD, BREAK, IMAGE, SKIPPED = range(7)
_KINDS = {
    **dict.fromkeys(BLOCK_TAGS, BOX),
    **dict.fromkeys(SKIPPED_TAGS, SKIPPED),
    **dict.fromkeys(("b", "strong"), BOLD),
    "a": LINK,
    "br": BREAK,
    "img": IMAGE,
}
_WITH_END = (BOX, LINK, BOLD)  # whose end means something


@dataclass(slots=True)
class _OpenLink:
    """A link that has begun and not ended. `first`: its first run, None once it has text in a block before."""

    link: BlockLink
    first: int | None
    skipped: int  # elements passed over when it began


class _Walker:
    def __init__(self, root: HtmlElement) -> None:
        self.box = Box(root, "html", None, 0, (), False)  # the innermost one that is open
        self.blocks: list[Block] = []
        self.boxes: list[Box] = [self.box]
        self.images: list[ImageRef] = []
        self.runs: list[str] = []
        self.links: list[BlockLink] = []
        self.open: list[_OpenLink] = []
        self.skipped = 0  # elements passed over so far
        self.link_chars = 0
        self.bold_chars = 0
        self.in_bold = 0
        self.after_br = False
        self.blank = False  # white space before any run: two of three texts of a page are nothing else

    def text(self, value: str) -> None:
        if "\n" in value and self.box.tag == "pre" and "。" in value:  # prose set in lines, and no code
            *parts, value = _PARAGRAPH.split(value)
            for part in parts:
                self.runs.append(part)
                self.flush(br=True)
        self.runs.append(value)
        if self.open:
            self.link_chars += len(value.strip())
        if self.in_bold:
            self.bold_chars += len(value.strip())

    def flush(self, br: bool = False) -> None:
        runs = self.runs
        if runs:
            text = " ".join("".join(runs).split())  # collapse(), without the call
            if text:
                for x in self.open:  # a link around whole blocks: to each it is a link with that block's text
                    x.link.text = text
                self.blocks.append(
                    Block(
                        len(self.blocks),
                        text,
                        self.box,
                        tuple(self.links),
                        (text,) if len(runs) == 1 else tuple([r for r in map(collapse, runs) if r]),
                        link_chars := min(self.link_chars, len(text)),
                        link_chars / len(text),
                        min(self.bold_chars, len(text)),
                        self.after_br,
                    )
                )
            for x in self.open:
                x.first = None if text or x.first is None else 0
                if text:
                    x.link = BlockLink("", x.link.href, x.link.title, x.link.element)
            self.runs, self.link_chars, self.bold_chars = [], 0, 0
            self.links = [x.link for x in self.open] if self.open else []
        elif self.blank and self.links:
            self.links = [x.link for x in self.open]
        self.blank = False
        self.after_br = br

    def enter(self, el: HtmlElement, tag: str, kind: int) -> int:
        """Open an element; gives what it is in truth: a hidden one is a box whatever its tag."""
        names = el.keys()  # one call where many would find nothing
        hidden = bool(names) and _is_hidden(el, names)
        if kind == BOX or hidden:
            if self.runs or self.blank:
                self.flush()
            else:
                self.after_br = False
            box = self.box
            first = len(self.blocks)
            hidden = hidden or box.hidden or tag in HIDDEN_TAGS
            self.box = Box(el, tag, box, box.depth + 1, name_tokens(el) if names else (), hidden, first)
            if box.heading or tag in HEADING_TAGS:
                self.box.heading = _heading(self.box)
            self.boxes.append(self.box)
            return BOX
        if kind == LINK:
            link = BlockLink("", el.get("href") or "", el.get("title"), el)
            self.links.append(link)
            self.open.append(_OpenLink(link, len(self.runs), self.skipped))
        elif kind == BOLD:
            self.in_bold += 1
        return kind

    def skip(self, el: HtmlElement, kind: int) -> None:
        """Pass over an element and its descendants."""
        if kind == SKIPPED:
            self.skipped += 1
        elif kind == BREAK:
            self.flush(br=True)
        elif kind == IMAGE:
            block = len(self.blocks) + (1 if any(r.strip() for r in self.runs) else 0)
            self.images.append(ImageRef(el, block, self.box))

    def leave(self, kind: int) -> None:
        """Close the innermost open element."""
        if kind == BOX:
            if self.runs or self.blank:
                self.flush()
            else:
                self.after_br = False
            self.box.end = len(self.blocks)
            self.box = self.box.parent or self.box
        elif kind == LINK:
            self._close_link(self.open.pop())
        elif kind == BOLD:
            self.in_bold -= 1

    def _close_link(self, closed: _OpenLink) -> None:
        """Give a link the text it has in the block at hand; one whose blocks are all flushed goes."""
        link = closed.link
        if closed.first is None:
            link.text = collapse("".join(self.runs))
            if not link.text:
                self.links = [x for x in self.links if x is not link]
        elif closed.skipped == self.skipped:
            link.text = collapse("".join(self.runs[closed.first :]))
        else:
            link.text = collapse(link.element.text_content())


def split_blocks(root: HtmlElement, skip: Collection[HtmlElement] = ()) -> Layout:
    """Walk a parsed page once, without recursion (pages nest 2,000 levels deep). Elements of `skip` are passed by."""
    w = _Walker(root)
    passed: dict[HtmlElement, int] = {}
    kinds: list[int] = []  # of the open elements
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, el in walk:
        if event == "start":
            if el is root:
                kind = INLINE
            else:
                tag = el.tag
                kind = _KINDS.get(tag, INLINE)
                if kind == INLINE and "-" in tag:
                    kind = BOX
                if tag in SPOKEN_TAGS and (css := el.get("class")) and _is_spoken(css):
                    kind = SKIPPED
                elif skip and el in skip:
                    w.flush()
                    passed[el] = len(w.blocks)
                    kind = SKIPPED
                if kind >= BREAK:
                    w.skip(el, kind)
                    walk.skip_subtree()
                else:
                    kind = w.enter(el, tag, kind)
            kinds.append(kind)
            value = None if kind >= BREAK else el.text
        else:
            if event == "end" and (kind := kinds.pop()) in _WITH_END:
                w.leave(kind)
            value = None if el is root else el.tail
        if value:
            if w.runs or not value.isspace():
                w.text(value)
            else:
                w.blank = True
    w.flush()
    w.boxes[0].end = len(w.blocks)
    return Layout(w.blocks, w.boxes, w.images, passed)


def _heading(box: Box) -> int:
    """The level of the innermost heading among a box, its parent and the parent of that."""
    outer: Box | None = box
    for _ in range(3):
        if outer is None:
            break
        if outer.tag in HEADING_TAGS:
            return int(outer.tag[1])
        outer = outer.parent
    return 0


def _is_hidden(el: HtmlElement, names: Collection[str]) -> bool:
    if "style" in names and _hides(el.get("style") or ""):
        return True
    return "hidden" in names or ("aria-modal" in names and el.get("aria-modal") == "true")  # a window over the page


@lru_cache(maxsize=4096)
def _hides(style: str) -> bool:
    return _HIDDEN_STYLE.search(style) is not None


@lru_cache(maxsize=4096)
def _is_spoken(css: str) -> bool:
    return not SPOKEN_CLASSES.isdisjoint(css.lower().split())
