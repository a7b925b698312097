"""Published and modified dates of whole pages: which of the page's many dates it is."""

from __future__ import annotations

import pytest

from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.published import Found, find_published
from pipelines.extraction.metadata.zone import Zone
from pipelines.items import Page

TITLE = "沿江老码头改造完成"
PROSE = (
    "停业近两年的沿江老码头重新亮起了灯，第一批回到这里的摊主在2001年5月6日就来过，等着江风把客人吹过来，一直坐到深夜。"
)
ENGLISH = "The old river landing reopened on Saturday evening after two years of work, the council said on May 1, 2019."


def found(
    head: str = "",
    above: str = "",
    foot: str = "",
    *,
    meta: str = "",
    url: str | None = None,
    fetched_at: str | None = None,
    language: str = "zh",
    list_date: str | None = None,
) -> Found:
    prose = PROSE if language == "zh" else ENGLISH
    html = (
        f"<html><head><meta charset=utf-8>{meta}</head><body>{above}<h1>{TITLE}</h1>{head}"
        f"<div><p>{prose}</p><p>{prose}</p></div>{foot}</body></html>"
    )
    page = Page(html.encode(), url=url, fetched_at=fetched_at, list_date=list_date)
    doc = parse(page)
    layout = split_blocks(doc.root)
    title = next(b.index for b in layout.blocks if b.text == TITLE)
    body = tuple(b.index for b in layout.blocks if b.text == prose)
    return find_published(doc, layout, Zone(title, body), language)


def value(result: Found) -> str | None:
    return result.published.value if result.published else None


META = '<meta property="article:published_time" content="2026-06-01T08:00:00+08:00">'


def test_the_printed_date_is_taken_and_its_offset_marked_as_assumed() -> None:
    result = found("<div>2026-06-21 12:30 来源：<a href=/x>江城晚报</a></div>")
    assert value(result) == "2026-06-21T12:30+08:00"
    assert result.raw == "2026-06-21 12:30"
    assert result.evidence["published"] == "below the headline, offset assumed"


def test_on_chinese_pages_the_printed_date_goes_before_meta() -> None:
    assert value(found("<div>2026-06-21 12:30</div>", meta=META)) == "2026-06-21T12:30+08:00"


def test_a_printed_day_takes_its_time_from_machine_data_of_the_same_day() -> None:
    assert value(found("<div>2026-06-01</div>", meta=META)) == "2026-06-01T08:00:00+08:00"
    assert value(found("<div>2026-06-02</div>", meta=META)) == "2026-06-02"


def test_date_split_over_text_nodes() -> None:
    assert value(found("<div><span>2026-06-21</span><span>12:16:23</span></div>")) == "2026-06-21T12:16:23+08:00"


def test_above_the_headline_and_below_the_text() -> None:
    assert value(found(above="<div>2026-06-21 12:30</div>")) == "2026-06-21T12:30+08:00"
    assert value(found(foot="<p>发布日期：2026-06-21 责任编辑：龙慧</p>")) == "2026-06-21"


def test_updates_are_kept_apart() -> None:
    result = found("<div>发布时间：2026-06-20 08:00</div><div>更新时间：2026-06-21 09:30</div>")
    assert value(result) == "2026-06-20T08:00+08:00"
    assert result.modified is not None
    assert result.modified.value == "2026-06-21T09:30+08:00"


def test_a_printed_day_that_machine_data_calls_the_last_change_is_no_publication() -> None:
    meta = (
        '<meta property="article:published_time" content="2022-03-17T16:52:00+00:00">'
        '<meta property="article:modified_time" content="2026-01-16T16:38:00+00:00">'
    )
    result = found("<p>January 16, 2026</p>", meta=meta, language="en")
    assert value(result) == "2022-03-17T16:52:00+00:00"
    assert result.modified is not None
    assert result.modified.value == "2026-01-16"


def test_machine_data_tells_the_offset_that_a_printed_time_lacks() -> None:
    meta = '<meta property="article:published_time" content="2024-11-26T13:27:18Z">'
    assert value(found("<p>26 Nov 2024 9:27 PM</p>", meta=meta, language="en")) == "2024-11-26T13:27:18+00:00"


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ('<meta name=pubdate content="2026-06-21 12:30:05">', "2026-06-21T12:30:05+08:00"),
        ('<meta name="weibo:article:create_at" content="2026-06-21 12:30:05">', "2026-06-21T12:30:05+08:00"),
        ('<meta itemprop=datePublished content="2026-06-21T12:30:05+08:00">', "2026-06-21T12:30:05+08:00"),
        (
            '<script type="application/ld+json">{"@type":"Report","datePublished":"2026-06-21T12:30:05+0800"}</script>',
            "2026-06-21T12:30:05+08:00",
        ),
        ('<script>var info = {"publishTime":"2026-06-21 13:43:45","id":3}</script>', "2026-06-21T13:43:45+08:00"),
        ("<script>var ptime = 1567835025;</script>", "2019-09-07T13:43:45+08:00"),
    ],
)
def test_machine_data(meta: str, expected: str) -> None:
    assert value(found(meta=meta)) == expected


