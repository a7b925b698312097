"""What leaves the store by age."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.errors import StoreError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from pipelines.store.outbox_reader import OutboxReader


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
