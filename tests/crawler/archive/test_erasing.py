from pathlib import Path

import pytest

from crawler.archive import files
from crawler.archive.erasing import erase
from crawler.archive.writer import ArchiveWriter, Limits
from pipelines.errors import StoreAwayError, StoreError
from tests.crawler.archive.files import HOST, answer, page, read, urls, whole, write

ONE, TWO = "20261126T000000Z-00000001.warc.gz", "20261126T000000Z-00000002.warc.gz"


def test_every_record_of_a_url_goes_and_the_others_stay_byte_for_byte(tmp_path: Path) -> None:
    path = write(
        tmp_path / ONE, answer("/1", "一"), page("/1", "一"), answer("/2", "二"), page("/2", "二"), answer("/1")
    )
    write(tmp_path / TWO, answer("/3"), page("/3"))
    before = path.stat().st_mtime_ns
    untouched = (tmp_path / TWO).read_bytes()
    assert erase(tmp_path, [HOST + "/1"]) == 3
    assert urls(read(path)) == ["/2"]
    assert urls(read(path), "metadata") == ["/2"]
    assert path.stat().st_mtime_ns == before
    assert (tmp_path / TWO).read_bytes() == untouched
    assert erase(tmp_path, [HOST + "/1"]) == 0


def test_the_parts_of_an_article_go_with_it_in_whatever_file_they_are(tmp_path: Path) -> None:
    whole_article = page("/1", b"one", b"two", b"three")
    write(tmp_path / ONE, answer("/1", b"one"), answer("/elsewhere", b"two"), answer("/2"))
    write(tmp_path / TWO, answer("/1?p=3", b"three"), whole_article, answer("/news/", b"list"))
    assert erase(tmp_path, [HOST + "/1"]) == 4
    assert sorted(urls(read(*whole(tmp_path)))) == ["/2", "/news/"]


@pytest.mark.parametrize(
    "spelling", ["https://news.example/1/", "http://u:p@news.example/1", "http://NEWS.example/1#x"]
)
def test_a_url_is_known_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    write(tmp_path / ONE, answer("/1"), answer("/12"), answer("/1?a=1"))
    assert erase(tmp_path, [spelling]) == 1
    assert urls(read(tmp_path / ONE)) == ["/12", "/1?a=1"]


def test_a_file_of_which_nothing_is_left_goes_too(tmp_path: Path) -> None:
    write(tmp_path / ONE, answer("/1"), page("/1"))
    assert erase(tmp_path, [HOST + "/1"]) == 2
    assert whole(tmp_path) == []


def test_nothing_to_erase(tmp_path: Path) -> None:
    assert erase(tmp_path / "none", [HOST + "/1"]) == 0
    assert erase(tmp_path, []) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_run_left_is_mended_and_erased(tmp_path: Path) -> None:
    path = write(tmp_path / ONE, answer("/1"), answer("/2"))
    path.rename(tmp_path / (ONE + files.OPEN))
    assert erase(tmp_path, [HOST + "/1"]) == 1
    assert urls(read(tmp_path / ONE)) == ["/2"]


def test_a_file_that_a_crawl_writes_is_named_and_erased_later(tmp_path: Path) -> None:
    write(tmp_path / ONE, answer("/1"), answer("/2"))
    writer = ArchiveWriter(tmp_path, Limits(), "newswinnow")
    writer.start()
    assert writer.put(answer("/1")).result(10)
    with pytest.raises(StoreAwayError, match=r"1 records are erased, but a crawl writes .*\.open"):
        erase(tmp_path, [HOST + "/1"])
    assert urls(read(tmp_path / ONE)) == ["/2"]
    writer.close()
    assert erase(tmp_path, [HOST + "/1"]) == 1


def test_two_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.archive.erasing.PATIENCE", 0.1)
    write(tmp_path / ONE, answer("/1"))
    with files.alone(tmp_path), pytest.raises(StoreAwayError, match="another process"):
        erase(tmp_path, [HOST + "/1"])
    assert erase(tmp_path, [HOST + "/1"]) == 1


def test_a_damaged_file_is_named_and_left(tmp_path: Path) -> None:
    path = write(tmp_path / ONE, answer("/1"), answer("/2"))
    data = path.read_bytes()
    path.write_bytes(data + b"damage")
    with pytest.raises(StoreError, match=f"damaged after byte {len(data)}"):
        erase(tmp_path, [HOST + "/1"])
    assert path.read_bytes() == data + b"damage"
