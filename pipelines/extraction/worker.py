"""A process that takes pages apart, one at a time: a page that hangs or kills it costs that page only.

concurrent.futures can neither kill one task nor survive a crashed worker, so a worker here is a process with a pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipelines.errors import PageError
from pipelines.items import Dropped, Page

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

T = TypeVar("T")


RECYCLE_AFTER = 1000  # pages of one process; whatever libxml2 leaked goes with it
STARTUP = 60.0  # seconds that a process may need for its imports on a busy machine
MEMORY_LIMIT = 4 * 2**30  # bytes of address space; the largest labelled page needs 0.3 GiB


class Worker(Generic[T]):
    """One process, started at the first page and replaced when it dies, hangs or has served long enough.

    `job` must be importable by name; `timeout` is seconds for one page. Call from one thread at a time.
    """

    def __init__(self, job: Callable[..., T], timeout: float) -> None:
        self._job, self._timeout = job, timeout
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._served = 0

    def take_apart(self, page: Page, *more: Any) -> T | Dropped:
        """What the job makes of the page (and `more`), or a PageError's reason, "timeout", "crash" or "bug"."""
        if self._served >= RECYCLE_AFTER:
            self.stop()
        pipe = self._pipe or self._start()
        self._served += 1
        try:
            pipe.send((page, *more))
            if not pipe.poll(self._timeout):
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
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        context = _context(self._job.__module__)
        pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._job), daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        self._process, self._pipe, self._served = process, pipe, 0
        try:
            if pipe.poll(STARTUP) and pipe.recv() == "ready":  # its imports are not the time of its first page
                return pipe
        except (EOFError, OSError):
            pass
        self.stop()
        raise RuntimeError("the process that takes pages apart does not start: see the traceback above")


def _context(module: str) -> BaseContext:
    """forkserver, or spawn where there is none: a fork under a running event loop is unsafe."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    return context


def _serve(pipe: Connection, job: Callable[..., Any]) -> None:
    """The life of the process: a page in, its result out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and SIGTERM are the parent's to handle
    _limit_memory()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent has gone
        pipe.send("ready")
        while True:
            page, *more = pipe.recv()
            pipe.send(_result(job, page, more))


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
