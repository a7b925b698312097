"""Gold and answer side by side: which paragraphs and entries are right, lost or too much, as the scorer sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from crawler.evaluation.run import ScoredPage
from crawler.evaluation.scoring import LINKS, PEOPLE, TOKEN, as_text, items, normal, squash, squash_name

ALIKE = 0.5  # share of the shorter one's tokens that two lines must have in common to stand beside each other
MANY_PAIRS = 20_000  # more pairs of lines than this are not compared one by one: seconds, and nobody reads them
MANY_TOKENS = 5_000  # likewise for the tokens of two lines
SHORT_SPAN = 2  # letters; a smaller difference inside a line is punctuation and slips, not worth a line of its own


class State(StrEnum):
    """What became of a paragraph or an entry."""

    RIGHT = "right"
    LOST = "lost"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text, all right or all wrong: lost on gold's side, too much on the answer's."""

    text: str
    state: State


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph of gold and the answer's line that stands for it; one of them may be missing."""

    gold: Line = ()
    answer: Line = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the page: gold's entries and the answer's (None: gold has no label for it)."""

    name: str
    gold: Line | None
    answer: Line


@dataclass(frozen=True, slots=True)
class Texts:
    """The lines of gold and answer, and both whole, squashed: whether a line stands anywhere in the other text."""

    gold: Sequence[str]
    answer: Sequence[str]
    squashed_gold: str
    squashed_answer: str

    def line(self, number: int, *, of_gold: bool) -> Line:
        """A line that has no partner: right where the other text holds it, glued or moved, as often."""
        text = self.gold[number] if of_gold else self.answer[number]
        letters = squash(text)
        here, other = self.squashed_gold, self.squashed_answer
        if not of_gold:
            here, other = other, here
        there = not letters or (letters in other and (of_gold or other.count(letters) >= here.count(letters)))
        return (Span(text, State.RIGHT if there else State.LOST if of_gold else State.EXTRA),)


def compare_texts(page: ScoredPage) -> list[Row]:
    """The body's paragraphs, gold beside answer, in reading order."""
    gold, answer = as_text(page.gold.get("body")), as_text(page.answer.get("text"))
    texts = Texts(_lines(gold), _lines(answer), squash(gold), squash(answer))
    left, right = [squash(line) for line in texts.gold], [squash(line) for line in texts.answer]
    rows: list[Row] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs: list[tuple[int | None, int | None]] = list(zip(range(i, i_end), range(j, j_end), strict=True))
        else:
            pairs = _pair(texts, range(i, i_end), range(j, j_end))
        rows += (_row(texts, g, a) for g, a in pairs)
    return rows


def compare_fields(page: ScoredPage) -> list[Field]:
    """Title, date, persons, lists and notices: gold's entries beside the answer's."""
    fields = [
        _single(page, "title", "title", ("title%",)),
        _single(page, "date", "published", ("minute%", "day%", "empty-date%")),
        _single(page, "source", "source", ("source%",)),
    ]
    for key in (*PEOPLE, "tags", *LINKS, "copyright"):
        name = LINKS.get(key, key)
        key_of = squash_name if key in PEOPLE else squash
        want, have = items(page.gold.get(key)), items(page.answer.get(name))
        wanted, found = {key_of(entry) for entry in want}, {key_of(entry) for entry in have}
        gold = tuple(Span(entry, State.RIGHT if key_of(entry) in found else State.LOST) for entry in want)
        unknown = key not in page.gold
        answer = tuple(
            Span(entry, State.RIGHT if unknown or key_of(entry) in wanted else State.EXTRA) for entry in have
        )
        fields.append(Field(name, None if unknown else gold, answer))
    return fields


def lost(rows: Sequence[Row]) -> list[str]:
    """What the answer lacks: whole paragraphs, and runs inside a line that is otherwise there."""
    return list(_wrong(row.gold for row in rows))


