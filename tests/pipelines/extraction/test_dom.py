"""Text -> tree: nothing is lost on broken, deep or hostile markup, and the head is read."""

from __future__ import annotations

import json

import pytest

from pipelines.errors import EmptyPageError
from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import Document, collapse, parse, parse_text
from pipelines.items import Page
from tests.pipelines.extraction.pages import TITLE, ZH, p, page


def document(html: str | bytes) -> Document:
    return parse(Page(body=html if isinstance(html, bytes) else html.encode()))


def texts(html: str | bytes) -> list[str]:
    return [b.text for b in split_blocks(document(html).root).blocks]


@pytest.mark.parametrize("end", ["</html>", "</body>", "</body></html>", "</BODY ></HTML\n>"])
def test_what_follows_an_early_end_is_still_seen(end: str) -> None:
    html = f"<html><body><div>{p(ZH[0])}</div>{end}<div>{p(*ZH[1:4])}</div></body></html>"
    assert texts(html) == list(ZH[:4])


@pytest.mark.parametrize("levels", [250, 256, 300, 2000])
def test_deep_nesting_keeps_its_text(levels: int) -> None:
    html = f"<html><body>{'<div>' * levels}{p(ZH[0])}{'</div>' * levels}{p(ZH[1])}</body></html>"
    assert texts(html) == [ZH[0], ZH[1]]
    assert document(html).warnings == []


@pytest.mark.parametrize("tag", ["div", "b", "blockquote"])
@pytest.mark.parametrize("levels", [3000, 50_000])
def test_deeper_nesting_is_cut_with_a_warning(levels: int, tag: str) -> None:
    html = f"<html><body>{p(ZH[0])}{f'<{tag}>' * levels}{ZH[1]}{f'</{tag}>' * levels}{p(ZH[2])}</body></html>"
    doc = document(html)
    assert [w.partition(":")[0] for w in doc.warnings] == ["truncated"]
    assert ZH[0] in [b.text for b in split_blocks(doc.root).blocks]


def test_three_hundred_unclosed_font_tags_lose_nothing() -> None:
    html = page("".join(f"<font color=red><p>{n}. {ZH[n % 10]}</p>" for n in range(300)))
    assert texts(html) == [f"{n}. {ZH[n % 10]}" for n in range(300)]


def test_xml_declaration_and_missing_html() -> None:
    assert texts(f'<?xml version="1.0" encoding="utf-8"?>\n{page(p(*ZH))}') == list(ZH)
    assert texts(p(*ZH)) == list(ZH)
    assert texts(ZH[0]) == [ZH[0]]


def test_html_far_from_the_start_of_the_document() -> None:
    assert texts(f"<!-- {'x' * 5000} -->\n\n{page(p(*ZH))}") == list(ZH)


def test_a_megabyte_on_one_line() -> None:
    html = f"<html><body><p>{ZH[0] * 6000}</p><p>{ZH[1]}</p></body></html>"
    assert [len(t) for t in texts(html)] == [6000 * len(ZH[0]), len(ZH[1])]


def test_comments_and_processing_instructions_are_no_text() -> None:
    assert texts(f"<body><p><!-- hidden -->{ZH[0]}<?php echo 1 ?></p></body>") == [ZH[0]]


@pytest.mark.parametrize("body", ["<!-- only a comment -->", "<!DOCTYPE html>", "<?xml version='1.0'?>", "</html>"])
def test_markup_without_content_is_an_empty_page_or_an_empty_tree(body: str) -> None:
    try:
        root, _ = parse_text(body)
    except EmptyPageError:
        return
    assert not root.text_content().strip()


def test_head_is_read_first_value_wins() -> None:
    doc = document(
        page(
            p(ZH[0]) + "<svg><title>icon</title></svg>",
            head='<meta property="OG:Title" content=" 一 \n 二 "><meta name="og:title" content="later">'
            '<meta itemprop="datePublished" content="2021-06-21"><meta name="empty" content=" ">'
            '<link rel="alternate canonical" href="/c.html">',
        )
    )
    assert doc.meta == {"og:title": "一 二", "datepublished": "2021-06-21"}
    assert doc.canonical == "/c.html"
    assert doc.head_title == f"{TITLE}_江城新闻网"
    assert doc.language == "zh-CN"
    assert doc.encoding == "utf-8"


def ld(*scripts: str) -> list[dict[str, object]]:
    tags = "".join(f'<script type="application/ld+json">{s}</script>' for s in scripts)
    return document(page(p(ZH[0]), head=tags)).jsonld


def test_jsonld_objects_lists_and_graphs_are_flattened_in_order() -> None:
    found = ld(
        json.dumps([{"@type": "A"}, [{"@type": "B"}], "text", 3, None]),
        json.dumps({"@context": "x", "@graph": [{"@type": "C"}, {"@type": "D"}]}),
        '\n{"@type": "E"};\n',
        '{"@type": "F", "headline": "line\nbreak"}',
    )
    assert [x.get("@type") for x in found] == ["A", "B", None, "C", "D", "E", "F"]


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{broken",
        '{"@type": "A",}',
        "[" * 200_000,
        '{"@graph":' * 100_000,
        "[" * 900 + "]" * 900,
        "9" * 10_000,
        '{"@graph": {"@type": "not a list"}}',
        "null",
    ],
)
def test_hostile_jsonld_is_passed_over(script: str) -> None:
    types = [x.get("@type") for x in ld(script, '{"@type": "NewsArticle"}')]
    assert types[-1] == "NewsArticle"


def test_collapse_takes_every_kind_of_white_space() -> None:
    assert collapse("　\u00a0 一\n\t 二\u2003三 ") == "一 二 三"


@pytest.mark.parametrize(
    ("head", "url", "base"),
    [
        ("", "http://a.example/x/1.html", "http://a.example/x/1.html"),
        ('<base href="//b.example/y/">', "http://a.example/x/1.html", "http://b.example/y/"),
        ("<base target=_blank>", "http://a.example/x/1.html", "http://a.example/x/1.html"),
        ('<link rel=canonical href="http://c.example/z">', None, "http://c.example/z"),
        ('<base href="http://[broken/">', "http://a.example/x/1.html", "http://a.example/x/1.html"),
        ("", None, None),
    ],
)
def test_what_relative_addresses_stand_on(head: str, url: str | None, base: str | None) -> None:
    assert parse(Page(f"<html><head>{head}</head><body><p>一</p></body></html>".encode(), url=url)).base == base


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_page_is_the_same_in_every_charset(charset: str) -> None:
    html = f"<html><head><meta charset={charset}></head><body>{p(*ZH)}</body></html><p>{TITLE}</p>"
    assert texts(html.encode(charset)) == [*ZH, TITLE]


def test_controls_and_marks_of_byte_order_are_no_text_in_the_middle_either() -> None:
    assert texts(f"<html><body><p>{ZH[0]}\ufeff\x07</p></body></html>") == [ZH[0]]


def test_what_the_source_does_not_say_stands_nowhere_on_the_page() -> None:
    doc = document(f"<html><body><TIME datetime='2026-06-21'>x</TIME>{p(ZH[0])}</body></html>")
    assert doc.says(b"<time")
    assert not doc.says(b"itemprop", b"<svg")
