"""Where the article stands: the box is found by its prose, whatever stands around it and however it is named."""

from __future__ import annotations

import pytest

from pipelines.extraction.body.container import find_container, has_stop, holds, prose, prose_scores, weight
from pipelines.extraction.segments import mark_blocks
from tests.pipelines.extraction.pages import (
    EN,
    HEADLINES,
    JA,
    RU,
    TITLE,
    TW,
    ZH,
    article_page,
    block_of,
    body_lines,
    br,
    items,
    layout_of,
    p,
    page,
)


def chosen(html: str) -> str:
    """The path of the container that is found without knowing the headline."""
    layout = layout_of(html)
    scores, _ = prose_scores(layout, mark_blocks(layout))
    return find_container(layout, scores, None)[0].path()


def test_weight_counts_chinese_characters_and_thirds_of_others() -> None:
    assert weight("码头") == 2
    assert weight("abcdef") == 2
    assert weight("") == 0


@pytest.mark.parametrize(("text", "is_so"), [("开张了。", True), ("开张", False), ("It is.", True), ("3.5", False)])
def test_has_stop(text: str, is_so: bool) -> None:
    assert has_stop(text) is is_so


def test_prose_weighs_sentences_not_links_headings_or_hidden_text() -> None:
    assert prose(block_of(p(ZH[0]))) > prose(block_of(p("短句一个。"))) > 0
    assert prose(block_of("<p>没有标点的短行</p>")) == 0
    assert prose(block_of(f'<p><a href="/">{ZH[0]}</a></p>')) == 0
    assert prose(block_of(f"<h2>{ZH[0]}</h2>")) == 0
    hidden = block_of(f'<p style="display:none">{ZH[0]}</p>')
    assert prose(hidden) == 0
    assert prose(hidden, hidden=True) > 0


def test_a_paragraph_that_comes_again_weighs_nothing() -> None:
    layout = layout_of(f"<div>{p(*ZH[:2])}</div><div>{p(*ZH[:2])}</div>")
    scores, _ = prose_scores(layout, mark_blocks(layout))
    assert scores[0] > 0 < scores[1]
    assert scores[2:] == [0, 0]


def test_records_of_a_list_weigh_little() -> None:
    cards = "".join(f'<div class="card"><a href="/{n}.html">{HEADLINES[n]}</a><p>{ZH[n]}</p></div>' for n in range(6))
    layout = layout_of(f"<div>{cards}</div><div class='one'>{p(ZH[8])}</div>")
    scores, _ = prose_scores(layout, mark_blocks(layout))
    assert sum(scores[:12]) < scores[12]


@pytest.mark.parametrize(
    ("html", "path"),
    [
        (f'<div id="a"><div class="con">{p(*ZH)}</div><div class="x">{items(HEADLINES)}</div></div>', "div#a/div.con"),
        (f'<div class="left">{items(HEADLINES)}</div><div class="text">{br(*ZH)}</div>', "div.text"),
        (f'<article><section class="s">{p(*EN)}</section></article>', "article/section.s"),
        (f'<div class="t">{p(*RU)}</div><div class="c">{p("Да.", "Нет.")}</div>', "div.t"),
        (f'<div class="t">{p(*JA)}</div><footer><p>{ZH[0]}</p></footer>', "div.t"),
    ],
)
def test_the_box_that_holds_most_of_the_prose(html: str, path: str) -> None:
    assert chosen(html) == path


def test_a_single_paragraph_is_not_its_own_container() -> None:
    html = f'<div class="con"><p>{ZH[0]}{ZH[1]}{ZH[2]}</p><p>短。</p></div><div>{items(HEADLINES)}</div>'
    assert chosen(html) == "div.con"


def test_holds_is_about_ranges() -> None:
    box = layout_of(f"<div>{p(*ZH[:3])}</div>").boxes[-4]
    assert holds(box, 0)
    assert not holds(box, 3)
    assert not holds(box, None)


LEFT = "".join(f'<div><a href="/l/{n}.html">{HEADLINES[n % 15]}之{n}</a></div>' for n in range(145))
COMMENTS = [
    f'<div class="item"><a href="/u/{n}">网友{n}</a>'
    f"<p>我觉得第{n}个摊位的糖水最好喝，价钱也公道，{ZH[n % 10][:40]}。</p></div>"
    for n in range(40)
]
TEASERS = "".join(
    f'<div class="teaser"><h3><a href="/t/{n}.html">{HEADLINES[n]}</a></h3><p>{ZH[(n + 3) % 10][::-1]}。</p></div>'
    for n in range(12)
)
BODY = list(ZH[:6])

