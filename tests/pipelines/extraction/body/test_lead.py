"""What of a Western article stands above its container, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.pipelines.extraction.pages import EN, ZH, body_lines, p, page

LEAD = (
    "Two winters ago the landing was a fenced yard of rusting wagons, and nobody in the quarter would have bet a "
    "bowl of soup on its return; this is how the traders got it back.",
    "It took a petition, three district meetings and one very patient engineer.",
)


def column(before: str) -> str:
    """A page whose text stands in a box of its own under `before`."""
    return page(
        f'<main><h1>River landing reopens</h1>{before}<div class="body">{p(*EN)}</div></main>',
        title="River landing reopens",
        lang="en",
    )


@pytest.mark.parametrize("box", ["intro", "rich-text", "hero-text", "module_1"])
def test_an_introduction_in_a_box_of_its_own_is_text(box: str) -> None:
    html = column(f'<p>By Ann Lee</p><div class="tools"><a href="/s">Save</a></div><div class="{box}">{p(*LEAD)}</div>')
    assert body_lines(html) == [*LEAD, *EN]


@pytest.mark.parametrize("box", ["author-bio", "affiliate-disclosure", "cta", "newsletter"])
def test_boxes_that_name_themselves_otherwise_are_no_introduction(box: str) -> None:
    html = column(f'<p>By Ann Lee</p><div class="tools"><a href="/s">Save</a></div><div class="{box}">{p(*LEAD)}</div>')
    assert body_lines(html) == list(EN)


def test_an_excerpt_far_under_the_headline_is_a_teaser() -> None:
    tools = "".join(f'<li><a href="/{n}">Save</a></li>' for n in range(5))
    html = column(f'<ul>{tools}</ul><div class="post-excerpt">{p(*LEAD)}</div>')
    assert body_lines(html) == list(EN)


def test_key_points_in_a_list_of_their_own_are_no_introduction() -> None:
    points = "".join(f"<li>{text}</li>" for text in LEAD)
    html = column(f'<div class="tools"><a href="/s">Save</a></div><div class="points"><ul>{points}</ul></div>')
    assert body_lines(html) == list(EN)


def test_chinese_portals_print_a_digest_there() -> None:
    html = page(
        f'<div><h1>沿江老码头改造完成</h1><div class="intro">{p(ZH[8])}</div><div class="con">{p(*ZH[:6])}</div></div>'
    )
    assert body_lines(html) == list(ZH[:6])
