"""The pictures of the text: where they really lie, what is printed under them, between which paragraphs they stand."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipelines.extraction.blocks import Block, Box, ImageRef, Layout, name_tokens
from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.names import PARAGRAPH_TAGS, foreign_label
from pipelines.items import Image

# Attributes in which lazy loaders keep the real address, best first; a loader's own `src` is a placeholder.
_LAZY = (
    *("data-src", "data-original", "data-original-src", "data-lazy-src", "data-lazyload", "data-lazy", "data-url"),
    *(
        "data-actualsrc",
        "data-actual-src",
        "data-echo",
        "data-origin-src",
        "data-full-src",
        "data-hi-res-src",
        "data-img",
    ),
    *("data-image", "data-real-src", "real_src", "realsrc", "lazy-src", "lazysrc", "original", "oldsrc", "zoomfile"),
    *("file", "_src", "data-ks-lazyload"),
)
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_SET_ENTRY = re.compile(r"([^\s,]\S*[^\s,])(?:\s+(\d{1,6}(?:\.\d{1,4})?)[wx])?\s*(?:,|$)")

# Words of file names, class names and ids, matched by token. Placeholders stand for a picture still to come,
# ornaments are pictures that belong to the page, not to the text.
_PLACEHOLDERS = frozenset(
    (
        "blank",
        "spacer",
        "placeholder",
        "loading",
        "transparent",
        "grey",
        "gray",
        "pixel",
        "1x1",
        "lazyload",
        "lazy",
        "empty",
    )
)
_ORNAMENTS = frozenset(
    (
        *(
            "icon",
            "icons",
            "ico",
            "avatar",
            "logo",
            "qrcode",
            "ewm",
            "erweima",
            "qr",
            "emoji",
            "emoticon",
            "face",
            "smilies",
        ),
        *("button", "btn", "share", "weixin", "wechat", "weibo", "gravatar", "badge", "tracker", "tracking", "beacon"),
        *("bullet", "arrow", "end", "bg", "ad", "ads", "advert", "banner", "headimg", "touxiang"),
    )
)
_CALL = re.compile(r"二维码|二維碼|扫码|扫一扫|掃碼|长按(?:识别|关注)|公众号|公眾號|qr[ -]?code", re.I)
_CAPTION_TOKENS = frozenset(
    ("pictext", "pictxt", "picdesc", "imgdesc", "imgtext", "imgtxt", "descr", "tuzhu", "tushuo")
)
_CAPTION_WORDS = re.compile(
    r"^[\s（(▲△↑▼◆■【\[]{0,3}(?:上|下|左|右)?(?:图(?:为|[:：/]|\s?\d|[一二三四五六七八九]|片?来源|片?说明|注|源)|圖(?:為|[:：/]|說)|资料图|資料照|配图|"
    r"视频截图|示意图|photo\b|image\b|foto\b|picture\b|credit\b|bild\b|©)|"
    r"(?:摄|攝|供图|供圖|截图|截圖|配图|提供|图源|资料图|摄影|图|／攝)[）)】\]。.]?$|[（(]图源?[:：/]?[^）)]{0,20}[）)]\s*$|"
    r"(?:getty images|reuters|afp|/ ap|shutterstock)[)\].]?$",
    re.I,
)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.I)
_WORD = re.compile(r"[a-z]+|\d+x\d+", re.I)
_NUMBER = re.compile(r"\s*(\d{1,5})")

ICON_SIDE, SMALL_SIDE = 50, 100  # pixels: one side up to the first, or both under the second, is an ornament
CALL_LENGTH = 40  # characters at the beginning of the line under a picture that may call to scan it
CAPTION_LENGTH = 120  # characters; longer lines under a picture are text, unless their class says otherwise
LEAD_BLOCKS = 4  # a picture so many blocks above the first paragraph may lead the text
MAX_URL = 2000
# Most addresses, which need no joining.
_PLAIN = re.compile(r"https?://[\w.\-]+(?P<path>/[\w./\-]+)", re.A)


def find_images(doc: Document, layout: Layout, body: Sequence[int]) -> list[Image]:
    """The images of the text in order, http(s) only, each once.

    `body`: index of the (first) block of each paragraph of the text, rising; `Image.position` is an index into it.
    """
    if not body or not layout.images:
        return []
    first, last = body[0], body[-1]
    home = _home(layout.blocks[i].box for i in (first, body[len(body) // 2], last))
    base = doc.base or "https:"  # which still completes //host/x
    found: list[Image] = []
    seen: set[str] = set()
    nearest = {ref.block: ref for ref in layout.images}  # of several above one line, the last has it as its caption
    previous: ImageRef | None = None
    for ref in layout.images:
        if not first - LEAD_BLOCKS <= ref.block <= last + 1 or not _belongs(ref, home, body, layout):
            continue
        twin = _in_noscript(ref.box) and previous is not None and previous.block == ref.block
        url = None if _ornament(ref.element) else _address(ref.element, base)
        if url is None or url in seen or twin:
            continue
        if not _in_noscript(ref.box):
            previous = ref
        caption = _caption(ref, layout, nearest[ref.block] is ref)
        alt = collapse(ref.element.get("alt") or "") or None
        below = layout.blocks[ref.block].text if ref.block < len(layout.blocks) else ""
        if _CALL.search(f"{below[:CALL_LENGTH]} {alt or ''} {ref.element.get('title') or ''}"):
            continue
        seen.add(url)
        found.append(Image(url=url, caption=caption, alt=alt, position=bisect.bisect_left(body, ref.block) - 1))
    return found


def _home(boxes: Iterator[Box] | Sequence[Box]) -> Box:
    """The smallest container that holds all of them; a paragraph's own box is none."""
    chains = [_ancestors(box) for box in boxes]
    common = next(b for b in chains[0] if all(any(b is x for x in chain) for chain in chains[1:]))
    while common.tag in PARAGRAPH_TAGS and common.parent is not None:
        common = common.parent
    return common


