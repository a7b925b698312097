"""Labelled blocks -> the lists of an article: related, latest, previous/next, tags, notices, breadcrumbs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from pipelines.extraction.blocks import Block, BlockLink
from pipelines.extraction.body.container import weight
from pipelines.extraction.phrases import Mark, match_heading, match_mark
from pipelines.items import Label, Link

SHORTEST_TITLE = 7.0  # characters of Chinese; shorter link texts are channel names
SHORTEST_ENTRY, WIDE_ENTRIES = 3.0, 2  # among so many wider entries, two thirds of a list, a shorter one is a title
SHORTEST_LABELLED = 5.0  # behind "next:" a shorter one is a title too
LONGEST_TITLE = 60.0  # wider ones are excerpts
PLAIN_TITLE = 10.0  # the narrowest entry that is no link
LONGEST_TAG = 24
TAG_WIDTH = 10.0  # mean width of the tags of a line in characters of Chinese; headlines have 15 and more
_RANK = re.compile(
    r"^\s*(?:[·•▪◆■●]\s*)?(\d{1,2})\s*[.、．:：)）\s]\s*(?=\D)|^(\d{1,2})(?=[^\d\s.,，年月日号点:：%％个次大岁万亿元])"
)
_BULLET = re.compile(r"^[\s·•▪◆■●○※►▶>»›|｜\-—]+|[\s|｜>»›]+$")
_DATE = re.compile(
    r"[\[(（【]?\s*(?:(?:19|20)\d\d\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d\d(?:[:：]\d\d)?\s*(?:[AP]M)?)?\s*[\])）】]?"
)
_COUNT = re.compile(r"\s*[\[(（]\s*(?:\d{1,7}\s*(?:评|评论|条|跟贴|人参与|阅读|浏览|赞|次)?)\s*[\])）]\s*$")
_MORE = re.compile(
    r"^(?:更多|more|详细|查看|全部|换一[换批]|\[?详[情细]\]?|阅读全文|点击|进入|下载|评论|回复|登录|注册|返回|关闭|意见反馈|反馈|留言板"
    r"|>+|»+).{0,6}$|^(?:return|back) to\b",
    re.I,
)
_SIDE = re.compile(
    r"^[\[【<«‹←\s]*(?:阅读|點閱|点击)?(?:(?P<zh>[上下前后後])一?(?:篇|条|條|则|則|个|节|章)(?:文章|新闻|新聞|稿件|主题|资讯)?"
    r"|(?P<en>previous|next|older|newer|prev)\b(?:\s+(?:article|post|story)\b)?)\s*[\]】>»›→:：\s]*",
    re.I,
)
_WHOLE = re.compile(r"https?://[^/?#]", re.I)
_TAGGED = re.compile(r"\btagged\b(?:\s(?:as|in|with)\b)?\s?:?", re.I)
_NO_TITLE = re.compile(r"[:：|｜#＃]")  # a datum, a search
_LABEL = re.compile(r"^(?:[^:：]{1,8}|[^\W\d]+(?:\s[^\W\d]+)?)[:：]\s*")
_TAG_SPLIT = re.compile(r"[,，、;；|｜/\s#＃]+")
_ARROWS = " \t←→«»‹›<>＜＞"
# Words of the class names of neighbours: nav-previous, post-navigation-next, prev_article.
_WHERE = ("post", "nav", "single", "article", "entry", "story")
_SIDES = {"prev": "prev", "previous": "prev", "next": "next"}
_CALL = re.compile(r"(?:尽在|下载|打开|关注)\S{2,14}(?:APP|客户端|公众号)$|[⋅·]$", re.I)
_TOLD = (Label.COPYRIGHT, Label.COMMENTS)
_SAID = re.compile(r"(?!(?:版权|免责|特别|郑重|风险|重要|本[站网报文])).{2,24}[:：]\s?\S{6,}")
_HOME = ("首页", "首頁", "主页")
_NOTHING = re.compile(r"^(?:没有了|无|沒有了|暂无|已经是(?:第一|最后)一?篇|返回列表)[了。.]*$")


def absolute(href: str, base: str | None) -> str | None:
    """An http(s) URL of a link, None for anything else (javascript:, mailto:, broken)."""
    href, base = href.strip(), base or ""
    if base and _WHOLE.match(href):
        base = base.partition(":")[0] + "://"  # nothing else of it counts: the links of a site are resolved once
    return _absolute(href, base)


@lru_cache(maxsize=4096)
def _absolute(href: str, base: str) -> str | None:
    try:
        url = urljoin(base, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def titles(blocks: Sequence[Block], base: str | None, own: str) -> list[Link]:
    """The entries of a list of links: titles as printed without ranks, dates and counts; never the page itself.

    `own` is the page's title. An entry that comes twice (picture and text) is given once.
    """
    found: dict[str, Link] = {}
    entries = [(block, link) for block in blocks for link in block.links if link.text]
    ranked = _ranked([link.text for _, link in entries])
    printed = [_printed(link.text, ranked) for _, link in entries]
    narrow = _narrow_titles(entries, printed)
    for (block, link), (title, date) in zip(entries, printed, strict=True):
        if (
            not (SHORTEST_TITLE <= weight(title) <= LONGEST_TITLE or title in narrow)
            or title.startswith(("http:", "https:"))
            or _MORE.match(title)
            or title == own
            or match_heading(title)
            or _is_furniture(title)
        ):
            continue
        when = date or _date_beside(block, link)
        url = absolute(link.href, base)
        full = link.title.strip() if link.title and _is_fuller(link.title.strip(), title) else None
        found.setdefault(title, Link(title, url, when, full_title=full))
    for block in blocks if not entries else ():  # a list whose entries are no links
        title = _BULLET.sub("", block.text)
        if (
            not block.links
            and PLAIN_TITLE <= weight(title) <= LONGEST_TITLE
            and not match_heading(title)
            and title != own
        ):
            found.setdefault(title, Link(title))
    return list(found.values())


def _is_furniture(title: str) -> bool:
    """A notice, a call, an account; a linked headline may begin as a notice does (某人声明：…, 评论：…)."""
    if _CALL.search(title):
        return True
    mark = match_mark(title)
    return mark is not None and not (mark.label in _TOLD and _SAID.match(title))


def _date_beside(block: Block, link: BlockLink) -> str | None:
    """A date in the entry's line that is not the link's."""
    found = _DATE.search(block.text.replace(link.text, " "))
    return found.group().strip("[]()（）【】 ") if found else None


def _printed(text: str, ranked: bool) -> tuple[str, str | None]:
    """A link's text without bullet, rank and count, and the date that stood at its end."""
    title = _BULLET.sub("", text)
    if ranked:
        title = _RANK.sub("", title)
    title, date = _split_date(title)
    return _BULLET.sub("", _COUNT.sub("", title)).strip(), date


