"""Names of Western persons: where no label tells one, its words must."""

from __future__ import annotations

import re

from pipelines.extraction.metadata.byline import parse_byline

SPLIT = re.compile(r"\s*(?:[,;|]\s*(?:(?:and|und|et|&)\s)?|\s(?:and|und|et|y|e|og|och|en|&)\s)\s*")
_ROLE = re.compile(
    r"\s*(?:\b(?:senior|staff|contributing|associate)\s)?\b(?:writer|editor|reporter|contributor|author)$", re.I
)
_ROLE_BEFORE = re.compile(r"^(?:(?:written|posted)?\s*by|author|writer|contributor)\b:?\s*(?=[A-Z])", re.I)
_NAME_WORD = re.compile(r"(?:[A-Z]\.|[A-ZÀ-ÞĐ][a-zß-ÿā-žà-ỹ'’]+(?:[-'’][A-ZÀ-Þ][a-zß-ÿā-ž]+)?)")
# Words that a desk, a place or a button beside a date has and no person.
_COMMON = re.compile(
    r"\b(?:news|blog|press|release|team|staff|read|time|updated?|published|posted|last|min|minutes?|share|guide|review"
    r"|article|story|street|city|united|new|world|the|and|for|by|in|on|of|all|more|how|to|your|our|home|day|week|report"
    r"|insights?|resources?|media|group|business|company|university|department|institute|health|travel|tech|technology"
    r"|reading|view|download|comments?|event|media|research|science|marketing|case|stud(?:y|ies)|events?|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b",
    re.I,
)


def is_whole_name(text: str) -> bool:
    """Two or three capitalised words without any that names a desk, a place or a button."""
    words = text.split()
    return 2 <= len(words) <= 3 and all(_NAME_WORD.fullmatch(w) for w in words) and not _COMMON.search(text)


def names_in(runs: list[str]) -> tuple[str, ...]:
    """The names in the text nodes of an element that says it holds an author's: the first node that has any.

    Beside them stand a role, the profession, a date, "follow": each in a node of its own.
    """
    line = parse_byline(runs)
    if line.authors:
        return line.authors
    for run in runs:
        text = _ROLE.sub("", _ROLE_BEFORE.sub("", run))
        found = parse_byline(text).authors or tuple(n for n in SPLIT.split(text) if looks_named(n))
        if found:
            return found
    return ()


def looks_named(text: str) -> bool:
    """Two to four words, each capitalised but for the particles of names."""
    words = text.split()
    if re.search(r"\d", text):
        return False
    return 2 <= len(words) <= 4 and all(
        (w[0].isalpha() and not w[0].islower()) or w in ("de", "van", "von", "der", "da") for w in words
    )
