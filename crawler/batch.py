"""Taking many pages apart in worker processes: results in input order, memory flat, no page stops the others."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crawler.inputs import Entry
from pipelines.extraction.memory.site import Lesson, Reading
from pipelines.extraction.worker import Worker
from pipelines.items import Article, Dropped, error_record

WINDOW = 16  # pages a worker may be ahead of the next one to be written: bounds memory, hides one slow page


@dataclass(frozen=True, slots=True)
class Result:
    """The record of one page (an article's or an error's), in the order of the input; what it taught of its site."""

    id: str  # of the entry
    record: dict[str, Any]
    done: float  # share of the input read, 0..1
    lesson: Lesson | None = None

    @property
    def failed(self) -> bool:
        """Whether the record is an error record."""
        return "error" in self.record


def take_apart(
    entries: Iterable[Entry],
    job: Callable[..., Article | Reading],
    *,
    workers: int = 1,
    timeout: float = 20.0,
    beside: Callable[[Entry], tuple[Any, ...]] = lambda entry: (),
) -> Generator[Result, None, None]:
    """Run `job` on each page in `workers` processes; one Result an entry, in order, as soon as its turn comes.

    `job` must be importable by name; it is called with the page and what `beside` gives for its entry. A page on which
    it raises, which takes longer than `timeout` seconds or ends the process comes out as an error record. Records carry
    `segments`, for whoever explains. Close the iterator to stop.
    """
    pool = [Worker(job, timeout) for _ in range(workers)]
    idle: queue.SimpleQueue[Worker[Article | Reading]] = queue.SimpleQueue()
    for worker in pool:
        idle.put(worker)
    threads = ThreadPoolExecutor(workers)  # one a worker: all that a thread does is wait for its process
    waiting: deque[tuple[Entry, Future[tuple[dict[str, Any], Lesson | None]]]] = deque()
    try:
        for entry in entries:
            waiting.append((entry, threads.submit(_record, entry, idle, beside(entry))))
            while waiting and (len(waiting) >= workers * WINDOW or waiting[0][1].done()):
                first, future = waiting.popleft()
                record, lesson = future.result()
                yield Result(first.id, record, first.done, lesson)
        for first, future in waiting:
            record, lesson = future.result()
            yield Result(first.id, record, first.done, lesson)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in pool:
            worker.kill()
        threads.shutdown()
        for worker in pool:
            worker.stop()


def _record(
    entry: Entry, idle: queue.SimpleQueue[Worker[Article | Reading]], beside: tuple[Any, ...]
) -> tuple[dict[str, Any], Lesson | None]:
    """The record of one entry: the article's with its segments, or an error's; and the page's lesson."""
    if entry.page is None:
        reason = entry.error.reason if entry.error else "unreadable"
        return error_record(entry.id, entry.url, reason, str(entry.error)), None
    worker = idle.get()
    try:
        found = worker.take_apart(entry.page, *beside)
    finally:
        idle.put(worker)
    if isinstance(found, Dropped):
        return error_record(entry.id, entry.url, found.reason, found.message), None
    if isinstance(found, Reading):
        return found.article.to_dict(segments=True), found.lesson
    return found.to_dict(segments=True), None
