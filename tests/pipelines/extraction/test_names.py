"""Class names, ids and tags: what they claim a box to be."""

from __future__ import annotations

import pytest

from pipelines.extraction.names import foreign_label
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
