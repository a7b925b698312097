"""Dates in a line of text: absolute, without a year, relative; and what is no date."""

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime

import pytest

from pipelines.extraction.metadata.dates import CHINA, DateContext, find_dates, parse_date
from pipelines.extraction.metadata.url_date import url_date, url_month

BASE = datetime(2026, 6, 21, 13, 0, tzinfo=CHINA)  # a Sunday
CHINESE = DateContext(base=BASE, offset=CHINA, language="zh")


def values(text: str, context: DateContext = CHINESE) -> list[str]:
    return [f.value for f in find_dates(text, context)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("来源：新华社 2026-06-21 12:30", "2026-06-21T12:30+08:00"),
        ("发布时间：2026年06月21日 08:19:33 来源：某报", "2026-06-21T08:19:33+08:00"),
        ("2004年7月16日08:19", "2004-07-16T08:19+08:00"),
        ("2004-07-1608:19", "2004-07-16T08:19+08:00"),
        ("2026/6/21 12:30", "2026-06-21T12:30+08:00"),
        ("2026.06.21", "2026-06-21"),
        ("２０２６年６月２１日　１２：３０", "2026-06-21T12:30+08:00"),
        ("15:31 2018/09/12", "2018-09-12T15:31+08:00"),
        ("二〇二六年六月二十一日", "2026-06-21"),
        ("民國115年6月21日", "2026-06-21"),
        ("2026年6月20日 下午3:05", "2026-06-20T15:05+08:00"),
        ("2026年6月20日 凌晨0点15分", "2026-06-20T00:15+08:00"),
        ("2026年6月20日 中午12:10", "2026-06-20T12:10+08:00"),
        ("2026-06-19 星期五 上午9:05", "2026-06-19T09:05+08:00"),
        ("2026年6月20日9时", "2026-06-20T09+08:00"),
        ("2026-06-20 08:19:33.0", "2026-06-20T08:19:33+08:00"),
        ("2025年6月", "2025-06"),
    ],
)
def test_chinese_dates_keep_wall_clock_and_precision(text: str, value: str) -> None:
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("June 21, 2026 3:05 PM EST", "2026-06-21T15:05-05:00"),
        ("Published 3:05 p.m. ET, June 20, 2026", "2026-06-20T15:05-04:00"),
        ("Jan. 20, 2026 5 AM PT", "2026-01-20T05:00-08:00"),
        ("21 Jun 2026", "2026-06-21"),
        ("Sunday, 21 June 2026 at 12:30", "2026-06-21T12:30"),
        ("12:30, 21 June 2026", "2026-06-21T12:30"),
        ("July 5, 2025 February 9, 2026", "2025-07-05"),
        ("2026-06-21T12:30:05.123Z", "2026-06-21T12:30:05+00:00"),
        ("2026-06-21T02:30-05:00", "2026-06-21T02:30-05:00"),
        ("2026-06-20 12:30-14:00", "2026-06-20T12:30"),
        ("16 de octubre de 2025 18:05", "2025-10-16T18:05"),
        ("20. April 2024, 20.24 Uhr", "2024-04-20T20:24"),
        ("15. mai 2023 kl. 13.05", "2023-05-15T13:05"),
        ("13.05.2023 - 11:52 Uhr", "2023-05-13T11:52"),
        ("3 août 2024 à 18h05", "2024-08-03T18:05"),
        ("27 февраля 2016, 13:28", "2016-02-27T13:28"),
        ("3. kesäkuuta 2024 klo 12.30", "2024-06-03T12:30"),
        ("Wed, 10 Jun 2026 13:29:22 GMT", "2026-06-10T13:29:22+00:00"),
    ],
)
def test_western_dates(text: str, value: str) -> None:
    assert values(text, DateContext())[0] == value


def test_order_of_numeric_dates_follows_the_language() -> None:
    assert values("03/04/2026", DateContext(language="en-us")) == ["2026-03-04"]
    assert values("03/04/2026", DateContext(language="en-gb")) == ["2026-04-03"]
    assert values("03.04.2026", DateContext(language="en-us")) == ["2026-04-03"]
    assert values("21/04/2026", DateContext(language="en-us")) == ["2026-04-21"]


