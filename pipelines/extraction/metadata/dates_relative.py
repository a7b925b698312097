"""Dates that are told from now: 3小时前, 昨天 12:30, 上周五, 2 hours ago. Resolved against a base time only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pipelines.extraction.metadata.clock import Clock, clock_after

_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "兩": 2, "〇": 0, "○": 0}
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_UNITS = {
    "秒": "second",
    "秒钟": "second",
    "秒鐘": "second",
    "分钟": "minute",
    "分鐘": "minute",
    "分": "minute",
    "小时": "hour",
    "小時": "hour",
    "时间": "hour",
    "時間": "hour",
    "天": "day",
    "日": "day",
    "周": "week",
    "週": "week",
    "星期": "week",
    "礼拜": "week",
    "禮拜": "week",
    "月": "month",
    "年": "year",
    "sec": "second",
    "second": "second",
    "min": "minute",
    "minute": "minute",
    "hr": "hour",
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}
_AGO = re.compile(
    r"(?<![\d.\-/:])(?P<n>\d{1,3}|半|[一二两兩三四五六七八九十]{1,3})\s?(?:个|個)?(?:多)?(?P<half>半)?\s?"
    r"(?P<unit>秒[钟鐘]?|分[钟鐘]|分(?=前)|小[时時]|時間(?=前)|天|日(?=前)|[周週]|星期|[礼禮]拜|月|年)(?:之|以)?前(?!后|後)"
    r"|\b(?P<en>\d{1,3}|an?)\s(?P<eunit>sec|second|min|minute|hr|hour|day|week|month|year)s?\.?\sago\b",
    re.I,
)
_NOW = re.compile(r"刚刚|剛剛|刚才|剛才|\bjust now\b", re.I)
_DAY = re.compile(
    r"(?P<zh>今天|今日|昨天|昨日|前天|大前天)(?![\u4e00-\u9fff])|(?P<en>\b(?:today|yesterday)\b)"
    r"|(?P<zht>今天|今日|昨天|昨日|前天)(?=\s?(?:上午|下午|晚上|凌晨|中午)?\s?\d{1,2}[:：点時时])",
    re.I,
)
_WEEK = re.compile(
    r"(?P<last>上上|上|本|这|這)?(?:个|個)?(?:周|週|星期|礼拜|禮拜)(?P<day>[一二三四五六日天])(?![\u4e00-\u9fff])"
)
_BACK = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2, "大前天": 3}
TRIGGER = re.compile(r"前|刚|剛|今|昨|[周週]|星期|拜|ago|just|today|yesterday", re.I)

Relative = tuple[int, int, datetime | None, str, Clock | None]


def numeral(text: str) -> int | None:
    """The value of a Chinese numeral up to 99, or of digits; None where it is neither."""
    if text.isdigit():
        return int(text)
    if any(c not in _NUMERALS for c in text):
        return None
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)
    value = 0
    for c in text:
        value = value * 10 + _NUMERALS[c]
    return value


def relative_dates(text: str, base: datetime | None) -> list[Relative]:
    """Relative dates in a line: (start, end, moment or None without a base, precision, time of day printed beside)."""
    if not TRIGGER.search(text):
        return []
    found: list[Relative] = []
    for match in _AGO.finditer(text):
        moment, precision = _ago(match, base)
        if precision:
            found.append((match.start(), match.end(), moment, precision, None))
    found.extend((m.start(), m.end(), base, "minute", None) for m in _NOW.finditer(text))
    for match in _DAY.finditer(text):
        name = (match["zh"] or match["zht"] or match["en"]).lower()
        clock = clock_after(text, match.end())
        # A bare "today" is prose or a widget; with a time of day, or alone on its line, it is a date.
        if clock is None and text.strip() != match.group(0):
            continue
        moment = None if base is None else base - timedelta(days=_BACK[name])
        found.append((match.start(), clock.end if clock else match.end(), moment, "day", clock))
    for match in _WEEK.finditer(text):
        clock = clock_after(text, match.end())
        if clock is None and len(text.strip()) > len(match.group(0)) + 2:
            continue
        found.append((match.start(), clock.end if clock else match.end(), _weekday(match, base), "day", clock))
    return found


def _ago(match: re.Match[str], base: datetime | None) -> tuple[datetime | None, str]:
    unit = _UNITS.get((match["unit"] or match["eunit"]).lower())
    if unit is None:
        return None, ""
    if match["en"]:
        count: float | None = 1 if match["en"].lower().startswith("a") else int(match["en"])
    else:
        count = 0.5 if match["n"] == "半" else numeral(match["n"])
    if count is None:
        return None, ""
    if match["half"]:
        count += 0.5
    precision = {"second": "minute", "week": "day"}.get(unit, unit)
    if count % 1:
        precision = {"hour": "minute", "day": "hour", "month": "day", "year": "month"}.get(precision, precision)
    if base is None:
        return None, precision
    if unit in ("month", "year"):
        months = base.year * 12 + base.month - 1 - int(count * (12 if unit == "year" else 1))
        return base.replace(year=months // 12, month=months % 12 + 1, day=1), precision
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}[unit]
    return base - timedelta(seconds=seconds * count), precision


def _weekday(match: re.Match[str], base: datetime | None) -> datetime | None:
    if base is None:
        return None
    day = _WEEKDAYS[match["day"]]
    monday = base - timedelta(days=base.weekday())
    weeks = {"上上": 2, "上": 1}.get(match["last"] or "", 0)
    moment = monday + timedelta(days=day - 7 * weeks)
    # A weekday without 上 is the last one that has been.
    return moment - timedelta(days=7) if moment > base else moment
