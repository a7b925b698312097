"""Whether a page is a list of links and no article, by where its prose stands and what its address looks like."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from pipelines.addresses import is_front_page
from pipelines.extraction.blocks import Layout
from pipelines.extraction.body.container import has_stop, weight
from pipelines.extraction.names import PARAGRAPH_TAGS

# Calibrated on 58 saved list pages and 374 article pages of the same sites; widths in characters of Chinese. The prose
# of an article stands together in one box; that of a list with excerpts is cut into as many pieces as it has entries.
LIST_LINKS = 8  # lines of links as long as a headline that a list has at least
HEADLINE_WIDTH = 8.0
ENTRY_DENSITY = 0.4  # a date and a count may stand beside the link
LIST_PROSE = 120.0  # the largest piece of prose of a list stays below
SAVED_PROSE = 60.0  # the same for a saved page of which no address is known
SURE_PROSE = 20.0  # with less than this in one piece even an address like an article's does not help
_THING = "页面|頁面|网页|網頁|文章|内容|內容|信息"
_MISSING = re.compile(
    rf"(?:{_THING}|新闻|新聞|资源|您?(?:要|所)?(?:访问|訪問|查看|浏览|查找|请求)的?[^。，！!]{{0,8}})[^。，！!]{{0,6}}"
    r"(?:不存在|不見了|不见了|找不到|没有找到|未找到|无法(?:找到|访问|显示|打开)"
    r"|(?:已|被)[经經]?被?(?:删除|刪除|移除|下线|下架|失效|过期))"
    rf"|(?:找不到|没有找到|无法找到|找不著)[^。，！!]{{0,8}}(?:{_THING})"
    r"|\b(?:page|article|story|content|url|document)\b[^.!]{0,40}\b"
    r"(?:not (?:be )?found|n[o']t exist|no longer (?:available|exists?)|(?:been|was) (?:removed|deleted|moved))"
    r"|(?:can(?:no|')t|could ?n[o']t) (?:be )?f(?:ind|ound)\b[^.!]{0,20}\b(?:page|article)"
    r"|\b404\b[^.]{0,12}\b(?:not found|error)|(?:ページ|記事)[^。]{0,12}(?:見つかりません|存在しません|削除され)"
    r"|(?:페이지|기사)[^.]{0,10}(?:찾을 수 없|존재하지 않|삭제)|страниц[аы] [^.]{0,12}не (?:найден|существует)"
    r"|(?:página|artículo) [^.]{0,12}no (?:encontrad|existe)|page (?:introuvable|non trouvée)"
    r"|seite (?:wurde )?nicht gefunden",
    re.I,
)
_ARTICLE_URL = re.compile(r"(?:19|20)\d\d[-/]?[01]\d|\d{5,}|[a-z0-9]+(?:[-_][a-z0-9]+){3,}", re.I)


def is_list(layout: Layout, url: str | None) -> bool:
    """True for a list page. `url` may be None; an address with a date, a long number or a headline speaks against.

    The front page of a host is a list too where more is linked than stands together as prose: its teasers are long.
    """
    entries = [
        block
        for block in layout.blocks
        if block.link_density > ENTRY_DENSITY and any(weight(link.text) >= HEADLINE_WIDTH for link in block.links)
    ]
    if len(entries) < LIST_LINKS:
        return False
    largest = largest_prose(layout)
    if largest < SURE_PROSE or (is_front_page(url or "") and largest < sum(weight(block.text) for block in entries)):
        return True
    return largest < (LIST_PROSE if url else SAVED_PROSE) and not looks_like_article(url)


def says_missing(text: str) -> bool:
    """Whether the words of a page say that what was asked for is not there, as error pages with status 200 do."""
    return _MISSING.search(text) is not None


def looks_like_article(url: str | None) -> bool:
    """Whether an address has what those of articles have: a date, a number of five digits or a headline in its path."""
    if not url:
        return False
    parts = urlsplit(url)
    return _ARTICLE_URL.search(f"{parts.path.rstrip('/')}?{parts.query}") is not None


def largest_prose(layout: Layout) -> float:
    """The most punctuated, unlinked text that stands together in one box, in characters of Chinese."""
    held: Counter[int] = Counter()
    for block in layout.blocks:
        if block.link_density > 0.5 or not has_stop(block.text):
            continue
        box = block.box
        if box.tag in PARAGRAPH_TAGS and box.tag not in ("td", "li", "dd") and box.parent is not None:
            box = box.parent
        held[id(box)] += int(weight(block.text) * (1 - block.link_density))
    return float(max(held.values(), default=0))
