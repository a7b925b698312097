"""Writes the archive of one process, in a thread: appends in batches, rotates, mends what dead processes left."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import files
from crawler.archive.records import Answer, first_member, member
from pipelines.items import Page

logger = logging.getLogger(__name__)
MIN_FREE = 64 * 1024 * 1024  # bytes that are left on the disk: the store lies there too, and is worth more
MAX_WAITING = 64 * 1024 * 1024  # bytes of records that wait; more means that the disk does not keep up
BATCH = 64  # records appended at once, at most
GATHER = 0.02  # seconds that the first one waits for others: this thread wakes seldom while the crawl goes on
CLOSE_PATIENCE = 10.0  # seconds that the end of a run waits for the last records


@dataclass(frozen=True, slots=True)
class Limits:
    """When a file is full, and how long files are kept."""

    size: int = 256 * 1024 * 1024  # bytes
    seconds: float = 3600.0
    days: float = 0.0  # 0: for ever


@dataclass(slots=True)
class _File:
    path: Path
    number: int
    begun: float
    size: int = 0  # up to the end of the last whole record


class ArchiveWriter:
    """Appends records to a file that no other process writes.

    `put` never waits and never raises: its Future tells whether the record was written. A disk that is full, or a
    folder that cannot be written, is one warning until a record is written again; each missing record is counted.
    Futures end in the order of their records; `listener` is called in the writer's thread when some have.
    `counts`: records, bytes, failed, mended (files), removed (files).
    """

    def __init__(self, folder: Path, limits: Limits, software: str) -> None:
        self.counts: Counter[str] = Counter()
        self.listener: Callable[[], None] = _nobody
        self._folder, self._limits, self._software = folder, limits, software
        self._queue: queue.SimpleQueue[tuple[Answer | Page, int, Future[bool]] | None] = queue.SimpleQueue()
        self._waiting = 0  # bytes
        self._lock = threading.Lock()  # of _waiting
        self._file: _File | None = None
        self._warned = False
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._closed = False

    def start(self) -> None:
        """Mend what was left, remove what is old, then wait for records."""
        self._thread.start()

    def put(self, record: Answer | Page) -> Future[bool]:
        """Have a record appended; the Future tells whether that was done."""
        size = len(record.body) if isinstance(record, Answer) else 0
        done: Future[bool] = Future()
        done.set_running_or_notify_cancel()  # who waits may stop waiting; the record is written all the same
        with self._lock:
            full = self._closed or self._waiting + size > MAX_WAITING
            if not full:
                self._waiting += size
        if full:
            self._fail("the disk does not keep up")
            done.set_result(False)
        else:
            self._queue.put((record, size, done))
        return done

    def close(self) -> None:
        """Write what waits, and give the file its final name. Waits CLOSE_PATIENCE at most."""
        with self._lock:
            self._closed = True
        self._queue.put(None)
        self._thread.join(CLOSE_PATIENCE)
        if self._thread.is_alive():
            logger.warning("the archive in %s does not end: its last file is mended by the next run", self._folder)

    def _run(self) -> None:
        self._tidy(mend=True)
        while True:
            batch, last = self._next()
            if batch:
                self._append(batch)
            if last:
                self._finish()
                return

    def _next(self) -> tuple[list[tuple[Answer | Page, int, Future[bool]]], bool]:
        """What waits, at least one record; and whether it is the last."""
        batch = []
        one = self._queue.get()
        if one is not None and not self._closed:
            time.sleep(GATHER)
        while one is not None:
            batch.append(one)
            if len(batch) == BATCH or self._queue.empty():
                return batch, False
            one = self._queue.get()
        return batch, True

    def _append(self, batch: list[tuple[Answer | Page, int, Future[bool]]]) -> None:
        written = False
        try:
            packed = [member(record) for record, _, _ in batch]
            self._write(packed)
        except OSError as error:
            self._fail(error.strerror or str(error), len(batch))
        except Exception:  # a fault of ours costs records, never a page
            logger.exception("records for the archive cannot be made")
            self.counts["failed"] += len(batch)
        else:
            written = True
            self.counts["records"] += len(batch)
            self.counts["bytes"] += sum(map(len, packed))
            if self._warned:
                logger.warning("the archive in %s is written again", self._folder)
            self._warned = False
        with self._lock:
            self._waiting -= sum(size for _, size, _ in batch)
        for _, _, done in batch:
            done.set_result(written)
        self.listener()

    def _write(self, packed: list[bytes]) -> None:
        """Append members whole, or not at all. Raises OSError."""
        file = self._file
        if file and (file.size > self._limits.size or time.monotonic() - file.begun > self._limits.seconds):
            self._finish()
            self._tidy()
            file = None
        if file is None:
            path, number = files.new_file(self._folder)
            file = self._file = _File(path, number, time.monotonic())
        if not file.size:
            path = file.path
            packed = [first_member(path.name.removesuffix(files.OPEN), self._software), *packed]
        if shutil.disk_usage(self._folder).free < MIN_FREE:
            raise OSError(f"less than {MIN_FREE >> 20} MiB are free")
        data = memoryview(b"".join(packed))
        try:
            done = 0
            while done < len(data):
                done += os.write(file.number, data[done:])
        except OSError:
            self._cut(file)
            raise
        file.size += len(data)

    def _cut(self, file: _File) -> None:
        """Take half a record away again; where that fails the file is left for the next run to mend."""
        try:
            os.ftruncate(file.number, file.size)
        except OSError:
            self._file = None
            os.close(file.number)

    def _finish(self) -> None:
        """Give the file its final name; one without a record is taken away."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            if file.size:
                os.fsync(file.number)
                files.finish(file.path)
            else:
                file.path.unlink()
        except OSError as error:
            logger.warning("%s cannot be finished: %s; the next run does it", file.path, error.strerror or error)
        finally:
            os.close(file.number)

    def _tidy(self, *, mend: bool = False) -> None:
        """Mend and prune, unless another process is at it."""
        try:
            if not self._folder.is_dir():
                return
            with files.alone(self._folder) as free:
                if not free:
                    return
                for path, cut in files.mend(self._folder) if mend else ():
                    self.counts["mended"] += 1
                    logger.info("%s was left by a run that was killed: %d bytes of a torn record cut", path, cut)
                self.counts["removed"] += files.prune(self._folder, self._limits.days, time.time())
        except OSError as error:
            logger.warning("the archive in %s cannot be tidied: %s", self._folder, error.strerror or error)

    def _fail(self, why: str, records: int = 1) -> None:
        self.counts["failed"] += records
        if not self._warned:
            self._warned = True
            logger.warning("pages are not kept in %s: %s; the crawl goes on without", self._folder, why)


def _nobody() -> None:
    """Who listens where nobody waits."""
