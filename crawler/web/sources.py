"""What the application shows, and where its pages find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import current_app

from pipelines.extraction.memory.memories import Memories
from pipelines.items import Page
from pipelines.store.reading import Reader

KEY = "newswinnow"  # among the extensions of the application


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application shows. `raw` gives a page as it was fetched, by URL and time, if it is kept."""

    reader: Reader
    memory: Memories
    reports: Path
    raw: Callable[[str, str | None], Page | None]
    hosts: frozenset[str] = field(default_factory=frozenset)  # names of this server beside localhost


def sources() -> Sources:
    """The sources of the application that answers the request at hand."""
    return cast("Sources", current_app.extensions[KEY])
