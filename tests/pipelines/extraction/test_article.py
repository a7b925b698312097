"""Whole pages: bytes in, an Article out, or a PageError that says why not."""

from __future__ import annotations

import json
import re
import time

import pytest

from pipelines.errors import BinaryPageError, EmptyPageError, NotAnArticleError
from pipelines.extraction.article import extract_page
from pipelines.items import Article, Label, Page, url_id
from tests.pipelines.extraction.pages import (
    EN,
    HEADLINES,
    JA,
    RU,
    TITLE,
    TW,
    URL,
    ZH,
    article_page,
    br,
    extract,
    items,
    p,
    page,
)

BODY = ZH[:6]
TEXT = "\n".join(BODY)

WORDPRESS = page(
    '<header class="site-header"><a class="logo" href="/">江城新闻网</a>'
    '<nav class="main-nav"><ul><li><a href="/news/">新闻</a></li><li><a href="/life/">生活</a></li></ul></nav></header>'
    '<main><article class="post hentry"><header class="entry-header">'
    f'<h1 class="entry-title">{TITLE}</h1><div class="entry-meta"><time datetime="2021-06-21T08:30:00+08:00">'
    '2021年6月21日 08:30</time> <span class="author vcard">作者：陈小江</span></div></header>'
    f'<div class="entry-content">{p(*BODY[:3])}<h2>摊位怎么分</h2>'
    '<figure><img src="/img/1.jpg" alt="码头"><figcaption>夜幕下的栈道</figcaption></figure>'
    f"{p(*BODY[3:])}"
    '<div class="sharedaddy"><h3>分享</h3><a href="#">微博</a></div>'
    f'<div class="jp-relatedposts"><h3>相关文章</h3>{items(HEADLINES[:3])}</div></div>'
    '<footer class="entry-footer"><span class="tags-links">标签：<a rel="tag" href="/t/1">码头</a>、'
    '<a rel="tag" href="/t/2">夜市</a></span></footer></article>'
    f'<nav class="post-navigation"><a rel="prev" href="/p.html">上一篇：{HEADLINES[3]}</a>'
    f'<a rel="next" href="/n.html">下一篇：{HEADLINES[4]}</a></nav>'
    '<div id="comments" class="comments-area"><h2>发表评论</h2><p>电子邮件地址不会被公开。</p></div></main>'
    f'<aside class="widget-area"><section class="widget"><h2>近期文章</h2>{items(HEADLINES[5:10])}</section></aside>'
    "<footer><p>© 2021 江城新闻网</p></footer>",
    head='<meta property="og:site_name" content="江城新闻网"><link rel="canonical" href="https://news.example.com/1234">',
)


def test_wordpress_like_page() -> None:
    a = extract(WORDPRESS)
    assert (a.title, a.language, a.method) == (TITLE, "zh", "density")
    assert a.text.split("\n") == [*BODY[:3], "摊位怎么分", "夜幕下的栈道", *BODY[3:]]
    assert (a.published, a.published_precision) == ("2021-06-21T08:30+08:00", "minute")
    assert a.authors == ["陈小江"]
    assert a.tags == ["码头", "夜市"]
    assert [x.title for x in a.related] == list(HEADLINES[:3])
    assert [x.title for x in a.latest] == list(HEADLINES[5:10])
    assert [(x.rel, x.title) for x in a.prev_next] == [("prev", HEADLINES[3]), ("next", HEADLINES[4])]
    assert a.copyright == ["© 2021 江城新闻网"]
    assert [(i.url, i.caption) for i in a.images] == [("https://news.example.com/img/1.jpg", "夜幕下的栈道")]
    assert (a.id, a.url, a.canonical_url) == (
        url_id("https://news.example.com/1234"),
        URL,
        "https://news.example.com/1234",
    )