def _ancestors(box: Box) -> list[Box]:
    out = [box]
    while out[-1].parent is not None:
        out.append(out[-1].parent)
    return out


def _belongs(ref: ImageRef, home: Box, body: Sequence[int], layout: Layout) -> bool:
    """Inside the text's container, in no box that is another part, and seen by readers (or a noscript twin)."""
    first = body[0]
    if ref.box.hidden and not _in_noscript(ref.box):
        return False
    inner: Box | None = ref.box
    while inner is not None and inner is not home:
        if foreign_label(inner) is not None or _teaser(inner, body, layout):
            return False
        inner = inner.parent
    if inner is not None:
        return ref.block >= first - 1 or all(len(b.text) <= CAPTION_LENGTH for b in layout.blocks[ref.block : first])
    # Right above the text, beside its container: the lead picture of many templates stands in a figure of its own.
    return first - 2 <= ref.block <= first and any(b.tag in ("figure", "picture") for b in _ancestors(ref.box)[:4])


def _teaser(box: Box, body: Sequence[int], layout: Layout) -> bool:
    """A box of links with a picture (another article's teaser between the paragraphs): text, but none of the body's."""
    at = bisect.bisect_left(body, box.first)
    if box.first == box.end or (at < len(body) and body[at] < box.end):
        return False
    blocks = layout.blocks[box.first : min(box.end, box.first + 8)]
    return sum(b.link_chars for b in blocks) > 0.5 * sum(len(b.text) for b in blocks)


def _in_noscript(box: Box) -> bool:
    return any(b.tag == "noscript" for b in _ancestors(box)[:3])


def _ornament(el: Any) -> bool:
    width, height = _pixels(el, "width"), _pixels(el, "height")
    sides = [s for s in (width, height) if s is not None]
    if any(s <= ICON_SIDE for s in sides) or (len(sides) == 2 and max(sides) < SMALL_SIDE):
        return True
    return not _ORNAMENTS.isdisjoint(name_tokens(el)) or el.get("usemap") is not None


def _pixels(el: Any, name: str) -> int | None:
    value = el.get(name)
    if value is None or "%" in value:
        found = re.search(rf"(?<![\w-]){name}\s*:\s*(\d{{1,5}})(?:\.\d+)?px", el.get("style") or "", re.I)
    else:
        found = _NUMBER.match(value)
    return int(found.group(1)) if found else None


def _address(el: Any, base: str) -> str | None:
    """The image's absolute http(s) address: a lazy loader's attribute, src, the largest of a srcset; None for none."""
    names = el.keys()
    for name in _LAZY:
        url = _usable(el.get(name), base) if name in names else None
        if url is not None:
            return url
    url = _usable(el.get("src"), base)
    if url is not None:
        return url
    sets = [el.get(name) for name in _LAZY_SETS]
    picture = next(el.iterancestors("picture"), None)
    if picture is not None:
        sets += [s.get(name) for s in picture.iter("source") for name in _LAZY_SETS]
    for value in sets:
        entries = [(float(size or 1), url) for url, size in _SET_ENTRY.findall((value or "")[:20_000])]
        for _, entry in sorted(entries, key=lambda e: -e[0]):
            url = _usable(entry, base)
            if url is not None:
                return url
    return None


def _usable(value: str | None, base: str) -> str | None:
    value = (value or "").strip()
    if not value or len(value) > MAX_URL or value[:5].lower() in ("data:", "about", "javas", "blob:"):
        return None
    if "." not in value and "/" not in value:
        return None
    if (plain := _PLAIN.fullmatch(value)) is not None:
        url, path = value, plain["path"]
    else:
        try:
            url = urljoin(base, value)
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path in ("", "/"):
            return None
        path = parts.path
    words = {w.lower() for w in _WORD.findall(path.rpartition("/")[2])}
    return None if words & _PLACEHOLDERS or words & _ORNAMENTS else url


def _caption(ref: ImageRef, layout: Layout, nearest: bool) -> str | None:
    """The figcaption of its figure, else the short line under it that is told as a caption by class, words or form."""
    for box in _ancestors(ref.box)[:5]:
        if box.tag == "figure":
            return _figcaption(box, layout)
    if not nearest or ref.block >= len(layout.blocks):
        return None
    block = layout.blocks[ref.block]
    if block.hidden or block.heading or block.link_density > 0.5:
        return None
    alt = collapse(ref.element.get("alt") or "")
    text = block.text
    if _captioned(block):
        return text
    if len(text) > CAPTION_LENGTH:
        return None
    if text == alt or _CAPTION_WORDS.search(text) or (_centred(block.box) and _centred(ref.box)):
        return text
    return None


def _figcaption(figure: Box, layout: Layout) -> str | None:
    texts = [
        b.text
        for b in layout.blocks[figure.first : figure.end]
        if not b.hidden and (b.box.tag == "figcaption" or any(x.tag == "figcaption" for x in _ancestors(b.box)[:4]))
    ]
    return " ".join(texts) or None


def _captioned(block: Block) -> bool:
    """The box of the line, or the one element it stands in, is named as a caption."""
    el = block.box.element
    names = [*block.box.tokens, *(name_tokens(el[0]) if len(el) == 1 else ())]
    return any(n in _CAPTION_TOKENS or n.endswith("caption") for n in names)


def _centred(box: Box) -> bool:
    el = box.element
    return (
        box.tag == "center"
        or (el.get("align") or "").lower() == "center"
        or "center" in box.tokens
        or bool(_CENTRED.search(el.get("style") or ""))
    )
