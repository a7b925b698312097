"""Small boxes inside the container of a Western text: those that are none of it, and folded ones that are."""

from __future__ import annotations

import pytest

from tests.pipelines.extraction.pages import EN, ZH, apart, article_page, body_lines, p, page

NOTE = "Ann Lee has written about harbours, ferries and the people who live by them for a dozen years."


def english(inside: str) -> str:
    """A page with `inside` as its container."""
    return page(
        f'<main><h1>River landing reopens</h1><div class="body">{inside}</div></main>',
        title="River landing reopens",
        lang="en",
    )


@pytest.mark.parametrize("names", ["author", "article__bio", "cta-block", "jetpack-likes-widget", "affiliate-note"])
def test_boxes_about_the_article_are_cut(names: str) -> None:
    html = english(f'{p(*EN[:3])}<div class="{names}"><p>{NOTE}</p></div>{p(*EN[3:])}')
    assert body_lines(html) == list(EN)


def test_a_large_box_is_the_text_whatever_its_name() -> None:
    html = english(f'{p(EN[0])}<div class="author-column">{p(*EN[1:])}</div>')
    assert body_lines(html) == list(EN)


@pytest.mark.parametrize("names", ["image-box", "newsPhoto", "video"])
def test_captions_stand_in_boxes_named_after_the_picture(names: str) -> None:
    caption = "The boardwalk on its first evening, seen from the ferry, with the old lighthouse behind it."
    html = english(f'{p(*EN[:3])}<div class="{names}"><img src="/1.jpg"><p>{caption}</p></div>{p(*EN[3:])}')
    assert body_lines(html) == list(EN)


def test_subheadings_in_such_a_box_stay() -> None:
    html = english(f'{p(*EN[:3])}<div class="image"><h2>What comes next</h2></div>{p(*EN[3:])}')
    assert body_lines(html) == [*EN[:3], "What comes next", *EN[3:]]


def test_answers_folded_under_their_questions_are_text() -> None:
    folded = f'<h3>Who may trade here?</h3><div class="panel" style="display:none">{p(EN[3])}</div>'
    html = english(p(*EN[:3]) + folded + p(EN[4]))
    assert body_lines(html) == [*EN[:3], "Who may trade here?", EN[3], EN[4]]


@pytest.mark.parametrize("names", ["modal", "signup-form", "toast"])
def test_windows_over_the_page_are_not(names: str) -> None:
    window = f'<div class="{names}" style="display:none"><p>{NOTE} {NOTE}</p></div>'
    assert body_lines(english(p(*EN[:3]) + window + p(*EN[3:]))) == list(EN)


def test_hidden_settings_of_a_script_are_not() -> None:
    settings = f'<p style="display:none">{{"text": "{NOTE} {NOTE}", "rows": 3}}</p>'
    assert body_lines(english(p(*EN[:3]) + settings + p(*EN[3:]))) == list(EN)


def test_hidden_paragraphs_of_chinese_pages_stay_hidden() -> None:
    html = article_page(f'{p(*ZH[:4])}<p style="display:none">{ZH[8]}</p>{p(ZH[4])}')
    assert body_lines(html) == list(ZH[:5])


def test_a_series_of_boxes_named_after_the_layout_is_the_text() -> None:
    part = '<section class="sidebar-grid__row"><div class="sidebar-grid__content">{}</div><aside>{}</aside></section>'
    rows = "".join(part.format(p(*texts), "<p>Advertisement</p>") for texts in (EN[:2], EN[2:4], EN[4:]))
    html = page(
        f'<article><h1>River landing reopens</h1><div class="sidebar-grid">{rows}</div></article>',
        title="River landing reopens",
        lang="en",
    )
    parts = apart(html)
    assert [parts.layout.blocks[i].text for i in parts.body.blocks] == list(EN)
    assert parts.method == "density"


def test_a_sidebar_in_such_a_grid_is_still_one() -> None:
    html = page(
        f'<article><h1>River landing reopens</h1><div class="sidebar-grid"><div class="sidebar-grid__content">{p(*EN)}'
        f'</div><div class="sidebar-grid__sidebar">{p(NOTE)}</div></div></article>',
        title="River landing reopens",
        lang="en",
    )
    assert body_lines(html) == list(EN)


@pytest.mark.parametrize(
    "call",
    [
        "Want more stories from the waterside? Sign up for our newsletter and get them every Friday.",
        "Follow us on any network you like to see the pictures first.",
    ],
)
def test_a_call_to_subscribe_is_cut_where_no_text_follows(call: str) -> None:
    assert body_lines(english(p(*EN, call))) == list(EN)
    assert body_lines(english(p(*EN[:3], call, *EN[3:]))) == [*EN[:3], call, *EN[3:]]


@pytest.mark.parametrize("names", ["paragraph inline-placeholder", "article-meta-text", "video-story"])
def test_a_name_that_all_paragraphs_have_is_no_asides(names: str) -> None:
    texts = [text.replace("the", f"the {n}.", 1) for n in range(2, 6) for text in EN]
    html = english("".join(f'<p class="{names}">{text}</p>' for text in texts))
    assert body_lines(html) == texts


CONSENT = (
    "We and our partners store and read information on your device, such as cookies and the addresses of pages, to "
    "show advertisements that suit you, to measure how they are seen, and to learn about those who read this site. ",
    "You may agree to all of it, choose what you agree to, or change your mind later; what you choose is kept for "
    "a year, and some partners need no consent but rest on what they call their legitimate interest. ",
)


@pytest.mark.parametrize(
    "window", ['<div class="wall" role="dialog" aria-modal="true">{}</div>', '<div class="consent-layer">{}</div>']
)
def test_a_window_that_asks_for_consent_is_not_the_article(window: str) -> None:
    html = english(p(*EN)).replace("<main>", window.format(p(*(text * 3 for text in CONSENT))) + "<main>")
    assert body_lines(html) == list(EN)
