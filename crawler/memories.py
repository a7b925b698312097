"""Where a project keeps what is known of sites: in its folder, or in a store that several machines share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

if TYPE_CHECKING:
    from crawler.discovery.ways import Ways, WaysFolder
    from pipelines.extraction.memory.memories import Memories
    from pipelines.store.texts import SharedTexts


def shared(settings: BaseSettings) -> Memories | None:
    """The store's table where that is on PostgreSQL and no folder is named (MEMORY_DIR); else None: the folder."""
    from pipelines.extraction.memory.memories import TableOfMemories
    from pipelines.store.texts import SharedTexts

    url = _shared_store(settings)
    return TableOfMemories(SharedTexts(url)) if url and not settings.get("MEMORY_DIR") else None


def kept_ways(settings: BaseSettings) -> WaysFolder | TableOfWays:
    """Where the ways to articles are kept: in the store where that is on PostgreSQL, else under OUTPUT_DIR."""
    from crawler.discovery.ways import WaysFolder
    from pipelines.store.texts import SharedTexts

    url = _shared_store(settings)
    return TableOfWays(SharedTexts(url, "ways")) if url else WaysFolder(Path(settings["OUTPUT_DIR"]) / "discovery")


class TableOfWays:
    """The ways of all sites in the store, a row a site, as a WaysFolder has them. Methods raise StoreError."""

    def __init__(self, texts: SharedTexts) -> None:
        self._texts = texts

    def sites(self) -> list[str]:
        """The sites of which something is known, sorted."""
        return self._texts.names()

    def load(self, site: str) -> Ways:
        """What is known of a site."""
        from crawler.discovery.ways import read_ways

        return read_ways(self._texts.read(site) or "", site)

    def save(self, known: Ways, before: Ways) -> None:
        """Write what was learned since `before` was loaded."""
        from crawler.discovery.ways import merged, read_ways

        def changed(text: str | None) -> str:
            both = merged(read_ways(text or "", known.site), known, before)
            return both.to_json().encode("utf-8", "backslashreplace").decode()  # databases take no lone surrogates

        self._texts.change(known.site, changed)

    def close(self) -> None:
        """Give the connections back."""
        self._texts.close()


def _shared_store(settings: BaseSettings) -> str | None:
    """The URL of the store where several machines can share it."""
    url = settings.get("STORE_URL") or ""
    return url if url.startswith(("postgresql", "postgres")) else None
