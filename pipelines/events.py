"""The outbox as delivery sees it: what happened to articles, in order. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One change of one article, as the store wrote it in the transaction of the change.

    `seq` is unique and rises, with gaps; `key` is the article's id; `at` is UTC, ISO 8601; `record` is the JSON text of
    `Article.to_dict()`, of a withdrawn one as much of it as may be kept.
    """

    seq: int
    key: str
    version: int
    event: str
    at: str
    record: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a sink has got: all up to `seq` is delivered; `state` is the sink's own note, `updated` UTC or None."""

    seq: int = 0
    state: str = ""
    updated: str | None = None


class Outbox(Protocol):
    """The store as delivery sees it. One thread at a time; raises StoreError where the store is away."""

    def read(self, after: int, limit: int) -> Sequence[OutboxEntry]:
        """Entries with a higher number than `after`, in order; never past one that may still commit a lower number."""

    def bounds(self) -> tuple[int, int]:
        """The highest number that retention has removed (0: none), and the highest that was ever committed."""

    def position(self, since: str) -> int:
        """The number after which the first entry at or after `since` (UTC, ISO 8601) stands."""

    def claim(self, sink: str) -> bool:
        """Whether this reader may deliver to a sink, until it is closed: False while one on another machine does."""

    def cursor(self, sink: str) -> Cursor:
        """The cursor of a sink; Cursor() where it has none."""

    def advance(self, sink: str, seq: int, state: str) -> None:
        """Set the cursor of a sink (back too: a replay) and its note."""

    def close(self) -> None:
        """Give the connection back."""
