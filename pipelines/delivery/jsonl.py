"""JSON Lines: one record a line, {seq, key, version, event, at, article}, appended to one file."""

from __future__ import annotations

import json

from pydantic import Field

from pipelines.delivery.append import AppendFile, AppendSink
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import as_json, envelope
from pipelines.delivery.sink import Place
from pipelines.events import OutboxEntry


class Options(SinkOptions):
    """Options of a `jsonl` sink."""

    path: str = Field(description="the file, inside OUTPUT_DIR")


class JsonLinesSink(AppendSink):
    """Appends; the cursor is read from the file's end."""

    head = b'{"seq":'

    def __init__(self, place: Place, options: Options) -> None:
        super().__init__(AppendFile(place.root, options.path))

    def encode(self, entry: OutboxEntry) -> bytes:
        """One line."""
        return as_json(envelope(entry)).encode() + b"\n"

    def number(self, data: bytes) -> int | None:
        """The seq of a whole line."""
        try:
            record = json.loads(data)
            found = record["seq"] if record["article"] is not None else None
        except (ValueError, TypeError, KeyError):
            return None
        return found if isinstance(found, int) else None
