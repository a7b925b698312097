"""Tags declared in the head of a page."""

from __future__ import annotations

from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.keywords import MOST, declared_tags
from pipelines.items import Page


def tags_of(head: str) -> list[str]:
    page = Page(f"<html lang='en'><head>{head}</head><body><p>Text of the page.</p></body></html>".encode())
    return declared_tags(parse(page))


def test_keywords_are_split_and_given_once() -> None:
    assert tags_of("<meta name='keywords' content='Harbour, Ferries , Harbour'>") == ["Harbour", "Ferries"]


def test_repeated_tag_elements_are_all_read() -> None:
    head = "<meta property='article:tag' content='#Tides'><meta property='article:tag' content='Dykes'>"
    assert tags_of(head) == ["Tides", "Dykes"]


def test_keywords_are_trusted_before_other_declarations() -> None:
    head = "<meta property='article:tag' content='Other'><meta name='keywords' content='First'>"
    assert tags_of(head) == ["First"]


def test_a_page_that_fishes_for_search_engines_declares_no_tags() -> None:
    words = ", ".join(f"word{i}" for i in range(MOST + 1))
    assert tags_of(f"<meta name='keywords' content='{words}'>") == []


def test_json_ld_is_asked_last() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "H", "keywords": ["Salt"]}</script>'
    assert tags_of(head) == ["Salt"]


def test_words_that_a_site_gives_to_all_its_pages_are_no_tags() -> None:
    head = "<meta name=keywords content='news, Rivertown, daily'><meta property='article:tag' content='Harbours'>"
    doc = parse(Page(f"<html lang='en'><head>{head}</head><body><p>Text.</p></body></html>".encode()))
    assert declared_tags(doc, "The harbour reopens") == ["Harbours"]
    assert declared_tags(doc, "The harbour of Rivertown reopens") == ["Harbours"]
    assert declared_tags(doc, "Daily bread is dear in Rivertown") == ["news", "Rivertown", "daily"]


def test_one_or_two_words_are_believed() -> None:
    doc = parse(Page(b"<html lang='en'><head><meta name=keywords content='Trade'></head><body><p>x</p></body></html>"))
    assert declared_tags(doc, "The harbour reopens") == ["Trade"]
