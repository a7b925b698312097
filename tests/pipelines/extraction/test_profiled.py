from typing import Any

from pipelines.extraction.article import extract_page
from pipelines.items import Page
from pipelines.profiles import SiteProfile

PARAGRAPHS = "".join(
    f"<p>第{n}段：码头上的雾还没有散，卸货的工人已经忙了整整一个早晨，谁也没有抬头。</p>" for n in range(1, 6)
)
PAGE = f"""<html><head><meta charset="utf-8"><title>早市 - 港城在线</title></head><body>
<div class="x1"><h1>早市</h1><h4 class="x2">雾里的码头</h4><i class="x3">2026-06-21 12:30</i><b class="x4">港城晚报</b>
<u class="x5">林知秋</u> <u class="x5">周小满</u><s class="x6">何一鸣</s></div>
<div class="x7">{PARAGRAPHS}</div>
<div class="x8"><p>编后：这一段不是正文，可是它很长，长得像正文一样，规则看不出它来，只有人知道。</p></div>
<div><a class="x9" href="/t/1">码头</a><a class="x9" href="/t/2">早市</a></div></body></html>"""
SELECTORS = {
    "title": ".x2",
    "body": "//div[@class='x7']",
    "published": "i.x3",
    "source": ".x4",
    "authors": "//u[@class='x5']/text()",
    "editors": ".x6",
    "tags": "a.x9",
}


def extract(selectors: dict[str, str], fetched_at: str | None = None, **profile: Any) -> Any:
    site = SiteProfile.model_validate({"name": "port", "selectors": selectors, **profile})
    return extract_page(Page(PAGE.encode(), url="http://port.example/a/20260621.html", fetched_at=fetched_at), site)


def test_selectors_win_over_the_rules() -> None:
    article = extract(SELECTORS)
    assert article.title == "雾里的码头"
    assert article.text.count("\n") == 4
    assert "编后" not in article.text
    assert article.published == "2026-06-21T12:30+08:00"
    assert (article.source, article.authors, article.editors) == ("港城晚报", ["林知秋", "周小满"], ["何一鸣"])
    assert article.tags == ["码头", "早市"]
    assert article.method == "rules"
    assert article.evidence["title"] == "profile: .x2"


def test_a_selector_that_finds_nothing_leaves_the_rules_answer_and_a_warning() -> None:
    article = extract({"title": ".gone", "body": ".gone"})
    assert article.title == "早市"
    assert "码头上的雾" in article.text
    assert "profile: selector title found nothing" in article.warnings


def test_selectors_end_with_their_day() -> None:
    assert extract({"title": ".x2"}, "2026-07-01T08:00:00+08:00", valid_until="2026-06-30").title == "早市"
    assert extract({"title": ".x2"}, "2026-06-30T08:00:00+08:00", valid_until="2026-06-30").title == "雾里的码头"


def test_the_sites_time_zone_wins_over_the_languages() -> None:
    article = extract({}, timezone="Australia/Sydney")
    assert article.published == "2026-06-21T12:30+10:00"
    assert "Australia/Sydney" in article.evidence["published"]


def ruled(*rules: dict[str, str], page: str = PAGE) -> Any:
    site = SiteProfile.model_validate({"name": "port", "rules": rules})
    return extract_page(Page(page.encode(), url="http://port.example/a/20260621.html"), site)


def labels(article: Any, text: str) -> set[tuple[str, str]]:
    return {(s.label.value, s.reason) for s in article.segments if text in s.text}


def test_a_rule_takes_blocks_out_of_the_text_and_names_them() -> None:
    note = "这一段不是正文，可是它很长，长得像正文一样，规则看不出它来，只有人知道。"
    page = PAGE.replace("<p>第3段", f'<p class="x8">{note}</p><p>第3段')
    assert note in ruled(page=page).text
    article = ruled({"label": "copyright", "selector": "p.x8"}, page=page)
    assert note not in article.text
    assert article.text.count("\n") == 4
    assert article.copyright == [note]
    assert ("copyright", "rule of the site: p.x8") in labels(article, note)


def test_a_rule_with_words_speaks_of_the_blocks_that_hold_them() -> None:
    article = ruled({"label": "promotion", "selector": "div.x7 p", "text": "第3段"})
    assert [line[:3] for line in article.text.split("\n")][:4] == ["第1段", "第2段", "第4段", "第5段"]
    assert labels(article, "第3段") == {("promotion", "rule of the site: div.x7 p with '第3段'")}


def test_words_alone_speak_of_the_whole_page() -> None:
    article = ruled({"label": "other", "text": "雾还没有散"}, {"label": "body", "text": "第1段"})
    assert article.text.startswith("第1段")
    assert "第2段" not in article.text


def test_a_rule_puts_into_the_text_what_was_left_out() -> None:
    page = PAGE.replace('<div class="x8"><p>', '<div class="copyright x8"><p>版权声明：')
    assert "编后" not in ruled(page=page).text
    assert ruled({"label": "body", "selector": ".x8"}, page=page).text.split("\n")[-1].startswith("版权声明：编后")


def test_lists_follow_a_rule() -> None:
    links = "".join(f'<b><a href="/a/{n}">江边的第{n}个早晨和它的人们</a></b>' for n in range(3))
    page = PAGE.replace("</body>", f'<div class="zz">{links}</div></body>')
    article = ruled({"label": "latest", "selector": ".zz"}, page=page)
    assert [link.url for link in article.latest] == [f"http://port.example/a/{n}" for n in range(3)]
    assert article.related == []


def test_a_rule_that_finds_nothing_changes_nothing_and_holds_on_every_part() -> None:
    assert ruled({"label": "other", "selector": ".gone"}).to_dict() == ruled().to_dict()
    site = SiteProfile.model_validate({"name": "port", "rules": [{"label": "other", "selector": "div.x8"}]})
    second = PAGE.replace("第", "又第").replace("编后", "再编后")
    article = extract_page(Page(PAGE.encode(), url="http://port.example/a", parts=(second.encode(),)), site)
    assert article.pages == 2 and "又第5段" in article.text and "编后" not in article.text


def test_a_selector_that_cannot_be_followed_finds_nothing() -> None:
    assert ruled({"label": "other", "selector": "//div[@class='x7']/p[nothing()]"}).to_dict() == ruled().to_dict()


def test_the_words_of_a_rule_are_words_whatever_the_space_between_them() -> None:
    page = PAGE.replace("第3段：码头", "第3段：  the\n old  码头")
    assert "old" not in ruled({"label": "other", "text": "the  old "}, page=page).text
