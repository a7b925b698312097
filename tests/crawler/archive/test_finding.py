from pathlib import Path

import pytest

from crawler.archive.finding import Finder
from tests.crawler.archive.files import AT, HOST, answer, page, write

# AT is 2026-06-21T04:00:00Z
BEFORE, WITH, LONG_BEFORE = "20260621T020000Z-00000001", "20260621T035900Z-00000002", "20260620T000000Z-00000003"
SUFFIX = ".warc.gz"
LATER = "2026-06-21T04:02:00Z"


def test_a_page_is_found_by_its_url_and_time(tmp_path: Path) -> None:
    made = page("/1", b"one", b"two")
    write(tmp_path / (BEFORE + SUFFIX), answer("/1", b"one"), answer("/2", b"other"), page("/2", b"other"))
    write(tmp_path / (WITH + SUFFIX), answer("/1?p=2", b"two"), made)
    finder = Finder(tmp_path)
    assert finder.find(HOST + "/1", AT) == made
    assert finder.find(HOST + "/1#top", AT) == made
    assert finder.find(HOST + "/1", None) == made
    assert finder.find(HOST + "/3", AT) is None
    assert finder.find("javascript:alert(1)", AT) is None
    assert finder.find("", "no time") is None


def test_of_several_the_one_of_that_time(tmp_path: Path) -> None:
    old, new = page("/1", b"old"), page("/1", b"new", fetched_at=LATER)
    write(tmp_path / (WITH + SUFFIX), answer("/1", b"old"), old, answer("/1", b"new"), new)
    finder = Finder(tmp_path)
    assert finder.find(HOST + "/1", AT) == old
    assert finder.find(HOST + "/1", LATER) == new
    assert finder.find(HOST + "/1", None) == new


def test_files_of_another_time_are_not_looked_through(tmp_path: Path) -> None:
    write(tmp_path / (LONG_BEFORE + SUFFIX), answer("/1", b"one"), page("/1", b"one"))
    assert Finder(tmp_path).find(HOST + "/1", AT) is None


def test_a_file_that_grows_is_looked_through_again(tmp_path: Path) -> None:
    path = tmp_path / (WITH + SUFFIX + ".open")
    write(path, answer("/1", b"one"), page("/1", b"one"))
    finder = Finder(tmp_path)
    assert finder.find(HOST + "/2", AT) is None
    write(path, answer("/1", b"one"), page("/1", b"one"), answer("/2", b"two"), page("/2", b"two"))
    assert finder.find(HOST + "/2", AT) == page("/2", b"two")


@pytest.mark.parametrize("damage", [b"", b"no gzip", None])
def test_what_cannot_be_read_holds_nothing(tmp_path: Path, damage: bytes | None) -> None:
    path = write(tmp_path / (WITH + SUFFIX), answer("/1", b"one"), page("/1", b"one"))
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    assert Finder(tmp_path).find(HOST + "/1", AT) is None
    assert Finder(tmp_path / "none").find(HOST + "/1", AT) is None


def test_a_page_without_its_answer_is_not_given(tmp_path: Path) -> None:
    write(tmp_path / (WITH + SUFFIX), page("/1", b"one"))
    assert Finder(tmp_path).find(HOST + "/1", AT) is None
