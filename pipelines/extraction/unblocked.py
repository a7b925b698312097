"""A Worker's answer awaited on the event loop: a thread that waits for a small page costs as much as its extraction."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import struct
import time
from typing import Any, TypeVar

from pipelines.extraction.worker import RECYCLE_AFTER, Job, Worker
from pipelines.items import Dropped, Page

T = TypeVar("T")
SMALL = 131_072  # bytes of a page that the pipe to a waiting process takes at once, whatever the system's buffers
CHUNK = 262_144  # bytes read at a time
_ON_LOOP = os.name == "posix"  # where the pipes are sockets that a loop can watch


class AwaitedWorker(Worker[T]):
    """A Worker for an event loop; one call at a time, `stop` on the loop's thread."""

    def __init__(self, job: Job[T], timeout: float) -> None:
        super().__init__(job, timeout)
        self._channel: _Channel | None = None

    async def take(self, page: Page, *more: Any) -> T | Dropped:
        """As `take_apart`, without a thread where nothing can make the loop wait."""
        if not _ON_LOOP:
            return await asyncio.to_thread(self.take_apart, page, *more)
        answered = False
        try:
            if self._waits and len(page.body) + sum(map(len, page.parts)) < SMALL:
                self.submit(page, *more)
            else:
                if not self._waits:
                    self._detach()
                await asyncio.to_thread(self.submit, page, *more)
            if self._channel is None and self._pipe is not None:
                self._channel = _Channel(self._pipe.fileno())
            message = await self._message()
            answered = True
        finally:
            if not answered:  # cancelled: the process would answer the next page with what this one came to
                self._spoilt = True
                self.kill()
        if message is None:
            self._detach()
            return await asyncio.to_thread(self.result)
        self._page = None
        answer: T | Dropped = pickle.loads(message)
        return answer

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._detach()
        super().stop()

    async def _message(self) -> bytes | None:
        if self._channel is None:
            raise RuntimeError("a page was given to no process")
        return await self._channel.message(max(0.0, self._deadline - time.monotonic()))

    def _detach(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    @property
    def _waits(self) -> bool:
        """Whether a process is ready for a page, and none need be started."""
        return self._process is not None and self._ready and not self._spoilt and self._served < RECYCLE_AFTER


class _Channel:
    """The messages of a multiprocessing.Connection, read as they come."""

    def __init__(self, number: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(fileno=os.dup(number))
        self._got = bytearray()
        self._done: asyncio.Future[bytes | None] | None = None
        self._ended = False
        self._loop.add_reader(self._socket, self._read)

    async def message(self, seconds: float) -> bytes | None:
        """The next one; None where the other end closes, or there is none in time."""
        self._done = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._settle, None)
        if self._ended:
            self._settle(None)
        try:
            return await self._done
        finally:
            timer.cancel()

    def close(self) -> None:
        """Read no more."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        try:
            data = self._socket.recv(CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended = True
            self._loop.remove_reader(self._socket)
            self._settle(None)
            return
        self._got += data
        start, end = _bounds(self._got)
        if len(self._got) >= end:
            message = bytes(self._got[start:end])
            del self._got[:end]
            self._settle(message)

    def _settle(self, message: bytes | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(message)


def _bounds(got: bytearray) -> tuple[int, int]:
    """Where the message begins and ends, by its length before it: four bytes, or for 2 GiB and more -1 and eight."""
    if len(got) < 4:
        return 4, 4 + 1
    (size,) = struct.unpack_from("!i", got)
    if size >= 0:
        return 4, 4 + size
    return (12, 12 + struct.unpack_from("!Q", got, 4)[0]) if len(got) >= 12 else (12, 12 + 1)
