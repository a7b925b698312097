from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.job import read_known
from pipelines.extraction.memory.site import SiteMemory
from pipelines.profiles import SiteProfile
from tests.pipelines.extraction.memory.families import Family, learned, story, text_of


@pytest.fixture
def folder(tmp_path: Path) -> MemoryFolder:
    return MemoryFolder(tmp_path)


def test_a_page_is_read_with_the_snapshot_of_its_site(folder: MemoryFolder) -> None:
    family = Family()
    folder.save(learned([family.page(n) for n in range(6)]))
    reading = read_known(family.page(30), str(folder.path), "river.example", 1)
    assert (reading.article.method, reading.article.text) == ("site-memory", text_of(story(30)))


def test_without_a_snapshot_the_page_is_taken_apart_the_full_way(folder: MemoryFolder) -> None:
    reading = read_known(Family().page(30), str(folder.path), "river.example", 0)
    assert (reading.article.method, reading.article.text) == ("density", text_of(story(30)))
    assert reading.lesson is not None


def test_each_version_is_read_once(folder: MemoryFolder) -> None:
    family = Family()
    folder.save(SiteMemory("river.example"))
    known = (str(folder.path), "river.example")
    assert read_known(family.page(30), *known, 1).article.method == "density"
    folder.save(learned([family.page(n) for n in range(6)]))
    assert read_known(family.page(30), *known, 1).article.method == "density"
    assert read_known(family.page(30), *known, 2).article.method == "site-memory"


def test_a_snapshot_that_cannot_be_read_is_an_error_that_names_it(folder: MemoryFolder) -> None:
    folder.file("river.example").write_text("torn")
    with pytest.raises(MemoryFileError, match=r"river\.example\.json"):
        read_known(Family().page(30), str(folder.path), "river.example", 1)


def test_a_profile_wins(folder: MemoryFolder) -> None:
    family = Family()
    folder.save(learned([family.page(n) for n in range(6)]))
    profile = SiteProfile.model_validate({"name": "river", "selectors": {"body": "#artibody"}})
    reading = read_known(family.page(30), str(folder.path), "river.example", 1, profile)
    assert (reading.article.method, reading.article.text) == ("rules", text_of(story(30)))
