"""What changed from version to version of an article, as lines and spans for a person."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# Bounds on the work that one page of the application may be: a comparison takes the square of what it compares.
SHORT = 1_000  # characters of a paragraph that is compared word by word; longer ones are whole lines
MOST_PAIRS = 40  # paragraphs of a version that are compared so
MOST_LINES = 2_000  # paragraphs of a version that are compared
MOST_VERSIONS = 10  # the newest so many changes are shown
AROUND = 1  # unchanged paragraphs shown before and behind a change
_WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)  # Chinese by the character
_FIELDS = ("title", "published", "source", "authors", "editors", "tags", "copyright", "duplicate_of")

Span = tuple[str, str]  # kind ("same", "gone", "new") and text


@dataclass(frozen=True, slots=True)
class Change:
    """From one version to the next: fields with what goes and comes, and the lines of the text around changes.

    A line is a list of spans; an empty one stands for lines that are left out.
    """

    version: int
    at: str
    fields: list[tuple[str, str, str]]
    lines: list[list[Span]]


def changes(versions: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What each version changed, newest first. `versions`: version, replaced, record; oldest first, then as it is."""
    pairs = list(pairwise(versions))[-MOST_VERSIONS:]
    return [_change(old, new) for old, new in reversed(pairs)]


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    fields, lines = compare(old["record"], new["record"], _FIELDS)
    return Change(version=new["version"], at=str(old["replaced"]), fields=fields, lines=lines)


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Sequence[str]
) -> tuple[list[tuple[str, str, str]], list[list[Span]]]:
    """The fields of these names in which two records differ, what goes and comes; the text as the lines of a Change."""
    differing = [name for name in names if _plain(before.get(name)) != _plain(after.get(name))]
    fields = [(name, *_apart(before.get(name), after.get(name))) for name in differing]
    return fields, list(_lines(_paragraphs(before), _paragraphs(after)))


def _apart(before: object, after: object) -> tuple[str, str]:
    """Two values that differ; of two lists the entries that the other one lacks, where it is not their order alone."""
    if isinstance(before, list) and isinstance(after, list):
        old, new = [_plain([v]) for v in before], [_plain([v]) for v in after]
        gone, come = [v for v in old if v not in new], [v for v in new if v not in old]
        if gone or come:
            return ", ".join(gone), ", ".join(come)
    return _plain(before), _plain(after)


def _paragraphs(record: Mapping[str, Any]) -> list[str]:
    return str(record.get("text") or "").split("\n")[:MOST_LINES]


def _plain(value: object) -> str:
    if isinstance(value, list):  # entries of lists by their titles
        return ", ".join(str(v.get("title", "")) if isinstance(v, Mapping) else str(v) for v in value)
    return "" if value is None else str(value)


def _lines(before: list[str], after: list[str]) -> Iterator[list[Span]]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    groups = list(matcher.get_grouped_opcodes(AROUND))
    end = pairs = 0
    for group in groups:
        if group[0][1] > end:
            yield []
        end = group[-1][2]
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from ([("same", line)] for line in before[a:b])
            elif kind == "replace" and b - a == d - c and (pairs := pairs + b - a) <= MOST_PAIRS:
                yield from (_spans(x, y) for x, y in zip(before[a:b], after[c:d], strict=True))
            else:
                yield from ([("gone", line)] for line in before[a:b])
                yield from ([("new", line)] for line in after[c:d])
    if groups and end < len(before):
        yield []


def _spans(before: str, after: str) -> list[Span]:
    if max(len(before), len(after)) > SHORT:
        return [("gone", before), ("new", after)]
    old, new = _WORD.findall(before), _WORD.findall(after)
    spans: list[Span] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            spans.append(("same", "".join(old[a:b])))
            continue
        spans += [("gone", "".join(old[a:b]))] if b > a else []
        spans += [("new", "".join(new[c:d]))] if d > c else []
    return spans
