"""The absolute and year-less dates of a line as numbers: what the patterns see, before anything is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipelines.extraction.metadata.clock import tables
from pipelines.extraction.metadata.dates_relative import numeral

_D = r"3[01]|[12]\d|0?[1-9]"
_M = r"1[0-2]|0?[1-9]"
_Y = r"(?:19|20)\d{2}"
_GLUED_TIME = r"(?=[0-2]\d:[0-5]\d)"  # 2004-07-1608:19
_YMD = re.compile(
    rf"(?<![\d.,])(?<!\d[-/])(?P<y>{_Y})\s?(?:"
    rf"年\s?(?P<m>{_M})\s?月(?!\d*[-~至到])(?:\s?(?P<d>{_D})(?:(?!\d)|{_GLUED_TIME})\s?[日号號]?)?"
    rf"|(?P<sep>[-/.])\s?(?P<m2>{_M})\s?(?P=sep)\s?(?P<d2>{_D})(?:(?!\d|[-/]\d|\.\d)|{_GLUED_TIME})"
    r")"
)
_KOREAN = re.compile(rf"(?<!\d)(?P<y>{_Y})\s?년\s?(?P<m>{_M})\s?월(?:\s?(?P<d>{_D})\s?일)?")
_VIETNAMESE = re.compile(rf"(?<!\d)(?P<d>{_D})\s(?:tháng\s)(?P<m>{_M})(?:\snăm|,)?\s(?P<y>{_Y})(?!\d)", re.I)
_THAI = re.compile(
    rf"(?<!\d)(?P<d>{_D})\s?(?P<w>[ก-๙]{{1,12}}\.?[ก-๙]?\.?)\s?(?:พ\.ศ\.\s?)?(?P<y>2[45]\d\d|{_Y})(?!\d)"
)
_DMY = re.compile(
    rf"(?<![\d.,/\-:])(?P<a>[0-3]?\d)(?P<sep>[./\-])\s?(?P<b>[0-3]?\d)(?P=sep)\s?(?P<y>{_Y})(?![\d/\-]|\.\d)"
)
_ROC = re.compile(
    rf"民[国國]\s?(?P<y>\d{{1,3}}|[一二三四五六七八九十百]{{1,5}})\s?年\s?(?P<m>{_M})\s?月\s?(?P<d>{_D})\s?日?"
)
_ROC_BARE = re.compile(
    rf"(?<![\d./\-:])(?P<y>1[0-4]\d|[89]\d)(?:\s?年\s?(?P<m>{_M})\s?月\s?(?P<d>{_D})\s?日"
    rf"|(?P<sep>[-/.])(?P<m2>{_M})(?P=sep)(?P<d2>{_D})(?!\d|[-/.]\d))"
)
_HAN = re.compile(
    r"(?P<y>[〇○零一二三四五六七八九]{4})年(?P<m>[一二三四五六七八九十]{1,2})月"
    r"(?:(?P<d>[一二三四五六七八九十]{1,3})[日号號])?"
)
_WORD = r"[^\W\d_]{3,13}"
_DAY_MONTH = re.compile(
    rf"(?<![\d.,:/\-])(?P<d>{_D})(?:st|nd|rd|th|er|º|ª)?\.?[\s\-]?(?:(?:de|of|d'|ng)\s?)?(?P<w>{_WORD})\.?,?"
    rf"(?:[\s\-](?:(?:de|del|of)\s)?(?P<y>{_Y})(?!\d|\.\d))?"
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W_])(?P<w>{_WORD})\.?[\s\-](?P<d>{_D})(?:st|nd|rd|th)?(?!\d|:\d|[.,]\d)(?:\s?,?\s?(?P<y>{_Y})(?!\d))?"
)
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(?P<y>{_Y})[.,]?\s(?P<w>{_WORD})\.?\s(?P<d>{_D})(?!\d)")
_MONTH_YEAR = re.compile(rf"(?<![^\W_])(?P<w>{_WORD})\.?,?\s(?:de\s)?(?P<y>{_Y})(?!\d|[-/]\d)")
_YEARLESS = re.compile(
    rf"(?<![\d年./\-:])(?:(?P<m>{_M})\s?月\s?(?P<d>{_D})\s?[日号號]"
    rf"|(?<![A-Za-z+])(?P<m2>{_M})(?P<sep>[-/])(?P<d2>{_D})(?!\d|[-/.%])(?=(?P<time>\s{{1,3}}\d{{1,2}}:\d{{2}})?))"
)
_DATE_LABEL = re.compile(r"(?:时间|時間|日期|发布|發布|发表|更新|date|posted|published)\s?[:：]?\s?$", re.I)
_BYLINE_LABEL = re.compile(r"\s{1,3}(?:来源|來源|稿源|作者|记者|記者|编辑|編輯|责编|文/|文／|by\s|source)", re.I)
_LETTER = re.compile(r"[^\W\d_]{3}")
_DIGIT = re.compile(r"\d")
ROC_ZERO, BUDDHIST = 1911, 543


@dataclass(frozen=True, slots=True)
class RawDate:
    """A date as printed: year 0 where it is not printed, month and day None where the date is less precise."""

    start: int
    end: int
    year: int
    month: int | None
    day: int | None


def absolute_dates(text: str, language: str | None, roc: bool) -> Iterator[RawDate]:
    """Dates of a line, best patterns first; spans may overlap, the first one that proves real wins."""
    if _DIGIT.search(text):
        yield from _numeric(text, language, roc)
        if _LETTER.search(text):
            yield from _named(text, language)
        for m in _YEARLESS.finditer(text):
            if m["m2"] and not m["time"] and not _is_day(text, m):
                continue
            yield RawDate(m.start(), m.end(), 0, int(m["m"] or m["m2"]), int(m["d"] or m["d2"]))
    if "年" in text and "月" in text:
        for m in _HAN.finditer(text):
            day = numeral(m["d"]) if m["d"] else None
            yield RawDate(m.start(), m.end(), numeral(m["y"]) or 0, numeral(m["m"]), day)


def _is_day(text: str, m: re.Match[str]) -> bool:
    """3-2 and 9/11 are scores, shares and names; as dates they stand alone, behind a label or before a byline's."""
    if len(m["d2"]) < 2:
        return False
    alone = len(text.strip(" ()[]")) <= m.end() - m.start()
    return alone or bool(_DATE_LABEL.search(text[: m.start()]) or _BYLINE_LABEL.match(text[m.end() :]))


