"""The one thread that talks to the store, for an event loop that must never wait for it.

While the store is away (no answer, locked, full) a call is tried again with growing pauses; nothing is lost, and those
who ask `away` hold back. When it stays away longer than the patience, or after `stop`, the call gives up.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from pipelines.errors import StoreAwayError, StoreError
from pipelines.store.articles import Store, open_store

logger = logging.getLogger(__name__)
T = TypeVar("T")

CALL_TIMEOUT = 20.0  # seconds for one try; the longest commit of 100 articles that was seen took 3
STOP_TIMEOUT = 1.5  # seconds for one try once a stop has run out of time
PAUSES = (0.2, 5.0)  # seconds before the second try and, doubled each time, at most; give or take a quarter


class Desk:
    """Runs functions of the store one after the other in a thread of its own.

    `patience` is the number of seconds that a store may be away before calls give up.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._away_since: float | None = None
        self._gone = False
        self._store: Store | None = None
        self.seconds_away = 0.0  # all outages of this run together

    @property
    def store(self) -> Store:
        """The open store; its methods belong to this thread until the crawl begins, and to ours afterwards."""
        if self._store is None:
            raise RuntimeError("the store is not open")
        return self._store

    @property
    def away(self) -> bool:
        """Whether the last try found the store away."""
        return self._away_since is not None

    def open(self, url: str) -> Store:
        """Open the store, in the caller's thread, in place of one that was open. Raises StoreError."""
        if self._store is not None:
            self._store.close()
        self._store = open_store(url)
        return self._store

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function of the store in its thread; calls run in the order in which they came.

        Raises StoreError where the store refuses, StoreAwayError where it stayed away too long or there was a stop.
        """
        async with self._lock:
            pause = PAUSES[0]
            while True:
                try:
                    result = await self._try(function, *args)
                except StoreAwayError as error:
                    self._note_away(error)
                    if self._gone or self._stopped.is_set():
                        self._gone = True
                        raise
                    await self._pause(pause * random.uniform(0.75, 1.25))
                    pause = min(2 * pause, PAUSES[1])
                else:
                    self._note_back()
                    return result

    def stop(self) -> None:
        """No more waiting: each call gets one short try, and after one that failed none."""
        self._stopped.set()
        if self._lock.locked() and self._store is not None:
            self._store.database.cut()

    def close(self) -> None:
        """End the thread and close the store."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(STOP_TIMEOUT)
            self._thread = None
        if self._store is not None and not self._gone:
            self._store.close()

    async def _try(self, function: Callable[..., T], *args: Any) -> T:
        if self._gone:
            raise StoreAwayError("the store is away")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = function(*args)
            except BaseException as error:
                self._tell(loop, future, error)
            else:
                self._tell(loop, future, result)

        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="store", daemon=True)
            self._thread.start()
        self._jobs.put(job)
        limit = STOP_TIMEOUT if self._stopped.is_set() else CALL_TIMEOUT
        done, _ = await asyncio.wait([future], timeout=limit)
        if not done:  # it hangs: break its connection, and give it a moment to notice
            self.store.database.cut()
            done, _ = await asyncio.wait([future], timeout=STOP_TIMEOUT)
        if not done:
            raise StoreAwayError(f"the store does not answer within {limit:g} s")
        return future.result()

    @staticmethod
    def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], result: T | BaseException) -> None:
        def put() -> None:
            if future.done():
                return
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)

        try:
            loop.call_soon_threadsafe(put)
        except RuntimeError:  # the loop has ended: nobody waits any more
            return

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return

    def _note_away(self, error: StoreError) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            logger.warning("%s: waiting for it, nothing is lost", error)
        elif now - self._away_since > self._patience:
            logger.error("%s: given up after %.0f s", error, now - self._away_since)
            self._gone = True

    def _note_back(self) -> None:
        if self._away_since is not None:
            outage = time.monotonic() - self._away_since
            self.seconds_away += outage
            self._away_since = None
            logger.warning("the store is back after %.1f s", outage)
