"""Feeds that do no harm: names in their paths lead nowhere else, and no cell of a CSV feed is a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scrapy import Spider
from scrapy.exporters import CsvItemExporter

from pipelines.delivery.csv import escape

LONGEST = 100  # characters; a file's name may have 255 bytes, and there is more in it
_UNSAFE = re.compile(r"[^\w.,@=+-]+")
# Names that are devices on Windows, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)


class SafeCsvItemExporter(CsvItemExporter):
    """Scrapy's, with cells that a spreadsheet would take for a formula behind an apostrophe."""

    def serialize_field(self, field: Any, name: str, value: Any) -> Any:
        """The cell."""
        cell = super().serialize_field(field, name, value)
        return escape(cell) if isinstance(cell, str) else cell


def safe_params(params: Mapping[str, Any], spider: Spider) -> dict[str, Any]:
    """What a feed's path may name (FEED_URI_PARAMS): numbers as they are, texts as one step of a path."""
    return {name: value if isinstance(value, (int, float)) else step(str(value)) for name, value in params.items()}


def step(text: str) -> str:
    """A text as the name of a file or folder: no separators, no control characters, no dots at its ends."""
    name = _UNSAFE.sub("-", text)[:LONGEST].strip(".-") or "unnamed"
    return f"_{name}" if _DEVICES.match(name) else name
