"""An outbox entry as sinks write it: one JSON object, or one row of named columns. The same for every sink."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from pipelines.errors import SinkRefusedError
from pipelines.events import OutboxEntry
from pipelines.items import ARTICLE_FIELDS, Article, clean

META = ("seq", "key", "version", "event", "at")  # what comes before the article's fields
COLUMNS = (*META, *(name for name in ARTICLE_FIELDS if name != "segments"))
KINDS = {f.name: str(f.type).removesuffix(" | None") for f in dataclasses.fields(Article)}
KINDS |= {"seq": "int", "key": "str", "version": "int", "event": "str", "at": "str"}

# Line separators to some readers, ordinary characters to JSON: written escaped, so that a line is a line everywhere.
_BREAKS = re.compile("[\x85\u2028\u2029]")


def article(entry: OutboxEntry) -> dict[str, Any]:
    """The article of an entry, nothing in it that a target cannot hold. SinkRefusedError where it is no object."""
    try:
        record = json.loads(entry.record)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise SinkRefusedError(f"record {entry.seq} of the outbox is no JSON object")
    cleaned: dict[str, Any] = clean(record)
    return cleaned


def envelope(entry: OutboxEntry) -> dict[str, Any]:
    """The entry as an object: seq, key, version, event, at, article."""
    return {**_meta(entry), "article": article(entry)}


def as_json(value: Any) -> str:
    """JSON on one line, in UTF-8 as it stands but for what some readers take for the end of a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def row(entry: OutboxEntry) -> dict[str, Any]:
    """The entry as a row of COLUMNS: strings, numbers and None; lists and objects as JSON text."""
    found = article(entry)
    values: dict[str, Any] = _meta(entry)
    for name in COLUMNS[len(META) :]:
        value = found.get(name)
        if value is not None:
            value = as_json(value) if isinstance(value, (list, dict)) else _as_kind(KINDS[name], value)
        values[name] = value
    return values


def _meta(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "key": clean(entry.key),
        "version": entry.version,
        "event": clean(entry.event),
        "at": clean(entry.at),
    }


def _as_kind(kind: str, value: Any) -> Any:
    """The value as its column has it: one that does not fit (a record changed by hand) stands as text or not at all."""
    if kind in ("int", "float"):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return (int(value) if kind == "int" else float(value)) if fits else None
    return value if isinstance(value, str) else as_json(value)
