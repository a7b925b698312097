"""Which links of a list page lead to articles, which to channels, and whether a page is a list at all.

Links are judged by structure, never by names of classes or sites: URLs of one template share a shape (urls.shape), so
each link is scored by what its URL and its entry show, and each shape by the mean of its links.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import fmean
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.discovery import urls
from crawler.discovery.anchors import base_url, leading
from crawler.discovery.words import is_legal, is_paging, phrases, squeeze, width
from pipelines import addresses

# Points of one link. Calibrated on saved list pages of portals, channels, blogs and authors in Chinese and English:
# a headline alone is not enough (navigation has long texts too), nor a dated URL alone (archives have them).
DATED = 2.0  # a date in the path
LONG_ID = 1.5  # a number of 5 digits or more
SHORT_ID = 0.7  # any other number
SLUG = 1.5  # a headline in the path
HEADLINE = 1.5  # a text as long as a headline
PHRASE = 0.7  # a text longer than a channel's name
PRINTED_DATE = 0.8  # a date beside the link
IN_HEADING = 0.5
SIBLINGS = 0.5  # three links or more of the shape
IN_FRAME = -1.5  # inside nav, footer, header, aside by tag or role
INDEX = -2.0  # names a folder
NO_TEXT = -0.5  # an image without a text
OTHER_KIND = -3.0  # the URL says picture, video, tag, forum: see urls.is_other_kind
LIST_NAME = -3.0  # the file is named list or roll
PAGING = -3.0  # the text only turns pages: 下一页, 第02版

MAIN = 0.5  # share of a page's promising links from which on a shape is what the list is about, of whatever kind

SHAPE_ACCEPTED = 2.4  # mean over the links of a shape
LINK_ACCEPTED = 1.6  # the least points of a link of an accepted shape
LINK_ALONE = 3.0  # points that carry a link whose shape was refused
HEADLINES = 5  # links with headlines in one folder: what a list is about that has no better

# Widths: a character of a script without spaces counts 2, any other 1, so that one number serves all languages.
HEADLINE_WIDTH = 18
PHRASE_WIDTH = 11
CHANNEL_WIDTH = 16
LONG_CHANNEL_WIDTH = 40  # in the page's frame, of a folder, of a category
PLACES = 20  # of one URL on a page that are looked at for its title and date
ENTRY_LEVELS = 4  # how far above a link its entry is looked for
CAPTION_LENGTH = 80  # characters beside a picture that may be the headline
ENTRY_WIDTH = 1200  # characters: more is no entry but a part of the page

# A portal's lists advertise its other hosts (video, shop, forum); yet the lists of a host that holds no articles
# (profiles, mobile pages) are about other hosts. Calibrated on 56 saved lists: the own host has 8 article links or
# more, or none.
OWN_HOST = 5  # article links; with as many, only the own host counts, and sister hosts with the same template
OTHER_HOST = 0.1  # share of the article links; else every host with this share or more

_FRAME_TAGS = frozenset(("nav", "footer"))
_FRAME_ROLES = frozenset(("navigation", "contentinfo", "banner", "menu", "menubar"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SPACE = re.compile(r"\s+")
_FEED = re.compile(r"/(?:rss|feeds?|atom)/?$", re.I)
_CUT = re.compile(r"\s*(?:\.{2,}|…+)$")  # a headline that is cut off
_SHORT_SLUG = re.compile(r"^[a-z]+(?:[-_][a-z]+)+$", re.I)  # words, too few for a headline: the-last-ferry
_MONTH = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\b\.?"
_PRINTED_DATE = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?:[\sT]{0,3}\d{1,2}:\d\d(?::\d\d)?)?"
    r"|(?<!\d)\d{1,2}月\d{1,2}日(?:\s{0,3}\d{1,2}:\d\d(?::\d\d)?)?"
    r"|(?<![\d:.-])(?:0?[1-9]|1[0-2])[-/](?:3[01]|[12]\d|0?[1-9])(?:[(（][月火水木金土日][)）])?\s{1,3}\d{1,2}:\d\d(?::\d\d)?"
    r"|(?<![\d:.-])(?:0[1-9]|1[0-2])[-/](?:3[01]|[12]\d|0[1-9])(?![\d:.\-/])"  # 2-1 is a score
    r"|(?:昨天|前天|今天|昨日|今日)\s?\d{1,2}:\d\d|\d{1,2}\s?(?:秒|分钟|小时|天|周|个月|分鐘|小時|個月)前|刚刚|昨天|前天"
    r"|\d{1,2}\s(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?)\sago"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s20\d\d)?|\d{{1,2}}\s{_MONTH}(?:,?\s20\d\d)?",
)


@dataclass(slots=True)
class ListLink:
    """A link of a list page: absolute URL, the longest text that is printed for it, the date printed beside it."""

    url: str
    title: str = ""
    date: str | None = None
    score: float = 0.0
    in_heading: bool = False
    in_frame: bool = True
    elements: list[HtmlElement] = field(default_factory=list, repr=False)
    alone: bool = False  # it stands on its own points: the shape of its URL is not that of articles here


def article_links(root: HtmlElement, base: str, *, all_hosts: bool = False) -> list[ListLink]:
    """The links of a list page that lead to articles of the same site, in page order, best title and date of each.

    Without `all_hosts`, only those on the hosts that the list is about (see OWN_HOST).
    """
    links = read_links(root, base)
    shapes: dict[str, list[ListLink]] = defaultdict(list)
    for link in links:
        shapes[_shape(link)].append(link)
    for group in shapes.values():
        for link in group:
            link.score = _points(link, len(group))
    promising = sum(link.score >= LINK_ACCEPTED for link in links)
    chosen: set[str] = set()
    for group in shapes.values():
        if sum(link.score >= LINK_ACCEPTED for link in group) < MAIN * promising:
            for link in group:
                link.score += _penalty(link.url)
        accepted = fmean(link.score for link in group) >= SHAPE_ACCEPTED
        for link in group:
            link.alone = not accepted
            if link.score >= (LINK_ACCEPTED if accepted else LINK_ALONE):
                chosen.add(link.url)
    if not chosen:
        chosen = _headlines(links)
    whole = {urls.key(url) for url in chosen}
    forms = _other_forms(chosen)
    chosen = {url for url in chosen if not _is_part(url, whole) and url not in forms}
    articles = [link for link in links if link.url in chosen]
    while articles and is_legal(squeeze(articles[-1].title)):  # what stands in a page's foot
        articles.pop()
    articles = articles if all_hosts else _about(articles, base)
    _date_entries(articles)
    return articles


def read_links(root: HtmlElement, base: str) -> list[ListLink]:
    """Every link of the page into its own site, once each, in page order; `score` is not set yet."""
    found: dict[str, ListLink] = {}
    base = base_url(root, base)
    own = urls.key(base)
    leads = list(leading(root, base))
    for element, url in leads:
        if urls.is_file(url) or not urls.same_site(base, url) or urls.key(url) == own:
            continue
        link = found.setdefault(urls.key(url), ListLink(url))
        link.elements.append(element)
    every, tags = {element for element, _ in leads}, tuple({"a", *(str(element.tag) for element, _ in leads)})
    for link in found.values():
        _describe(link, every, tags)
    return list(found.values())


def channel_links(root: HtmlElement, base: str) -> list[str]:
    """The links of a front page that look like list pages of the site: short names for folders, not the house's own.

    Front pages of hosts below that of the front page (sport.x.cn on www.x.cn) come last.
    """
    channels, below = list[str](), list[str]()
    host = _host(base)
    for link in read_links(root, base):
        category, words = urls.is_category(link.url), squeeze(link.title)
        lengthy = category or link.in_frame or urls.is_index(link.url)
        if not 1 <= width(link.title) <= (LONG_CHANNEL_WIDTH if lengthy else CHANNEL_WIDTH):
            continue
        if words in phrases("house") or is_legal(words) or _FEED.search(link.url):
            continue
        if urls.is_dated(link.url) or urls.id_length(link.url) >= 5 or urls.is_other_kind(f"{link.url}/"):
            continue
        if _host(link.url).endswith(f".{host}") and urls.is_front_page(link.url):
            below.append(link.url)
        elif _host(link.url) == host and link.url.count("/") <= 5 and (category or not urls.has_slug(link.url)):
            channels.append(link.url)
    return channels + below


def _about(articles: list[ListLink], base: str) -> list[ListLink]:
    """The article links on the hosts that a list is about."""
    own = _host(base)
    templates = {_template(link.url) for link in articles if _host(link.url) == own}
    counts = Counter(_host(link.url) for link in articles)
    if counts[own] < OWN_HOST:
        few = OTHER_HOST * len(articles)
        chosen = [link for link in articles if _host(link.url) == own or counts[_host(link.url)] >= few]
        return chosen or articles  # a host for each author: none has its share, and the list is about all of them
    twin = addresses.bare_host(base)
    return [
        link
        for link in articles
        if _host(link.url) == own
        or (
            (addresses.bare_host(link.url) == twin or _are_sisters(own, _host(link.url)))
            and _template(link.url) in templates
        )
    ]


def _are_sisters(own: str, other: str) -> bool:
    """Whether two hosts stand side by side below a site's channel, as its editions do: cd.homes.x.cn, hz.homes.x.cn."""
    parent = own.partition(".")[2]
    return parent == other.partition(".")[2] and parent != urls.registered_domain(own.partition(":")[0])


