"""How right an answer is: the figures of one page against its gold record, and of many pages together.

A page has a figure only where gold has the label. Texts are compared after NFKC, in lower case; a token is one CJK
character or one word of anything else; "squashed" means letters and digits only. What is too odd to be read (a number
for a title) counts as not there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Record = Mapping[str, Any]


class Share(NamedTuple):
    """So many of so many; over pages the counts add up."""

    part: int
    whole: int


class Match(NamedTuple):
    """Two sets or bags: how much they share, the size of the answer's and of gold's; over pages the counts add up."""

    common: int
    found: int
    gold: int


Value = float | Share | Match  # a float is averaged over the pages that have it


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: percent, 0..100, where the name ends in %, else 0..1."""

    name: str
    meaning: str
    less_is_better: bool = False

    @property
    def percent(self) -> bool:
        """Whether it runs to 100."""
        return self.name.endswith("%")


FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("f1", "F1 of the body's bag of tokens, mean over pages"),
        Figure("p", "its precision"),
        Figure("r", "its recall"),
        Figure("shingle", "F1 of the body's runs of 4 tokens: order matters"),
        Figure("clean%", "pages whose body is right: nothing leaked, hardly a token missing or too many"),
        Figure("leak%", "labelled lines that are not body and stand in it", less_is_better=True),
        Figure("lost%", "gold paragraphs that are not in the body", less_is_better=True),
        Figure("with%", "snippets that must be in the body and are"),
        Figure("without%", "snippets that must not be in the body and are not"),
        Figure("title%", "titles that are right"),
        Figure("day%", "dates that are right to the day"),
        Figure("minute%", "dates that are right to the minute, where gold has it"),
        Figure("empty-date%", "pages without a date for which none was made up"),
        Figure("source%", "sources that are right"),
        Figure("authors", "F1 of all authors"),
        Figure("editors", "F1 of all editors"),
        Figure("tags", "F1 of all tags"),
        Figure("lists", "F1 of all titles in lists, whichever list they were put in"),
        Figure("lists-page", "the same, mean over pages"),
        Figure("related", "F1 of all related titles"),
        Figure("latest", "F1 of all latest titles"),
        Figure("prevnext", "F1 of all previous and next titles"),
        Figure("copyright", "F1 of the tokens of all notices"),
        Figure("broken%", "lines of the body that begin with a closing sign: sentences cut apart", less_is_better=True),
    )
}

LINKS = {"related": "related", "latest": "latest", "prevnext": "prev_next"}  # gold's key -> the answer's
PEOPLE = ("authors", "editors")
BOILERPLATE = ("copyright", *LINKS)  # gold's keys whose lines must not stand in the body

# Calibrated with the labels: the shortest paragraph that is looked for, the shortest line that is no chance hit.
SHORTEST_PARAGRAPH = 8
SHORTEST_LINE = 6
SLACK = 5, 0.02  # tokens missing or too many in a clean body, at most; the greater of number and share of gold
SHINGLE = 4

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"  # Han, kana, hangul
TOKEN = re.compile(f"[^\\W{_CJK}]+|[{_CJK}]")
_NO_LETTERS = re.compile(r"[\W_]+")
_STAFF_CODE = re.compile(r"(?<=[\u4e00-\u9fff])[_\s]*[A-Z]{1,3}\d{2,6}$")  # after a name: 化成雨_NBJ11143
_CLOSING = frozenset("”’」』）】》〉。，、；：！？,;!?)")


def normal(text: object) -> str:
    """NFKC of a string; "" for anything else."""
    return unicodedata.normalize("NFKC", text) if isinstance(text, str) else ""


def tokens(text: object) -> list[str]:
    """The words and CJK characters of a text, in lower case."""
    return TOKEN.findall(normal(text).lower())


def squash(text: object) -> str:
    """Letters and digits of a text, in lower case."""
    return _NO_LETTERS.sub("", normal(text).lower())


def items(value: object) -> list[str]:
    """The entries of a list in any of its forms: lines of a string, strings, objects with title, text or name."""
    if isinstance(value, str):
        return [line for line in value.split("\n") if line.strip()]
    if isinstance(value, Mapping):
        value = [value] if value.keys() & {"title", "text", "name"} else list(value.values())
    return [_entry(entry) for entry in value] if isinstance(value, Iterable) else []


def as_text(value: object) -> str:
    """A body in any of its forms as one string, a paragraph a line."""
    return value if isinstance(value, str) else "\n".join(items(value))


def squash_name(name: object) -> str:
    """A person's name squashed, a staff code after it left out."""
    return squash(_STAFF_CODE.sub("", normal(name).strip()))


def score_page(gold: Record, answer: Record) -> dict[str, Value]:
    """The figures of one page that gold has labels for."""
    text = as_text(answer.get("text"))
    values: dict[str, Value] = {}
    if "body" in gold:
        values |= _body(gold, text)
    values |= _snippets(gold, squash(text))
    values |= _fields(gold, answer)
    values |= _sets(gold, answer)
    lines = [line.lstrip() for line in text.split("\n") if line.strip()]
    values["broken%"] = Share(sum(line[0] in _CLOSING for line in lines), len(lines))
    return values