def _narrow_titles(entries: Sequence[tuple[Block, BlockLink]], printed: Sequence[tuple[str, str | None]]) -> set[str]:
    """Titles too short for one, alone in their lines, in lists most of whose entries are as wide as titles."""
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for (block, _), (title, _) in zip(entries, printed, strict=True):
        if len(block.links) == 1 and block.tag not in ("td", "th") and block.box.parent is not None:
            box, parent = block.box, block.box.parent
            signature = (box.tag, box.element.get("class"), parent.tag, parent.element.get("class"))
            groups.setdefault(signature, []).append(title)
    narrow: set[str] = set()
    for titles_of in groups.values():
        wide = sum(weight(t) >= SHORTEST_TITLE for t in titles_of)
        if wide >= WIDE_ENTRIES and 3 * wide >= 2 * len(titles_of):
            narrow.update(
                t for t in titles_of if SHORTEST_ENTRY <= weight(t) < SHORTEST_TITLE and not _NO_TITLE.search(t)
            )
    return narrow


def _ranked(texts: Sequence[str]) -> bool:
    """Whether the entries begin with their ranks: three of the first ten carry the right number."""
    hits = 0
    for expected, text in enumerate(texts[:10], 1):
        found = _RANK.match(text)
        hits += bool(found and int(found.group(1) or found.group(2)) == expected)
    return hits >= 3


def _split_date(title: str) -> tuple[str, str | None]:
    """A date printed at either end of a link's text is not part of the title."""
    for found in _DATE.finditer(title):
        date = found.group().strip("[]()（）【】 ")
        has_year = re.match(r"(?:19|20)\d\d", date) is not None
        if len(title) - len(found.group()) < SHORTEST_TITLE:
            continue
        if found.end() == len(title.rstrip()) and (has_year or re.match(r"\d\d[-/]\d\d", date)):
            return title[: found.start()].rstrip(), date
        if found.start() == 0 and (has_year or re.match(r"\d\d-\d\d\s", found.group())):
            return title[found.end() :].lstrip(), date
    return title, None


def _is_fuller(full: str, printed: str) -> bool:
    stem = printed.rstrip(".…· ")
    return len(full) > len(stem) and full != printed and full.startswith(stem[: max(4, len(stem) - 2)])


