"""Where what is known of sites is kept: a folder of files (folder.py), or a table that machines share (here)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from pipelines.errors import MemoryFileError, StoreError
from pipelines.extraction.memory.site import SiteMemory
from pipelines.named_texts import NamedTexts


class Memories(Protocol):
    """What is known of each site, kept. All raise MemoryFileError where it cannot be read or written."""

    @property
    def where(self) -> str:
        """The place, for messages."""

    def knows(self, site: str) -> bool:
        """Whether anything is kept under a site's name, readable or not."""

    def load(self, site: str) -> SiteMemory | None:
        """What is known of a site, None where nothing is."""

    def update(self, site: str, change: Callable[[SiteMemory], None]) -> SiteMemory:
        """Apply `change` to what is known of a site and keep it; one process at a time, none's lessons are lost."""

    def forget(self, site: str) -> bool:
        """Delete what is known of a site; False where nothing was."""

    def scan(self) -> Iterator[SiteMemory | MemoryFileError]:
        """The memories in order of their sites' names; for one that cannot be read, the error that says so."""

    def close(self) -> None:
        """Give back what it holds."""


class TableOfMemories:
    """The memories in a table of the store: a row a site, its JSON as in a file, changed by one process at a time."""

    where = "the store"

    def __init__(self, texts: NamedTexts) -> None:
        self._texts = texts

    def knows(self, site: str) -> bool:
        """See Memories."""
        return site in self._names()

    def load(self, site: str) -> SiteMemory | None:
        """See Memories."""
        with _in_our_words("read"):
            text = self._texts.read(site)
        return None if text is None else read_memory(text, _row(site))

    def update(self, site: str, change: Callable[[SiteMemory], None]) -> SiteMemory:
        """See Memories."""
        memory = SiteMemory(site)

        def changed(text: str | None) -> str:
            nonlocal memory
            memory = SiteMemory(site) if text is None else read_memory(text, _row(site))
            change(memory)
            return json.dumps(memory.to_dict())  # in ASCII: databases take no lone surrogates

        with _in_our_words("write"):
            self._texts.change(site, changed)
        return memory

    def forget(self, site: str) -> bool:
        """See Memories."""
        with _in_our_words("write"):
            return self._texts.delete(site)

    def scan(self) -> Iterator[SiteMemory | MemoryFileError]:
        """See Memories."""
        for name in self._names():
            try:
                memory = self.load(name)
            except MemoryFileError as error:
                yield error
                continue
            if memory is not None:
                yield memory

    def close(self) -> None:
        """See Memories."""
        self._texts.close()

    def _names(self) -> Sequence[str]:
        with _in_our_words("read"):
            return self._texts.names()


@contextmanager
def _in_our_words(verb: str) -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise MemoryFileError(f"cannot {verb} site memory: {error}") from error


def _row(site: str) -> str:
    return f"the row of {site[:80]!r} in the table site_memory"


def read_memory(text: str, where: str) -> SiteMemory:
    """The memory in a JSON text. Raises MemoryFileError, which names `where`, for any other text."""
    try:
        return SiteMemory.from_dict(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split())[:80]
        raise MemoryFileError(f"{where} is no site memory ({reason}): delete it, it is learned again") from None
