"""What is known of sites in the store: one change after the other, whoever makes them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory.memories import TableOfMemories
from pipelines.extraction.memory.site import SiteMemory
from pipelines.store.articles import default_url
from pipelines.store.texts import SharedTexts
from tests.services import postgresql_schema


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield default_url(str(tmp_path))
        return
    with postgresql_schema() as found:
        yield found


@pytest.fixture
def texts(url: str) -> Iterator[SharedTexts]:
    opened = SharedTexts(url)
    yield opened
    opened.close()


def test_a_text_is_changed_read_and_deleted(texts: SharedTexts) -> None:
    assert texts.read("a.example") is None
    texts.change("a.example", lambda old: f"{old}+1")
    texts.change("a.example", lambda old: f"{old}+2")
    texts.change("b.example", lambda old: "b")
    assert texts.read("a.example") == "None+1+2"
    assert list(texts.names()) == ["a.example", "b.example"]
    assert texts.delete("a.example")
    assert not texts.delete("a.example")
    assert list(texts.names()) == ["b.example"]


def test_kinds_stand_apart(url: str, texts: SharedTexts) -> None:
    with contextlib.closing(SharedTexts(url, "ways")) as others:
        texts.change("a.example", lambda old: "memory")
        others.change("a.example", lambda old: f"{old} ways")
        others.change("b.example", lambda old: "ways")
        assert (texts.read("a.example"), others.read("a.example")) == ("memory", "None ways")
        assert (texts.names(), others.names()) == (["a.example"], ["a.example", "b.example"])
        assert others.delete("a.example")
        assert texts.names() == ["a.example"]


def test_a_change_that_fails_changes_nothing(texts: SharedTexts) -> None:
    def fail(old: str | None) -> str:
        raise ValueError(old)

    with pytest.raises(ValueError, match="None"):
        texts.change("a.example", fail)
    assert texts.read("a.example") is None
    assert list(texts.names()) == []


def test_no_change_is_lost_between_several_processes() -> None:
    with postgresql_schema() as url:
        stores = [SharedTexts(url) for _ in range(4)]
        stores[0].names()  # makes the tables

        def count(store: SharedTexts) -> None:
            for _ in range(25):
                store.change("a.example", lambda old: str(int(old or 0) + 1))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, stores))
        assert stores[0].read("a.example") == "100"
        for store in stores:
            store.close()


def test_memories_in_the_table_are_those_of_a_folder(texts: SharedTexts) -> None:
    kept = TableOfMemories(texts)
    assert kept.load("a.example") is None

    def learn(memory: SiteMemory) -> None:
        memory.articles += 3
        memory.recurring[7] = "\ud800 a lone surrogate, which no database takes"

    kept.update("a.example", learn)
    learned = kept.update("a.example", learn)
    assert learned.articles == 6
    found = kept.load("a.example")
    assert found is not None
    assert found.to_dict() == learned.to_dict()
    assert [memory.site for memory in kept.scan() if isinstance(memory, SiteMemory)] == ["a.example"]
    assert kept.forget("a.example")
    assert not kept.forget("a.example")


def test_a_row_that_is_no_memory_is_named_and_can_be_forgotten(texts: SharedTexts) -> None:
    texts.change("a.example", lambda old: "{}")
    kept = TableOfMemories(texts)
    with pytest.raises(MemoryFileError, match=r"'a\.example' in the table site_memory is no site memory"):
        kept.load("a.example")
    assert [type(found) for found in kept.scan()] == [MemoryFileError]
    assert kept.knows("a.example")
    assert kept.forget("a.example")


def test_a_store_that_is_away_is_an_error_of_memory() -> None:
    kept = TableOfMemories(SharedTexts("postgresql://nobody@127.0.0.1:9/none"))
    for call in (lambda: kept.load("a"), lambda: kept.update("a", lambda m: None), lambda: kept.forget("a")):
        with pytest.raises(MemoryFileError, match=r"cannot (?:read|write) site memory"):
            call()
