"""Pages taken apart with the memory of their site, in a worker process: it reads each snapshot once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pipelines.extraction.article import read_page
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.site import Reading, SiteMemory
from pipelines.items import Page
from pipelines.profiles import SiteProfile

SNAPSHOTS = 64  # of sites that a process keeps at hand, some hundred kB each


def read_known(page: Page, folder: str, site: str, version: int, profile: SiteProfile | None = None) -> Reading:
    """Take a page apart with the snapshot of its site's memory that lies in `folder`. Raises PageError.

    `version` must change with the file: a process reads each version once.
    """
    return read_page(page, profile, _snapshot(folder, site, version))


@lru_cache(maxsize=SNAPSHOTS)
def _snapshot(folder: str, site: str, version: int) -> SiteMemory:
    return MemoryFolder(Path(folder)).load(site) or SiteMemory(site)
