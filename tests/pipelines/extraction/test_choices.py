"""What may name a block: selectors that hold on other pages, and words."""

from __future__ import annotations

import pytest

from pipelines.extraction.article import extract_page
from pipelines.extraction.choices import Choices, choices, words
from pipelines.items import Article, Label, Page, Segment
from tests.crawler.commands.pages import article

PAGE = Page(article().encode(), "http://news.example/1.html")


def taken(page: Page = PAGE) -> Article:
    return extract_page(page)


def of(text: str, page: Page = PAGE) -> Choices:
    segments = taken(page).segments
    (number,) = [n for n, segment in enumerate(segments) if text in segment.text]
    return choices(page, segments, number)


def test_a_box_of_its_own_is_named_by_itself() -> None:
    found = of("版权声明")
    assert [(place.selector, place.blocks) for place in found.places] == [("div.copyright", 1)]
    assert not found.by_words


def test_a_paragraph_of_the_text_needs_words() -> None:
    found = of("按照计划")
    assert [(place.selector, place.blocks) for place in found.places] == [("div.content p", 4)]
    assert found.places[0].first.startswith("市交通委") and found.places[0].last.startswith("按照计划")
    assert (found.by_words, found.words) == (True, "按照计划")


def test_an_entry_of_a_list_is_named_by_its_list() -> None:
    found = of("老城区停车")
    assert [(place.selector, place.blocks) for place in found.places] == [("div.related li", 2), ("div.related", 3)]
    assert not found.by_words


def test_numbers_that_differ_from_page_to_page_are_in_no_selector() -> None:
    page = Page(article().replace('class="copyright"', 'class="note" id="n123"').encode(), PAGE.url)
    assert of("版权声明", page).places[0].selector == "div.note"


def test_a_block_that_the_page_does_not_have_is_named_by_words_alone() -> None:
    segments = [*taken().segments, Segment(Label.BODY, "Only a script has this, and nothing else", "", "p")]
    assert choices(PAGE, segments, len(segments) - 1) == Choices(words="Only a script", text=segments[-1].text)


def test_a_block_that_no_segment_has_is_named_by_its_number_on_the_page() -> None:
    found = choices(PAGE, [], 0, passed=True)
    assert ([place.selector for place in found.places], found.text) == (["div.nav"], "首页 新闻 城市")
    for passed in (False, True):
        with pytest.raises(IndexError):
            choices(PAGE, [], 99, passed=passed)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("版权声明：未经授权，不得转载。", "版权声明：未经授权"),
        ("责任编辑：李明 2026年6月", "责任编辑：李明"),
        ("Subscribe to our newsletter today", "Subscribe to our"),
        ("Donaudampfschifffahrtsgesellschaft fährt", "Donaudampfschiff"),
        ("短", "短"),
        ("\u200d\u200b来源：城市日报\u200b的消息", "来源：城市日报"),
        ("\u200d", ""),
        ("", ""),
    ],
)
def test_words_end_with_a_phrase(text: str, found: str) -> None:
    assert words(text) == found
    assert found in text
