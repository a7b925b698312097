"""Texts by name that several processes share: what site memory asks of a store. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class NamedTexts(Protocol):
    """Texts by name in a store that several processes share. Raises StoreError where it cannot be read or written."""

    def read(self, name: str) -> str | None:
        """The text of a name, None where there is none."""

    def change(self, name: str, change: Callable[[str | None], str]) -> None:
        """Put what `change` makes of the text in its place; nobody else's change comes between."""

    def delete(self, name: str) -> bool:
        """Take a name's text away; False where there was none."""

    def names(self) -> list[str]:
        """The names, sorted."""

    def close(self) -> None:
        """Give the connections back; the next call opens them anew."""
