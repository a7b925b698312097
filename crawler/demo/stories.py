"""The texts of the demo site: original stories, drawn from word lists by a generator seeded with the story's number.

The same number gives the same story on each run. Within one `StoryWriter` no line (paragraph, subheading, caption)
comes twice, and a sentence pattern comes at most once in a story.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

MONTHS = ("January", "March", "April", "June", "September", "October", "November")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story's body: `kind` is "p" (paragraph), "h" (subheading) or "image" (its caption)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A story before it is printed: what every template has to choose from."""

    number: int
    topic: str
    headline: str
    lead: str
    lines: tuple[Line, ...]
    tags: tuple[str, ...]
    people: tuple[str, ...]  # reporter, editor, second reporter, proof-reader
    comments: tuple[str, ...]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs alone, the lead first."""
        return tuple(line.text for line in self.lines if line.kind == "p")


def load_words(name: str) -> dict[str, Any]:
    """The data file of a topic (or "common", "site"); FileNotFoundError where the package was built without it."""
    return tomllib.loads((resources.files("crawler.demo") / "topics" / f"{name}.toml").read_text("utf-8"))


def topic_words(name: str) -> dict[str, Any]:
    """A topic's words; what a Chinese topic lacks (names, verbs, common sentences) comes from common.toml."""
    own = load_words(name)
    if "subheads" in own:
        return own
    common = load_words("common")
    return {**common, **own, "shared": common["sentences"]}


class StoryWriter:
    """Writes the stories of a site; keeps the lines it has used, so that none comes twice."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def write(self, number: int, topic: str, index: int, size: tuple[int, int] = (6, 8)) -> Story:
        """Story `index` of a topic under its number in the site, with `size` (least, most) paragraphs."""
        words = topic_words(topic)
        base = words["story"][index]
        rng = random.Random(number * 7919)
        slots = Slots(words, base["thing"], rng)
        count = rng.randint(*size)
        lines = [Line("p", self._keep(base["lead"]))]
        lines += [Line("p", text) for text in self._paragraphs(words, slots, count - 1, rng)]
        self._add_captions(lines, words, slots, rng)
        if number % 3 == 0:
            for place in (len(lines) // 2, len(lines) - 1):
                lines.insert(place, Line("h", self._fresh(words["subheads"], slots, rng)))
        return Story(
            number=number,
            topic=words["name"],
            headline=base["headline"],
            lead=base["lead"],
            lines=tuple(lines),
            tags=tuple(base["tags"]),
            people=tuple(slots.names(4)),
            comments=tuple(slots.fill(text) for text in rng.sample(words["comments"], min(7, len(words["comments"])))),
        )

    def _paragraphs(self, words: dict[str, Any], slots: Slots, count: int, rng: random.Random) -> list[str]:
        own = rng.sample(words["sentences"], len(words["sentences"]))
        shared = rng.sample(words.get("shared", words["sentences"]), len(words.get("shared", words["sentences"])))
        joiner = " " if "people" in words else ""
        seen: set[str] = set()
        out = []
        for _ in range(count):
            chosen = []
            for pool in (own, shared, own)[: rng.choice((1, 2, 2, 3))]:
                while pool and pool[-1] in seen:
                    pool.pop()
                if pool:
                    seen.add(pool[-1])
                    chosen.append(pool.pop())
            if chosen:
                out.append(self._keep(joiner.join(slots.fill(text) for text in chosen)))
        return out

    def _add_captions(self, lines: list[Line], words: dict[str, Any], slots: Slots, rng: random.Random) -> None:
        if rng.random() < 0.6:
            lines.insert(rng.randint(1, 2), Line("image", self._fresh(words["captions"], slots, rng)))

    def _fresh(self, patterns: list[str], slots: Slots, rng: random.Random) -> str:
        for _ in range(200):
            text = slots.fill(rng.choice(patterns))
            if text not in self._used:
                return self._keep(text)
        raise ValueError(f"no unused line left among {patterns}: add patterns to the topic's file")

    def _keep(self, text: str) -> str:
        if text in self._used:
            raise ValueError(f"line printed twice: {text}")
        self._used.add(text)
        return text


class Slots:
    """Fills the {slots} of a pattern with words of the topic and plausible numbers."""

    def __init__(self, words: dict[str, Any], thing: str, rng: random.Random) -> None:
        self._words = words
        self._thing = thing
        self._rng = rng
        self._people = self.names(5)

    def names(self, count: int) -> list[str]:
        """That many different names of persons."""
        if "people" in self._words:
            return self._rng.sample(self._words["people"], count)
        out: list[str] = []
        while len(out) < count:
            name = self._rng.choice(self._words["surnames"]) + self._rng.choice(self._words["given"])
            if name not in out:
                out.append(name)
        return out

    def fill(self, pattern: str) -> str:
        """The pattern with each slot filled; {a} and {b} differ within one sentence."""
        rng, words = self._rng, self._words
        first, second = rng.sample(words["a"], 2)
        org = rng.choice(words["org"])
        values = {"thing": self._thing, "a": first, "b": second, "org": org, "org_cap": org[:1].upper() + org[1:]}
        values |= {key: rng.choice(words[key]) for key in ("role", "place", "said", "open")}
        values |= {key: str(draw()) for key, draw in self._numbers().items()}
        text = pattern.format(person=rng.choice(self._people), monthname=rng.choice(MONTHS), **values)
        return text[:1].upper() + text[1:] if "people" in words else text

    def _numbers(self) -> dict[str, Callable[[], int]]:
        rng = self._rng
        return {
            "n": lambda: rng.randint(3, 29),
            "k": lambda: rng.randint(31, 96),
            "m": lambda: rng.randint(110, 4800),
            "pct": lambda: rng.randint(11, 58),
            "pct2": lambda: rng.randint(5, 34),
            "money": lambda: rng.randint(12, 960) * 10,
            "year": lambda: rng.randint(2009, 2023),
            "month": lambda: rng.randint(1, 12),
            "day": lambda: rng.randint(1, 28),
            "age": lambda: rng.randint(61, 88),
            "digit": lambda: rng.randint(2, 9),
        }