def _shape(link: ListLink) -> str:
    """The shape of a link's URL; a slug of few words that is not in the page's frame shares one with its like."""
    shape = urls.shape(link.url)
    folder, slash, name = shape.rpartition("/")
    return f"{folder}{slash}W" if not link.in_frame and _SHORT_SLUG.match(name) else shape


def _headlines(links: list[ListLink]) -> set[str]:
    """The links of a list whose URLs tell nothing: in one folder, out of the frame, most of them with headlines."""
    folders: dict[str, list[ListLink]] = defaultdict(list)
    for link in links:
        if not link.in_frame and not urls.is_index(link.url) and not _penalty(link.url):
            folders[urls.shape(link.url).partition("?")[0].rpartition("/")[0]].append(link)
    chosen = set[str]()
    for group in folders.values():
        told = [
            link.url for link in group if width(link.title) >= HEADLINE_WIDTH and not is_paging(squeeze(link.title))
        ]
        if len(told) >= max(HEADLINES, MAIN * len(group)):
            chosen.update(told)
    return chosen


def _template(url: str) -> str:
    return urls.shape(url).partition("/")[2]


def _host(url: str) -> str:
    return urls.host_of(url).removeprefix("www.")


def _is_part(url: str, others: set[str]) -> bool:
    """Whether a URL is a further page of an article that is linked too."""
    first = urls.without_part(url)
    return first != url and urls.key(first) in others


