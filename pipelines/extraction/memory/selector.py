"""A learned place as a CSS selector that a person can read and correct, and that holds on pages not seen yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.extraction.memory.places import Place, unnumbered

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_-]*")  # a name that CSS needs no quotes for
_TAG = re.compile(r"[a-z][a-z-]*|h[1-6]")  # not h0: a headline whose level was left out with its other numbers
_STEP = re.compile(r"([^#.]+)(?:#([^.]*))?(?:\.(.*))?", re.DOTALL)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Step:
    """The parts of a step that are the same on every page: names whose numbers were left out are not among them."""

    tag: str
    ident: str | None
    classes: tuple[str, ...]

    @staticmethod
    def read(name: str) -> _Step:
        """A step as places.step wrote it; a dot inside an id or class is taken for the next class."""
        found = _STEP.fullmatch(unnumbered(name))
        if found is None:
            return _Step(name, None, ())
        tag, ident, css = found.groups()
        stable = [word for word in (css or "").split(".") if word and not _DIGIT.search(word)]
        return _Step(tag, ident if ident and not _DIGIT.search(ident) else None, tuple(stable))

    def forms(self) -> Iterator[_Step]:
        """Simpler steps that still name it, the simplest first, the whole last."""
        if self.ident:
            yield _Step(self.tag, self.ident, ())
        for css in self.classes:
            yield _Step(self.tag, None, (css,))
        yield self

    def is_named(self) -> bool:
        """Whether it says more than a tag."""
        return bool(self.ident or self.classes)

    def fits(self, other: _Step) -> bool:
        """Whether this step, read as a selector, finds the other."""
        return (
            self.tag == other.tag
            and self.ident in (None, other.ident)
            and all(css in other.classes for css in self.classes)
        )

    def css(self) -> str:
        """The step as CSS."""
        out = self.tag if _TAG.fullmatch(self.tag) else "" if self.is_named() else "*"
        if self.ident:
            out += f"#{self.ident}" if _PLAIN.fullmatch(self.ident) else f'[id="{_quoted(self.ident)}"]'
        for css in self.classes:
            out += f".{css}" if _PLAIN.fullmatch(css) else f'[class~="{_quoted(css)}"]'
        return out


def selector(path: str, known: Mapping[str, Place], *, siblings: bool = False) -> str | None:
    """The shortest CSS selector that finds a place and what is inside it, and nothing else that is known.

    `path`: steps from the body; `known`: trees of places (Template.places), each under the path at which what the
    selector finds may stand (the same path for the tree of its own template). Boxes alone are steps, so that all
    combinators are "inside of". None where no selector tells the place from others; with `siblings` it need not tell it
    from boxes of its name beside it.
    """
    steps = [_Step.read(name) for name in path.split("/") if name != "body"] or [_Step("body", None, ())]
    for chain in _chains(steps):
        if all(_only_inside(chain, tree, allowed.split("/"), siblings) for allowed, tree in known.items()):
            return " ".join(step.css() for step in chain)
    return None


def _chains(steps: Sequence[_Step]) -> Iterator[tuple[_Step, ...]]:
    """Selectors for the last of `steps`: by itself, below ever more named ones, at last below all of them."""
    *above, last = steps
    if last.is_named():
        for form in last.forms():
            yield (form,)
    named: list[_Step] = []
    for step in reversed(above):
        if step.is_named():
            named.insert(0, step)
            yield (*named, last)
    yield tuple(steps)


def _only_inside(chain: Sequence[_Step], tree: Place, allowed: Sequence[str], siblings: bool) -> bool:
    def name(step: str) -> str:
        return unnumbered(step) if siblings else step

    wanted = [name(step) for step in allowed]
    return all([name(step) for step in found[: len(wanted)]] == wanted for found in _found(chain, tree))


def _found(chain: Sequence[_Step], tree: Place) -> Iterable[tuple[str, ...]]:
    """The paths of the places that a selector finds, outermost ones only. Without recursion: pages nest deep."""
    stack: list[tuple[Place, tuple[str, ...], int]] = [(tree, (), 0)]
    while stack:
        place, path, matched = stack.pop()
        for name, inner in place.inner.items():
            step, below = _Step.read(name), (*path, name)
            if matched == len(chain) - 1 and chain[matched].fits(step):
                yield below
            else:
                more = matched < len(chain) - 1 and chain[matched].fits(step)
                stack.append((inner, below, matched + more))


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