def extra(rows: Sequence[Row]) -> list[str]:
    """What the answer has too much, likewise."""
    return list(_wrong(row.answer for row in rows))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _wrong(lines: Iterator[Line] | Sequence[Line]) -> Iterator[str]:
    for line in lines:
        for number, span in enumerate(line):
            if span.state is not State.RIGHT and (len(line) == 1 or len(squash(span.text)) >= SHORT_SPAN):
                before, after = "…" if number else "", "…" if number < len(line) - 1 else ""
                yield f"{before}{span.text.strip()}{after}"


def _pair(texts: Texts, gold: range, answer: range) -> list[tuple[int | None, int | None]]:
    """Lines that are alike beside each other, in order; None where a line has no partner."""
    if len(gold) * len(answer) > MANY_PAIRS:
        return [*((g, None) for g in gold), *((None, a) for a in answer)]
    bags = {a: _bag(texts.answer[a]) for a in answer}
    pairs: list[tuple[int | None, int | None]] = []
    at = answer.start
    for g in gold:
        bag = _bag(texts.gold[g])
        partner = max(range(at, answer.stop), key=lambda a: _alike(bag, bags[a]), default=None)
        if partner is None or _alike(bag, bags[partner]) < ALIKE:
            pairs.append((g, None))
            continue
        pairs += ((None, a) for a in range(at, partner))
        pairs.append((g, partner))
        at = partner + 1
    return [*pairs, *((None, a) for a in range(at, answer.stop))]


def _bag(text: str) -> Counter[str]:
    return Counter(normal(token).lower() for token in TOKEN.findall(text))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(1, min(one.total(), other.total()))


def _row(texts: Texts, gold: int | None, answer: int | None) -> Row:
    left = () if gold is None else texts.line(gold, of_gold=True)
    right = () if answer is None else texts.line(answer, of_gold=False)
    if left and right and not left[0].state is right[0].state is State.RIGHT:
        split_left, split_right = _words(left[0].text, right[0].text)
        left = left if left[0].state is State.RIGHT else split_left
        right = right if right[0].state is State.RIGHT else split_right
    return Row(left, right)


def _words(gold: str, answer: str) -> tuple[Line, Line]:
    """Two lines that differ, cut where they do."""
    left, right = list(TOKEN.finditer(gold)), list(TOKEN.finditer(answer))
    if len(left) + len(right) > MANY_TOKENS:
        return (Span(gold, State.LOST),), (Span(answer, State.EXTRA),)
    left_keys, right_keys = ([normal(token[0]).lower() for token in side] for side in (left, right))
    same_left, same_right = [False] * len(left), [False] * len(right)
    for i, j, size in SequenceMatcher(None, left_keys, right_keys, autojunk=False).get_matching_blocks():
        same_left[i : i + size] = same_right[j : j + size] = [True] * size
    starts = [token.start() for token in left], [token.start() for token in right]
    return _spans(gold, starts[0], same_left, State.LOST), _spans(answer, starts[1], same_right, State.EXTRA)


def _spans(text: str, starts: Sequence[int], same: Sequence[bool], wrong: State) -> Line:
    """The text in as few runs as tell right from wrong; what stands between tokens goes with the one before."""
    spans: list[Span] = []
    begin = 0
    for number, right in enumerate(same):
        if number + 1 == len(same) or same[number + 1] is not right:
            end = len(text) if number + 1 == len(same) else starts[number + 1]
            spans.append(Span(text[begin:end], State.RIGHT if right else wrong))
            begin = end
    return tuple(spans) or (Span(text, State.RIGHT),)


def _single(page: ScoredPage, key: str, name: str, figures: Sequence[str]) -> Field:
    value = next((page.values[figure] for figure in figures if figure in page.values), None)
    have = "".join(items(page.answer.get(name)))
    want = "".join(items(page.gold.get(key)))
    answer = (Span(have, State.EXTRA if value == 0 else State.RIGHT),) if have else ()
    if value is None:
        return Field(name, None, answer)
    return Field(name, (Span(want, State.LOST if value == 0 else State.RIGHT),) if want else (), answer)
