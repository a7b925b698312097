"""Templates of portals: a box that repeats the body, a column before the headline, an account, an English paper."""

from __future__ import annotations

import json
from dataclasses import replace

from crawler.demo import parts
from crawler.demo.parts import Leaf, Printout
from crawler.demo.plan import Entry


def summary(entry: Entry) -> Printout:
    """A box 核心提示 or 摘要 repeats the lead; related links between paragraphs; a notice in the container; no year."""
    forms = {
        "p": "<p>{text}</p>",
        "h": "<h4>{text}</h4>",
        "image": '<p class="tu"><img original="{src}" src="/img/blank.svg"></p><p class="tuzhu">{text}</p>',
    }
    lines = entry.story.lines
    number = entry.story.number
    related = parts.links(entry.related, '<li><a href="{href}">{text}</a></li>')
    middle = f'\n<div class="inner-rel"><h5>相关文章</h5><ul>{related}</ul></div>\n'
    values = parts.basics(entry) | {
        "nav": parts.nav(),
        "box": "核心提示：" if entry.index % 2 else "摘要：",
        "summary": entry.story.lead,
        "body": parts.flow(lines[:3], forms, number) + middle + parts.flow(lines[3:], forms, number),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>'),
        "latest": parts.links(entry.latest, '<li><a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry, '<li>上一篇：<a href="{href}">{text}</a></li>', '<li>下一篇：<a href="{href}">{text}</a></li>'
        ),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        source=entry.source,
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "版权声明：凡本网注明“青禾健康”的作品，未经授权不得转载、摘编。",
            "Copyright © 2025 青禾健康 All Rights Reserved 澜ICP备20250013号",
        ),
    )
    return Printout((Leaf(entry.ref.path, parts.template("summary").substitute(values)),), truth)


def portal(entry: Entry) -> Printout:
    """UTF-8, named nowhere; a left column before the headline; the reporter in the first paragraph's dateline."""
    forms = {
        "p": "<p>　　{text}</p>",
        "h": "<p><b>　　{text}</b></p>",
        "image": '<center><img src="{src}"><br><font color="#666">{text}</font></center>',
    }
    author, editor, second, _ = entry.story.people
    persons = (author, second) if entry.index % 2 else (author,)
    first, *rest = entry.story.lines
    dateline = f"{entry.source}讯（记者 {'、'.join(persons)}）"
    lines = (replace(first, text=dateline + first.text), *rest)
    values = parts.basics(entry) | {
        "nav": parts.nav('<a href="{href}">{text}</a> | '),
        "body": parts.flow(lines, forms, entry.story.number),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a> {day}</li>'),
        "latest": parts.links(entry.latest, '<li><a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry, '<div>上一篇：<a href="{href}">{text}</a></div>', '<div>下一篇：<a href="{href}">{text}</a></div>'
        ),
        "comments": parts.words(
            entry.story.comments,
            '<div class="item"><p class="who">手机网友 澜江市</p><p class="say">{text}</p>'
            '<p class="op">顶(3) 回复</p></div>',
        ),
    }
    truth = parts.truth_of(
        entry,
        text="\n".join(line.text for line in lines),
        authors=persons,
        editors=(editor,),
        source=entry.source,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "免责声明：本文仅代表作者个人观点，与山河教育网无关，请读者自行核实。",
            "Copyright © 2006-2025 山河教育网 版权所有",
        ),
    )
    return Printout(
        (Leaf(entry.ref.path, parts.template("portal").substitute(values), content_type="text/html"),), truth
    )


def account(entry: Entry) -> Printout:
    """An account's article: nested sections, the author in a meta tag only, account calls in the container."""
    forms = {
        "p": '<section style="margin:16px 8px"><span style="font-size:16px">{text}</span></section>',
        "h": '<section><p style="text-align:center"><strong><span>{text}</span></strong></p></section>',
        "image": '<section><img class="rich_pages" data-src="{src}" data-type="jpeg"></section>'
        '<section style="text-align:center"><span style="font-size:12px">{text}</span></section>',
    }
    values = parts.basics(entry) | {
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a class="article-tag__item" href="/tag/{text}">#{text}</a>'),
        "related": parts.links(entry.related, '<p><a href="{href}">{text}</a></p>'),
        "comments": parts.words(entry.story.comments, '<div class="li"><b>山中客</b><div>{text}</div></div>'),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        editors=entry.story.people[1:2],
        source="云岭漫游",
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        copyright=("本文版权归云岭漫游所有，转载请联系后台授权。", "云岭漫游 © 2025 保留所有权利"),
    )
    return Printout((Leaf(entry.ref.path, parts.template("account").substitute(values)),), truth)


def english(entry: Entry) -> Printout:
    """An English paper: schema.org JSON-LD, a newsletter box in the body container, an editor's line under it."""
    forms = {
        "p": "<p>{text}</p>",
        "h": "<h2>{text}</h2>",
        "image": '<figure><img loading="lazy" srcset="{src} 2x" src="{src}" alt="">'
        "<figcaption>{text}</figcaption></figure>",
    }
    author, editor, _, _ = entry.story.people
    moment = entry.ref.printed.moment.isoformat(timespec="minutes")
    schema = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": entry.story.headline,
        "datePublished": moment,
        "author": [{"@type": "Person", "name": author}],
        "publisher": {"@type": "Organization", "name": "Northfield Dispatch"},
        "keywords": list(entry.story.tags),
    }
    item = '<li><a href="{href}">{text}</a></li>'
    values = parts.basics(entry) | {
        "nav": '<li><a href="/">Home</a></li><li><a href="/world/">World</a></li>',
        "jsonld": json.dumps(schema, ensure_ascii=False),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>', ", "),
        "related": parts.links(entry.related, item),
        "latest": parts.links(entry.latest, item),
        "prev_next": parts.turn_links(
            entry, '<div>Previous: <a href="{href}">{text}</a></div>', '<div>Next: <a href="{href}">{text}</a></div>'
        ),
        "comments": parts.words(entry.story.comments, '<div class="comment"><b>Reader</b><p>{text}</p></div>'),
    }
    truth = parts.truth_of(
        entry,
        authors=(author,),
        editors=(editor,),
        source="Northfield Dispatch",
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=("© 2025 Northfield Dispatch. All rights reserved.",),
    )
    # the captions of a Western page belong to its pictures, not to its text (docs/fields.md)
    truth = replace(truth, text="\n".join(line.text for line in entry.story.lines if line.kind != "image"))
    return Printout((Leaf(entry.ref.path, parts.template("english").substitute(values)),), truth)
