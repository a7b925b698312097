"""Times of day and UTC offsets as pages print them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any

# Chinese and Japanese parts of the day -> how the hour before noon is read.
_AFTERNOON = frozenset(
    ("下午", "傍晚", "晚上", "晚间", "晚間", "夜间", "夜間", "深夜", "晚", "午后", "午後", "오후", "pm")
)
_NOON = frozenset(("中午", "午间", "午間", "正午"))
_DAY_PART = (
    "凌晨|清晨|早上|早晨|早间|上午|午前|中午|正午|午间|午間|午后|午後|下午|傍晚|晚上|晚间|晚間|夜间|夜間|深夜"
    "|晚|早|오전|오후"
)
_WEEKDAY = (
    r"(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]|[(\[][一二三四五六日月火水木金土][)\]]|[日月火水木金土]曜日"
    r"|(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?"
)
_ZONE = (
    r"(?P<z>\s?Z(?![A-Za-z]))"
    r"|\s?\(?(?:UTC|GMT)\s?(?P<gsign>[+\-−])\s?(?P<gh>\d{1,2})(?::?(?P<gm>\d{2}))?(?!\d)\)?"
    r"|(?P<sign>\s?\+|\s?-|−)(?P<oh>0\d|1[0-4]):?(?P<om>00|15|30|45)(?![\d:])"
    r"|\s?[(\[]?(?P<name>[A-Z]{2,4}|北京[时時][间間])(?![A-Za-z])[)\]]?"
)
_CLOCK = (
    rf"(?P<part>(?:{_DAY_PART})|[ap]\.?m\.?)?\s{{0,2}}"
    r"(?P<h>[01]?\d|2[0-3])"
    r"(?:"
    r"\s?:\s?(?P<m>[0-5]\d)(?:\s?:\s?(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"|(?:時|时|点|點|시\s?)(?P<m2>[0-5]?\d)(?:[分분](?:钟|鐘)?(?:(?P<s2>[0-5]?\d)秒)?|(?!\d))"
    r"|(?:点|點)(?P<half>半)"
    r"|(?:時|时|点|點)(?:整|许|許|左右)?(?![\d间間])"
    r"|\s?(?:h|H)(?P<m3>[0-5]\d)?(?![\dA-Za-z])"
    r"|\.(?P<m4>[0-5]\d)(?=\s?(?:Uhr|uhr|WIB|[ap]\.?m\b))"
    r"|(?=\s?[ap]\.?m\b)"
    r")"
    r"(?:\s?(?P<pm>[apAP]\.?\s?[mM]\b\.?|Uhr\b|น\.|hrs?\b))?"
)
# The word before a time, by language.
_AT = r"at|um|à|a las|às|alle ore|alle|ore|godz\.?|o godz\.?|om|kl\.?|klo|jam|pukul|в|saat|u"
_GLUE = rf"[\sT,，、|｜·•@\-–—()（）\[\]【】/]{{0,8}}(?:(?:{_WEEKDAY})[\s,，)|]{{0,3}})?(?:(?:{_AT})\s{{1,2}})?"
AFTER = re.compile(_GLUE + _CLOCK + f"(?:{_ZONE})?", re.I)
BEFORE = re.compile(_CLOCK + f"(?:{_ZONE})?" + r"[\s,，、|·•\-–—/]{0,5}(?:(?:on|el|le|am|den|of)\s)?$", re.I)
_KL = re.compile(r"[\s,]{0,3}(?:kl\.?|klo|um)\s?(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d)(?!\d)", re.I)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `minute` and `second` None where not printed, `zone` as printed ("EST", "+08:00") or None."""

    hour: int
    minute: int | None
    second: int | None
    zone: str | None
    end: int
    start: int = 0


@cache
def tables() -> dict[str, Any]:
    """The words of dates.toml."""
    return tomllib.loads(files("pipelines.extraction.metadata").joinpath("dates.toml").read_text("utf-8"))


