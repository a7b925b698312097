"""Taking many pages apart in processes of our own: in input order, with a time limit a page.

concurrent.futures can neither kill one task nor survive a crashed worker, so each worker here is one process with one
pipe and one page at a time: one that hangs or dies costs its page and is replaced.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from crawler.inputs import Entry
from pipelines.errors import PageError, UnreadablePageError
from pipelines.items import Article, Page, error_record

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Job = Callable[[Page], Article]

WINDOW = 16  # pages a worker may be ahead of the next one to be written: bounds memory, hides one slow page
RECYCLE_AFTER = 1000  # pages a process takes apart before it is replaced: whatever libxml2 leaked goes with it
STARTUP = 60.0  # seconds that a process may need to import everything on a busy machine
MEMORY_LIMIT = 4 * 2**30  # bytes of address space of one process; the largest labelled page needs 0.3 GiB


@dataclass(frozen=True, slots=True)
class Result:
    """The record of one page (an article's or an error's), in the order of the input."""

    record: dict[str, Any]
    done: float  # share of the input read, 0..1

    @property
    def failed(self) -> bool:
        """Whether the record is an error record."""
        return "error" in self.record


@dataclass(slots=True)
class _Task:
    entry: Entry
    record: dict[str, Any] | None = None


def take_apart(
    entries: Iterable[Entry], job: Job, *, workers: int = 1, timeout: float = 20.0
) -> Generator[Result, None, None]:
    """Run `job` on each page in `workers` processes; one Result an entry, in order, as soon as its turn comes.

    `job` must be importable by name. A page on which it raises, which takes longer than `timeout` seconds or ends the
    process comes out as an error record. Records carry `segments`, for whoever explains. Close the iterator to stop.
    """
    pool = _Pool(job, workers, timeout)
    source = iter(entries)
    waiting: deque[_Task] = deque()
    try:
        while True:
            room = workers * WINDOW - len(waiting)
            for entry in itertools.islice(source, max(0, room)):
                waiting.append(_Task(entry))
                pool.add(waiting[-1])
            if not waiting:
                return
            while waiting and waiting[0].record is not None:
                task = waiting.popleft()
                yield Result(task.record or {}, task.entry.done)
            if waiting:
                pool.turn()
    finally:
        pool.close()


class _Worker:
    """One process, its pipe, and the page that it has in hand."""

    def __init__(self, job: Job, context: Any) -> None:
        self.pipe: Connection
        self.pipe, other = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(other, job), daemon=True)
        self.process.start()
        other.close()
        self.task: _Task | None = None
        self.deadline = 0.0
        self.served = 0
        self.pipe.poll(STARTUP)  # its imports are not the time of its first page
        try:
            self.pipe.recv()
        except (EOFError, OSError):
            self.stop()
            raise RuntimeError("a worker process does not start: see the traceback above") from None

    def give(self, task: _Task, timeout: float) -> None:
        self.task, self.served = task, self.served + 1
        self.deadline = time.monotonic() + timeout
        self.pipe.send(task.entry)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


class _Pool:
    """Hands pages to workers; replaces those that die, hang or have served long enough."""

    def __init__(self, job: Job, workers: int, timeout: float) -> None:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self.context = multiprocessing.get_context(method)
        if method == "forkserver":
            self.context.set_forkserver_preload([__name__, job.__module__])
        self.job, self.size, self.timeout = job, workers, timeout
        self.workers: list[_Worker] = []
        self.queue: deque[_Task] = deque()

    def add(self, task: _Task) -> None:
        if task.entry.page is None:
            task.record = record_of(task.entry, self.job)
        else:
            self.queue.append(task)

    def turn(self) -> None:
        """Give out what can be given, then wait until a worker answers, dies or runs out of time."""
        self._give_out()
        busy = {worker.pipe: worker for worker in self.workers if worker.task}
        if not busy:
            return
        rest = min(worker.deadline for worker in busy.values()) - time.monotonic()
        for pipe in wait(list(busy), max(0.0, rest)):
            self._take(busy[pipe])  # type: ignore[index]
        now = time.monotonic()
        for worker in self.workers[:]:
            if worker.task and now >= worker.deadline:
                self._fail(worker, "timeout", f"no result after {self.timeout:g} s: gave the page up")

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()

    def _give_out(self) -> None:
        while self.queue:
            worker = next((worker for worker in self.workers if not worker.task), None)
            if worker is None:
                if len(self.workers) >= self.size:
                    return
                worker = _Worker(self.job, self.context)
                self.workers.append(worker)
            task = self.queue.popleft()
            try:
                worker.give(task, self.timeout)
            except OSError:  # it died while it was idle: not this page's fault
                self._drop(worker)
                self.queue.appendleft(task)

    def _take(self, worker: _Worker) -> None:
        try:
            record = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(1)
            self._fail(worker, "crash", f"the process died on this page (exit code {worker.process.exitcode})")
            return
        if worker.task:
            worker.task.record = record
            worker.task = None
        if worker.served >= RECYCLE_AFTER:
            self._drop(worker)

    def _fail(self, worker: _Worker, reason: str, message: str) -> None:
        if worker.task:
            entry = worker.task.entry
            worker.task.record = error_record(entry.id, entry.url, reason, message)
        self._drop(worker)

    def _drop(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.stop()


def _serve(pipe: Connection, job: Job) -> None:
    """The life of a worker process: a page in, its record out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _limit_memory()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent has gone
        pipe.send("ready")
        while True:
            pipe.send(record_of(pipe.recv(), job))


def record_of(entry: Entry, job: Job) -> dict[str, Any]:
    """The record of one entry: the article's with its segments, or an error's."""
    try:
        if entry.page is None:
            raise entry.error or UnreadablePageError("no page")
        return job(entry.page).to_dict(segments=True)
    except PageError as error:
        return error_record(entry.id, entry.url, error.reason, str(error))
    except Exception as error:  # a bug on one page must not cost the others; the record names it
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return error_record(entry.id, entry.url, "bug", message)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
    if soft == resource.RLIM_INFINITY or soft > limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