def combine(pages: Sequence[Mapping[str, Value]]) -> dict[str, float]:
    """The figures of many pages together, in the order of FIGURES: means, or the counts of all pages added up."""
    together: dict[str, float] = {}
    for name in FIGURES:
        values = [page[name] for page in pages if name in page]
        matches = [value for value in values if isinstance(value, Match)]
        shares = [value for value in values if isinstance(value, Share)]
        if matches:
            together[name] = f1(Match(*map(sum, zip(*matches, strict=True))))
        elif shares:
            part, whole = map(sum, zip(*shares, strict=True))
            together[name] = 100.0 * part / whole if whole else 0.0
        elif values:
            together[name] = sum(value for value in values if isinstance(value, (int, float))) / len(values)
    return together


def precision_recall(match: Match) -> tuple[float, float]:
    """Precision and recall, 0..1; both 1 where there is nothing to find and nothing was found."""
    common, found, gold = match
    if not (found or gold):
        return 1.0, 1.0
    return (common / found if found else 0.0), (common / gold if gold else 0.0)


def f1(match: Match) -> float:
    """The harmonic mean of precision and recall, 0..1."""
    precision, recall = precision_recall(match)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _entry(entry: object) -> str:
    if isinstance(entry, Mapping):
        entry = entry.get("title") or entry.get("text") or entry.get("name")
    return entry if isinstance(entry, str) else ""


def _bags(gold: Iterable[Hashable], found: Iterable[Hashable]) -> Match:
    want, have = Counter(gold), Counter(found)
    return Match((want & have).total(), have.total(), want.total())


def _shingles(row: list[str]) -> list[Hashable]:
    """All runs of SHINGLE tokens; a shorter text is one run."""
    if len(row) < SHINGLE:
        return [tuple(row)] if row else []
    return [tuple(row[at : at + SHINGLE]) for at in range(len(row) - SHINGLE + 1)]


def _body(gold: Record, text: str) -> dict[str, Value]:
    body = as_text(gold["body"])
    want, have = tokens(body), tokens(text)
    match = _bags(want, have)
    precision, recall = precision_recall(match)
    squashed, squashed_body = squash(text), squash(body)
    paragraphs = [line for line in map(squash, body.split("\n")) if len(line) >= SHORTEST_PARAGRAPH]
    foreign = boilerplate(gold, squashed_body)
    leaked = sum(line in squashed for line in foreign)
    slack = max(SLACK[0], SLACK[1] * match.gold)
    apart = max(match.gold, match.found) - match.common  # the greater of tokens missing and too many
    clean = not leaked and apart <= slack and bool(have or not want)
    values: dict[str, Value] = {
        "f1": f1(match),
        "p": precision,
        "r": recall,
        "shingle": f1(_bags(_shingles(want), _shingles(have))),
        "lost%": Share(sum(line not in squashed for line in paragraphs), len(paragraphs)),
        "clean%": 100.0 * clean,
    }
    if any(key in gold for key in BOILERPLATE):
        values["leak%"] = Share(leaked, len(foreign))
    return values


def boilerplate(gold: Record, squashed_body: str) -> set[str]:
    """Gold's lines that are not body, squashed; without those that the body itself or the title holds."""
    lines = {squash(line) for key in BOILERPLATE for line in items(gold.get(key))}
    title = squash(gold.get("title"))
    return {line for line in lines if len(line) >= SHORTEST_LINE and line != title and line not in squashed_body}


def _snippets(gold: Record, squashed: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, wanted in (("with", True), ("without", False)):
        snippets = [snippet for snippet in map(squash, gold.get(key) or ()) if snippet]
        if snippets:
            values[f"{key}%"] = 100.0 * sum((snippet in squashed) is wanted for snippet in snippets) / len(snippets)
    return values


def _fields(gold: Record, answer: Record) -> dict[str, Value]:
    values: dict[str, Value] = {}
    if gold.get("title"):
        values["title%"] = 100.0 * (squash(gold["title"]) == squash(answer.get("title")))
    if "date" in gold:
        want, have = _date(gold["date"]), _date(answer.get("published"))
        if not want:
            values["empty-date%"] = 100.0 * (not have)
        else:
            values["day%"] = 100.0 * (want[:10] == have[:10])
            if len(want) >= 16:
                values["minute%"] = 100.0 * (want[:16] == have[:16])
    if gold.get("source"):
        values["source%"] = 100.0 * (squash(gold["source"]) == squash("".join(items(answer.get("source")))))
    return values


def _date(value: object) -> str:
    return value.replace("T", " ") if isinstance(value, str) else ""


def _sets(gold: Record, answer: Record) -> dict[str, Value]:
    values: dict[str, Value] = {}
    title = {squash(gold.get("title"))}
    for key in (*PEOPLE, "tags"):
        if key in gold:
            values[key] = _sets_match(entries(gold, key), entries(answer, key))
    wanted, found = set[str](), set[str]()
    for key, name in LINKS.items():
        want, have = entries(gold, key) - title, entries(answer, name) - title
        wanted, found = wanted | want, found | have
        if key in gold:
            values[key] = _sets_match(want, have)
    if all(key in gold for key in LINKS):
        values["lists"] = match = _sets_match(wanted, found)
        if wanted or found:
            values["lists-page"] = f1(match)
    if "copyright" in gold:
        want_all, have_all = ("\n".join(items(record.get("copyright"))) for record in (gold, answer))
        values["copyright"] = _bags(tokens(want_all), tokens(have_all))
    return values


def entries(record: Record, key: str) -> set[str]:
    """The entries of a list as a set, squashed; names without staff codes."""
    key_of = squash_name if key in PEOPLE else squash
    return {key_of(entry) for entry in items(record.get(key))} - {""}


def _sets_match(gold: set[str], found: set[str]) -> Match:
    return Match(len(gold & found), len(found), len(gold))
