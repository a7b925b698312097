"""Feeds that do no harm and tell no lies: a path leads nowhere else, no cell is a formula, a lost feed is heard of."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

from scrapy import Spider
from scrapy.exporters import CsvItemExporter
from scrapy.extensions.feedexport import FeedExporter, FeedSlot

from pipelines.delivery.csv import escape
from pipelines.errors import UsageError

logger = logging.getLogger(__name__)

LONGEST = 100  # characters; a file's name may have 255 bytes, and there is more in it
_UNSAFE = re.compile(r"[^\w.,@=+-]+")
# Names that are devices on Windows, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)


class Feeds(FeedExporter):
    """Scrapy's, where a feed that cannot be written any more is left, said once, and counted as Scrapy counts such."""

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """The item into each feed that is still written."""
        kept: list[FeedSlot] = []
        for slot in self.slots:
            self.slots = [slot]
            try:
                super().item_scraped(item, spider)
            except OSError as error:
                self._lose(slot, error)
            else:
                kept += self.slots
        self.slots = kept

    async def _close_slot(self, slot: FeedSlot, spider: Spider) -> None:
        try:
            await super()._close_slot(slot, spider)
        except OSError as error:
            self._lose(slot, error)

    def _lose(self, slot: FeedSlot, error: OSError) -> None:
        logger.error("the feed %s cannot be written: %s", slot.uri, error.strerror or error)
        self.crawler.stats.inc_value(f"feedexport/failed_count/{type(slot.storage).__name__}")
        if slot.file is not None:
            with contextlib.suppress(OSError):
                slot.file.close()


def check_places(uris: Iterable[str]) -> None:
    """Whether feeds can be written where they are to, as far as that can be told now. Raises UsageError.

    Only plain files are looked at, without names (%(time)s) in their path; nothing is made.
    """
    for uri in uris:
        scheme, colon, rest = uri.partition("://")
        if "%(" in uri or (colon and scheme != "file"):
            continue
        path = Path(url2pathname(rest) if colon else uri)
        folder = next((one for one in path.absolute().parents if one.exists()), Path("/"))
        if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
            raise UsageError(f"the feed {uri} cannot be written: is its folder there, and may this user write it?")


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
