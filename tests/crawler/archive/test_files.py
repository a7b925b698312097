"""Torn files: row R8 of the reliability tests, its part on WARC."""

import os
from pathlib import Path

import pytest

from crawler.archive import files
from crawler.archive.members import end_of_last, members
from crawler.archive.records import first_member, member
from tests.crawler.archive.files import answer, read, unfinished, urls, whole

NAME = "20261126T000000Z-00000000.warc.gz"
BODY = "".join(f"<p>第{n}段，每一段都不一样，压缩以后也还有一点长度。{n * 7919}</p>" for n in range(60))


ROWS = [first_member(NAME, "newswinnow"), member(answer("/1", BODY)), member(answer("/2", BODY + "<p>末"))]


def left(folder: Path, data: bytes, name: str = NAME) -> Path:
    """A file as a process that died leaves it."""
    folder.mkdir(exist_ok=True)
    path = folder / (name + files.OPEN)
    path.write_bytes(data)
    return path


def cuts(step: int) -> range:
    head, first, last = map(len, ROWS)
    return range(head + first, head + first + last, step)


def check_cut(folder: Path, cut: int) -> None:
    """A file torn at a byte is cut after its last whole record, and both readers read it."""
    data = b"".join(ROWS)
    path = left(folder, data[:cut])
    kept = len(data) - len(ROWS[-1])
    assert files.mend(folder) == [(path, cut - kept)]
    assert (unfinished(folder), [p.stat().st_size for p in whole(folder)]) == ([], [kept])
    assert urls(read(*whole(folder))) == ["/1"]
    (folder / NAME).unlink()


def test_a_file_torn_in_its_last_record_is_cut_after_the_last_whole_one(tmp_path: Path) -> None:
    last = len(ROWS[-1])
    for cut in {*cuts(97), *list(cuts(1))[:20], *list(cuts(1))[-20:]}:
        check_cut(tmp_path, cut)
    assert last > 500


@pytest.mark.long
def test_a_file_torn_at_each_byte_of_its_last_record(tmp_path: Path) -> None:
    for cut in cuts(1):
        check_cut(tmp_path, cut)


def test_a_whole_file_that_was_left_only_gets_its_name(tmp_path: Path) -> None:
    path = left(tmp_path, b"".join(ROWS))
    assert files.mend(tmp_path) == [(path, 0)]
    assert urls(read(tmp_path / NAME)) == ["/1", "/2"]


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\x1f\x8b", b"garbage", member(answer("/3", BODY))[:-8] + b"\0" * 8])
def test_what_follows_the_last_whole_record_is_cut(tmp_path: Path, tail: bytes) -> None:
    left(tmp_path, b"".join(ROWS) + tail)
    assert [cut for _, cut in files.mend(tmp_path)] == [len(tail)]
    assert urls(read(tmp_path / NAME)) == ["/1", "/2"]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08", b"\0" * 100])
def test_a_file_without_a_whole_record_is_taken_away(tmp_path: Path, data: bytes) -> None:
    left(tmp_path, data)
    files.mend(tmp_path)
    assert (whole(tmp_path), unfinished(tmp_path)) == ([], [])


def test_a_file_that_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    path, number = files.new_file(tmp_path)
    os.write(number, ROWS[0] + b"half")
    assert files.is_in_use(path)
    assert files.mend(tmp_path) == []
    os.close(number)  # as when it dies
    assert not files.is_in_use(path)
    assert files.mend(tmp_path) == [(path, 4)]


def test_records_larger_than_what_is_unpacked_at_once_are_counted_whole(tmp_path: Path) -> None:
    data = [
        member(answer("/1", b"0" * 3_000_001)),
        member(answer("/2", os.urandom(200_000))),
        member(answer("/3", b"")),
    ]
    (tmp_path / "a").write_bytes(b"".join(data))
    with (tmp_path / "a").open("rb") as file:
        assert [(found.start, found.end) for found in members(file)] == [
            (sum(map(len, data[:n])), sum(map(len, data[: n + 1]))) for n in range(3)
        ]
    assert end_of_last(tmp_path / "a") == sum(map(len, data))


def test_files_leave_by_the_time_in_their_names(tmp_path: Path) -> None:
    now = 1_796_000_000.0  # 2026-11-30
    for name in (NAME, "20261001T000000Z-00000000.warc.gz", "20261001T000000Z.warc.gz", "mine.warc.gz"):
        (tmp_path / name).write_bytes(b"")
    left(tmp_path, b"", "20261001T000000Z-00000001.warc.gz")
    assert files.prune(tmp_path, 0, now) == 0
    assert files.prune(tmp_path, 30, now) == 1
    assert {path.name for path in whole(tmp_path)} == {NAME, "20261001T000000Z.warc.gz", "mine.warc.gz"}
    assert len(unfinished(tmp_path)) == 1


def test_one_process_at_a_time_tidies(tmp_path: Path) -> None:
    with files.alone(tmp_path) as first, files.alone(tmp_path) as second:
        assert (first, second) == (True, False)
    with files.alone(tmp_path) as again:
        assert again