def prev_next(blocks: Sequence[Block], base: str | None) -> list[Link]:
    """Previous and next article with their titles; a bare "next" without a title is left out."""
    found: list[Link] = []
    side: str | None = None
    for block in blocks:
        rest = block.text
        if (label := _SIDE.match(rest)) is not None:
            side = _side(label)
        links = [link for link in block.links if link.text]
        if not links:
            title = _SIDE.sub("", rest).strip() if label is not None else ""
            if title and not _NOTHING.match(title) and weight(title) >= SHORTEST_LABELLED:
                found.append(Link(title, rel=side))
            continue
        for link in links:
            before, _, rest = rest.partition(link.text)  # what stands between the link before and this one
            near = _SIDE.match(before.strip(" |｜,，;；")) or _SIDE.match(link.text)
            side = _side(near) if near is not None else named_side(block, link) or side
            text = _widest(block, link) if near is None and len(block.runs) > 1 else link.text
            title = _SIDE.sub("", text).strip(_ARROWS) or _SIDE.sub("", link.title or "").strip()
            empty = _NOTHING.match(title) or _MORE.match(title)
            if weight(title) >= SHORTEST_LABELLED and not empty and side is not None:
                found.append(Link(title, absolute(link.href, base), rel=side))
    return list(dict.fromkeys(found))


def _widest(block: Block, link: BlockLink) -> str:
    """The widest run of a link: its title, without the signs and words of its side that stand beside it."""
    return max((run for run in block.runs if run in link.text), key=weight, default=link.text)


def named_side(block: Block, link: BlockLink) -> str | None:
    """What a link is to its article by rel=prev or a class such as nav-next: "prev", "next", or None."""
    rel = (link.element.get("rel") or "").lower().split()
    for side in ("prev", "next"):
        if side in rel:
            return side
    names = f"{block.box.element.get('class') or ''} {link.element.get('class') or ''}".lower()
    for name in names.split():
        words = [word for word in name.replace("_", "-").split("-") if word]
        if len(words) < 2:
            continue
        if words[-1] in _SIDES and any(where in word for word in words[:-1] for where in _WHERE):
            return _SIDES[words[-1]]
        if words[0] in _SIDES and words[1].startswith(_WHERE):
            return _SIDES[words[0]]
    return None


def _side(found: re.Match[str]) -> str:
    word = (found.group("zh") or found.group("en")).lower()
    return "prev" if word in ("上", "前", "previous", "older", "prev") else "next"


def tags(blocks: Sequence[Block]) -> list[str]:
    """The tags of tag lines and tag boxes: link texts, or the words after the label."""
    found: list[str] = []
    for block in blocks:
        if match_heading(block.text) or not is_tag_line(block):
            continue
        tagged = _TAGGED.search(
            block.text
        )  # "Posted in News | Tagged landing, market": what stands before is a section
        behind = block.text[tagged.end() :] if tagged else _behind_label(block)
        links = [x for x in block.links if x.text and x.text in behind]
        if any(x.text in _HOME for x in links):
            continue  # where the page stands in its site
        names: Iterator[str] = (link.text for link in links)
        if not block.links:
            mark = match_mark(block.text)
            if mark is None or mark.label is not Label.TAGS:
                continue  # only its own words tell that a line without links holds tags
            names = iter(
                block.text[tagged.end() :].split(",") if tagged else _TAG_SPLIT.split(_LABEL.sub("", block.text))
            )
        for name in names:
            tag = _LABEL.sub("", name).strip(" #＃,，、;；|[]【】·")
            if tag and len(tag) <= LONGEST_TAG and not _MORE.match(tag) and not match_heading(tag):
                found.append(tag)
    return list(dict.fromkeys(found))


def _behind_label(block: Block) -> str:
    """What follows the run that is a label of tags: "Posted in", "News", "Tagged", "landing"; all, where none is."""
    for n, run in enumerate(block.runs[1:], 1):
        mark = match_heading(run)
        if mark is not None and mark.label is Label.TAGS:
            return "\n".join(block.runs[n + 1 :])
    return block.text


def is_tag_line(block: Block) -> bool:
    """Tags are words: a line whose links are as long as headlines is none, whatever its box is called."""
    texts = [link.text for link in block.links if link.text]
    return not texts or sum(map(weight, texts)) <= TAG_WIDTH * len(texts)


def breadcrumbs(blocks: Sequence[Block]) -> list[str]:
    """The path of the page in its site, as the linked names of its breadcrumb line."""
    names = [link.text for block in blocks for link in block.links if link.text]
    return list(dict.fromkeys(names))


def lines(blocks: Sequence[Block]) -> list[str]:
    """The texts of blocks, each once."""
    return list(dict.fromkeys(b.text for b in blocks))


def pick(blocks: Sequence[Block], labels: Sequence[Mark], label: Label) -> list[Block]:
    """The blocks that carry a label."""
    return [b for b, m in zip(blocks, labels, strict=True) if m.label is label]