def _other_forms(chosen: Iterable[str]) -> set[str]:
    """The URLs that are another's with more parameters: to print it, its comments, the same in a column."""
    queries: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    for url in chosen:
        parts = urlsplit(url)
        given = frozenset(one for one in parts.query.split("&") if one)
        queries[f"{parts.netloc.lower()}{parts.path}"].append((given, url))
    return {url for group in queries.values() for given, url in group if any(other < given for other, _ in group)}


def _penalty(url: str) -> float:
    listed = urls.is_list_name(url) or urls.is_category(url) or urls.is_topic(url)
    return (OTHER_KIND if urls.is_other_kind(url) else 0.0) + (LIST_NAME if listed else 0.0)


def _points(link: ListLink, siblings: int) -> float:
    digits = urls.id_length(link.url)
    points = 0.0
    if urls.is_index(link.url):
        points += INDEX
    if urls.is_dated(link.url):
        points += DATED
    if digits:
        points += LONG_ID if digits >= 5 else SHORT_ID
    if urls.has_slug(link.url):
        points += SLUG
    wide = width(link.title)
    points += HEADLINE if wide >= HEADLINE_WIDTH else PHRASE if wide >= PHRASE_WIDTH else NO_TEXT if not wide else 0.0
    points += PRINTED_DATE if link.date else 0.0
    points += IN_HEADING if link.in_heading else 0.0
    points += SIBLINGS if siblings >= 3 else 0.0
    points += PAGING if link.title and is_paging(squeeze(link.title)) else 0.0
    return points + (IN_FRAME if link.in_frame else 0.0)


