"""What class names, ids and tags say of a box. Names match by token, never by substring (`ad` is not in `padding`)."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.extraction.blocks import Box
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
        "footer foot popup modal cookie cookies author-bio author-box author-info author-card".split()
    ),
}
LABEL_TAGS: Mapping[str, Label] = {
    "footer": Label.OTHER,
    "nav": Label.NAVIGATION,
    "aside": Label.OTHER,
    "form": Label.OTHER,
}
# Tags that divide a text; any other box (div, section, article, table) is a container of its own.
PARAGRAPH_TAGS = frozenset(
    "p li blockquote h1 h2 h3 h4 h5 h6 pre dd dt dl figcaption figure center tr td th tbody ul ol picture hr".split()
)
# Their names tell what else the page has: has-comments, with-sidebar.
_WHOLE_PAGE = ("body", "html", "main")
_TOKEN_LABELS = {token: label for label, tokens in LABEL_TOKENS.items() for token in tokens}


def foreign_label(box: Box) -> Label | None:
    """The part of the page that a box's names or tag claim it to be; None for a box that may hold the article."""
    if box.tag in _WHOLE_PAGE:
        return None
    for token in box.tokens:
        label = _TOKEN_LABELS.get(token)
        if label is not None:
            return label
    return LABEL_TAGS.get(box.tag)
