"""Parquet, partitioned by day: PATH/day=2026-06-21/000000000001-000000000100.parquet, one file a range of numbers.

A file is written beside its place, synced and renamed, so one that has its name is whole; the highest number in the
names is the cursor. The day is that of the event (UTC). Lists of strings are lists, other lists and objects JSON text.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import Field

from pipelines.delivery.append import sync_folder
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.paths import inside
from pipelines.delivery.record import COLUMNS, KINDS, article, row
from pipelines.delivery.sink import Place
from pipelines.errors import SinkDownError, SinkRefusedError
from pipelines.events import OutboxEntry

_NAME = re.compile(r"(\d+)-(\d+)\.parquet")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)T")
_PART = ".part"  # the ending of a file that is being written


class Options(SinkOptions):
    """Options of a `parquet` sink."""

    path: str = Field(description="the folder, inside OUTPUT_DIR")
    batch: int = Field(5000, ge=1, le=100_000, description="records in one file, at most")
    linger: float = Field(300, ge=0, description="with --follow: seconds that a file may wait until it is full")


class ParquetSink:
    """Writes whole files; the cursor is read from their names. Repeats are refused."""

    def __init__(self, place: Place, options: Options) -> None:
        self._root, self._path = place.root, options.path
        inside(place.root, options.path)
        self._last: int | None = None

    def tail(self, cursor: int) -> int | None:
        """The highest number in the names; None where there is no folder. Torn files of a crash are deleted."""
        try:
            folder = inside(self._root, self._path)
            if not folder.is_dir():
                self._last = 0
                return None
            for part in _files(folder, f".*{_PART}"):
                part.unlink()
            self._last = self._highest(folder)
        except OSError as error:
            raise SinkDownError(f"cannot read {self._path}: {error.strerror}") from None
        return self._last

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """One file for each run of entries of one day."""
        if self._last is None:
            self.tail(0)
        last = self._last or 0
        new = [entry for entry in entries if entry.seq > last]
        for day, group in groupby(new, key=_day):
            self._write_file(day, list(group))
        return len(new)

    def close(self) -> None:
        """Nothing is open between two writes."""
        self._last = None

    def _highest(self, folder: Path) -> int:
        found = ((int(m[2]), path) for path in _files(folder, "*.parquet") if (m := _NAME.fullmatch(path.name)))
        for last, path in sorted(found, reverse=True):
            if _whole(path):
                return last
            path.unlink()  # a disk that lost what it had promised: delivered again
        return 0

    def _write_file(self, day: str, entries: list[OutboxEntry]) -> None:
        from pyarrow import parquet

        name = f"{entries[0].seq:012d}-{entries[-1].seq:012d}.parquet"
        target = inside(self._root, f"{self._path}/day={day}/{name}")
        part = target.with_name(f".{name}{_PART}")
        table = _table(entries)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as out:
                parquet.write_table(table, out, compression="zstd")
                out.flush()
                os.fsync(out.fileno())
            part.replace(target)
            sync_folder(target.parent)
            sync_folder(target.parent.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise SinkDownError(f"cannot write {self._path}: {error.strerror}") from None
        self._last = entries[-1].seq


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    """The files of all days; a link that stands for a day leads elsewhere and is none."""
    days = (day for day in folder.glob("day=*") if day.is_dir() and not day.is_symlink())
    return (file for day in days for file in day.glob(pattern))


def _day(entry: OutboxEntry) -> str:
    match = _DAY.match(entry.at)
    if not match:
        raise SinkRefusedError(f"record {entry.seq} of the outbox has no date: {entry.at[:40]!r}")
    return match[1]


def _whole(path: Path) -> bool:
    """Whether a file can be read: Parquet has its table of contents at the end."""
    import pyarrow
    from pyarrow import parquet

    try:
        parquet.read_metadata(path)
    except (OSError, pyarrow.ArrowException):
        return False
    return True


def _table(entries: list[OutboxEntry]) -> Any:
    import pyarrow

    kinds = {"int": pyarrow.int64(), "float": pyarrow.float64(), "list[str]": pyarrow.list_(pyarrow.string())}
    schema = pyarrow.schema([(name, kinds.get(KINDS[name], pyarrow.string())) for name in COLUMNS])
    return pyarrow.Table.from_pylist([_row(entry) for entry in entries], schema=schema)


def _row(entry: OutboxEntry) -> dict[str, Any]:
    found, values = article(entry), row(entry)
    for name in COLUMNS:
        value = found.get(name)
        if KINDS[name] == "list[str]":
            strings = isinstance(value, list) and all(isinstance(v, str) for v in value)
            values[name] = value if strings else None
    return values
