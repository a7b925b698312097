"""Crawls that are killed or lose their store run on both databases, as the store's own tests do."""

from __future__ import annotations

from tests.pipelines.store.conftest import any_store, url

__all__ = ["any_store", "url"]