def clock_after(text: str, pos: int) -> Clock | None:
    """The time of day that follows a date ending at `pos`, weekday and small punctuation passed over."""
    match = AFTER.match(text, pos)
    if match is None:
        match = _KL.match(text, pos)
        return None if match is None else Clock(int(match["h"]), int(match["m"]), None, None, match.end())
    if not _glued(text, pos, match):
        return None
    return _clock(match)


def clock_before(text: str, pos: int) -> Clock | None:
    """The time of day that stands right before a date starting at `pos`."""
    window = max(0, pos - 36)
    head = text[window:pos]
    for match in re.finditer(r"(?<![\d:.])\d{1,2}[:hH]\d{2}|(?<![\d:.])\d{1,2}\s?[ap]\.?m", head):
        found = BEFORE.match(head, match.start())
        if found is not None:
            clock = _clock(found)
            return Clock(clock.hour, clock.minute, clock.second, clock.zone, pos, window + found.start())
    return None


def _glued(text: str, pos: int, match: re.Match[str]) -> bool:
    # "2016-06-21-12" or "2016/06/21/3h" are no times: without white space between, minutes are asked for.
    if match["m"] or match["m2"] or match["m3"] or match["m4"] or match["half"]:
        return True
    return match["part"] is not None or match["pm"] is not None or text[pos : match.start("h")].strip(" ,，T") == ""


def _clock(match: re.Match[str]) -> Clock:
    hour = int(match["h"])
    minute = match["m"] or match["m2"] or match["m3"] or match["m4"] or ("30" if match["half"] else None)
    second = match["s"] or match["s2"]
    part = (match["part"] or "").lower().replace(".", "")
    half = (match["pm"] or "").lower().replace(".", "").replace(" ", "")
    if half in ("am", "pm"):
        part = half
    if minute is None and half in ("am", "pm"):
        minute = "00"
    if (part in _AFTERNOON and hour < 12) or (part in _NOON and hour < 4):
        hour += 12
    elif hour == 12 and part in ("am", "凌晨", "深夜", "晚上", "晚"):
        hour = 0
    end = match.end()
    zone = _zone(match)
    if zone is None and match["name"]:
        end = match.start("name")
    return Clock(hour, int(minute) if minute else None, int(second) if second else None, zone, end)


def _zone(match: re.Match[str]) -> str | None:
    if match["z"]:
        return "UTC"
    if match["gh"]:
        sign = "-" if match["gsign"] in "-−" else "+"
        return f"{sign}{int(match['gh']):02d}:{match['gm'] or '00'}"
    if match["oh"]:
        sign = match["sign"]
        # "12:30-14:00" is a span of hours; an ISO offset behind a minus has a T before or seconds.
        if "+" not in sign and match["s"] is None and "T" not in match.group(0).upper():
            return None
        return f"{sign.strip().replace('−', '-')}{match['oh']}:{match['om']}"
    name: str | None = match["name"]
    if name and (name in tables()["offsets"] or name in tables()["us_zones"]):
        return name
    return None


def zone_offset(zone: str, day: date, default: timezone | None) -> timezone | None:
    """The UTC offset a printed zone stands for on a day; None where it is not known."""
    if zone in tables()["us_zones"]:
        winter, summer = tables()["us_zones"][zone]
        zone = summer if _us_summer(day) else winter
    # On a Chinese page CST is China Standard Time.
    if zone == "CST" and default == timezone(timedelta(hours=8)):
        return default
    value = tables()["offsets"].get(zone, zone)
    if value[:1] not in "+-":
        return None
    hours, minutes = int(value[1:3]), int(value[4:6])
    span = timedelta(hours=hours, minutes=minutes)
    if span > timedelta(hours=14):
        return None
    return timezone(-span if value[0] == "-" else span)


def _us_summer(day: date) -> bool:
    first = date(day.year, 3, 8)
    begin = first + timedelta(days=(6 - first.weekday()) % 7)
    first = date(day.year, 11, 1)
    end = first + timedelta(days=(6 - first.weekday()) % 7)
    return begin <= day < end