def test_time_elements() -> None:
    html = '<p>by someone <time class="entry-date published" datetime="2026-06-21T12:30:05+02:00"></time></p>'
    assert value(found(html, language="en")) == "2026-06-21T12:30:05+02:00"
    several = "".join(
        f"<li><time datetime=2026-06-0{i}>x</time><a href=/{i}>Another story of some length</a>" for i in (1, 2)
    )
    assert value(found(foot=f"<ul>{several}</ul>", language="en")) is None


def test_a_date_after_the_standfirst() -> None:
    result = found(
        "<p>A standfirst that says what the article will say.</p><p>Jane Doe | Published June 3, 2025</p>",
        language="en",
    )
    assert value(result) == "2025-06-03"


def test_relative_dates_need_the_fetch_time() -> None:
    head = "<div>3小时前 来源：江城晚报</div>"
    assert value(found(head, fetched_at="2026-06-21T04:30:00Z")) == "2026-06-21T09+08:00"
    without = found(head)
    assert (without.published, without.raw) == (None, "3小时前")


def test_a_fetch_time_that_cannot_be_read_is_told() -> None:
    result = found("<div>3小时前</div>", fetched_at="last week")
    assert result.published is None
    assert "fetched_at" in result.warnings[0]


def test_a_date_without_a_year_is_completed_from_the_url() -> None:
    result = found("<div>江城手机报 09-27 20:12</div>", url="https://example.com/a/20190927/961.html")
    assert value(result) == "2019-09-27T20:12+08:00"


def test_the_url_is_the_last_resort_with_the_precision_of_a_day() -> None:
    result = found(url="https://example.com/2019/0907/a.html")
    assert (value(result), result.evidence["published"]) == ("2019-09-07", "url")


def test_future_dates_are_rejected_with_a_warning() -> None:
    result = found("<div>2026-06-30 12:30</div>", fetched_at="2026-06-21T04:30:00Z")
    assert result.published is None
    assert "future" in result.warnings[0]


def test_widgets_archives_lists_prose_and_copyright_give_no_date() -> None:
    result = found(
        "<div>今天是 2026年6月21日 星期日</div><ul><li>2005年09月(17)</li></ul>",
        foot="<ul><li><a href=/1>另一篇很长很长的新闻标题就在这里</a> 2026-06-19</li></ul>"
        "<div>Copyright © 1996-2026 版权所有</div>",
    )
    assert (result.published, result.warnings) == (None, [])


def test_hidden_dates_are_second_choice() -> None:
    hidden = '<p style="display:none">2026-06-20 08:00:00</p>'
    assert value(found(hidden)) == "2026-06-20T08:00:00+08:00"
    assert value(found(hidden + "<p>2026-06-21 09:00</p>")) == "2026-06-21T09:00+08:00"


def test_numeric_dates_follow_the_country_of_an_english_page() -> None:
    assert value(found("<p>03/10/2023</p>", url="https://www.example.co.uk/a", language="en")) == "2023-10-03"
    assert value(found("<p>03/10/2023</p>", url="https://www.example.com/a", language="en")) == "2023-03-10"


def test_a_headline_that_is_not_printed() -> None:
    doc = parse(Page(f"<html><body><div>2026-06-21 12:30 来源：某报</div><p>{PROSE}</p></body></html>".encode()))
    layout = split_blocks(doc.root)
    assert value(find_published(doc, layout, Zone(None, (1,)), "zh")) == "2026-06-21T12:30+08:00"
    assert find_published(doc, layout, Zone(None), "zh").published is not None


@pytest.mark.parametrize(
    ("listed", "head", "url", "published", "where"),
    [
        ("2019-10-5", "", None, "2019-10-05", "list"),
        (
            "2019-10-05 12:30",
            "",
            "http://news.example/2019-10-05/1.html",
            "2019-10-05T12:30+08:00",
            "list, offset assumed",
        ),
        ("2019-10-06 12:30", "", "http://news.example/2019-10-05/1.html", "2019-10-05", "url"),
        ("2019-10-06", "<p>2019年10月5日 来源：新华社</p>", None, "2019-10-05", "below the headline"),
        ("10-05 12:30", "", None, None, None),  # of which year?
        ("3小时前", "", None, None, None),
        ("2999-10-05", "", None, None, None),
    ],
)
def test_the_date_that_the_list_had_where_the_page_has_none(
    listed: str, head: str, url: str | None, published: str | None, where: str | None
) -> None:
    result = found(head, url=url, list_date=listed, fetched_at="2026-06-21T08:00:00+00:00")
    assert (result.published.value if result.published else None) == published
    assert result.evidence.get("published") == where