SHAPES = {
    "one box": article_page(p(*BODY)),
    "line breaks only": article_page(br(*BODY)),
    "bare text and breaks without any box": page(f"<h1>{TITLE}</h1>{br(*BODY)}<hr>{items(HEADLINES)}"),
    "split over sibling boxes": article_page(f"<div>{p(*BODY[:3])}</div><div>{p(*BODY[3:])}</div>"),
    "each paragraph in a box of its own": article_page("".join(f"<div><div><p>{t}</p></div></div>" for t in BODY)),
    "paragraphs in sections beside images": article_page(
        "".join(f'<section class="b"><section><img src="{n}.jpg"></section>{t}</section>' for n, t in enumerate(BODY))
    ),
    "table layout": page(
        "<table width=980><tr><td width=180>"
        + items(HEADLINES)
        + f"</td><td><table><tr><td align=center><h1>{TITLE}</h1></td></tr>"
        + f"<tr><td><font size=3>{br(*BODY)}</font></td></tr></table></td></tr></table>"
    ),
    "cells for paragraphs": page(
        f"<h1>{TITLE}</h1><table class=m>" + "".join(f"<tr><td>{t}</td></tr>" for t in BODY) + "</table>"
    ),
    "a left column of 145 links": article_page(p(*BODY), before=f'<div class="col">{LEFT}</div>'),
    "comments longer than the article": article_page(
        p(*BODY), after=f'<div class="comment-box"><h3>网友评论</h3>{"".join(COMMENTS)}</div>'
    ),
    "some comments in a box without a name": article_page(
        p(*BODY), after=f'<div class="x9"><h3>大家说</h3>{"".join(COMMENTS[:8])}</div>'
    ),
    "teasers in a box without a name": article_page(p(*BODY), after=f'<div class="x9">{TEASERS}</div>'),
    "a second time for phones after the footer": article_page(
        p(*BODY),
        after=f'<div class="foot">版权所有</div><div class="wap"><h1>{TITLE}</h1><div>{p(*BODY)}</div></div>',
    ),
    "a hidden copy": article_page(p(*BODY), after=f'<textarea id="src">{"".join(BODY)}</textarea>'),
    "main box with a foreign name": page(
        f'<div class="comment"><h1>{TITLE}</h1><div class="related-main">{p(*BODY)}</div></div>'
        f'<div class="right">{items(HEADLINES)}</div>'
    ),
    "hidden by style until a script runs": page(
        f'<h1>{TITLE}</h1><div id="js_content" style="visibility: hidden">{p(*BODY)}</div>'
    ),
    "early end of the document": article_page(p(*BODY[:2]) + "</body></html>" + p(*BODY[2:])),
    "unclosed tags": page(f'<h1>{TITLE}<div class="con"><p>' + "<p>".join(BODY) + "<div class=foot><a href=/>首页</a>"),
    "text in fonts and centers": article_page("".join(f"<center><font>{t}</font></center>" for t in BODY)),
    "preformatted": article_page(f"<pre>{'</pre><pre>'.join(BODY)}</pre>"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_body_and_nothing_else(shape: str) -> None:
    assert body_lines(SHAPES[shape]) == BODY


def test_standfirst_in_a_blockquote_and_quotes_inside_the_text_stay() -> None:
    inside = p(ZH[0]) + f"<blockquote><p>{ZH[1]}</p></blockquote>" + p(*ZH[2:5])
    assert body_lines(article_page(inside)) == list(ZH[:5])


@pytest.mark.parametrize("texts", [TW, EN, RU, JA], ids=["tw", "en", "ru", "ja"])
def test_other_languages(texts: tuple[str, ...]) -> None:
    html = page(
        f'<nav>{items(HEADLINES)}</nav><main><h1>{texts[0][:20]}</h1><div class="c">{p(*texts)}</div></main>'
        f"<footer><p>© 2021</p></footer>",
        title=texts[0][:20],
    )
    assert body_lines(html) == list(texts)


def test_modules_of_a_page_builder_have_a_class_of_their_own_beside_that_of_their_kind() -> None:
    sizes = (EN[:1], EN[1:2], EN[2:5])  # the last module holds by far the most
    modules = "".join(
        f'<div class="module module-text m{n}"><div class="inner">{p(*texts)}</div></div>'
        for n, texts in enumerate(sizes, 4711)
    )
    html = page(f'<h1>River landing reopens</h1><div class="column">{modules}</div>', lang="en")
    assert chosen(html) == "div.column"
    assert body_lines(html) == list(EN)
