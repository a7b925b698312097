"""What leaves the store by age, at the end of a crawl."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.retention import prune_unread_outbox
from pipelines.items import Article
from pipelines.store.articles import open_store
from pipelines.store.database import default_url
from pipelines.store.outbox_reader import open_outbox

NOW = datetime.now(UTC)


def left(folder: Path, **settings: object) -> list[str]:
    """The keys in the outbox of a store with an old and a new article, after a crawl with these settings."""
    url = default_url(str(folder))
    with open_store(url) as store:
        store.upsert([Article(id="old", title="old")], NOW - timedelta(days=40))
        store.upsert([Article(id="new", title="new")], NOW)
    prune_unread_outbox(Settings({"OUTPUT_DIR": str(folder), "OUTBOX_DAYS": 30, **settings}))
    reader = open_outbox(url)
    try:
        return [entry.key for entry in reader.read(0, 10)]
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, ["new"]),
        ({"OUTBOX_DAYS": 0}, ["old", "new"]),
        ({"SINKS": {"feed": {"type": "jsonl", "path": "feed.jsonl"}}}, ["old", "new"]),
    ],
)
def test_records_that_no_sink_waits_for_leave_by_age(
    tmp_path: Path, settings: dict[str, object], keys: list[str]
) -> None:
    assert left(tmp_path, **settings) == keys


def test_a_store_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    prune_unread_outbox(Settings({"OUTPUT_DIR": str(tmp_path / "none"), "OUTBOX_DAYS": 30}))
    assert not (tmp_path / "none").exists()