def test_portal_page_with_source_and_editor() -> None:
    html = page(
        '<div class="path"><a href="/">首页</a> &gt; <a href="/s/">社会</a> &gt; 正文</div>'
        f'<div class="main"><h1 id="title">{TITLE}</h1><div class="info"><span>2021年06月21日08:30</span>'
        '<span>来源：<a href="http://paper.example.com/">江城日报</a></span><span>作者：陈小江 李一帆</span>'
        "<span>字号：大 中 小</span></div>"
        f'<div id="endText">{br(*BODY)}<br><br>（责任编辑：王小舟）</div></div>'
        '<div class="b">Copyright © 2021 江城新闻网 版权所有</div>'
    )
    a = extract(html)
    assert a.text == TEXT
    assert (a.source, a.source_url) == ("江城日报", "http://paper.example.com/")
    assert (a.authors, a.editors) == (["陈小江", "李一帆"], ["王小舟"])
    assert a.published == "2021-06-21T08:30+08:00"
    assert (a.breadcrumbs, a.section) == (["首页", "社会"], "社会")
    assert a.copyright == ["Copyright © 2021 江城新闻网 版权所有"]


def table_page(texts: tuple[str, ...], charset: str) -> str:
    left = "".join(f'<tr><td>·<a href="/{n}.htm">{t}</a></td></tr>' for n, t in enumerate(HEADLINES))
    return (
        f'<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset={charset}">'
        f"<TITLE>{TITLE}</TITLE></HEAD>"
        f"<BODY><TABLE width=776><TR><TD width=200 valign=top><TABLE><TR><TD>最新文章</TD></TR>{left}</TABLE></TD>"
        f"<TD><TABLE><TR><TD align=center><FONT size=5><B>{TITLE}</B></FONT></TD></TR>"
        "<TR><TD align=center>2008-06-21 08:30:00 来源：江城晚报 点击：123</TD></TR>"
        f"<TR><TD><FONT size=3>{br(*texts)}</FONT></TD></TR>"
        f"<TR><TD>上一篇：<a href=/p.htm>{HEADLINES[13]}</a></TD></TR><TR><TD>下一篇：没有了</TD></TR>"
        "</TABLE></TD></TR></TABLE><CENTER>版权所有 江城在线 ICP备00000000号</CENTER></BODY></HTML>"
    )


@pytest.mark.parametrize("charset", ["gb2312", "utf-8", ""])
def test_table_layout_in_gbk_whatever_it_declares(charset: str) -> None:
    a = extract(table_page(BODY, charset).encode("gbk"))
    assert a.encoding == "gb18030"
    assert (a.title, a.text) == (TITLE, TEXT)
    assert a.published == "2008-06-21T08:30:00+08:00"
    assert a.source == "江城晚报"
    assert [x.title for x in a.latest] == list(HEADLINES)
    assert [(x.rel, x.title) for x in a.prev_next] == [("prev", HEADLINES[13])]
    assert len(a.copyright) == 1


@pytest.mark.parametrize(
    ("texts", "language", "title"),
    [
        (TW, "zh", "河濱舊碼頭重新開張"),
        (EN, "en", "River landing reopens after two years of work"),
        (RU, "ru", "Пристань на набережной вновь открыта"),
        (JA, "ja", "川沿いの船着き場が再び開く"),
    ],
)
def test_other_languages(texts: tuple[str, ...], language: str, title: str) -> None:
    a = extract(page(f"<article><h1>{title}</h1>{p(*texts)}</article><div>{items(HEADLINES)}</div>", title=title))
    assert (a.text, a.title, a.language) == ("\n".join(texts), title, language)


def state(data: object) -> str:
    return f"<script>window.__STATE__ = {json.dumps(data, ensure_ascii=False)};</script>"


def test_body_that_stands_only_in_a_script() -> None:
    data = {
        "article": {"title": TITLE, "content": p(*BODY), "publishTime": "2021-06-21 08:30:00", "source": "江城日报"}
    }
    html = page(f'<div id="app"></div><div class="foot">© 2021 江城新闻网</div>{state(data)}')
    a = extract(html)
    assert (a.title, a.text, a.method) == (TITLE, TEXT, "embedded-json")
    assert a.source == "江城日报"
    assert (a.published or "").startswith("2021-06-21T08:30")


