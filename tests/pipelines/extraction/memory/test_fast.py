from __future__ import annotations

import functools
import re

import pytest

from crawler.demo.site import DemoSite
from crawler.demo.truth import Truth
from pipelines.extraction.article import read_page
from pipelines.extraction.memory.site import SLOT, SiteMemory
from pipelines.items import Article, Page
from pipelines.profiles import SiteProfile
from tests.pipelines.extraction.memory.families import (
    FOLK,
    TOWNS,
    WORKS,
    Extra,
    Family,
    Template,
    blog,
    learned,
    portal,
    read,
    saved,
    story,
    table,
    text_of,
)

OWN = ("method", "confidence")  # fields that say which way was taken


def fields(article: Article) -> dict[str, object]:
    found = {name: value for name, value in article.to_dict().items() if name not in OWN}
    return found | {"evidence": {k: v for k, v in article.evidence.items() if k != "title"}}  # which way it was found


def lines_of_the_template(number: int) -> Extra:
    """A line above the text, one below it, a subheading, a picture with its caption."""
    return Extra(
        before='<div class="on-air">河网 乡间 现场</div>',
        middle=f'<h3 class="sub">{WORKS[number % 7]}的午后</h3><img src="/p/{number}.jpg">'
        f'<div class="cap">{WORKS[number % 5]}前的队伍 {TOWNS[number % 9]}</div>',
        after=f'<div class="sign">河网 记者站 {FOLK[number % 5]}</div>',
    )


@functools.cache
def known(template: Template = portal) -> SiteMemory:
    """What twelve regular pages teach."""
    return learned([Family(template).page(n) for n in range(12)])


@pytest.mark.parametrize("template", [portal, blog, table], ids=lambda template: template.__name__)
@pytest.mark.parametrize("size", [2, 6, 14])
def test_the_fast_way_gives_what_the_full_way_gives(template: Template, size: int) -> None:
    for number in range(30, 36):
        page = Family(template).page(number, size)
        full, fast = read(page), read(page, known(template))
        assert fast.lesson is not None and fast.lesson.fast
        assert fast.article.method == "site-memory"
        assert fields(fast.article) == fields(full.article)
        assert fast.article.text == text_of(story(number, size))
        assert 0 < fast.article.confidence <= 1


# Lines of the template -----------------------------------------------------------------------------------------------


def test_a_templates_own_line_is_cut_a_subheading_and_a_caption_are_not() -> None:
    family = Family(extra=lines_of_the_template)
    memory = learned([family.page(n) for n in range(12)])
    article = read(family.page(30), memory).article
    lines = article.text.split("\n")
    assert article.method == "site-memory"
    assert f"{WORKS[30 % 7]}的午后" in lines
    assert f"{WORKS[30 % 5]}前的队伍 {TOWNS[30 % 9]}" in lines
    assert not [line for line in lines if line.startswith("河网")]
    assert len(lines) == 6 + 2


def test_a_templates_own_line_is_cut_on_the_full_way_too() -> None:
    family = Family(extra=lines_of_the_template)
    memory = learned([family.page(n) for n in range(12)])
    page = family.html(30).replace(story(30).date, "")
    article = read(saved(page, "n030"), memory).article
    assert article.method == "density"
    told = [s.text for s in article.segments if s.reason == SLOT.reason]
    assert told == ["河网 乡间 现场", f"河网 记者站 {FOLK[30 % 5]}"]


def test_a_line_that_stood_inside_a_text_once_is_never_cut() -> None:
    family = Family(extra=lambda n: Extra(after='<div class="end">渡口 夜色</div>'))
    inside = saved(portal(story(70), Extra(middle='<div class="end">渡口 夜色</div>')), "n070")
    memory = learned([*(family.page(n) for n in range(11)), inside])
    assert memory.templates[0].edges["div.end"] == [11, 1]
    assert memory.templates[0].slots() == frozenset()


def test_lists_that_are_read_apart_come_in_the_order_of_the_page() -> None:
    """A notice behind the text and the foot's are read where the site has them; a third stands on this page alone."""
    html = (
        Family()
        .html(30)
        .replace('<div class="side">', '<div class="once">免责声明：本页仅供参考。</div><div class="side">')
    )
    page = saved(html, "n030")
    fast, full = read(page, known()).article, read(page).article
    assert fast.method == "site-memory"
    assert [line[:4] for line in fast.copyright] == ["版权声明", "免责声明", "关于我们"]
    assert fields(fast) == fields(full)


# Doubts --------------------------------------------------------------------------------------------------------------


def doubted(html: str, doubt: str | None, template: Template = portal) -> Article:
    """The article of a page that must have gone the full way, for this reason."""
    reading = read(saved(html, "d1"), known(template))
    assert reading.lesson is not None
    assert (reading.lesson.fast, reading.lesson.doubt) == (False, doubt)
    assert reading.article.method != "site-memory"
    assert fields(reading.article) == fields(read(saved(html, "d1")).article)
    return reading.article


