"""What the application shows, and where its pages find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import abort, current_app

from crawler.corrections import Profiles
from crawler.web.again import Again
from pipelines.extraction.memory.memories import Memories
from pipelines.items import Page
from pipelines.store.reading import Reader

KEY = "newswinnow"  # among the extensions of the application


@dataclass(frozen=True, slots=True)
class Changing:
    """What the application may change: the rules of sites, what is taken apart again by them, test fixtures."""

    profiles: Profiles
    again: Again
    fixtures: Path


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application shows. `raw` gives a page as it was fetched, by URL and time, if it is kept.

    `changing` is None where nothing may be changed, as under an address that others reach.
    """

    reader: Reader
    memory: Memories
    reports: Path
    raw: Callable[[str, str | None], Page | None]
    hosts: frozenset[str] = field(default_factory=frozenset)  # names of this server beside localhost
    changing: Changing | None = None


def sources() -> Sources:
    """The sources of the application that answers the request at hand."""
    return cast("Sources", current_app.extensions[KEY])


def changing() -> Changing:
    """What may be changed; ends the request with 403 where nothing may."""
    found = sources().changing
    if found is None:
        abort(403, "nothing can be changed here: --host lets others read only")
    return found
