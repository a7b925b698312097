"""Tests of the store run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.store.articles import Store, default_url, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return default_url(str(tmp_path / "store"))
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture
def any_store(url: str) -> Iterator[Store]:
    """An empty store, once in SQLite and once in PostgreSQL."""
    with open_store(url) as opened:
        yield opened
