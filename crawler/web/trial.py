"""What a rule would change: the newest archived pages of a site taken apart without it and with it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.web.versions import Span, compare
from pipelines.errors import PageError
from pipelines.extraction.article import read_page
from pipelines.extraction.memory.site import SiteMemory
from pipelines.extraction.profiled import reason
from pipelines.items import Article, Page
from pipelines.profiles import Rule, SiteProfile

MOST = 200  # pages that are looked at
SECONDS = 8.0  # after which no further page is
EXAMPLES = 3
NAMED = 5  # blocks of an example that are shown
LOST = 0.5  # share of a text: a rule that takes more is likely a wrong one
_FIELDS = (
    *("title", "published", "source", "authors", "editors", "tags", "related", "latest", "prev_next", "copyright"),
    *("breadcrumbs",),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One page: the blocks that the rule names with the labels that they had, and what of the article changes.

    `fault`: why the page is no article any longer, in place of what changes.
    """

    id: str
    title: str
    named: list[tuple[str, str]]
    more: int  # further blocks that are named
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    lines: list[list[Span]] = field(default_factory=list)
    weight: float = 0.0  # share of the text that comes or goes
    fault: str | None = None


@dataclass(slots=True)
class Trial:
    """How many pages were looked at, are named by the rule, come out otherwise, lose their text; and examples."""

    looked: int = 0
    named: int = 0
    changed: int = 0
    losing: int = 0
    blocks: int = 0
    cut_short: bool = False  # there are more pages than were looked at
    examples: list[Example] = field(default_factory=list)


def try_rule(
    pages: Iterable[tuple[str, Page]], rule: Rule, profile: SiteProfile | None, memory: SiteMemory | None
) -> Trial:
    """Try a rule on pages, each with the id of its article; the first is the one on which the rule was made.

    `profile`: by which the site's pages are taken apart now. Of the examples the first page is one if it changes, the
    others are those that change most: there a wrong rule is seen.
    """
    base = profile or SiteProfile.model_validate({"name": "tried"})
    corrected = base.model_copy(update={"rules": (*base.rules, rule)})
    trial, found, begun = Trial(), list[tuple[int, Example]](), time.monotonic()
    for number, (key, page) in enumerate(pages):
        if trial.looked >= MOST or time.monotonic() - begun > SECONDS:
            trial.cut_short = True
            break
        trial.looked += 1
        after = _read(page, corrected, memory)
        named = [] if isinstance(after, str) else [s for s in after.segments if s.reason == reason(rule)]
        if not named and isinstance(after, Article):
            continue
        before = _read(page, base, memory)
        if isinstance(before, str) and isinstance(after, str):
            continue  # no article without the rule either
        trial.named += 1
        trial.blocks += len(named)
        example = _example(key, before, after, rule)
        if example.fields or example.lines or example.fault:
            trial.changed += 1
            trial.losing += example.fault is not None or _lost(before, after) > LOST
            found.append((number, example))
    found.sort(key=lambda pair: (pair[0] != 0, -pair[1].weight, pair[0]))
    trial.examples = [example for _, example in found[:EXAMPLES]]
    return trial


def _read(page: Page, profile: SiteProfile, memory: SiteMemory | None) -> Article | str:
    """The article of a page, or why it is none."""
    try:
        return read_page(page, profile, memory).article
    except PageError as error:
        return str(error)


def _example(key: str, before: Article | str, after: Article | str, rule: Rule) -> Example:
    old = before.to_dict() if isinstance(before, Article) else {}
    if isinstance(after, str):
        return Example(key, str(old.get("title", "")), [], 0, fault=after, weight=1.0)
    labels = {s.text: s.label.value for s in before.segments} if isinstance(before, Article) else {}
    named = [(labels.get(s.text, "not seen"), s.text) for s in after.segments if s.reason == reason(rule)]
    new = after.to_dict()
    fields, lines = compare(old, new, _FIELDS)
    weight = abs(_size(old) - _size(new)) / max(_size(old), _size(new), 1)
    return Example(key, after.title, named[:NAMED], max(0, len(named) - NAMED), fields, lines, weight)


def _lost(before: Article | str, after: Article | str) -> float:
    """The share of the text that goes."""
    if isinstance(before, str) or isinstance(after, str) or not before.text:
        return 0.0
    return 1 - len(after.text) / len(before.text)


def _size(record: Mapping[str, Any]) -> int:
    return len(record.get("text") or "")
