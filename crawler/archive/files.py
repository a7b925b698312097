"""The files of the archive: how they are called, locked, mended, and removed by age.

20261126T021232Z-1a2b3c4d.warc.gz        whole, never written again
20261126T021232Z-5e6f7a8b.warc.gz.open   being written by the process that holds its lock, or left by one that died
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.members import end_of_last

FOLDER = "archive"  # under OUTPUT_DIR
SUFFIX = ".warc.gz"
OPEN = ".open"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}\.warc\.gz$")
_TIME = "%Y%m%dT%H%M%SZ"
_LOCK = ".lock"
_POLL = 0.1  # seconds


def new_file(folder: Path) -> tuple[Path, int]:
    """A file of a new name, locked by this process: its path (`.open`) and its descriptor. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        name = f"{datetime.now(UTC).strftime(_TIME)}-{secrets.token_hex(4)}{SUFFIX}{OPEN}"
        path = folder / name
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            if _locked(path, number):
                return path, number
        except OSError:  # a file system without locks
            os.close(number)
            path.unlink()
            raise
        os.close(number)  # another process took it for one that was left


def finish(path: Path) -> Path:
    """Give a file that is whole its final name."""
    final = path.with_name(path.name.removesuffix(OPEN))
    path.rename(final)
    return final


def mend(folder: Path) -> list[tuple[Path, int]]:
    """Mend what dead processes left: cut each file after its last whole record, give it its name.

    Gives the files with the number of bytes that were cut. A file with no whole record is removed. Raises OSError.
    """
    mended = []
    for path in sorted(folder.glob(f"*{SUFFIX}{OPEN}")):
        with _left(path) as number:
            if number is None:
                continue
            size, end = os.fstat(number).st_size, end_of_last(path)
            if end:
                os.ftruncate(number, end)
                os.fsync(number)
                finish(path)
            else:
                path.unlink()
            mended.append((path, size - end))
    return mended


def prune(folder: Path, days: float, now: float) -> int:
    """Remove whole files that were begun more than `days` ago, 0: none; how many. Raises OSError."""
    removed = 0
    for path in folder.glob(f"*{SUFFIX}") if days > 0 else ():
        begun = begun_at(path)
        if begun and now - begun.timestamp() > days * 86_400:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def begun_at(path: Path) -> datetime | None:
    """When a file was begun, by its name, whole or still being written; None where it is none of ours."""
    found = _NAME.match(path.name.removesuffix(OPEN))
    return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC) if found else None


@contextmanager
def alone(folder: Path, patience: float = 0.0) -> Iterator[bool]:
    """Whether this process alone mends, prunes and erases in a folder, within some seconds. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    number = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + patience
        while not (got := _try_lock(number)) and time.monotonic() < deadline:
            time.sleep(_POLL)
        yield got
    finally:
        os.close(number)


def is_in_use(path: Path) -> bool:
    """Whether a living process writes the file."""
    with _left(path) as number:
        return number is None and path.exists()


@contextmanager
def _left(path: Path) -> Iterator[int | None]:
    """The descriptor of an open file whose process has ended, locked; None where it lives or the file is gone."""
    number = None
    with contextlib.suppress(FileNotFoundError):
        number = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield number if number is not None and _locked(path, number) else None
    finally:
        if number is not None:
            os.close(number)


def _locked(path: Path, number: int) -> bool:
    """Lock a descriptor; whether that worked and the file is still the one of that name."""
    if not _try_lock(number):
        return False
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except FileNotFoundError:
        return False


def _try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
