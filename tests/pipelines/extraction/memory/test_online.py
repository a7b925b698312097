"""What a crawl knows of its sites: when pages have waited long enough, and what is written where."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.online import ENOUGH, MOST, KnownSite, OnlineMemory
from pipelines.extraction.memory.site import Lesson
from tests.pipelines.extraction.memory.families import Family, blog, lesson

PLAIN = Family()


@pytest.fixture
def online(tmp_path: Path) -> Iterator[OnlineMemory]:
    memory = OnlineMemory(MemoryFolder(tmp_path / "memory"))
    yield memory
    memory.end()


def votes(numbers: range, family: Family = PLAIN) -> list[Lesson]:
    return [lesson(family.page(n)) for n in numbers]


def test_enough_is_twenty_of_a_template_or_a_hundred_in_all() -> None:
    one, other = votes(range(1)) * (ENOUGH - 1), votes(range(1), Family(blog)) * (ENOUGH - 1)
    assert not KnownSite("x", open=True, votes=one + other).enough
    assert KnownSite("x", open=True, votes=one + other + one[:1]).enough
    without = [Lesson(str(n), n) for n in range(MOST)]
    assert not KnownSite("x", open=True, votes=without[1:]).enough
    assert KnownSite("x", open=True, votes=without).enough


def test_lessons_are_due_in_batches_and_with_the_fourth_miss() -> None:
    fast, missed = Lesson("a", 1, fast=True), Lesson("b", 2)
    assert not KnownSite("x", open=False, settled=True, pending=[fast] * 19).due
    assert KnownSite("x", open=False, settled=True, pending=[fast] * 20).due
    assert not KnownSite("x", open=False, settled=True, recent="ffd", pending=[missed, fast, missed]).due
    assert KnownSite("x", open=False, settled=True, recent="ffd", pending=[missed] * 3).due
    assert not KnownSite("x", open=False, settled=True, recent="d" + "f" * 7, pending=[missed] * 3).due
    assert not KnownSite("x", open=False, pending=[missed] * 5).due  # nothing was trusted that could have changed


def test_a_closed_site_is_written_and_each_change_is_a_snapshot(online: OnlineMemory, tmp_path: Path) -> None:
    kept = MemoryFolder(tmp_path / "memory")
    site = online.enter("river.example")
    assert online.enter("river.example") is site
    assert (site.open, site.version, kept.load("river.example")) == (True, 0, None)
    site.votes = votes(range(6))
    online.close_site(site)
    assert (site.open, site.settled, site.version, site.votes) == (False, True, 1, [])
    written = kept.load("river.example")
    assert written is not None
    assert written == online.snapshots.load("river.example")
    assert written.changed is not None
    assert written.articles == 0  # they are read again
    site.pending = [lesson(PLAIN.page(n), written) for n in range(6)]
    assert not online.learn(site)
    assert (site.version, site.pending) == (2, [])
    assert not online.learn(site)
    assert site.version == 2


def test_a_site_without_votes_leaves_no_file(online: OnlineMemory, tmp_path: Path) -> None:
    online.close_site(online.enter("river.example"))
    assert not (tmp_path / "memory").exists()


def test_two_crawls_of_one_folder_lose_nothing(online: OnlineMemory, tmp_path: Path) -> None:
    other = OnlineMemory(MemoryFolder(tmp_path / "memory"))
    for memory, numbers in ((online, range(3)), (other, range(3, 6))):
        site = memory.enter("river.example")
        site.votes = votes(numbers)
    for memory in (online, other):
        memory.close_site(memory.enter("river.example"))
    other.end()
    assert not online.enter("river.example").settled
    assert other.enter("river.example").settled  # three votes of its own and three of the other's
    both = MemoryFolder(tmp_path / "memory").load("river.example")
    assert both is not None
    assert [t.pages for t in both.templates] == [6]


def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    online = OnlineMemory(MemoryFolder(tmp_path / "file" / "memory"))
    with caplog.at_level(logging.WARNING):
        site = online.enter("river.example")
        site.votes = votes(range(6))
        online.close_site(site)
        site.pending = votes(range(6))
        online.learn(site)
    online.end()
    assert site.settled
    assert len(caplog.records) == 1
    assert not Path(online.snapshots.path).exists()
