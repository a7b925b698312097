"""Taking many pages apart in worker processes: results in input order, memory flat, no page stops the others."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crawler.inputs import Entry
from pipelines.extraction.worker import Job, Worker
from pipelines.items import Article, Dropped, error_record

WINDOW = 16  # pages a worker may be ahead of the next one to be written: bounds memory, hides one slow page


@dataclass(frozen=True, slots=True)
class Result:
    """The record of one page (an article's or an error's), in the order of the input."""

    record: dict[str, Any]
    done: float  # share of the input read, 0..1

    @property
    def failed(self) -> bool:
        """Whether the record is an error record."""
        return "error" in self.record


def take_apart(
    entries: Iterable[Entry], job: Job, *, workers: int = 1, timeout: float = 20.0
) -> Generator[Result, None, None]:
    """Run `job` on each page in `workers` processes; one Result an entry, in order, as soon as its turn comes.

    `job` must be importable by name. A page on which it raises, which takes longer than `timeout` seconds or ends the
    process comes out as an error record. Records carry `segments`, for whoever explains. Close the iterator to stop.
    """
    pool = [Worker(job, timeout) for _ in range(workers)]
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in pool:
        idle.put(worker)
    threads = ThreadPoolExecutor(workers)  # one a worker: all that a thread does is wait for its process
    waiting: deque[tuple[Entry, Future[dict[str, Any]]]] = deque()
    try:
        for entry in entries:
            waiting.append((entry, threads.submit(_record, entry, idle)))
            while waiting and (len(waiting) >= workers * WINDOW or waiting[0][1].done()):
                first, future = waiting.popleft()
                yield Result(future.result(), first.done)
        for first, future in waiting:
            yield Result(future.result(), first.done)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in pool:
            worker.kill()
        threads.shutdown()
        for worker in pool:
            worker.stop()


def _record(entry: Entry, idle: queue.SimpleQueue[Worker]) -> dict[str, Any]:
    """The record of one entry: the article's with its segments, or an error's."""
    if entry.page is None:
        reason = entry.error.reason if entry.error else "unreadable"
        return error_record(entry.id, entry.url, reason, str(entry.error))
    worker = idle.get()
    try:
        found: Article | Dropped = worker.take_apart(entry.page)
    finally:
        idle.put(worker)
    if isinstance(found, Dropped):
        return error_record(entry.id, entry.url, found.reason, found.message)
    return found.to_dict(segments=True)
