"""Taking many pages apart in worker processes: results in input order, memory flat, no page stops the others.

One thread reads, hands out and collects; what goes through the pipes is the bytes of a page and the finished line.
"""

from __future__ import annotations

import functools
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.inputs import Entry
from crawler.rendering import json_line
from pipelines.dedup.sketch import fingerprint
from pipelines.extraction.worker import Job, Worker, load, wait
from pipelines.items import Article, Dropped, error_record

if TYPE_CHECKING:
    from pipelines.extraction.memory.site import Lesson, Reading

WINDOW = 16  # pages a worker may be ahead of the next one to be written: bounds memory, hides one slow page


@dataclass(frozen=True, slots=True)
class Result:
    """The record of one page (an article's or an error's), in the order of the input; what it taught of its site."""

    id: str  # of the entry
    line: str  # the record as one line of JSON
    done: float  # share of the input read, 0..1
    reason: str | None = None  # why there is no article
    lesson: Lesson | None = None

    @property
    def failed(self) -> bool:
        """Whether the record is an error record."""
        return self.reason is not None

    @property
    def record(self) -> dict[str, Any]:
        """The record, read back from its line."""
        record: dict[str, Any] = json.loads(self.line)
        return record


@dataclass(slots=True)
class _Place:
    """An entry that waits for its result, or for its turn."""

    entry: Entry
    result: Result | None = None


def take_apart(
    entries: Iterable[Entry],
    job: Job[Article | Reading],
    *,
    workers: int = 1,
    timeout: float = 20.0,
    beside: Callable[[Entry], tuple[Any, ...]] = lambda entry: (),
    segments: bool = False,
) -> Generator[Result, None, None]:
    """Run `job` on each page in `workers` processes; one Result an entry, in order, as soon as its turn comes.

    `job` is importable by name, or its name "module:function"; it is called with the page and what `beside` gives for
    its entry. A page on which it raises, which takes longer than `timeout` seconds or ends the process comes out as an
    error record. Records carry their segments where `segments` asks for them. Close the iterator to stop.
    """
    pool = [Worker(_Lines(job, segments), timeout) for _ in range(workers)]
    idle = list(pool)
    busy: dict[Worker[_Answer], _Place] = {}
    waiting: deque[_Place] = deque()
    source = iter(entries)
    more = True
    try:
        for worker in pool:
            worker.launch()
        while more or waiting:
            while more and idle and len(waiting) < workers * WINDOW:
                entry = next(source, None)
                if entry is None:
                    more = False
                    break
                place = _Place(entry)
                waiting.append(place)
                if entry.page is None:
                    reason = entry.error.reason if entry.error else "unreadable"
                    place.result = _failed(entry, reason, str(entry.error))
                    break
                worker = idle.pop()
                worker.submit(entry.page, *beside(entry))
                busy[worker] = place
            while waiting and (ready := waiting[0].result) is not None:
                waiting.popleft()
                yield ready
            for worker in wait(busy, 0 if more and idle and len(waiting) < workers * WINDOW else None):
                place = busy.pop(worker)
                place.result = _result(place.entry, worker.result())
                idle.append(worker)
    finally:
        for worker in pool:
            worker.stop()


def _result(entry: Entry, found: _Answer | Dropped) -> Result:
    if isinstance(found, Dropped):
        return _failed(entry, found.reason, found.message)
    return Result(entry.id, found.line, entry.done, lesson=found.lesson)


def _failed(entry: Entry, reason: str, message: str) -> Result:
    return Result(entry.id, json_line(error_record(entry.id, entry.url, reason, message)), entry.done, reason)


@dataclass(frozen=True, slots=True)
class _Answer:
    line: str
    lesson: Lesson | None


class _Lines:
    """A job whose articles come out as lines of JSON: the line is made beside the article, in the worker's process."""

    def __init__(self, job: Job[Article | Reading], segments: bool) -> None:
        self.job, self.segments = job, segments

    @property
    def module(self) -> str:
        """The module that a process should have imported before its first page."""
        return self.job.partition(":")[0] if isinstance(self.job, str) else self.job.__module__

    @functools.cached_property
    def _call(self) -> Callable[..., Article | Reading]:
        return load(self.job)

    def __call__(self, *given: Any) -> _Answer:
        found = self._call(*given)
        article, lesson = (found, None) if isinstance(found, Article) else (found.article, found.lesson)
        article.fingerprint = fingerprint(article.text)
        return _Answer(json_line(article.to_dict(segments=self.segments)), lesson)
