"""An outbox in memory, and entries for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from pipelines.events import Cursor, OutboxEntry
from pipelines.items import Article, Event

AT = "2026-06-21T04:30:00Z"


def entry(seq: int, key: str = "", version: int = 1, event: Event = Event.CREATED, **fields: Any) -> OutboxEntry:
    """An entry about an article of that key; the fields go into the article."""
    at = fields.pop("at", AT)
    key = key or f"k{seq}"
    given = {"url": f"http://news.example/{seq}", "title": f"标题 {seq}", "text": "第一段\n第二段", "authors": ["张三"]}
    record = Article(id=key, **{**given, **fields}).to_dict()
    return OutboxEntry(seq, key, version, event.value, at, json.dumps(record, ensure_ascii=False))


def withdrawn(seq: int, key: str, version: int) -> OutboxEntry:
    """The entry that takes an article back: its id and URL, nothing else."""
    record = {"id": key, "url": f"http://news.example/{key}"}
    return OutboxEntry(seq, key, version, Event.WITHDRAWN.value, AT, json.dumps(record))


class MemoryOutbox:
    """The protocol in memory, shared by threads; `removed` is what retention took away."""

    def __init__(self, entries: Sequence[OutboxEntry] = (), removed: int = 0) -> None:
        self.entries = list(entries)
        self.removed = removed
        self.cursors: dict[str, Cursor] = {}
        self.claimed: set[str] = set()  # by somebody else
        self._lock = threading.Lock()

    def read(self, after: int, limit: int) -> Sequence[OutboxEntry]:
        return [e for e in self.entries if e.seq > max(after, self.removed)][:limit]

    def bounds(self) -> tuple[int, int]:
        return self.removed, max((e.seq for e in self.entries), default=self.removed)

    def position(self, since: str) -> int:
        return next((e.seq - 1 for e in self.entries if e.at >= since), self.bounds()[1])

    def claim(self, sink: str) -> bool:
        return sink not in self.claimed

    def cursor(self, sink: str) -> Cursor:
        with self._lock:
            return self.cursors.get(sink, Cursor())

    def advance(self, sink: str, seq: int, state: str) -> None:
        with self._lock:
            self.cursors[sink] = Cursor(seq, state, AT)

    def close(self) -> None:
        pass