def _describe(link: ListLink, every: set[HtmlElement], tags: tuple[str, ...]) -> None:
    """Fill in title, date, heading and frame from the places where the link stands.

    `every`: all elements of the page that lead somewhere; `tags`: their tags.
    """
    heading, caption, own, texts = "", "", set(link.elements), list[str]()
    for element in link.elements[:PLACES]:
        above = [a.tag for a in _above(element, 3)]
        inner = next(element.iter(*_HEADINGS), None)
        if _HEADINGS & set(above) or inner is not None:
            link.in_heading = True
            heading = heading or _printed(element if inner is None else inner, element)
        texts.append(_printed(element, element))
        link.in_frame = link.in_frame and any(
            a.tag in _FRAME_TAGS or (a.get("role") or "").lower() in _FRAME_ROLES for a in _above(element, 99)
        )
        entry = _entry(element, own, every, tags)
        if entry is not None:
            link.date = link.date or _date(entry, texts[-1])
            heading = heading or next((_text(h) for h in entry.iter(*_HEADINGS)), "")
            caption = caption or _PRINTED_DATE.sub(" ", _text(entry)).strip()
    link.title = max(texts, key=width, default="")
    if link.in_heading and width(heading) >= PHRASE_WIDTH:
        link.title = heading  # beside an excerpt that is a link too, before a kicker in the same link
    if not link.title:
        alt = next((i.get("alt") or "" for e in link.elements for i in e.iter("img")), "").strip()
        link.title = heading or alt or (caption if len(caption) <= CAPTION_LENGTH else "")


def _printed(element: HtmlElement, link: HtmlElement) -> str:
    """The headline that an element of a link prints: whole where its title says what the text cuts off."""
    text, title = _text(element), (link.get("title") or "").strip()
    if squeeze(text) in phrases("more"):
        text = ""
    shown = _CUT.sub("", text)
    if title and (len(text) < 6 or (shown and (shown != text or title in text) and (shown in title or title in text))):
        return max(title, text, key=width) if len(text) < 6 else title
    dated = _PRINTED_DATE.sub(" ", text) if len(element) else text  # in one link with the headline
    return _SPACE.sub(" ", dated).strip() or text


def _date_entries(articles: list[ListLink]) -> None:
    """Dates of entries that hold other links too (a category, a name, comments): up to the next article."""
    every = {element for link in articles for element in link.elements}
    tags = tuple({str(element.tag) for element in every})
    for link in articles if len(articles) > 1 else ():
        if link.date is None:
            own = set(link.elements)
            entries = (_entry(element, own, every, tags) for element in link.elements[:PLACES])
            link.date = next((date for e in entries if e is not None and (date := _date(e, link.title))), None)


def _entry(
    element: HtmlElement, own: set[HtmlElement], every: set[HtmlElement], tags: tuple[str, ...]
) -> HtmlElement | None:
    """The largest part of the page around a link that holds of `every` element only the link's own."""
    entry = None
    for ancestor in _above(element, ENTRY_LEVELS):
        if any(a in every and a not in own for a in ancestor.iter(*tags)):
            break
        if ancestor.tag in ("body", "html"):
            break
        entry = ancestor
    return entry


def _date(entry: HtmlElement, title: str) -> str | None:
    for stamp in entry.iter("time"):
        if stamp.get("datetime"):
            return str(stamp.get("datetime")).strip()[:40]
    text = _SPACE.sub(" ", " ".join(map(str, entry.itertext()))).strip()  # boxes stand apart
    if len(text) > ENTRY_WIDTH:
        return None
    match = _PRINTED_DATE.search(text.replace(title, " ", 1) if title else text)
    return match.group().strip() if match else None


def _above(element: HtmlElement, levels: int) -> Iterator[HtmlElement]:
    for level, ancestor in enumerate(element.iterancestors()):
        if level >= levels:
            return
        yield ancestor


def _text(element: HtmlElement) -> str:
    return _SPACE.sub(" ", element.text_content()).strip()
