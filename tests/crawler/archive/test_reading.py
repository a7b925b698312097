from pathlib import Path

import pytest

from crawler.archive.reading import MISSING, OLDER, SECRET
from crawler.inputs import Entry, find_inputs
from pipelines.items import Page, url_id
from tests.crawler.archive.files import AT, HOST, answer, page, write

ONE, TWO = "20261126T000000Z-00000001.warc.gz", "20261126T010000Z-00000002.warc.gz"
LATER = "2026-06-22T04:00:00Z"


def entries(*paths: Path) -> list[Entry]:
    return list(find_inputs(map(str, paths), "html"))


def pages(*paths: Path) -> list[Page]:
    found = entries(*paths)
    assert all(entry.error is None for entry in found)
    return [entry.page for entry in found if entry.page]


def test_a_page_comes_out_as_it_was_crawled(tmp_path: Path) -> None:
    made = Page(b"<p>", HOST + "/1", None, "the site", "text/html; charset=gbk", 200, AT, "06-21 12:00")
    path = write(tmp_path / ONE, answer("/other", b"<p>"), made)
    (entry,) = entries(path)
    assert entry.page == made
    assert (entry.id, entry.url) == (url_id(HOST + "/1"), HOST + "/1")


def test_parts_come_out_joined_wherever_they_are(tmp_path: Path) -> None:
    made = page("/1", b"one", b"two", b"three", b"")
    write(tmp_path / ONE, answer("/1", b"one"), answer("/2", b"else"), answer("/1?p=2", b"two"), page("/2", b"else"))
    write(tmp_path / TWO, answer("/1?p=3", b"three"), made)
    assert pages(tmp_path) == [page("/2", b"else"), made]


def test_answers_that_became_no_page_stay_inside(tmp_path: Path) -> None:
    path = write(tmp_path / ONE, answer("/news/", b"list"), answer("/1", b"one"), page("/1", b"one"))
    assert pages(path) == [page("/1", b"one")]


def test_of_each_url_the_newest_page_comes_out_once(tmp_path: Path) -> None:
    write(tmp_path / ONE, answer("/1", b"old"), page("/1", b"old"), answer("/2", b"same"), page("/2", b"same"))
    newer = page("/1", b"new", fetched_at=LATER), page("/2", b"same", fetched_at=LATER)
    write(tmp_path / TWO, answer("/1", b"new"), newer[0], answer("/2", b"same"), newer[1])
    found = find_inputs([str(tmp_path)], "html")
    assert {entry.page for entry in found} == set(newer)
    assert found.skipped == {OLDER: 2}
    assert [entry.page for entry in found] == [newer[1], newer[0]], "the same again, in the order of their last answers"


def test_equal_answers_of_two_urls_are_two_pages(tmp_path: Path) -> None:
    path = write(tmp_path / ONE, answer("/1", b"same"), page("/1", b"same"), answer("/2", b"same"), page("/2", b"same"))
    assert pages(path) == [page("/1", b"same"), page("/2", b"same")]


def test_a_page_that_is_not_whole_is_counted_and_not_given_in_part(tmp_path: Path) -> None:
    secret = Page(b"one", HOST + "/s?token=x")
    path = write(tmp_path / ONE, answer("/1", b"one"), page("/1", b"one", b"two"), secret)
    found = find_inputs([str(path)], "html")
    assert list(found) == []
    assert found.skipped == {MISSING: 1, SECRET: 1}


def test_a_torn_file_gives_its_whole_pages_and_names_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path / ONE, answer("/1", b"one"), page("/1", b"one"), page("/2", b"x" * 90_000))
    path.write_bytes(path.read_bytes() + write(tmp_path / "x", answer("/2", b"x" * 90_000)).read_bytes()[:-30])
    found = entries(path)
    assert [entry.page for entry in found if entry.page] == [page("/1", b"one")]


@pytest.mark.parametrize("ids", [["/1"], ["/2"], ["/2", "/1"]])
def test_pages_are_found_by_their_ids_again(tmp_path: Path, ids: list[str]) -> None:
    write(tmp_path / ONE, answer("/1", b"one"), page("/1", b"one", b"two"), answer("/2", b"2"), page("/2", b"2"))
    write(tmp_path / TWO, answer("/1?p=2", b"two"))
    found = find_inputs([str(tmp_path)], "html")
    wanted = {url_id(HOST + path) for path in ids}
    assert {entry.id for entry in found.only(wanted)} == wanted
    assert [entry.id for entry in found.outline()] == [entry.id for entry in found]
