"""The end of a Western text: credits of pictures, headings of links, sentences that are mostly a link."""

from __future__ import annotations

import pytest

from tests.pipelines.extraction.pages import EN, ZH, article_page, extract, p, page

MANY = tuple(text.replace("the", f"the {n}.", 1) for n in range(2, 6) for text in EN[:4])


def _western(inside: str) -> str:
    html = page(
        f'<main><h1>River landing</h1><div class="body">{inside}</div></main>', title="River landing", lang="en"
    )
    return extract(html).text


def test_whose_a_picture_is_ends_no_text() -> None:
    text = _western(p(*MANY) + '<img src="/1.jpg"><div>© Riverton Pictures</div>' + p(EN[4]))
    assert text.endswith(EN[4])
    assert "Riverton Pictures" not in text


def test_a_notice_with_its_year_ends_it() -> None:
    text = _western(p(*MANY) + "<div>© 2021 Riverton Today</div>" + p("Made by the people of the landing."))
    assert text.endswith(MANY[-1])


@pytest.mark.parametrize("heading", ["<b>ข่าวอื่น ๆ ที่เกี่ยวข้อง</b>", "<strong>Tengdar fréttir</strong>", "Zobacz tam:"])
def test_what_names_the_links_below_the_text_is_cut_in_any_language(heading: str) -> None:
    links = '<br><a href="/a/1.html">Ninety-six stalls by the water open in June</a>'
    assert _western(p(*EN, heading + links)) == "\n".join(EN)


def test_a_bold_line_above_text_stays() -> None:
    assert "What comes next" in _western(p(*EN[:4], "<b>What comes next</b>", EN[4]))


def test_a_last_sentence_that_is_mostly_a_link_stays() -> None:
    link = "plans for a second boardwalk by the lock and a new ferry for the summer"
    last = f'Earlier this week, the council announced <a href="/a/1.html">{link}</a>.'
    assert _western(p(*EN, last)).endswith(f"{link}.")


def test_a_labelled_link_below_the_text_does_not() -> None:
    last = 'More on this story: <a href="/a/1.html">plans for a second boardwalk by the lock announced</a>.'
    assert _western(p(*EN, last)) == "\n".join(EN)


CALL = "★江城新聞網關心您：再給自己一次機會"
TEASER = "".join(p(f"{text}更多内容请看下一篇。") for text in ZH[6:8])


def test_no_text_follows_where_a_foreign_box_alone_does() -> None:
    box = f'<div class="related-news">{TEASER}</div>'
    assert extract(article_page(p(*ZH[:6], CALL, "生命線：1995") + box)).text == "\n".join(ZH[:6])


def test_where_text_follows_such_a_line_stays() -> None:
    assert CALL in extract(article_page(p(*ZH[:4], CALL, *ZH[4:8]))).text


@pytest.mark.parametrize("end", ["...... [全文]", "……【阅读全文】", "...(详细)"])
def test_the_cut_beginning_of_another_article_is_a_teaser(end: str) -> None:
    html = article_page(p(*ZH[:6], "来源：江城晚报", f"{ZH[7][:40]}{end}"))
    assert extract(html).text == "\n".join(ZH[:6])


@pytest.mark.parametrize("end", ["……", "请看全文。"])
def test_a_paragraph_that_breaks_off_is_none(end: str) -> None:
    assert extract(article_page(p(*ZH[:6], ZH[7] + end))).text.endswith(end)
