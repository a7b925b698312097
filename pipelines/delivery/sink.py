"""What a sink is: the protocol that every file of this package keeps, held by one conformance suite.

A sink is at least once on the wire: what it took may come again after a crash, with the same `seq`. Where its target
can refuse repeats it does, and `write` says how many it took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipelines.events import OutboxEntry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sink works: its name, and the folder that no file of it leaves (OUTPUT_DIR)."""

    name: str
    root: Path


class Sink(Protocol):
    """One target. Made without touching it; one thread at a time. Every call may raise a DeliveryError."""

    def tail(self, cursor: int) -> int | None:
        """The highest number that the target itself holds, after repair; None where it cannot say.

        `cursor` is what is known to be delivered: nothing up to there needs a look. Asked at the start, and again after
        every failure.
        """

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """Deliver all, in order, for good; gives how many were not refused as repeats."""

    def close(self) -> None:
        """Let go of everything; `tail` or `write` may be called again. Never raises."""


def one_line(error: BaseException) -> str:
    """A driver's own words on one line of at most 200 characters, without a statement and its parameters."""
    return " ".join((str(getattr(error, "orig", None) or error) or type(error).__name__).split())[:200]
