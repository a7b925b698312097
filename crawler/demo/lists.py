"""The pages of the demo site that are no article: front page, lists, tags, feed, sitemap, robots.txt.

`@BASE@` stands for scheme and host where a format asks for absolute URLs; the server puts in how it was asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from email.utils import format_datetime
from html import escape
from typing import Any

from crawler.demo import parts
from crawler.demo.parts import Leaf
from crawler.demo.plan import Entry, newest_first
from crawler.demo.stories import load_words, topic_words

BASE_MARK = "@BASE@"
FEED_ITEMS = 30
FRONT_ITEMS = 5  # stories of each channel on the front page
ROLL = {"slug": "roll", "list": "rows", "pager": "query", "more": "/roll/?page={n}", "per_page": 20}

# One entry of a list page in each style; {day} is empty where the articles print relative dates.
ITEM_FORMS = {
    "rows": '<li><a href="{href}" target="_blank">{title}</a><span class="date">{day}</span></li>',
    "table": '<tr><td>·<a href="{href}">{title}</a></td><td align="right"><font color="gray">{day}</font></td></tr>',
    "cards": '<div class="item"><a class="pic" href="{href}"><img src="/img/{number}-0.svg" alt=""></a>'
    '<div class="txt"><h3><a href="{href}">{title}</a></h3><p class="intro">{intro}</p>'
    '<span class="time">{day}</span></div></div>',
    "big5": '<div class="news"><a href="{href}">{title}</a><em>{day}</em></div>',
    "english": '<article class="teaser"><h2><a href="{href}">{title}</a></h2><p>{intro}</p>'
    "<time>{day}</time></article>",
}
FRAMES = {"rows": "<ul class='list'>{}</ul>", "table": "<table width='100%'>{}</table>"}
LABELS = {
    "zh": ("首页", "上一页", "下一页", "末页"),
    "big5": ("第一頁", "上一頁", "下一頁", "最末頁"),
    "english": ("First", "Previous", "Next", "Last"),
}
BRANDS = {"big5": ("港邊新聞網", "熱門關鍵字"), "english": ("Northfield Dispatch", "Popular topics")}


def channel_pages(channel: dict[str, Any], name: str, entries: Sequence[Entry]) -> list[Leaf]:
    """All list pages of a channel, the newest stories first."""
    size = channel["per_page"]
    count = math.ceil(len(entries) / size)
    paths = [f"/{channel['slug']}/", *(channel["more"].format(n=page) for page in range(2, count + 1))]
    style = channel["list"]
    brand, hot = BRANDS.get(style, ("新语聚合", "热门标签"))
    encoding = "big5" if style == "big5" else "utf-8"
    tags = list(dict.fromkeys(tag for entry in entries[:5] for tag in entry.story.tags))[:5]
    leaves = []
    for page, path in enumerate(paths):
        values = {
            "charset": encoding,
            "name": name,
            "mark": f" ({page + 1})" if page else "",
            "brand": brand,
            "hot": hot,
            "nav": parts.nav() if style not in BRANDS else f'<a href="/">{brand}</a>',
            "items": _items(entries[page * size : (page + 1) * size], style),
            "pager": pager(channel["pager"], paths, page, LABELS.get(style, LABELS["zh"])),
            "words": parts.words(tags, '<a href="/tag/{text}">{text}</a> '),
        }
        html = parts.template("list").substitute(values)
        leaves.append(Leaf(path, html, encoding, f"text/html; charset={encoding}"))
    return leaves


def _items(entries: Sequence[Entry], style: str) -> str:
    items = "\n".join(
        ITEM_FORMS[style].format(
            href=escape(entry.ref.path),
            title=escape(entry.story.headline, quote=False),
            number=entry.story.number,
            intro=escape(entry.story.lead[:60], quote=False) + "…",
            day=_day(entry),
        )
        for entry in entries
    )
    return FRAMES.get(style, "<div class='list'>{}</div>").format(items)


def _day(entry: Entry) -> str:
    printed = entry.ref.printed
    if printed.kind == "monthday":
        return printed.raw
    return printed.moment.strftime("%Y-%m-%d") if printed.kind == "absolute" else ""


def pager(style: str, paths: list[str], here: int, labels: tuple[str, str, str, str]) -> str:
    """The links to the other pages of a list, in one of the styles of site.toml; nothing for a single page."""
    if len(paths) == 1:
        return ""
    first, back, on, last = labels
    hrefs = [path[path.index("?") :] if "?" in path else path for path in paths]
    if style == "query":
        hrefs[0] = paths[0]
    if style == "dede":
        hrefs = [path.rsplit("/", 1)[1] or paths[0] for path in paths]
    numbers = [f"<b>{n + 1}</b>" if n == here else f'<a href="{href}">{n + 1}</a>' for n, href in enumerate(hrefs)]
    turn = [f'<a href="{hrefs[here - 1]}">{back}</a>'] if here else []
    further = [f'<a href="{hrefs[here + 1]}">{on}</a>'] if here + 1 < len(hrefs) else []
    if style == "next":
        return " ".join(turn + further)
    if style == "numbers":
        return " ".join(numbers)
    if style == "dede":
        ends = f'<li><a href="{hrefs[-1]}">{last}</a></li><li>共<strong>{len(hrefs)}</strong>页</li>'
        begin = f'<li><a href="{hrefs[0]}">{first}</a></li>'
        return f'<ul class="pagelist">{begin}<li>{"</li><li>".join(numbers)}</li>{ends}</ul>'
    return " ".join([*turn, *numbers, *further])


def front_page(entries: Sequence[Entry]) -> Leaf:
    """The front page: headlines, and a block for each channel."""
    blocks = []
    for slug, name in parts.channel_names():
        own = newest_first([entry for entry in entries if entry.channel["slug"] == slug])[:FRONT_ITEMS]
        items = parts.links((entry.ref for entry in own), '<li><a href="{href}">{text}</a></li>')
        more = f'<a class="more" href="/{slug}/">更多</a>'
        blocks.append(f'<div class="block"><h2><a href="/{slug}/">{name}</a></h2>{more}<ul>{items}</ul></div>')
    focus = parts.links(
        (entry.ref for entry in newest_first(list(entries))[:4]), '<h3><a href="{href}">{text}</a></h3>'
    )
    nav = parts.nav() + '<a href="/roll/">滚动</a>'
    values = {"nav": nav, "focus": focus, "blocks": "\n".join(blocks)}
    return Leaf("/", parts.template("front").substitute(values))


def tag_pages(entries: Sequence[Entry]) -> list[Leaf]:
    """One page for each tag, with the stories that carry it."""
    by_tag: dict[str, list[Entry]] = {}
    for entry in entries:
        for tag in entry.story.tags:
            by_tag.setdefault(tag, []).append(entry)
    return [
        channel_pages({"slug": f"tag/{tag}", "list": "rows", "pager": "next", "more": "", "per_page": 99}, tag, own)[0]
        for tag, own in by_tag.items()
    ]


def list_pages(entries: Sequence[Entry]) -> list[Leaf]:
    """Everything a reader may browse: front page, channels, the rolling list, tags, the page about the site."""
    leaves = [front_page(entries), Leaf("/about.html", parts.template("about").substitute(nav=parts.nav()))]
    for channel in load_words("site")["channel"]:
        own = newest_first([entry for entry in entries if entry.channel["slug"] == channel["slug"]])
        leaves += channel_pages(channel, topic_words(channel["topic"])["name"], own)
    leaves += channel_pages(ROLL, "滚动", newest_first(list(entries)))
    for leaf in tag_pages(entries):
        leaves.append(Leaf(leaf.path.removesuffix("/"), leaf.html, leaf.encoding, leaf.content_type))
    return leaves


def machine_pages(entries: Sequence[Entry]) -> list[Leaf]:
    """What only machines read: robots.txt, an RSS 2.0 feed of the newest stories, a sitemap of all."""
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {BASE_MARK}/sitemap.xml\n"
    urls = [f"/{slug}/" for slug, _ in parts.channel_names()] + [entry.ref.path for entry in entries]
    locs = "".join(f"<url><loc>{BASE_MARK}{escape(path)}</loc></url>\n" for path in urls)
    items = "".join(_feed_item(entry) for entry in newest_first(list(entries))[:FEED_ITEMS])
    return [
        Leaf("/robots.txt", robots, content_type="text/plain; charset=utf-8"),
        Leaf(
            "/sitemap.xml",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{locs}</urlset>\n',
            content_type="application/xml",
        ),
        Leaf(
            "/feed.xml",
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>新语聚合</title>'
            f"<link>{BASE_MARK}/</link><description>今天值得读的新闻</description>\n{items}</channel></rss>\n",
            content_type="application/rss+xml; charset=utf-8",
        ),
    ]


def _feed_item(entry: Entry) -> str:
    printed = entry.ref.printed
    date = f"<pubDate>{format_datetime(printed.moment)}</pubDate>" if printed.kind == "absolute" else ""
    url = BASE_MARK + escape(entry.ref.path)
    title = escape(entry.story.headline, quote=False)
    return f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid>{date}</item>\n"
