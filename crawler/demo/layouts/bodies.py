"""Templates with an odd body: line breaks only, a script's JSON only, several pages, printed twice."""

from __future__ import annotations

import json
from html import escape

from crawler.demo import parts
from crawler.demo.parts import Leaf, Printout
from crawler.demo.plan import Entry


def linebreaks(entry: Entry) -> Printout:
    """One container, text parted by <br> with full-width indentation; credits, related links, disclaimer inside it."""
    forms = {
        "p": "{text}",
        "h": "<b>{text}</b>",
        "image": '<img src="{src}"><br>\n　　{text}',
    }
    values = parts.basics(entry) | {
        "nav": parts.nav(),
        "body": parts.flow(entry.story.lines, forms, entry.story.number, "<br>\n<br>\n　　"),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>', " "),
        "related": parts.links(entry.related, '<a href="{href}">{text}</a><br>\n'),
        "latest": parts.links(entry.latest, '<li><i>{day}</i> <a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry, '<a href="{href}">上一篇：{text}</a>', '<a href="{href}">下一篇：{text}</a>', "<br>"
        ),
    }
    author, editor, _, proof = entry.story.people
    truth = parts.truth_of(
        entry,
        authors=(author,),
        editors=(editor, proof),
        source=entry.source,
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "风险提示：本文内容仅供参考，不构成投资建议，版权归原作者所有。",
            "汇川财经网 版权所有 © 2011-2025",
            "澜ICP备20250007号",
        ),
    )
    return Printout((Leaf(entry.ref.path, parts.template("linebreaks").substitute(values)),), truth)


def state(entry: Entry) -> Printout:
    """A shell whose article stands in a script's JSON only, its body as an escaped HTML string."""
    forms = {
        "p": "<p>{text}</p>",
        "h": "<h2>{text}</h2>",
        "image": '<div class="pgc-img"><img src="{src}"><p class="pgc-img-caption">{text}</p></div>',
    }
    author, editor, _, _ = entry.story.people
    article = {
        "id": str(entry.story.number),
        "title": entry.story.headline,
        "publish_time": entry.ref.printed.raw,
        "source": entry.source,
        "author": author,
        "editor": editor,
        "content": escape(parts.flow(entry.story.lines, forms, entry.story.number, "")),
        "comment_count": len(entry.story.comments),
        "is_original": entry.index % 2 == 0,
    }
    data = {
        "user": {"login": False},
        "route": {"path": entry.ref.path},
        "article": {"detail": article, "loading": False},
    }
    values = parts.basics(entry) | {"state": json.dumps(data, ensure_ascii=False).replace("</", "<\\/")}
    truth = parts.truth_of(
        entry,
        authors=(author,),
        editors=(editor,),
        source=entry.source,
        copyright=("© 2025 星桥车讯 版权所有",),
    )
    return Printout((Leaf(entry.ref.path, parts.template("state").substitute(values)),), truth)


def multipage(entry: Entry) -> Printout:
    """Two or three pages, the links to them inside the body container; gb18030 in the meta, nothing in the header."""
    count = 3 if entry.index % 2 == 0 else 2
    forms = {
        "p": "<p>　　{text}</p>",
        "h": "<p><strong>{text}</strong></p>",
        "image": '<p style="text-align:center"><img src="{src}" alt=""></p><p style="text-align:center">{text}</p>',
    }
    lines = entry.story.lines
    cuts = [len(lines) * part // count for part in range(count + 1)]
    paths = [entry.ref.path] + [entry.ref.path.replace(".html", f"_{part}.html") for part in range(2, count + 1)]
    values = parts.basics(entry) | {
        "nav": parts.nav(),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>', ","),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a></li>'),
        "latest": parts.links(entry.latest, '<li><em>{rank}</em><a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry, '<p>上一篇：<a href="{href}">{text}</a></p>', '<p>下一篇：<a href="{href}">{text}</a></p>'
        ),
    }
    leaves = []
    for part, path in enumerate(paths):
        own = {
            "mark": f"({part + 1})" if part else "",
            "body": parts.flow(lines[cuts[part] : cuts[part + 1]], forms, entry.story.number),
            "pager": _pager(paths, part),
        }
        html = parts.template("multipage").substitute(values | own)
        leaves.append(Leaf(path, html, "gb18030", "text/html"))
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        editors=entry.story.people[1:2],
        source=entry.source,
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "本站所刊登的各类文化资讯，版权归临川文化网所有，未经许可不得转载",
            "Copyright © 2025 临川文化网 版权所有",
        ),
        pages=count,
    )
    return Printout(tuple(leaves), truth)


def _pager(paths: list[str], here: int) -> str:
    out = [f'<a href="{paths[here - 1]}">上一页</a>'] if here else []
    for place, path in enumerate(paths):
        out.append(f"<span>{place + 1}</span>" if place == here else f'<a href="{path}">{place + 1}</a>')
    if here + 1 < len(paths):
        out.append(f'<a href="{paths[here + 1]}">下一页</a>')
    return " ".join(out)


def twice(entry: Entry) -> Printout:
    """The article for desktops and, after the footer, hidden, for phones; relative dates; ranks in the hot list."""
    forms = {
        "p": "<p>{text}</p>",
        "h": "<h3>{text}</h3>",
        "image": '<div class="pic"><img data-lazy-src="{src}" src="/img/blank.svg">'
        '<div class="pic-note">{text}</div></div>',
    }
    copy = forms | {"image": '<div class="m-pic"><img src="{src}"><div>{text}</div></div>'}
    values = parts.basics(entry) | {
        "nav": parts.nav('<li><a href="{href}">{text}</a></li>'),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "copy": parts.flow(entry.story.lines, copy, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a class="tag" href="/tag/{text}">{text}</a>'),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a></li>'),
        "latest": parts.links(entry.latest, '<li><i class="num">{rank}</i><a href="{href}">{text}</a></li>'),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        editors=entry.story.people[1:2],
        source=entry.source,
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        copyright=("海岬体育 © 2025 版权所有", "澜ICP备20250011号 澜公网安备 31000002000011号"),
    )
    return Printout((Leaf(entry.ref.path, parts.template("twice").substitute(values)),), truth)
