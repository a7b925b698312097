"""A process that takes pages apart, one at a time: a page that hangs or kills it costs that page only.

concurrent.futures can neither kill one task nor survive a crashed worker, so a worker here is a process with a pipe.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import multiprocessing.connection
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipelines.errors import PageError
from pipelines.items import Dropped, Page

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
# What is done with a page: importable by name, or its name "module:function", so that only the processes import it.
Job = Callable[..., T] | str

RECYCLE_AFTER = 1000  # pages of one process; whatever libxml2 leaked goes with it
COLLECT_AFTER = 100_000  # objects more than were freed: some thirty pages' worth, and no page waits for it
STARTUP = 60.0  # seconds that a process may need for its imports on a busy machine
MEMORY_LIMIT = 4 * 2**30  # bytes of address space; the largest labelled page needs 0.3 GiB


class Worker(Generic[T]):
    """One process, started at the first page and replaced when it dies, hangs or has served long enough.

    `timeout` is seconds for one page. Call from one thread at a time: `take_apart`, or `submit` and then `result`.
    """

    def __init__(self, job: Job[T], timeout: float) -> None:
        self._job, self._timeout = job, timeout
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False
        self._served = 0
        self._page: Page | None = None  # that it is at work on
        self._deadline = 0.0
        self._spoilt = False

    def take_apart(self, page: Page, *more: Any) -> T | Dropped:
        """What the job makes of the page (and `more`), or a PageError's reason, "timeout", "crash" or "bug"."""
        self.submit(page, *more)
        wait([self])
        return self.result()

    def submit(self, page: Page, *more: Any) -> None:
        """Give it a page (and `more`); its result must be taken before the next one."""
        if self._spoilt or self._served >= RECYCLE_AFTER:
            self.stop()
        self.launch()
        pipe = self._await()
        self._served += 1
        self._page, self._deadline = page, time.monotonic() + self._timeout
        with contextlib.suppress(OSError):  # it has died: result() finds out
            pipe.send((page, *more))

    def result(self) -> T | Dropped:
        """What came of the page: the job's answer, or why there is none. To be called after `wait` has named it."""
        page, pipe = self._page, self._pipe
        if page is None or pipe is None:
            raise RuntimeError("a result was asked for, and no page given")
        self._page = None
        try:
            if not pipe.poll(0):
                self.stop()
                return Dropped(page.url, "timeout", f"no result after {self._timeout:g} s: gave the page up")
            result: T | Dropped = pipe.recv()
        except (EOFError, OSError):
            self.stop()
            return Dropped(page.url, "crash", "the process that took the page apart died on it")
        return result

    def kill(self) -> None:
        """End the process only, from any thread: the call under way comes back with reason "crash"."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # closed at this moment
                process.kill()

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._spoilt = False
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = self._pipe = None

    def launch(self) -> None:
        """Start the process, if there is none, without waiting for its imports."""
        if self._process is not None:
            return
        context = _context(_module(self._job))
        pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._job), daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        self._process, self._pipe, self._ready, self._served = process, pipe, False, 0

    def _await(self) -> Connection:
        """The pipe of a process that is ready: its imports are not the time of its first page."""
        pipe = self._pipe
        with contextlib.suppress(EOFError, OSError):
            if pipe is not None and (self._ready or (pipe.poll(STARTUP) and pipe.recv() == "ready")):
                self._ready = True
                return pipe
        self.stop()
        raise RuntimeError("the process that takes pages apart does not start: see the traceback above")


def wait(workers: Iterable[Worker[T]], seconds: float | None = None) -> list[Worker[T]]:
    """Those of the busy workers whose result can be taken, once there is one: an answer, a death, or its time is up.

    None at all after `seconds`, where they are given.
    """
    pipes = {worker._pipe: worker for worker in workers if worker._pipe is not None}
    if not pipes:
        return []
    now = time.monotonic()
    left = max(0.0, min(worker._deadline for worker in pipes.values()) - now)
    ready = multiprocessing.connection.wait(list(pipes), left if seconds is None else min(left, seconds))
    now = time.monotonic()
    return [worker for pipe, worker in pipes.items() if pipe in ready or worker._deadline <= now]


def load(job: Job[T]) -> Callable[..., T]:
    """The function that is meant."""
    if not isinstance(job, str):
        return job
    module, _, name = job.partition(":")
    function: Callable[..., T] = getattr(importlib.import_module(module), name)
    return function


def _module(job: Job[Any]) -> str:
    """The module that a process imports before it is ready."""
    return job.partition(":")[0] if isinstance(job, str) else str(getattr(job, "module", job.__module__))


def _context(module: str) -> BaseContext:
    """forkserver, or spawn where there is none: a fork under a running event loop is unsafe."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    return context


def _serve(pipe: Connection, job: Job[Any]) -> None:
    """The life of the process: a page in, its result out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and SIGTERM are the parent's to handle
    _limit_memory()
    importlib.import_module(_module(job))  # spawned, or forked before the module was known
    function = load(job)
    spare_collector()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent has gone
        pipe.send("ready")
        while True:
            page, *more = pipe.recv()
            pipe.send(_result(function, page, more))


def spare_collector() -> None:
    """Have the garbage collector of this process look through new objects seldom, and through old ones never.

    What a page leaves behind holds no circles and is freed by its counts; looking for some was a tenth of the work
    (docs/benchmarks.md). For a process whose imports are done.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def _result(job: Callable[..., T], page: Page, more: list[Any]) -> T | Dropped:
    try:
        return job(page, *more)
    except PageError as error:
        return Dropped(page.url, error.reason, str(error))
    except Exception as error:  # a fault of ours on one page must not cost the others
        traceback.print_exc()
        return Dropped(page.url, "bug", f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
