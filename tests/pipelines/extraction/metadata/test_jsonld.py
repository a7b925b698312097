"""JSON-LD in all its shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.extraction.dom import Document, parse
from pipelines.extraction.metadata import jsonld
from pipelines.items import Page


def document(*objects: Any) -> Document:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(o)}</script>' for o in objects)
    return parse(Page(f"<html><head>{scripts}</head><body><p>text</p></body></html>".encode()))


@pytest.mark.parametrize(
    "kind",
    ["NewsArticle", "Article", "BlogPosting", ["Thing", "ReportageNewsArticle"], "https://schema.org/NewsArticle"],
)
def test_articles_of_every_kind_are_found(kind: Any) -> None:
    doc = document({"@type": "WebSite", "name": "x"}, {"@type": kind, "headline": "The landing reopens"})
    assert jsonld.text(jsonld.find_article(doc), "headline") == "The landing reopens"


def test_the_fullest_article_wins_and_nested_ones_are_seen() -> None:
    doc = document(
        {"@type": "Article", "headline": "teaser"},
        {"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "headline": "own", "datePublished": "2021-06-21"}},
    )
    assert jsonld.find_article(doc)["headline"] == "own"


def test_pages_without_an_article() -> None:
    assert jsonld.find_article(document({"@type": "Organization", "name": "x"})) == {}
    assert jsonld.find_article(document()) == {}


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Lin Yue", ["Lin Yue"]),
        ({"@type": "Person", "name": "Lin Yue"}, ["Lin Yue"]),
        ([{"name": "Lin Yue"}, "Mo Fan", {"name": "Lin Yue"}], ["Lin Yue", "Mo Fan"]),
        ({"name": ["Lin Yue", "Mo Fan"]}, ["Lin Yue", "Mo Fan"]),
        ({"@id": "#p1"}, ["Person One"]),
        ({"@id": "#nobody"}, []),
        ([None, 3, [], {}, {"name": None}, {"name": {"name": {"name": 4}}}], []),
        (7, []),
    ],
)
def test_author_names(author: Any, names: list[str]) -> None:
    article = {"@type": "Article", "headline": "x", "author": author}
    doc = document(article, {"@type": "Person", "@id": "#p1", "name": "Person One"})
    assert jsonld.author_names(doc, jsonld.find_article(doc)) == names


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("码头, 夜市，轮渡", ["码头", "夜市", "轮渡"]),
        (["river", " landing ", "river", 3, None], ["river", "landing"]),
        (["river, landing"], ["river", "landing"]),
        ([{"name": "river"}], ["river"]),
        ({"name": "river"}, ["river"]),
        (12, []),
        (None, []),
    ],
)
def test_keywords(value: Any, words: list[str]) -> None:
    assert jsonld.keywords({"keywords": value}) == words


def test_text_resolves_entities_and_tags() -> None:
    assert jsonld.plain("Fish &amp;amp; <b>chips</b>\n now") == "Fish & chips now"
    assert jsonld.plain("3 < 5 and 7 > 2") == "3 < 5 and 7 > 2"
    assert jsonld.section({"articleSection": ["Society", "City"]}) == "Society"


def test_publisher_falls_back() -> None:
    doc = document()
    assert jsonld.publisher_name(doc, {"publisher": {"name": "River Post"}}) == "River Post"
    assert jsonld.publisher_name(doc, {"publisher": None, "provider": "Agency"}) == "Agency"
    assert jsonld.publisher_name(doc, {"publisher": 3}) == ""


def test_breadcrumbs_in_order_of_position() -> None:
    doc = document(
        {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"position": 2, "item": {"name": "Society"}},
                {"position": "1", "name": "Home"},
                {"position": None, "name": "Landing"},
                "junk",
                {"position": 4},
            ],
        }
    )
    assert jsonld.breadcrumbs(doc) == ["Home", "Society", "Landing"]
    assert jsonld.breadcrumbs(document({"@type": "BreadcrumbList", "itemListElement": 3})) == []


def test_a_name_in_two_keys() -> None:
    doc = document({"@type": "NewsArticle", "author": [{"@type": "Person", "givenName": "Jane", "familyName": "Doe"}]})
    assert jsonld.author_names(doc, jsonld.find_article(doc)) == ["Jane Doe"]
