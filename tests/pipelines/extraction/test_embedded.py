"""Bodies that stand only in a script."""

from __future__ import annotations

import html
import json
import time

import pytest

from pipelines.extraction.dom import Document, parse
from pipelines.extraction.embedded import embedded_body
from pipelines.items import Page

TITLE = "老码头夜市重新开张"
LINES = (
    "老码头的灯重新亮起来了，第一批摊主在五点前就支好了炉子。等着江风把客人吹过来，栈道上的人直到深夜也没有散去。",
    "改造工程从去年三月开始，施工方先加固了驳岸。又把废弃的货运轨道清理出来，铺成一条可以散步的木栈道。",
    "街道办负责人介绍，新的夜市一共设置九十六个摊位。其中六成留给原来的经营户，其余的面向全市公开抽签。",
)
MARKUP = "".join(f"<p>{line}</p>" for line in LINES)


def document(*scripts: str, title: str = TITLE) -> Document:
    tags = "".join(s if s.startswith("<script") else f"<script>{s}</script>" for s in scripts)
    return parse(
        Page(f"<html><head><title>{title}_江报网</title></head><body><div id=app></div>{tags}</body></html>".encode())
    )


def state(**fields: object) -> str:
    article = {"title": TITLE, "content": MARKUP, **fields}
    return json.dumps({"user": {"name": "guest"}, "detail": {"article": article}}, ensure_ascii=False)


def test_a_state_object() -> None:
    found = embedded_body(
        document(
            "window.__INITIAL_STATE__ = "
            + state(
                publish_time="2021-06-21 12:30", source="江报", author={"id": 3, "name": "陈江"}, tags=["码头", "夜市"]
            )
            + ";(function(){var s;})();"
        )
    )
    assert found is not None
    assert found.html == MARKUP
    assert (found.title, found.date, found.source, found.author) == (TITLE, "2021-06-21 12:30", "江报", "陈江")
    assert found.tags == ("码头", "夜市")
    assert found.evidence == "script, key content"


def test_javascript_literals_with_escaped_markup() -> None:
    escaped = html.escape(json.dumps(MARKUP, ensure_ascii=True)).replace("&lt;", "\\u003C").replace("/p", "\\u002Fp")
    script = (
        "var BASE = { userInfo: { id: 0, userName: '' }, articleInfo: {\n"
        f"  title: '&quot;{TITLE}&quot;'.slice(6, -6),\n  content: '{escaped}'.slice(6, -6),\n"
        "  subInfo: { isOriginal: false, source: '江报', time: '2021-06-21 12:30:00' },\n"
        '  tagInfo: { tags: [{"name":"码头"},{"name":"夜市"}] } } };'
    )
    found = embedded_body(document(script))
    assert found is not None
    assert found.html == MARKUP
    assert (found.title, found.date, found.source, found.tags) == (
        TITLE,
        "2021-06-21 12:30:00",
        "江报",
        ("码头", "夜市"),
    )


def test_json_inside_a_string() -> None:
    found = embedded_body(document(f"window.data = JSON.parse({json.dumps(state())});"))
    assert found is not None
    assert (found.html, found.title) == (MARKUP, TITLE)


def test_a_json_script_and_an_epoch_date() -> None:
    script = f'<script id="__NEXT_DATA__" type="application/json">{state(publishTime=1624249800)}</script>'
    found = embedded_body(document(script))
    assert found is not None
    assert found.date == "2021-06-21T04:30:00+00:00"


def test_prose_becomes_paragraphs() -> None:
    found = embedded_body(document("var a = " + state(content="\n".join([*LINES, "5 < 6 & 7"]))))
    assert found is not None
    assert found.html == MARKUP + "<p>5 &lt; 6 &amp; 7</p>"


def test_a_react_server_stream() -> None:
    size = len(MARKUP.encode())
    rows = f'1:{{"post":{{"title":"{TITLE}","html":"$1d"}}}}\n1d:T{size:x},{MARKUP}'
    halves = rows[:120], rows[120:]
    found = embedded_body(document(*(f"self.__next_f.push([1,{json.dumps(h)}])" for h in halves)))
    assert found is not None
    assert (found.html, found.title, found.evidence) == (MARKUP, TITLE, "script, key html")


def test_json_ld_article_body() -> None:
    data = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(LINES), "author": {"name": "陈江"}}
    found = embedded_body(document(f'<script type="application/ld+json">{json.dumps(data)}</script>'))
    assert found is not None
    assert (found.html, found.author, found.evidence) == (MARKUP, "陈江", "json-ld")


def test_the_article_of_this_page_wins_over_a_longer_one() -> None:
    other = json.dumps({"title": "另一篇报道", "content": MARKUP + "<p>再多一句话。</p>"}, ensure_ascii=False)
    found = embedded_body(document(f"var list = [{other},{state()}];"))
    assert found is not None
    assert found.title == TITLE


@pytest.mark.parametrize(
    "script",
    [
        "",
        "var a = 1;",
        "var css = '" + "a{color:red;width:1px}" * 60 + "';",
        "var x = '" + "QUJD" * 400 + "';",
        "var notice = {text: '" + "We use cookies to run this site. You may refuse them. " * 8 + "'};",
        "var t = {template: '" + "<div>{{ a.b }}</div><p>{{ c }}</p>" * 30 + "'};",
    ],
)
def test_scripts_without_an_article(script: str) -> None:
    assert embedded_body(document(script)) is None


@pytest.mark.parametrize(
    "script",
    [
        '"' * 200_001,
        '\\"' * 200_000,
        '"' + '\\"' * 200_000,
        "'\"`" * 100_000,
        '{"a":' * 100_000,
        "[" * 200_000 + json.dumps(MARKUP),
        "a:" * 200_000 + json.dumps(MARKUP),
        json.dumps(json.dumps(json.dumps(json.dumps(json.dumps({"content": MARKUP}))))),
        '"' + "\\ud800\\u{110000}" * 5000 + MARKUP + '"',
        '"' + "&amp;" * 50_000 + MARKUP + '"',
    ],
)
def test_hostile_scripts_are_survived_in_linear_time(script: str) -> None:
    doc = document(script)
    began = time.process_time()
    embedded_body(doc)
    assert time.process_time() - began < 2.0


def test_a_large_state_is_read_whole() -> None:
    filler = json.dumps([{"id": i, "name": f"x{i}", "url": f"https://example.com/{i}"} for i in range(10_000)])
    found = embedded_body(document(f"var s = {{list: {filler}, article: {state()}}}"))
    assert found is not None
    assert (found.html, found.title) == (MARKUP, TITLE)


@pytest.mark.parametrize("prefix", ["widget", "post_", "doc", "art"])
def test_keys_that_name_what_they_are_of(prefix: str) -> None:
    data = {f"{prefix}Title": TITLE, f"{prefix}Content": MARKUP, "publishTime": "2021-06-21 12:30"}
    found = embedded_body(document("window.initialState=" + json.dumps({"detail": data}, ensure_ascii=False)))
    assert found is not None
    assert (found.html, found.title, found.date) == (MARKUP, TITLE, "2021-06-21 12:30")