def _numeric(text: str, language: str | None, roc: bool) -> Iterator[RawDate]:
    for m in _ROC.finditer(text):
        year = numeral(m["y"].replace("百", "")) if "百" not in m["y"] else _hundreds(m["y"])
        if year:
            yield RawDate(m.start(), m.end(), year + ROC_ZERO, int(m["m"]), int(m["d"]))
    for m in _YMD.finditer(text):
        day = m["d"] or m["d2"]
        yield RawDate(m.start(), m.end(), int(m["y"]), int(m["m"] or m["m2"]), int(day) if day else None)
    for pattern in (_KOREAN, _VIETNAMESE):
        for m in pattern.finditer(text):
            yield RawDate(m.start(), m.end(), int(m["y"]), int(m["m"]), int(m["d"]) if m["d"] else None)
    for m in _THAI.finditer(text):
        month, year = _thai_month(m["w"]), int(m["y"])
        if month is not None:
            yield RawDate(m.start(), m.end(), year - BUDDHIST if year >= 2400 else year, month, int(m["d"]))
    for m in _DMY.finditer(text):
        first, second = int(m["a"]), int(m["b"])
        # With dots the day stands first in every language that uses them; with slashes the page's language tells.
        month_first = m["sep"] != "." and (language or "en").lower() in tables()["order"]["month_first"]
        if second > 12 or (month_first and first <= 12):
            first, second = second, first
        if 1 <= second <= 12:
            yield RawDate(m.start(), m.end(), int(m["y"]), second, first)
    if roc:
        for m in _ROC_BARE.finditer(text):
            yield RawDate(m.start(), m.end(), int(m["y"]) + ROC_ZERO, int(m["m"] or m["m2"]), int(m["d"] or m["d2"]))


def _thai_month(word: str) -> int | None:
    months: list[str] = tables()["months"]["th"]
    return next((n for n, names in enumerate(months, 1) if word in names.split()), None)


def _hundreds(text: str) -> int | None:
    head, _, tail = text.partition("百")
    hundreds, rest = numeral(head) if head else 1, numeral(tail) if tail else 0
    return None if hundreds is None or rest is None else 100 * hundreds + rest


def _named(text: str, language: str | None) -> Iterator[RawDate]:
    yearless = []
    for pattern in (_DAY_MONTH, _MONTH_DAY, _YEAR_MONTH_DAY, _MONTH_YEAR):
        for m in pattern.finditer(text):
            month = month_number(m["w"], language)
            if month is None:
                continue
            groups = m.groupdict()
            day = groups.get("d")
            found = RawDate(m.start(), m.end(), int(groups["y"] or 0), month, int(day) if day else None)
            if found.year:
                yield found
            else:
                yearless.append(found)
    yield from yearless


def month_number(word: str, language: str | None) -> int | None:
    """The month a word names, 1..12: in the page's language, else in the first language that has the word."""
    names = _months((language or "").lower().split("-")[0])
    return names.get(word.lower())


@cache
def _months(language: str) -> dict[str, int]:
    months: dict[str, list[str]] = tables()["months"]
    names: dict[str, int] = {}
    for key in sorted(months, key=lambda k: k != language):
        for number, words in enumerate(months[key], start=1):
            for word in words.split():
                names.setdefault(word, number)
    return names
