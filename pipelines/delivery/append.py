"""A file that records are appended to, and how its end is repaired: what JSON Lines and CSV share.

All up to the cursor was synced to disk before the cursor moved. What comes after may be torn anywhere (killed in
mid-write), or hold blocks of zeros between good ones (power loss): `repair` walks back from the end to the first record
that is not past the cursor and cuts the file at the lowest record that is not whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipelines.delivery.paths import inside
from pipelines.errors import SinkDownError, SinkStateError
from pipelines.events import OutboxEntry

BLOCK = 1 << 16  # bytes read at once
# (start, bytes) of the records from the end; the first may be torn, all others end in a newline.
Records = Iterator[tuple[int, bytes]]


class AppendFile:
    """One file under `root`, made when it is first opened; locked against other processes while open."""

    def __init__(self, root: Path, name: str) -> None:
        self.path = inside(root, name)
        self._root, self._name = root, name
        self._fd: int | None = None

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._open()).st_size

    def beginning(self, size: int) -> bytes:
        """The first bytes of the file."""
        return os.pread(self._open(), size, 0)

    def append(self, data: bytes) -> None:
        """Write at the end and sync; where that fails (disk full), what was written of it is taken back."""
        fd = self._open()
        before = os.fstat(fd).st_size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, before)
            raise SinkDownError(f"cannot write {self._name}: {error.strerror}") from None

    def begin_anew(self) -> None:
        """Let go of a file that was renamed or deleted under our hands (rotated): the next write makes a new one."""
        if self._fd is not None and self._moved(self._fd):
            self.close()

    def repair(self, cursor: int, records: Records, number: Callable[[bytes], int | None], head: bytes) -> int:
        """Cut off what is not whole; gives the highest number left, 0 where there is none.

        `number` gives the number of a whole record, else None. A file that holds no record of ours is left alone: it
        must be empty, or begin with what can only be a torn `head`, or SinkStateError is raised.
        """
        size = cut = self.size()
        last = 0
        for start, data in records:
            found = number(data) if data.endswith(b"\n") else None
            if found is None:
                cut, last = start, 0
                continue
            last = last or found
            if found <= cursor:
                break
        if not last and not self._ours(size, head):
            raise SinkStateError(f"{self._name} holds something else than records of this sink: name another file")
        if cut < size:
            fd = self._open()
            os.ftruncate(fd, cut)
            os.fsync(fd)
        return last

    def _ours(self, size: int, head: bytes) -> bool:
        """Whether a file without a whole record is what a crash at its first write leaves."""
        data = os.pread(self._open(), BLOCK, 0)
        return data[: len(head)] == head[:size] or not data.strip(b"\0")

    def lines(self) -> Records:
        """The lines from the end; the first may lack its newline."""
        fd = self._open()
        start = os.fstat(fd).st_size
        parts: list[bytes] = []  # of the line that is being put together, from its end
        while start > 0:
            step = min(BLOCK, start)
            start -= step
            block = os.pread(fd, step, start)
            while (at := block.rfind(b"\n")) >= 0:
                if line := block[at + 1 :] + b"".join(reversed(parts)):
                    yield start + at + 1, line
                parts, block = [b"\n"], block[:at]  # the newline ends the line before
            parts.append(block)
        if line := b"".join(reversed(parts)):
            yield 0, line

    def quotes(self) -> int:
        """How many double quotes the file holds."""
        fd, at, count = self._open(), 0, 0
        while block := os.pread(fd, BLOCK * 16, at):
            count += block.count(b'"')
            at += len(block)
        return count

    def close(self) -> None:
        """Close the file and give the lock back."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        if self._fd is not None:
            return self._fd
        path = inside(self._root, self._name)  # again: a link may have come meanwhile
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = not path.exists()
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            if new:
                sync_folder(path.parent)
        except OSError as error:
            raise SinkDownError(f"cannot open {self._name}: {error.strerror}") from None
        lock(fd, f"{self._name} is being written by another process")
        self._fd = fd
        return fd

    def _moved(self, fd: int) -> bool:
        mine = os.fstat(fd)
        try:
            there = self.path.stat()
        except OSError:
            return True
        return (mine.st_ino, mine.st_dev) != (there.st_ino, there.st_dev)


class AppendSink:
    """A sink that appends records to one file and reads its cursor from the file's end.

    Repeats are refused. A file that is gone was rotated away: a new one is begun where the cursor stands.
    """

    head = b""  # what the file begins with
    written_head = False  # whether `head` is a line of its own, written before the first record

    def __init__(self, file: AppendFile) -> None:
        self._file = file
        self._last: int | None = None

    def encode(self, entry: OutboxEntry) -> bytes:
        """The entry as it stands in the file, with its newline."""
        raise NotImplementedError

    def number(self, data: bytes) -> int | None:
        """The number of a record read back; None where it is not whole."""
        raise NotImplementedError

    def records(self) -> Records:
        """The records of the file from the end."""
        return self._file.lines()

    def tail(self, cursor: int) -> int | None:
        """Repair the end of the file; the last number in it, None where there is no file."""
        self.close()
        if not self._file.exists():
            self._last = 0
            return None
        self._last = self._file.repair(cursor, self.records(), self.number, self.head)
        return self._last

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """Append what is not there yet, synced to disk on return."""
        if self._last is None:
            self.tail(0)
        last = self._last or 0
        new = [entry for entry in entries if entry.seq > last]
        data = b"".join(self.encode(entry) for entry in new)
        self._file.begin_anew()
        if new and self.written_head and not self._file.size():
            data = self.head + data
        if new:
            self._file.append(data)
            self._last = new[-1].seq
        return len(new)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._last = None


def lock(fd: int, message: str) -> None:
    """Lock an open file until it is closed, or this process ends; SinkDownError with the message where it is locked."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise SinkDownError(message) from None


def sync_folder(folder: Path) -> None:
    """Make a new or renamed entry of a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
