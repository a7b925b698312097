import errno
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.archive import writer as module
from crawler.archive.writer import ArchiveWriter, Limits
from tests.crawler.archive.files import answer, page, read, unfinished, urls, whole


def begin(folder: Path, limits: Limits | None = None) -> ArchiveWriter:
    writer = ArchiveWriter(folder, limits or Limits(), "newswinnow")
    writer.start()
    return writer


def half(number: int, data: bytes, write: Callable[[int, bytes], int] = os.write) -> int:
    """A disk that is full in the middle of a record."""
    write(number, data[: len(data) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def refuse(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_records_are_appended_in_order_and_the_file_gets_its_name_at_the_end(tmp_path: Path) -> None:
    writer = begin(tmp_path / "archive")
    done = [writer.put(answer(f"/{n}")) for n in range(300)] + [writer.put(page("/0"))]
    assert all(future.result(10) for future in done)
    assert (len(unfinished(tmp_path / "archive")), whole(tmp_path / "archive")) == (1, [])
    writer.close()
    (path,) = whole(tmp_path / "archive")
    assert urls(read(path)) == [f"/{n}" for n in range(300)]
    assert (writer.counts["records"], writer.counts["failed"]) == (301, 0)
    assert 0 < path.stat().st_size - writer.counts["bytes"] < 1000  # the first record


def test_a_run_without_a_page_leaves_nothing(tmp_path: Path) -> None:
    begin(tmp_path / "archive").close()
    assert list(tmp_path.iterdir()) == []


def test_two_writers_never_share_a_file(tmp_path: Path) -> None:
    one, two = begin(tmp_path), begin(tmp_path)
    for n in range(50):
        one.put(answer(f"/1-{n}"))
        two.put(answer(f"/2-{n}"))
    one.close()
    two.close()
    assert sorted(urls(read(path))[0] for path in whole(tmp_path)) == ["/1-0", "/2-0"]
    assert sorted(len(read(path)) for path in whole(tmp_path)) == [50, 50]


@pytest.mark.parametrize("limits", [Limits(size=3000), Limits(seconds=0)])
def test_files_are_rotated_by_size_and_by_time(tmp_path: Path, limits: Limits) -> None:
    writer = begin(tmp_path, limits)
    for n in range(6):
        assert writer.put(answer(f"/{n}", os.urandom(2000))).result(10)
    writer.close()
    assert len(whole(tmp_path)) >= 3
    assert sorted(urls(read(*whole(tmp_path)))) == [f"/{n}" for n in range(6)]


def test_old_files_leave_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "20200101T000000Z-00000000.warc.gz").write_bytes(b"")
    writer = begin(tmp_path, Limits(days=30))
    writer.close()
    assert (whole(tmp_path), writer.counts["removed"]) == ([], 1)


def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "archive").write_text("a file")
    writer = begin(tmp_path / "archive")
    assert [writer.put(answer(f"/{n}")).result(10) for n in range(20)] == [False] * 20
    writer.close()
    assert (writer.counts["failed"], writer.counts["records"]) == (20, 0)
    assert sum(record.levelno >= logging.WARNING for record in caplog.records) == 1


def test_a_full_disk_costs_the_records_of_its_time_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = begin(tmp_path)
    assert writer.put(answer("/1")).result(10)
    with monkeypatch.context() as full:
        full.setattr(module.os, "write", half)
        assert [writer.put(answer(f"/x{n}")).result(10) for n in range(3)] == [False] * 3
    assert writer.put(answer("/2")).result(10)
    with monkeypatch.context() as full:
        full.setattr(module, "MIN_FREE", 1 << 60)
        assert not writer.put(answer("/x")).result(10)
    assert writer.put(answer("/3")).result(10)
    writer.close()
    assert urls(read(*whole(tmp_path))) == ["/1", "/2", "/3"]
    assert writer.counts["failed"] == 4
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert ["No space left" in text or "are free" in text for text in said] == [True, False, True, False]


def testhalf_a_record_that_cannot_be_cut_is_mended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = begin(tmp_path)
    assert writer.put(answer("/1")).result(10)
    with monkeypatch.context() as full:
        full.setattr(module.os, "write", half)
        full.setattr(module.os, "ftruncate", refuse)
        assert not writer.put(answer("/x")).result(10)
    assert writer.put(answer("/2")).result(10)
    writer.close()
    begin(tmp_path).close()
    assert sorted(urls(read(*whole(tmp_path)))) == ["/1", "/2"]


def test_a_disk_that_does_not_keep_up_costs_records_and_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1000)
    writer = ArchiveWriter(tmp_path, Limits(), "newswinnow")  # not begun yet: all that comes waits
    first, second = writer.put(answer("/1", b"x" * 900)), writer.put(answer("/2", b"x" * 900))
    assert second.result(1) is False
    writer.start()
    assert first.result(10)
    writer.close()
    assert urls(read(*whole(tmp_path))) == ["/1"]


def test_who_waits_no_longer_does_not_stop_the_writer(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, Limits(), "newswinnow")
    assert not writer.put(answer("/1")).cancel()
    writer.start()
    assert writer.put(answer("/2")).result(10)
    writer.close()
    assert not writer.put(answer("/3")).result(10)
    assert urls(read(*whole(tmp_path))) == ["/1", "/2"]


WRITE = """
import os, sys
from pathlib import Path
from crawler.archive.writer import ArchiveWriter, Limits
from tests.crawler.archive.files import answer
writer = ArchiveWriter(Path(sys.argv[1]), Limits(), "newswinnow")
writer.start()
for n in range(100_000):
    if writer.put(answer(f"/{n}", os.urandom(30_000))).result():
        print(n, flush=True)
"""


def killed(folder: Path, after: float) -> int:
    """Kill a writer in mid-write; gives how many records it had said to be written."""
    command = [sys.executable, "-c", WRITE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        return 1 + len(process.stdout.read().splitlines())


@pytest.mark.parametrize("times", [3, pytest.param(40, marks=pytest.mark.long)])
def test_a_writer_that_is_killed_has_written_what_it_said(tmp_path: Path, times: int) -> None:
    for n in range(times):
        folder = tmp_path / str(n)
        said = killed(folder, 0.02 + 0.013 * n)
        assert (len(unfinished(folder)), whole(folder)) == (1, [])
        next_run = begin(folder)
        assert next_run.put(answer("/more")).result(10)
        next_run.close()
        found = read(*whole(folder))
        (more,) = [record for record in found if record.url.endswith("/more")]
        numbers = [int(path[1:]) for path in urls([r for r in found if r is not more])]
        assert numbers == list(range(len(numbers)))
        assert said <= len(numbers) <= said + 1
        assert next_run.counts["mended"] == 1
