"""What boilerplate says of itself: the phrase tables of phrases.toml, compiled."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files

from pipelines.items import Label

HEADING_MAX = 28  # characters: the longest heading of a list in the calibration pages has 22
LONG_HEADING = 48  # and of those that are told word by word
CACHED, CACHED_LENGTH = 8192, 120  # texts, and their length: menus and lists come again on the pages of a site
_METHODS = {"start": "match", "whole": "fullmatch", "any": "search"}
_INNER = re.compile(r"(?<=[\u4e00-\u9fff])[\s·\-/]+(?=[\u4e00-\u9fff])")
_AGO = re.compile(r"\d+\s?(?:秒|分钟|分鐘|小时|小時|天|周|週|个?月|個月|年)前")  # beside an entry, and no heading
_MORE = re.compile(r"(?:更多|more|查看全部|换一[批换])$", re.I)
_DECORATION = '·•●■◆▪※*＊★☆>》》»›<《«‹|｜【】[]「」『』（）():：-—–=~…+ \t　"“”'


@dataclass(frozen=True, slots=True)
class Mark:
    """A label that a block's own words ask for, and why.

    `heading`: it names the list or box that follows. `ends`: believed only at the two ends of a text, for in its
    middle an article may speak of such things. `last`: only where no running text follows; with `ends` at a text's
    beginning as well. `tail`: what follows it to the end of the text belongs to it.
    """

    label: Label
    reason: str
    heading: bool = False
    ends: bool = False
    tail: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """`needs` finds a word without which `find` finds nothing, in a text in lower case; None: no such look."""

    mark: Mark
    find: Callable[[str], re.Match[str] | None]
    max: int
    needs: Callable[[str], re.Match[str] | None] | None


def _pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.I)


@functools.cache
def _tables() -> tuple[tuple[_Rule, ...], tuple[tuple[Mark, re.Pattern[str], bool], ...]]:
    data = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    rules = tuple(
        _Rule(
            mark=Mark(
                Label(m["label"]),
                m["reason"],
                ends=m.get("ends", False),
                tail=m.get("tail", False),
                last=m.get("last", False),
            ),
            find=getattr(_pattern(m["patterns"]), _METHODS[m["where"]]),
            max=m["max"],
            needs=re.compile("|".join(map(re.escape, m["needs"]))).search if "needs" in m else None,
        )
        for m in data["mark"]
    )
    headings = tuple(
        (
            Mark(Label(h["label"]), f"heading of {h['label']}", True),
            _pattern(h["patterns"]),
            h.get("long", False),
        )
        for h in data["heading"]
    )
    return rules, headings


def match_heading(text: str) -> Mark | None:
    """The list or box that this short text is the heading of, or None."""
    return _heading(text) if len(text) <= LONG_HEADING else None


@functools.lru_cache(maxsize=CACHED)
def _heading(text: str) -> Mark | None:
    core = _MORE.sub("", _INNER.sub("", text.strip(_DECORATION))).rstrip(_DECORATION)
    if not core or _AGO.fullmatch(core):
        return None
    for mark, pattern, long in _tables()[1]:
        if (long or len(text) <= HEADING_MAX) and pattern.fullmatch(core):
            return mark
    return None


def match_mark(text: str) -> Mark | None:
    """The label that the words of a block ask for, or None. Long prose is never marked for a phrase it mentions."""
    return _short_mark(text) if len(text) <= CACHED_LENGTH else _mark(text)


def _mark(text: str) -> Mark | None:
    size, lower = len(text), text.lower()
    for rule in _tables()[0]:
        if size <= rule.max and (rule.needs is None or rule.needs(lower)) and rule.find(text):
            return rule.mark
    return None


_short_mark = functools.lru_cache(maxsize=CACHED)(_mark)