def test_month_names_with_two_meanings_follow_the_language() -> None:
    assert values("5. listopada 2025", DateContext(language="hr")) == ["2025-10-05"]
    assert values("5. listopadu 2025", DateContext(language="cs")) == ["2025-11-05"]


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("3小时前", "2026-06-21T10+08:00", "hour"),
        ("5分钟前", "2026-06-21T12:55+08:00", "minute"),
        ("半小时前", "2026-06-21T12:30+08:00", "minute"),
        ("刚刚", "2026-06-21T13:00+08:00", "minute"),
        ("昨天 12:30", "2026-06-20T12:30+08:00", "minute"),
        ("今天 08:05", "2026-06-21T08:05+08:00", "minute"),
        ("前天", "2026-06-19", "day"),
        ("两天前", "2026-06-19", "day"),
        ("上周五", "2026-06-12", "day"),
        ("一个月前", "2026-05", "month"),
        ("2年前", "2024", "year"),
        ("3 hours ago", "2026-06-21T10+08:00", "hour"),
        ("06-20 12:30", "2026-06-20T12:30+08:00", "minute"),
        ("06-20", "2026-06-20", "day"),
        ("6月20日", "2026-06-20", "day"),
        ("12月31日", "2025-12-31", "day"),
    ],
)
def test_relative_and_yearless_dates_are_read_against_the_fetch_time(text: str, value: str, precision: str) -> None:
    [found] = find_dates(text, CHINESE)
    assert (found.value, found.precision) == (value, precision)


def test_fetch_time_is_turned_to_the_pages_clock() -> None:
    context = DateContext(base=datetime(2026, 6, 20, 20, 0, tzinfo=UTC), offset=CHINA)
    assert values("3小时前", context) == ["2026-06-21T01+08:00"]
    assert values("昨天 12:30", context) == ["2026-06-20T12:30+08:00"]


@pytest.mark.parametrize("text", ["3小时前", "昨天 12:30", "6月20日", "06-20 12:30"])
def test_without_a_base_the_raw_string_is_kept(text: str) -> None:
    [found] = find_dates(text, DateContext(offset=CHINA))
    assert (found.value, found.problem, found.raw) == ("", "unresolved", text)


def test_a_known_date_of_the_page_completes_the_year_only() -> None:
    context = DateContext(near=date(2020, 1, 2), offset=CHINA)
    assert values("12-31 23:50", context) == ["2019-12-31T23:50+08:00"]
    assert values("1月3日", context) == ["2020-01-03"]
    assert values("3小时前", context) == [""]


def test_more_than_a_day_after_the_fetch_is_rejected() -> None:
    [found] = find_dates("2026-06-23 09:00", CHINESE)
    assert (found.value, found.problem) == ("", "future")
    assert values("2026-06-22 09:00") == ["2026-06-22T09:00+08:00"]


def test_assumed_offsets_are_told() -> None:
    assert find_dates("2026-06-21 12:30", CHINESE)[0].offset_assumed
    assert not find_dates("2026-06-21T12:30+08:00", CHINESE)[0].offset_assumed
    assert not find_dates("2026-06-21", CHINESE)[0].offset_assumed


def test_cst_is_chinas_on_a_chinese_page() -> None:
    assert values("2026-06-20 12:30 CST") == ["2026-06-20T12:30+08:00"]
    assert values("June 20, 2026 12:30 PM CST", DateContext()) == ["2026-06-20T12:30-06:00"]


def test_years_of_the_republic_need_evidence() -> None:
    assert values("115-06-21") == []
    assert values("115-06-21", DateContext(base=BASE, offset=CHINA, roc=True)) == ["2026-06-21"]


