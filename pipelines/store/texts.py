"""Texts by name, changed by one process at a time: what is known of sites, where several machines share it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from pipelines.store import schema
from pipelines.store.articles import Store, open_store
from pipelines.store.rows import upsert


class SharedTexts:
    """The table `site_memory` of the store at a database URL, which is opened with the first call.

    Texts of one `kind` only, by names without a slash. Methods may be called from several threads. They raise
    StoreError, StoreAwayError where the store is away.
    """

    def __init__(self, url: str, kind: str = "") -> None:
        self._url, self._prefix = url, f"{kind}/" if kind else ""
        self._store: Store | None = None

    def read(self, name: str) -> str | None:
        """The text of a name, None where there is none."""
        with self._opened().database.read() as connection:
            return _read(connection, self._prefix + name)

    def change(self, name: str, change: Callable[[str | None], str]) -> None:
        """Put what `change` makes of the text in its place; nobody else's change comes between."""
        table, name = schema.site_memory, self._prefix + name
        with self._opened().database.write() as connection:
            # A row to lock: two first changes of a name come one after the other.
            connection.execute(
                upsert(connection)(table).values(name=name, text="", changed="").on_conflict_do_nothing()
            )
            text = connection.scalar(select(table.c.text).where(table.c.name == name).with_for_update())
            values = {"text": change(text or None), "changed": datetime.now(UTC).isoformat(timespec="seconds")}
            connection.execute(update(table).where(table.c.name == name).values(values))

    def delete(self, name: str) -> bool:
        """Take a name's text away; False where there was none."""
        table, name = schema.site_memory, self._prefix + name
        with self._opened().database.write() as connection:
            return connection.execute(delete(table).where(table.c.name == name)).rowcount > 0

    def names(self) -> list[str]:
        """The names, sorted."""
        table = schema.site_memory.c
        with self._opened().database.read() as connection:
            names = list(connection.scalars(select(table.name).where(table.text != "")))
        return sorted(
            name.removeprefix(self._prefix) for name in names if name.rpartition("/")[0] == self._prefix.rstrip("/")
        )

    def close(self) -> None:
        """Give the connections back; the next call opens them anew."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> Store:
        if self._store is None:
            self._store = open_store(self._url)
        return self._store


def _read(connection: Connection, name: str) -> str | None:
    table = schema.site_memory.c
    return connection.scalar(select(table.text).where(table.name == name, table.text != ""))