def test_a_script_beside_a_shown_article_changes_nothing() -> None:
    data = {"related": [{"title": HEADLINES[0], "content": p(*ZH)}]}
    a = extract(article_page(p(*BODY)) + state(data))
    assert (a.text, a.method) == (TEXT, "density")


def test_list_page_is_no_article_and_says_what_to_do() -> None:
    rows = items([f"{t}（{n}）" for n in range(4) for t in HEADLINES])
    html = page(f'<h1>社会新闻</h1><div class="list">{rows}</div><div class="page">上一页 1 2 3 下一页</div>')
    with pytest.raises(NotAnArticleError, match=r"a list of \d+ links"):
        extract(html)


@pytest.mark.parametrize(
    "html", [page(""), page("<h1>404</h1><p>页面不存在</p>"), "<p></p>", page("<script>1</script>")]
)
def test_page_without_running_text_is_no_article(html: str) -> None:
    with pytest.raises(NotAnArticleError, match="no running text"):
        extract(html)


def test_empty_and_binary_pages() -> None:
    with pytest.raises(EmptyPageError):
        extract(b"")
    with pytest.raises(EmptyPageError):
        extract(b"   \n")
    with pytest.raises(BinaryPageError):
        extract(b"%PDF-1.4 \x00\x01")
    with pytest.raises(BinaryPageError):
        extract(bytes(range(256)) * 20)


def test_too_deep_a_page_says_that_it_is_cut() -> None:
    a = extract(article_page(p(*BODY)) + "<div>" * 5000 + ZH[8])
    assert [w.partition(":")[0] for w in a.warnings] == ["truncated"]
    assert a.text == TEXT


def test_short_body_and_missing_title_are_warned_of() -> None:
    a = extract("<html><body><div><p>码头今晚七点开放，请从东门进入。</p></div></body></html>")
    assert a.text == "码头今晚七点开放，请从东门进入。"
    assert {w.partition(":")[0] for w in a.warnings} >= {"short", "no title found"}


# ---- further pages ------------------------------------------------------------------------------------------------

FIRST = article_page(p(*ZH[:3]) + '<div class="pager">上一页 1 <a href="2.html">2</a> 下一页</div>')
SECOND = article_page(p(ZH[2], *ZH[3:5]), title=f"{TITLE}(2)")
THIRD = article_page(p(*ZH[5:7]))


def test_further_pages_are_joined_in_order_and_repeats_left_out() -> None:
    given = Page(
        body=FIRST.encode(),
        url=URL,
        parts=(SECOND.encode("gbk"), THIRD.encode()),
        part_urls=("https://news.example.com/2.html", "https://news.example.com/3.html"),
    )
    a = extract_page(given)
    assert a.text == "\n".join(ZH[:7])
    assert a.title == TITLE
    assert a.pages == 3
    assert a.page_urls == [URL, "https://news.example.com/2.html", "https://news.example.com/3.html"]
    assert a.warnings == []
    assert ZH[6] in a.html and ZH[6] in a.markdown
    assert a.content_hash != extract(FIRST).content_hash


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.4", b"  "])
def test_a_broken_further_page_is_said_and_the_rest_joined(broken: bytes) -> None:
    a = extract_page(Page(body=FIRST.encode(), url=URL, parts=(broken, THIRD.encode())))
    assert a.text == "\n".join([*ZH[:3], *ZH[5:7]])
    assert [w.partition(":")[0] for w in a.warnings] == ["incomplete"]
    assert "page 2" in a.warnings[0]


def test_single_page() -> None:
    a = extract(FIRST)
    assert (a.pages, a.text) == (1, "\n".join(ZH[:3]))


# ---- identity, purity, hostile content ---------------------------------------------------------------------------


@pytest.mark.parametrize("html", [WORDPRESS, FIRST, table_page(BODY, "utf-8")])
def test_same_bytes_give_an_equal_article(html: str) -> None:
    assert extract(html) == extract(html)


def test_id_of_the_input_wins_else_it_is_made_from_the_canonical_address() -> None:
    assert extract_page(Page(body=WORDPRESS.encode(), url=URL, id="x7")).id == "x7"
    assert (
        extract(WORDPRESS).id
        == extract(WORDPRESS, url=URL + "?from=feed").id
        == url_id("https://news.example.com/1234")
    )
    assert extract(FIRST).id == url_id(URL)
    assert extract(FIRST).canonical_url == URL