def test_a_field_that_the_templates_pages_have_is_missing() -> None:
    html = Family().html(30)
    assert doubted(html.replace(f"来源：{story(30).source}", ""), "no source").text == text_of(story(30))
    assert doubted(html.replace(story(30).date, ""), "no published").published is None
    doubted(re.sub("<h1.*?</h1>", "", html), "no printed headline")


def test_text_outside_of_the_container() -> None:
    beside = "".join(f"<p>{text}</p>" for text in story(80).paragraphs[:4])
    html = Family().html(30).replace('<div class="keys">', f'<div class="second">{beside}</div><div class="keys">')
    article = doubted(html, "text outside of the container")
    assert text_of(story(30)) in article.text


def test_hardly_any_text() -> None:
    paragraphs = "".join(f"<p>{text}</p>\n" for text in story(30).paragraphs)
    before, after = Family().html(30).split(paragraphs[:20], 1)
    html = f"{before}<p>受大风影响，渡口今日停航，明早再开，过河的人请绕行石桥。</p></div>{after.split('</div>', 1)[1]}"
    assert "过河的人请绕行石桥" in doubted(html, "hardly any text").text


def test_two_containers() -> None:
    second = f'<div class="article c30" id="artibody">{"".join(f"<p>{t}</p>" for t in story(80).paragraphs)}</div>'
    html = Family().html(30).replace('<div class="keys">', f'{second}<div class="keys">')
    doubted(html, "text outside of the container")


def test_an_empty_second_container_is_no_doubt() -> None:
    html = (
        Family()
        .html(30)
        .replace('<div class="keys">', '<div class="article c30" id="artibody"></div><div class="keys">')
    )
    reading = read(saved(html, "d1"), known())
    assert (reading.article.method, reading.article.text) == ("site-memory", text_of(story(30)))


def test_a_page_of_another_make_is_no_doubt_but_no_template() -> None:
    reading = read(Family(blog).page(30), known())
    assert reading.lesson is not None
    assert (reading.lesson.template, reading.lesson.doubt) == (None, None)
    assert reading.article.text == text_of(story(30))


def test_an_article_of_several_pages_goes_the_full_way() -> None:
    from dataclasses import replace

    second = Family().html(81).encode()
    page = replace(Family().page(30), parts=(second,))
    article = read(page, known()).article
    assert (article.method, article.pages) == ("density", 2)
    assert article.text == f"{text_of(story(30))}\n{text_of(story(81))}"


# The demo site: twelve templates written apart from all this ---------------------------------------------------------

SINGLE = ("wordpress", "dedecms", "big5", "lying", "linebreaks", "twice", "summary", "portal", "account", "english")


@functools.cache
def demo(template: str) -> list[tuple[Page, Truth]]:
    """The pages of a template of the demo site with what is true of them; "state" has its text in a script only."""
    site, base = DemoSite(), "http://news.demo.example"
    found = []
    for url, truth in site.truth(base).items():
        answer = site.answer(truth.path, base)
        if truth.template == template and answer is not None:
            found.append((Page(answer.body, url, url, "demo", answer.content_type), truth))
    return found


@functools.cache
def demo_memory(template: str) -> SiteMemory:
    return learned([page for page, _ in demo(template)])


def squashed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("template", SINGLE)
def test_every_template_of_the_demo_site_settles_and_comes_out_as_the_full_way_gives_it(template: str) -> None:
    for page, truth in demo(template):
        fast = read_page(page, None, demo_memory(template))
        assert fast.lesson is not None and fast.lesson.fast
        assert fields(fast.article) == fields(read(page).article)
        assert squashed(fast.article.text) == squashed(truth.text)


@pytest.mark.parametrize("template", SINGLE)
def test_pages_of_a_template_that_is_swapped_in_are_never_read_by_the_old_one(template: str) -> None:
    swapped = SINGLE[(SINGLE.index(template) + 1) % len(SINGLE)]
    for page, truth in demo(swapped):
        reading = read_page(page, None, demo_memory(template))
        assert reading.lesson is not None and not reading.lesson.fast
        assert squashed(reading.article.text) == squashed(truth.text)


@pytest.mark.parametrize(
    "rule",
    [
        {"label": "latest", "selector": "div.nav"},  # passed by, where the site has no rule
        {"label": "other", "text": "首页"},
        {"label": "copyright", "selector": "div.text p", "text": TOWNS[3]},
        {"label": "body", "selector": "div.foot"},
        {"label": "tags", "selector": "ul"},
    ],
)
def test_rules_of_the_site_hold_on_the_fast_way_as_on_the_full_one(rule: dict[str, str]) -> None:
    site = SiteProfile.model_validate({"name": "river", "rules": [rule]})
    for number in range(30, 36):
        page = Family(portal).page(number)
        full, fast = read_page(page, site), read_page(page, site, known())
        assert fast.lesson is not None and fast.lesson.fast
        got, wanted = fields(fast.article), fields(full.article)
        assert got == wanted
        said = [s.text for s in full.article.segments if s.reason.startswith("rule of the site")]
        assert said == [s.text for s in fast.article.segments if s.reason.startswith("rule of the site")]