@pytest.mark.parametrize(
    "text",
    [
        "价格 2,016.06 元",
        "比分3-2",
        "主队 11-9 获胜",
        "电话 010-12345678",
        "服务热线：400-2016-0621",
        "v1.2.3",
        "软件版本 2016.1.2.3",
        "2018-2019",
        "310101201606211234",
        "1990年代",
        "ISBN 978-7-2016-0621-3",
        "2月30日",
        "2026-02-30",
        "2026-13-01",
        "增长 6.21%",
        "比例为 3/4 左右",
        "前年的销量",
        "今天我们去看海",
        "周五路的商店",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert values(text) == []


def test_spans_point_into_the_text() -> None:
    text = "来源：某报　２０２６年６月２１日 更新：2026-06-21 12:30"
    assert [text[f.start : f.end].strip() for f in find_dates(text, CHINESE)] == [
        "２０２６年６月２１日",
        "2026-06-21 12:30",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1567835025", "2019-09-07T13:43:45+08:00"),
        ("1567835025000", "2019-09-07T13:43:45+08:00"),
        ("20190907134345", "2019-09-07T13:43:45+08:00"),
        ("2019-09-07T13:43:45+08", "2019-09-07T13:43:45+08:00"),
        ("2019-09", "2019-09"),
        ("2019", "2019"),
        ("Sat Sep 07 13:43:45 +0800 2019", "2019-09-07T13:43:45+08:00"),
    ],
)
def test_machine_strings(text: str, value: str) -> None:
    found = parse_date(text, CHINESE)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["", "张三", "上海", "v2", "12345", "x" * 200])
def test_strings_that_are_no_date(text: str) -> None:
    assert parse_date(text, CHINESE) is None


def test_dateparser_reads_what_our_patterns_do_not() -> None:
    found = parse_date("12 พฤษภาคม 2024", DateContext(language="th"))
    assert found is not None
    assert found.value == "2024-05-12"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://news.example.com/2019/09/07/a.html", date(2019, 9, 7)),
        ("http://example.com/c/2019-10-05/doc-1.shtml", date(2019, 10, 5)),
        ("http://example.com/yw/201909/t20190918_693227.shtml", date(2019, 9, 18)),
        ("http://example.com/2019-09/28/content_30348096.htm", date(2019, 9, 28)),
        ("http://example.com/hr/2018/05-25/8522532.shtml", date(2018, 5, 25)),
        ("http://example.com/19/0907/13/EOFOC8.html", date(2019, 9, 7)),
        ("http://example.com/article/201909/201909270940443176.html", date(2019, 9, 27)),
        ("http://example.com/a/345580859_120106425", None),
        ("http://example.com/news/2019/a.html", None),
        ("http://example.com/2019/02/30/a.html", None),
        (None, None),
    ],
)
def test_url_dates(url: str | None, day: date | None) -> None:
    assert url_date(url) == day


def test_url_months() -> None:
    assert url_month("http://example.com/201909/a.html") == date(2019, 9, 1)
    assert url_month("http://example.com/a.html") is None


def test_a_line_costs_under_a_third_of_a_millisecond() -> None:
    line = "来源：新华社 2026-06-21 12:30 作者：张三 记者李四报道 责任编辑：王五 阅读 1234 评论 56"
    # The best of several runs: other processes may share the machine.
    assert min(timeit.repeat(lambda: find_dates(line, CHINESE), number=20, repeat=5)) / 20 < 0.35e-3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023년 3월 7일 18:30", "2023-03-07T18:30"),
        ("2023년 3월 7일 오후 6시 30분", "2023-03-07T18:30"),
        ("Thứ ba, ngày 7 tháng 3 năm 2023", "2023-03-07"),
        ("7 tháng 3, 2023", "2023-03-07"),
        ("วันที่ 7 มีนาคม 2566", "2023-03-07"),
        ("7 มี.ค. 2566 18:30 น.", "2023-03-07T18:30"),
        ("21 ม.ค.2561", "2018-01-21"),
        ("7 marzo 2023 alle 18:30", "2023-03-07T18:30"),
        ("7 marca 2023 godz. 18:30", "2023-03-07T18:30"),
    ],
)
def test_dates_of_further_languages(text: str, value: str) -> None:
    assert values(text, DateContext()) == [value]


def test_a_thai_word_that_is_no_month_dates_nothing() -> None:
    assert values("7 วันที่ 2566", DateContext()) == []
