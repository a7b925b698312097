"""What leaves the store by age, and what leaves it by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import StoreError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from pipelines.store.articles import Store
    from pipelines.store.outbox_reader import OutboxReader
    from pipelines.store.removal import Target


def prune_outbox(reader: OutboxReader, days: float) -> None:
    """Remove what is older than `days` from the outbox; 0: nothing. A store that is away is tidied later."""
    from pipelines.store.rows import utc

    if days > 0:
        with contextlib.suppress(StoreError):
            reader.prune(utc(datetime.now(UTC) - timedelta(days=days)))


def prune_unread_outbox(settings: Settings) -> None:
    """The same at the end of a crawl whose project has no sink, where `scrapy deliver` never comes to do it."""
    from pipelines.store.database import default_url
    from pipelines.store.outbox_reader import open_outbox

    if settings.get("SINKS"):
        return
    with contextlib.suppress(StoreError):
        reader = open_outbox(settings.get("STORE_URL") or default_url(settings["OUTPUT_DIR"]))
        try:
            prune_outbox(reader, settings.getfloat("OUTBOX_DAYS"))
        finally:
            reader.close()


def prune_store(store: Store, reader: OutboxReader, before: str, sinks: Collection[str]) -> dict[str, int]:
    """Remove from the store what is older than a moment (UTC, ISO 8601), and events that all sinks have got.

    Gives how many rows of each kind. Raises StoreError.
    """
    from pipelines.store.pruning import prune

    delivered = min((reader.cursor(name).seq for name in sinks), default=None)
    return prune(store, before) | {"events": reader.prune(before, delivered)}


def target_of(store: Store, name: str) -> Target | None:
    """What a URL or an article's id names in the store; None where it is no usable URL and no article has it."""
    from pipelines.addresses import key
    from pipelines.store.removal import Target, widen
    from pipelines.urls import is_usable

    def keys(urls: Collection[str]) -> frozenset[str]:
        return frozenset(key(url) for url in urls if is_usable(url))

    given = Target(urls=frozenset([name]), keys=keys([name])) if is_usable(name) else Target(ids=frozenset([name]))
    found = widen(store, given)
    if found == given and not given.keys:
        return None
    return Target(found.ids, found.urls, keys(found.urls))


def erase_copies(output_dir: str, target: Target) -> int:
    """Erase the raw copies of what is to be removed; gives how many records they were.

    Raises StoreAwayError while a crawl writes some of them, StoreError where a file cannot be read.
    """
    from crawler.archive.erasing import erase
    from crawler.archive.files import FOLDER

    return erase(Path(output_dir) / FOLDER, target.urls)
