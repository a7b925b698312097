"""Files: a torn end at every byte, zeros of a power loss, rotation, a full disk, two writers, names that lead out."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.delivery.csv import escape, unescape
from pipelines.errors import SinkDownError, SinkStateError, UsageError
from pipelines.events import OutboxEntry
from pipelines.items import clean
from tests.pipelines.delivery.outboxes import entry
from tests.pipelines.delivery.targets import FILES, Target

appended = pytest.mark.parametrize("any_target", ["jsonl", "csv"], indirect=True)
files = pytest.mark.parametrize("any_target", FILES, indirect=True)

SHORT = {"text": '二"\n\n,"', "title": "=1\n"}  # a record of few bytes that still has quotes and line ends in it


def write(target: Target, entries: Sequence[OutboxEntry], cursor: int = 0) -> int:
    """What one run does: ask where the target stands, deliver what comes after; gives how many were written."""
    sink = target.sink()
    try:
        tail = sink.tail(cursor)
        after = cursor if tail is None else tail
        return sink.write([e for e in entries if e.seq > after])
    finally:
        sink.close()


@appended
@pytest.mark.parametrize("before", [0, 2], ids=["in the first record", "after two records"])
def test_a_file_torn_at_any_byte_is_repaired_and_filled(
    any_target: Target, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a thousand of them, and no power is lost here
    sent = [entry(seq, **SHORT) for seq in range(1, before + 2)]
    write(any_target, sent[:before])
    whole_before = any_target.file.stat().st_size if before else 0
    write(any_target, sent)
    whole = any_target.file.read_bytes()
    for size in range(whole_before, len(whole)):
        any_target.file.write_bytes(whole[:size])
        assert write(any_target, sent, cursor=before) == 1, size
        assert any_target.file.read_bytes() == whole, size


@appended
def test_zeros_between_good_records_are_cut_with_all_after_them(any_target: Target) -> None:
    sent = [entry(seq, **SHORT) for seq in range(1, 8)]
    write(any_target, sent)
    whole = any_target.file.read_bytes()
    first = whole.find(b"news.example/3")
    for begin, end in ((first, first + 5), (first - 200, first + 1000), (first, len(whole))):
        any_target.file.write_bytes(whole[:begin] + bytes(min(end, len(whole)) - begin) + whole[end:])
        assert write(any_target, sent, cursor=2) > 0
        assert any_target.file.read_bytes() == whole


@appended
def test_a_file_of_zeros_is_begun_anew(any_target: Target) -> None:
    any_target.file.parent.mkdir(parents=True)
    any_target.file.write_bytes(bytes(5000))
    assert write(any_target, [entry(1)]) == 1
    assert [r["seq"] for r in any_target.records()] == [1]


@appended
@pytest.mark.parametrize(
    "content",
    [b"somebody's notes\n", b'{"id": "a"}\n{"id": "b"}\n', b"seq,key\n1,a\n", b"no line end", b"\xff\xfe\x00 x\n"],
)
def test_somebody_elses_file_is_left_alone(any_target: Target, content: bytes) -> None:
    any_target.file.parent.mkdir(parents=True)
    any_target.file.write_bytes(content)
    with pytest.raises(SinkStateError, match=r"feeds/out\.\w+ "):
        write(any_target, [entry(1)])
    assert any_target.file.read_bytes() == content


@appended
def test_a_rotated_file_is_followed_by_a_new_one_where_the_cursor_stands(any_target: Target) -> None:
    sink = any_target.sink()
    sink.tail(0)
    sink.write([entry(1), entry(2)])
    any_target.file.rename(any_target.file.with_suffix(".1"))  # under its hands
    sink.write([entry(3)])
    sink.close()
    assert [r["seq"] for r in any_target.records()] == [3]
    any_target.file.rename(any_target.file.with_suffix(".2"))  # between two runs
    assert write(any_target, [entry(n) for n in range(1, 5)], cursor=3) == 1
    assert [r["seq"] for r in any_target.records()] == [4]


@files
def test_a_full_disk_takes_nothing_half(any_target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    write(any_target, [entry(1)])
    before = [r["seq"] for r in any_target.records()]
    real = os.fsync

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SinkDownError, match="No space left on device"):
        write(any_target, [entry(1), entry(2)])
    monkeypatch.setattr(os, "fsync", real)
    assert [r["seq"] for r in any_target.records()] == before
    write(any_target, [entry(1), entry(2)])
    assert [r["seq"] for r in any_target.records()] == [1, 2]


@appended
def test_two_writers_are_refused(any_target: Target) -> None:
    first, second = any_target.sink(), any_target.sink("other")
    first.tail(0)
    first.write([entry(1)])
    with pytest.raises(SinkDownError, match="another process"):
        second.tail(0)


def test_a_file_longer_than_one_block_is_read_from_its_end(tmp_path: Path) -> None:
    target = Target("jsonl", tmp_path, {"type": "jsonl", "path": "x.jsonl"})
    sent = [entry(seq, text="长" * 40_000) for seq in range(1, 6)]
    write(target, sent)
    whole = target.file.read_bytes()
    for size in (len(whole) - 1, len(whole) - 70_000, len(whole) - 130_000, 100):
        target.file.write_bytes(whole[:size])
        write(target, sent)
        assert target.file.read_bytes() == whole


# Parquet ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def parquet(tmp_path: Path) -> Target:
    return Target("parquet", tmp_path / "output", {"type": "parquet", "path": "lake"})


def test_parquet_has_one_file_a_day_and_range_of_numbers(parquet: Target) -> None:
    days = ["2026-06-20T23:59:59Z", "2026-06-20T23:59:59Z", "2026-06-21T00:00:00Z", "2026-06-20T23:59:58Z"]
    write(parquet, [entry(seq, at=at) for seq, at in enumerate(days, 1)])
    assert sorted(str(f.relative_to(parquet.file)) for f in parquet.file.rglob("*") if f.is_file()) == [
        "day=2026-06-20/000000000001-000000000002.parquet",
        "day=2026-06-20/000000000004-000000000004.parquet",
        "day=2026-06-21/000000000003-000000000003.parquet",
    ]
    assert [r["seq"] for r in parquet.records()] == [1, 2, 3, 4]


def test_a_parquet_file_torn_at_any_byte_is_written_again(parquet: Target) -> None:
    write(parquet, [entry(1)])
    write(parquet, [entry(1), entry(2)])
    (last,) = parquet.file.rglob("*2.parquet")
    whole = last.read_bytes()
    part = last.with_name(f".{last.name}.part")  # what a crash before the rename leaves
    step = max(1, len(whole) // 50)
    for size in [*range(0, len(whole), step), len(whole) - 1]:
        last.unlink()
        part.write_bytes(whole[:size])
        assert write(parquet, [entry(1), entry(2)]) == 1
        assert not part.exists()
        assert last.read_bytes() == whole
        last.write_bytes(whole[:size])  # a disk that lost the end of what it had promised
        assert write(parquet, [entry(1), entry(2)]) == 1
        assert last.read_bytes() == whole


def test_a_day_that_is_a_link_is_neither_read_nor_tidied_nor_written(parquet: Target, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in (".x.part", "000000000001-000000000009.parquet"):
        (elsewhere / name).write_bytes(b"not ours")
    parquet.file.mkdir(parents=True)
    (parquet.file / "day=2026-06-21").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="link"):
        write(parquet, [entry(1)])
    assert sorted(f.name for f in elsewhere.iterdir()) == [".x.part", "000000000001-000000000009.parquet"]


@pytest.mark.parametrize("at", ["", "../../x", "2026-06-21", "yesterday", "0/../T"])
def test_a_day_that_is_none_is_refused(parquet: Target, at: str) -> None:
    from pipelines.errors import SinkRefusedError

    with pytest.raises(SinkRefusedError, match="record 1 "):
        write(parquet, [entry(1, at=at)])
    assert not parquet.file.exists()


# Names --------------------------------------------------------------------------------------------------------------

LEAVING = {
    "up": "../../x",
    "up in the middle": "feeds/../../x",
    "up by backslash": "..\\..\\x",
    "absolute": "/tmp/newswinnow-must-not-be-here",
    "a drive": "C:\\x",
    "a home": "~/x",
    "NUL": "a\x00b",
    "a line end": "a\nb",
    "an escape": "a\x1b[31m",
    "a device": "CON",
    "a device with an ending": "feeds/nul.txt",
    "300 characters": "x" * 300,
    "300 bytes": "长" * 100,
    "no end": "a/" * 3000 + "x",
    "empty": "",
    "a dot": ".",
    "a folder": "feeds/",
    "a lone surrogate": "a\ud800",
}


@files
@pytest.mark.parametrize("name", LEAVING.values(), ids=LEAVING.keys())
def test_a_path_that_leaves_the_output_folder_or_is_none_is_refused(any_target: Target, name: str) -> None:
    with pytest.raises(UsageError):
        any_target.sink(path=name)
    assert not any_target.root.exists() or not any(any_target.root.rglob("*"))


def test_the_file_of_an_sqlite_table_stays_inside_too(tmp_path: Path) -> None:
    for name in ("/../x.db", "//tmp/x.db", "", "/..%2Fx"):
        with pytest.raises(UsageError):
            Target("sqlite", tmp_path, {"type": "sql", "url": f"sqlite://{name}"}).sink()


@files
def test_a_link_is_not_followed(any_target: Target, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    any_target.root.mkdir()
    (any_target.root / "feeds").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="link"):
        any_target.sink()
    (any_target.root / "feeds").unlink()
    sink = any_target.sink()
    sink.tail(0)
    sink.write([entry(1)])
    sink.close()
    (any_target.root / "feeds").rename(any_target.root / "before")
    (any_target.root / "feeds").symlink_to(elsewhere)  # after it was made
    with pytest.raises(UsageError, match="link"):
        write(any_target, [entry(2)])
    assert list(elsewhere.iterdir()) == []


# CSV ----------------------------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "'=1", "''@x", "'\t"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_the_text_comes_back(text: str) -> None:
    cell = escape(text)
    assert cell == f"'{text}"
    assert unescape(cell) == text


@pytest.mark.parametrize("text", ["", "a=1", "'quoted'", "1-1", "a@b.example", "’=1", "“+”"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert escape(text) == text
    assert unescape(text) == text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters() | st.sampled_from("\"\n\r,='\x00\ud800")), min_size=1, max_size=4),
    data=st.data(),
)
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_any_texts_cut_anywhere_come_back(
    kind: str, texts: list[str], data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    made = Target(kind, tmp_path, {"type": kind, "path": f"x.{kind}"})
    made.file.unlink(missing_ok=True)
    sent = [entry(seq, title=text, text=text) for seq, text in enumerate(texts, 1)]
    write(made, sent)
    whole = made.file.read_bytes()
    made.file.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    write(made, sent)
    assert made.file.read_bytes() == whole
    assert [r["article"]["text"] for r in made.records()] == [clean(text) for text in texts]