def test_page_without_address_has_no_made_up_one() -> None:
    a = extract(article_page(p(*BODY), after=f"<div><h3>相关新闻</h3>{items(HEADLINES[:3])}</div>"), url=None)
    assert (a.url, a.canonical_url, a.site) == (None, None, None)
    assert [x.title for x in a.related] == list(HEADLINES[:3])
    assert {x.url for x in a.related} == {None}
    assert a.id


def test_what_came_with_the_page_is_handed_on() -> None:
    given = Page(body=FIRST.encode(), url=URL, site="江城", status=200, fetched_at="2021-06-22T00:00:00+00:00")
    a = extract_page(given)
    assert (a.site, a.status, a.fetched_at) == ("江城", 200, "2021-06-22T00:00:00+00:00")
    assert extract(FIRST).site == "news.example.com"


def test_markup_in_titles_is_text() -> None:
    title = "如何在网页里写 &lt;b&gt; 标签 &amp; 转义"
    a = extract(article_page(p(*BODY), title=title))
    assert a.title == "如何在网页里写 <b> 标签 & 转义"
    nested = extract(article_page(p(*BODY)).replace(f"<h1>{TITLE}", f"<h1><span>{TITLE[:6]}</span><b>{TITLE[6:]}</b>"))
    assert nested.title == TITLE


def test_endless_title_costs_no_more_than_the_page() -> None:
    start = time.process_time()
    a = extract(WORDPRESS.replace("</title>", " | ".join(map(str, range(5000))) + "</title>"))
    assert a.title == TITLE
    assert time.process_time() - start < 2


def test_rendered_html_carries_no_script_handler_or_style() -> None:
    inside = (
        f'<p onclick="x()" style="color:red">{BODY[0]}</p><script>alert(1)</script>'
        f'<p>{BODY[1]}&lt;script&gt;1&lt;/script&gt;</p><p><a href="javascript:x()">点</a>{BODY[2]}</p>'
        f'<img src="javascript:x()"><iframe src="//x"></iframe>{p(*BODY[3:])}'
    )
    a = extract(article_page(inside))
    for word in ("<script", "onclick", "style=", "javascript:", "<iframe"):
        assert word not in a.html
    assert not re.search(r"(?<!\\)<script", a.markdown)


def walk(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (*walk(k), *walk(v))]
    if isinstance(value, list):
        return [s for v in value for s in walk(v)]
    return []


def test_no_lone_surrogate_and_no_nul_comes_out_of_any_field() -> None:
    dirty = (
        article_page(
            f"<p>{BODY[0]}&#xD83D;&#xDE00;&#55357;</p><p>{BODY[1]}&#0;</p>"
            f"<a href='/\ud800' title='\udfff'>{BODY[2]}</a>" + p(*BODY[3:]) + state({"content": "\ud83d" + TEXT})
        )
        .encode("utf-8", "surrogatepass")
        .replace("码头".encode(), "码\x00头".encode())
    )
    for text in walk(extract(dirty).to_dict(segments=True)):
        assert text.encode("utf-8")
        assert "\0" not in text


def test_fields_that_are_not_there_are_empty_not_made_up() -> None:
    a = extract(page(f"<div><h1>{TITLE}</h1><div>{p(*BODY)}</div></div>"), url="https://news.example.com/pier.html")
    empty = Article(id=a.id)
    for name in ("published", "published_raw", "modified", "authors", "editors", "tags", "related", "latest"):
        assert getattr(a, name) == getattr(empty, name), name
    assert (a.prev_next, a.copyright, a.images, a.duplicate_of) == ([], [], [], None)
    assert {s.label for s in a.segments} == {Label.TITLE, Label.BODY}


def test_article_becomes_json() -> None:
    record = json.loads(json.dumps(extract(WORDPRESS).to_dict(segments=True)))
    assert record["text"].startswith(BODY[0])
    assert record["segments"][0].keys() == {"label", "text", "reason", "path"}
