"""Lines of nothing but roles and those who had them: 初审：张三 复审：李四, 排版丨小鱼, Photos: Jane Doe.

They need neither a date nor a word that only bylines have, so that `byline` does not look at them; they are credits
where they stand at the ends of a text, and may be its subject elsewhere (the cast of a film).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.extraction.metadata.byline_words import HAN, RUN, find_labels, is_code, is_organisation, words

LONGEST_LINE = 120  # characters
LONGEST_NAME, LONGEST_HOUSE, MOST_NAMES = 4, 8, 8  # characters of a person, of a publisher; names of one role
LONGEST_TOLD = 14  # of what ends as publishers or names in bylines do
_MARK = re.compile(r"[:：|｜丨/／]")
_OPENING = " \t　（()【[「|｜丨●■◆▲▼*·•—-" + RUN  # before the first role
_CLOSING = " \t　）()】]」|｜丨。.,，;；、" + RUN
_PARTS = re.compile(rf"[、，,;；/／&＆|｜丨\s{RUN}]+")
_HAN_NAME = re.compile(rf"[{HAN}·•]+")
_LATIN_NAME = re.compile(
    r"(?:[A-Z][\w.'’\-]*|de|da|di|van|von|der|del|la|le)(?:\s+(?:[A-Z][\w.'’\-]*|de|da|di|van|von|der|del|la|le)){0,4}"
)
_ACCOUNT = re.compile(r"[A-Za-z][\w.\-]{1,19}")  # 翻译：clkw, Quelle: dpa
_HAS_HAN = re.compile(f"[{HAN}]")


def is_credit_line(text: str) -> bool:
    """Whether a line is nothing but labels of roles, each with its mark and with names behind it."""
    return len(text) <= LONGEST_LINE and _MARK.search(text) is not None and _is_credit_line(text)


@lru_cache(maxsize=1024)
def _is_credit_line(text: str) -> bool:
    labels = [match for match in find_labels(text) if _MARK.search(match["mark"])]
    if not labels or not _is_roles(text[: labels[0].start()].strip(_OPENING)):
        return False
    ends = [match.start() for match in labels[1:]] + [len(text)]
    return all(
        match["other"] is None
        and _names(text[match.end() : end].strip(_OPENING + _CLOSING), match["source"] is not None)
        for match, end in zip(labels, ends, strict=True)
    )


def _is_roles(text: str) -> bool:
    """Whether a text is nothing but roles run together, or nothing: 视频拍摄(剪辑：…)."""
    while text:
        size = next((n for n in range(min(len(text), 4), 1, -1) if text[:n] in words()["labels"]["work"]), 0)
        if not size:
            return False
        text = text[size:]
    return True


def _names(value: str, house: bool) -> bool:
    """Whether a value is nothing but names; `house`: of publishers, which may be longer."""
    if not _HAS_HAN.search(value):
        return _is_latin_name(value)
    parts = [part for part in _PARTS.split(value.strip("《》“”")) if part]
    return 0 < len(parts) <= MOST_NAMES and all(_is_name(part.strip("《》"), house) for part in parts)


def _is_name(part: str, house: bool) -> bool:
    if not _HAS_HAN.search(part):
        return _is_latin_name(part)
    if not _HAN_NAME.fullmatch(part):
        return False
    named = is_organisation(part) or part.endswith(tuple(words()["names"]["suffixes"]))
    return len(part) <= (LONGEST_TOLD if named else LONGEST_HOUSE if house else LONGEST_NAME)


def _is_latin_name(text: str) -> bool:
    return is_code(text) or any(pattern.fullmatch(text) is not None for pattern in (_LATIN_NAME, _ACCOUNT))
