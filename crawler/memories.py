"""Where a project keeps what is known of sites: in its folder, or in a store that several machines share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

if TYPE_CHECKING:
    from pipelines.extraction.memory.memories import Memories


def shared(settings: BaseSettings) -> Memories | None:
    """The store's table where that is on PostgreSQL and no folder is named (MEMORY_DIR); else None: the folder."""
    from pipelines.extraction.memory.memories import TableOfMemories
    from pipelines.store.texts import SharedTexts

    url = settings.get("STORE_URL") or ""
    if settings.get("MEMORY_DIR") or not url.startswith(("postgresql", "postgres")):
        return None
    return TableOfMemories(SharedTexts(url))
