"""Spider traps told by the form of a URL alone. Pure functions; what only many pages tell, the frontier counts."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

# Calibrated on the addresses and links of the saved pages of news sites (docs/discovery.md): none of their articles and
# lists is past these.
MAX_SEGMENTS = 12  # folders of a path; the deepest of those sites has 10
MAX_SAME = 3  # times that a word stands in a path, numbers left out; twice is common (/news/china/news/)
MAX_PARAMETERS = 10  # of a query
MAX_SAME_PARAMETERS = 2  # times that a parameter stands in a query; facets repeat theirs
MAX_LIST_PARAMETERS = 6  # of the query of a list page: each more doubles the lists that a choice of facets makes

_NUMBER = re.compile(r"[\d\W_]+")
_DIGIT = re.compile(r"\d")
_WORD = 24  # letters of a first folder that still names a channel


def rule(url: str, *, listing: bool = False) -> str | None:
    """The name of the rule by which a URL is part of a trap; None where it is none by its form.

    path-depth, repeated-segment (a path that calls itself: /a/b/a/b/a/b/), parameters (endless facets).
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return "path-depth"
    words = [segment.lower() for segment in segments if not _NUMBER.fullmatch(segment)]
    if words and max(Counter(words).values()) >= MAX_SAME:
        return "repeated-segment"
    names = Counter(name.removesuffix("[]").lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    most = MAX_LIST_PARAMETERS if listing else MAX_PARAMETERS
    if names.total() > most or (names and max(names.values()) > MAX_SAME_PARAMETERS):
        return "parameters"
    return None


def pattern(url: str, kind: str) -> str:
    """What list pages share that a trap makes without end: kind, first folder, depth, names of the parameters.

    list http://a.example/cal/2031/05/?view=day -> "list /cal/*/*/?view". Words below the first folder do not count, so
    that one pattern holds what a template makes of numbers, dates and words alike.
    """
    parts = urlsplit(url)
    first, *more = parts.path.removeprefix("/").split("/")
    if more:
        first = "*" if _DIGIT.search(first) or len(first) > _WORD else first.lower()
        path = "/".join(("", first, *("*" if segment else "" for segment in more)))
    else:
        path = f"/{re.sub(r'[0-9]+', 'N', first.lower())[:_WORD]}"
    names = sorted({name.lower()[:_WORD] for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{kind} {path}" + (f"?{'&'.join(names)}" if names else "")
