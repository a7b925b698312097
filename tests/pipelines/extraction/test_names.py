"""Class names, ids and tags: what they claim a box to be."""

from __future__ import annotations

import pytest

from pipelines.extraction.names import foreign_label, is_part_of_layout
from pipelines.items import Label
from tests.pipelines.extraction.pages import layout_of


def claim(open_tag: str) -> Label | None:
    tag = open_tag.split(maxsplit=1)[0]
    return foreign_label(layout_of(f"<{open_tag}>文</{tag}>").boxes[-1])


@pytest.mark.parametrize(
    ("open_tag", "label"),
    [
        ('div class="comment-list"', Label.COMMENTS),
        ('div id="copyright"', Label.COPYRIGHT),
        ('div class="article-related"', Label.RELATED),
        ('div class="hotNews"', Label.LATEST),
        ('ul class="rank_list"', Label.LATEST),
        ('div class="pagination"', Label.PAGINATION),
        ('div id="shareBox"', Label.SHARE),
        ('div class="breadcrumb"', Label.BREADCRUMBS),
        ('div class="sidebar"', Label.NAVIGATION),
        ('div class="ad-300"', Label.PROMOTION),
        ('div class="TAGS"', Label.TAGS),
        ("footer", Label.OTHER),
        ("nav", Label.NAVIGATION),
        ("aside", Label.OTHER),
    ],
)
def test_named_boxes(open_tag: str, label: Label) -> None:
    assert claim(open_tag) is label


@pytest.mark.parametrize(
    "open_tag",
    [
        "div",
        "article",
        'div class="padding headline loading"',
        'div id="article-content"',
        'div class="shadow threadbare"',
        'div class="stage vintage"',
        'div class="photos"',
        'section class="main con text"',
    ],
)
def test_tokens_match_whole_words_only(open_tag: str) -> None:
    assert claim(open_tag) is None


def test_the_names_of_an_entry_are_what_it_is_filed_under() -> None:
    assert claim('article class="post-12 type-post status-publish hentry category-newsletter tag-river"') is None
    assert claim('div class="post-tags"') is Label.TAGS


@pytest.mark.parametrize(
    ("names", "part"),
    [
        ("sidebar-grid__content", True),
        ("sidebar-grid__content article__content", True),
        ("sidebar-grid__sidebar", False),
        ("newsletter__content", False),
        ("sidebar", False),
    ],
)
def test_parts_of_a_box_named_after_its_layout(names: str, part: bool) -> None:
    box = layout_of(f'<div class="{names}">words</div>').boxes[-1]
    assert is_part_of_layout(box, {"sidebar-grid", "article"}) is part
