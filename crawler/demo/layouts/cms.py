"""Templates of content management systems: WordPress-like, DedeCMS-like (GBK, tables), Big5, a lying charset."""

from __future__ import annotations

from crawler.demo import parts
from crawler.demo.parts import Leaf, Printout
from crawler.demo.plan import Entry

DEDE_CUT = 16  # characters of a title in the narrow lists of the table template


def wordpress(entry: Entry) -> Printout:
    """UTF-8, declared; an author and no source; tags under the notice; comments; lazy images with figcaption."""
    forms = {
        "p": "<p>{text}</p>",
        "h": '<h2 class="wp-block-heading">{text}</h2>',
        "image": '<figure class="wp-block-image"><img class="lazyload" src="/img/blank.svg" data-src="{src}" alt=""/>'
        "<figcaption>{text}</figcaption></figure>",
    }
    values = parts.basics(entry) | {
        "nav": parts.nav('<li class="menu-item"><a href="{href}">{text}</a></li>'),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}" rel="tag">{text}</a>', "，"),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a></li>'),
        "latest": parts.links(entry.latest, '<li><a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry,
            '<div class="nav-previous">上一篇：<a href="{href}" rel="prev">{text}</a></div>',
            '<div class="nav-next">下一篇：<a href="{href}" rel="next">{text}</a></div>',
        ),
        "comments": parts.words(
            entry.story.comments, '<li class="comment"><b class="fn">访客</b><p>{text}</p><a href="#">回复</a></li>'
        ),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "版权声明：本文由新语聚合编发，转载请注明出处。",
            "© 2025 新语聚合 版权所有 保留一切权利",
            "澜ICP备20250001号-1",
        ),
    )
    return Printout((Leaf(entry.ref.path, parts.template("wordpress").substitute(values)),), truth)


def dedecms(entry: Entry) -> Printout:
    """GBK, named in the meta only; tables and font tags; the hot list in a left column before the headline."""
    forms = {
        "p": "<p>　　{text}</p>",
        "h": "<p>　　<b>{text}</b></p>",
        "image": '<p align="center"><img src="{src}" border="0"></p><p align="center"><font size="2">{text}</font></p>',
    }
    row = '<TR><TD><a href="{href}" title="{full}"><font size="2">{text}</font></a></TD></TR>'
    dated = (
        '<TR><TD><font size="2">·<a href="{href}" title="{full}">{text}</a></font></TD>'
        '<TD><font size="2">{day}</font></TD></TR>'
    )
    values = parts.basics(entry) | {
        "nav": parts.nav('<a href="{href}"><font color="#FFFFFF" size="2">{text}</font></a> '),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "related": parts.links(entry.related, dated, DEDE_CUT),
        "latest": parts.links(entry.latest, row, DEDE_CUT),
        "prev_next": parts.turn_links(
            entry, '上一篇：<a href="{href}">{text}</a>', '下一篇：<a href="{href}">{text}</a>', "<br>"
        ),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        editors=entry.story.people[1:2],
        source=entry.source,
        related=parts.titles(entry.related, DEDE_CUT),
        latest=parts.titles(entry.latest, DEDE_CUT),
        prev_next=parts.neighbour_titles(entry),
        copyright=(
            "郑重声明：本站转载文章版权归原作者所有，如涉及侵权请与本站联系删除。",
            "Copyright © 2009-2025 柳溪在线 版权所有",
        ),
    )
    return Printout((Leaf(entry.ref.path, parts.template("dedecms").substitute(values), "gbk", "text/html"),), truth)


def big5(entry: Entry) -> Printout:
    """Traditional Chinese in Big5, declared in the header on every second page, else in the meta only."""
    forms = {
        "p": "<p>{text}</p>",
        "h": "<h3>{text}</h3>",
        "image": '<div class="photo"><img data-original="{src}" src="/img/blank.svg" />'
        '<p class="photo_desc">{text}</p></div>',
    }
    values = parts.basics(entry) | {
        "nav": "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in (("/", "首頁"), ("/life/", "生活"))),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>', "、"),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a></li>'),
        "latest": parts.links(entry.latest, '<li><a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry,
            '<span>上一則：<a href="{href}">{text}</a></span>',
            '<span>下一則：<a href="{href}">{text}</a></span>',
        ),
        "comments": parts.words(entry.story.comments, '<div class="r"><i>網友</i><p>{text}</p></div>'),
    }
    truth = parts.truth_of(
        entry,
        authors=entry.story.people[:1],
        source="港邊新聞網",
        tags=entry.story.tags,
        related=parts.titles(entry.related),
        latest=parts.titles(entry.latest),
        prev_next=parts.neighbour_titles(entry),
        copyright=("※ 本文版權所有，未經授權請勿轉載。", "Copyright © 2025 港邊新聞網 版權所有 不得轉載"),
    )
    header = "text/html; charset=Big5" if entry.index % 2 else "text/html"
    return Printout((Leaf(entry.ref.path, parts.template("big5").substitute(values), "big5", header),), truth)


def lying(entry: Entry) -> Printout:
    """Header and meta lie: UTF-8 bytes declared gb2312 on every second page, GBK bytes declared utf-8 on the others."""
    encoding, declared = ("utf-8", "gb2312") if entry.index % 2 else ("gbk", "utf-8")
    forms = {
        "p": "<p>　　{text}</p>",
        "h": "<p><strong>　　{text}</strong></p>",
        "image": '<div class="img_wrapper"><img src="{src}" alt=""><span class="img_descr">{text}</span></div>',
    }
    values = parts.basics(entry) | {
        "charset": declared,
        "nav": parts.nav('<a href="{href}">{text}</a>|'),
        "body": parts.flow(entry.story.lines, forms, entry.story.number),
        "tags": parts.words(entry.story.tags, '<a href="/tag/{text}">{text}</a>', " "),
        "related": parts.links(entry.related, '<li><a href="{href}">{text}</a><span>({day})</span></li>'),
        "latest": parts.links(entry.latest, '<li>· <a href="{href}">{text}</a></li>'),
        "prev_next": parts.turn_links(
            entry, '<p>上一篇：<a href="{href}">{text}</a></p>', '<p>下一篇：<a href="{href}">{text}</a></p>'
        ),
        "comments": parts.words(
            entry.story.comments, '<div class="cmt"><span class="u">清江网友</span><div class="t">{text}</div></div>'
        ),
    }
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
            "声明：本网登载此文出于传递更多信息之目的，并不意味着赞同其观点或证实其描述。",
            "清江网 版权所有 Copyright © 2003-2025 All Rights Reserved",
        ),
    )
    leaf = Leaf(entry.ref.path, parts.template("lying").substitute(values), encoding, f"text/html; charset={declared}")
    return Printout((leaf,), truth)
