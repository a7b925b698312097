"""What class names, ids and tags say of a box. Names match by token, never by substring (`ad` is not in `padding`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from pipelines.extraction.blocks import Box, split_names
from pipelines.items import Label

# Calibrated on the class names of the labelled pages: a token stands here when, over unrelated sites, the boxes that
# carry it hold no body text.
LABEL_TOKENS: Mapping[Label, frozenset[str]] = {
    Label.COMMENTS: frozenset(
        "comment comments reply replies cmt cmts tie pinglun disqus discuss discussion gentie liuyan "
        "commentlist".split()
    ),
    Label.COPYRIGHT: frozenset("copyright mianze shengming disclaimer disclaimers banquan".split()),
    Label.RELATED: frozenset(
        "related relate relates relation recommend recommended recommends recommendation tuijian xiangguan readmore "
        "guess correlation interested youlike".split()
    ),
    Label.LATEST: frozenset(
        "rank ranking ranks hot hotnews toplist latest newest popular trending paihang hotlist".split()
    ),
    Label.PREV_NEXT: frozenset("prevnext prenext shangxia".split()),
    Label.PAGINATION: frozenset("pagination pager paging pagebar pagelist fenye".split()),
    Label.SHARE: frozenset(
        "share sharing social bshare jiathis bdshare sns qrcode ewm erweima subscribe newsletter toolbar".split()
    ),
    Label.BREADCRUMBS: frozenset("breadcrumb breadcrumbs crumb crumbs mbx weizhi curpos".split()),
    Label.NAVIGATION: frozenset("nav navigation navbar menu menus sidebar sidebox aside topbar login".split()),
    Label.PROMOTION: frozenset(
        "ad ads adv advert advertisement advertising banner promo promotion sponsor sponsored gg".split()
    ),
    Label.TAGS: frozenset("tag tags taglist keyword keywords biaoqian bqian".split()),
    Label.OTHER: frozenset(
        "footer foot popup modal cookie cookies consent gdpr cmpbox onetrust "
        "author-bio author-box author-info author-card".split()
    ),
}
LABEL_TAGS: Mapping[str, Label] = {
    "footer": Label.OTHER,
    "nav": Label.NAVIGATION,
    "aside": Label.OTHER,
    "form": Label.OTHER,
}
# Boxes so named hold no paragraph of the article in 90 of 117 labelled Western pages that have one.
CAPTION_TOKENS = frozenset(["caption", "figcaption", "figcap", "imgcaption", "credit", "credits", "wp-caption-text"])
# Small boxes inside the containers of Western texts that tell of the author, the shop or the reader's account: on 840
# labelled pages 4 of 5 boxes so named hold no word of the article.
ASIDE_TOKENS = frozenset(
    "author authors bio byline cta button buttons affiliate disclosure disclosures feedback jetpack sharedaddy overlay "
    "placeholder signup subscription tooltip popover donate meta".split()
)
# Small boxes named after the picture or film that they show.
PICTURE_TOKENS = frozenset("image images img photo photos picture foto bild video videos gallery".split())
# Hidden boxes so named open over the text, not in it.
POPUP_TOKENS = frozenset(
    "modal popup popover tooltip toast alert message messages form loader lightbox dialog overlay tracker video "
    "footnote footnotes placeholder alt".split()
)
# Tags that divide a text; any other box (div, section, article, table) is a container of its own.
PARAGRAPH_TAGS = frozenset(
    "p li blockquote h1 h2 h3 h4 h5 h6 pre dd dt dl figcaption figure center tr td th tbody ul ol picture hr".split()
)
# What a box may be named for the column beside it; a box named after a list or a thread of comments is one.
LAYOUT_LABELS = (Label.NAVIGATION, Label.OTHER, Label.PROMOTION, Label.SHARE)
# Their names tell what else the page has: has-comments, with-sidebar.
_WHOLE_PAGE = ("body", "html", "main")
# The box of a whole entry: its names tell what it is filed under (tag-harbour, category-newsletter).
_ENTRY_TOKENS = frozenset(["hentry", "status-publish", "type-post"])
_TOKEN_LABELS = {token: label for label, tokens in LABEL_TOKENS.items() for token in tokens}


def foreign_label(box: Box) -> Label | None:
    """The part of the page that a box's names or tag claim it to be; None for a box that may hold the article."""
    return _claim(box.tag, box.tokens)


@lru_cache(maxsize=8192)  # asked for every box around every block, and a site has few names
def _claim(tag: str, tokens: tuple[str, ...]) -> Label | None:
    if tag in _WHOLE_PAGE:
        return None
    label = _label_of(tokens)
    if label is None:
        return LABEL_TAGS.get(tag)
    return label if _ENTRY_TOKENS.isdisjoint(tokens) else None


def names_around(box: Box | None) -> frozenset[str]:
    """The class names of a box and of those that it stands in, below the body."""
    names: set[str] = set()
    while box is not None and box.tag not in ("body", "html"):
        names.update((box.element.get("class") or "").split())
        box = box.parent
    return frozenset(names)


def is_part_of_layout(box: Box, around: Collection[str]) -> bool:
    """Whether a foreign name is only that of the box around: "sidebar-grid__content" inside of "sidebar-grid".

    `around`: the class names of the container and of what it stands in.
    """
    css = box.element.get("class") or ""
    if "__" not in css or box.tag in LABEL_TAGS:
        return False
    names = [name.partition("__") for name in css.split()]
    own = " ".join(part if part and block in around else f"{block}{sep}{part}" for block, sep, part in names)
    return own != " ".join(css.split()) and _label_of(split_names(own)) is None


def _label_of(tokens: Iterable[str]) -> Label | None:
    for token in tokens:
        label = _TOKEN_LABELS.get(token)
        if label is not None:
            return label
    return None


def in_comments(box: Box | None) -> bool:
    """Whether a box, or one around it, claims to hold comments."""
    while box is not None:
        if foreign_label(box) is Label.COMMENTS:
            return True
        box = box.parent
    return False
