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
