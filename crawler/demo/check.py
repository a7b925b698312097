"""Compares what the store holds with what the demo site knows of itself, field by field.

Exactly right means that all fields are equal: the text paragraph by paragraph, strings after white space is made one
space, lists whatever their order. An article that is missing is right in no field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.demo.truth import FIELDS, Truth

_LINES = frozenset(("text",))  # compared line by line, in order
_SETS = frozenset(("authors", "editors", "tags", "related", "latest", "prev_next", "copyright"))  # in any order


@dataclass(frozen=True, slots=True)
class Wrong:
    """An article with its fields that differ: name -> (expected, found). `template` is the page's kind."""

    url: str
    template: str
    fields: Mapping[str, tuple[Any, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The entry of the JSON report."""
        differing = {name: {"expected": want, "found": got} for name, (want, got) in self.fields.items()}
        return {"url": self.url, "template": self.template, "fields": differing}


@dataclass(slots=True)
class Report:
    """The result of a comparison; counts are of articles."""

    expected: int
    stored: int = 0
    duplicates: int = 0  # rows that have the URL, or title and text, of another row
    exact: int = 0
    right: Counter[str] = field(default_factory=Counter)  # by field
    templates: dict[str, list[int]] = field(default_factory=dict)  # by template: exactly right, on the site
    missing: list[str] = field(default_factory=list)  # URLs of the site that the store lacks
    unexpected: list[str] = field(default_factory=list)  # URLs in the store that are no article of the site
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Exactly right articles among all the site has, 0..1."""
        return self.exact / self.expected

    def to_dict(self) -> dict[str, Any]:
        """The whole report as a JSON object."""
        return {
            "expected": self.expected,
            "stored": self.stored,
            "duplicates": self.duplicates,
            "exactly_right": self.exact,
            "right_by_field": {name: self.right[name] for name in FIELDS},
            "exactly_right_by_template": {name: right for name, (right, _) in self.templates.items()},
            "missing": self.missing,
            "unexpected": self.unexpected,
            "wrong": [wrong.to_dict() for wrong in self.wrong],
        }


def check(records: Iterable[Mapping[str, Any]], truths: Mapping[str, Truth]) -> Report:
    """Compares articles in the form of `Article.to_dict()` with the truth by URL."""
    report = Report(expected=len(truths))
    for truth in truths.values():
        report.templates.setdefault(truth.template, [0, 0])[1] += 1
    seen: set[str] = set()
    texts: set[tuple[str, str]] = set()
    for record in records:
        report.stored += 1
        url, content = str(record["url"]), (_squash(record["title"]), _squash(record["text"]))
        report.duplicates += url in seen or content in texts
        texts.add(content)
        if url in seen:
            continue
        seen.add(url)
        if url in truths:
            _judge(report, record, truths[url])
        else:
            report.unexpected.append(url)
    report.missing = [url for url in truths if url not in seen]
    report.wrong.sort(key=lambda wrong: wrong.url)
    return report


def _judge(report: Report, record: Mapping[str, Any], truth: Truth) -> None:
    differing = compare(record, truth)
    report.right.update(name for name in FIELDS if name not in differing)
    if differing:
        report.wrong.append(Wrong(str(record["url"]), truth.template, differing))
    else:
        report.exact += 1
        report.templates[truth.template][0] += 1


def compare(record: Mapping[str, Any], truth: Truth) -> dict[str, tuple[Any, Any]]:
    """The fields of one article that differ: name -> (expected, found), both as they were compared."""
    expected = truth.expected(record.get("fetched_at"))
    differing = {}
    for name in FIELDS:
        want, got = normalise(name, expected.get(name)), normalise(name, record.get(name))
        if name == "published":
            want, got = [want, expected["published_precision"]], [got, record.get("published_precision")]
        if want != got:
            differing[name] = (want, got)
    return differing


def normalise(name: str, value: Any) -> Any:
    """A field's value as it is compared: white space made one, lists of links to their titles, order taken out."""
    if name in _LINES:
        return [line for line in map(_squash, str(value or "").split("\n")) if line]
    if name in _SETS:
        return sorted(_squash(item["title"] if isinstance(item, Mapping) else item) for item in value or [])
    if value is None or isinstance(value, str):
        return _squash(value) or None
    return value


def _squash(text: str | None) -> str:
    return " ".join((text or "").split())
