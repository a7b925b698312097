"""A Worker's answer awaited on the event loop: a thread that waits for a small page costs as much as its extraction."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import struct
import time
from typing import Any, TypeVar

from pipelines.extraction.worker import RECYCLE_AFTER, Worker
from pipelines.items import Dropped, Page

T = TypeVar("T")
SMALL = 131_072  # bytes of a page that the pipe to a waiting process takes at once, whatever the system's buffers
CHUNK = 262_144  # bytes read at a time
_ON_LOOP = os.name == "posix"  # where the pipes are sockets that a loop can watch


class AwaitedWorker(Worker[T]):
    """A Worker for an event loop; one call at a time."""

    async def take(self, page: Page, *more: Any) -> T | Dropped:
        """As `take_apart`, without a thread where nothing can make the loop wait."""
        if not _ON_LOOP:
            return await asyncio.to_thread(self.take_apart, page, *more)
        answered = False
        try:
            if self._waits and len(page.body) + sum(map(len, page.parts)) < SMALL:
                self.submit(page, *more)
            else:
                await asyncio.to_thread(self.submit, page, *more)
            if self._pipe is None:
                raise RuntimeError("a page was given to no process")
            message = await _message(self._pipe.fileno(), max(0.0, self._deadline - time.monotonic()))
            answered = True
        finally:
            if not answered:  # cancelled: the process would answer the next page with what this one came to
                self._spoilt = True
                self.kill()
        if message is None:
            return await asyncio.to_thread(self.result)
        self._page = None
        answer: T | Dropped = pickle.loads(message)
        return answer

    @property
    def _waits(self) -> bool:
        """Whether a process is ready for a page, and none need be started."""
        return self._process is not None and self._ready and not self._spoilt and self._served < RECYCLE_AFTER


async def _message(number: int, seconds: float) -> bytes | None:
    """The next message of a multiprocessing.Connection; None where its other end closes, or there is none in time."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes | None] = loop.create_future()
    got = bytearray()

    def settle(message: bytes | None) -> None:
        if not done.done():
            done.set_result(message)

    def read() -> None:
        try:
            data = pipe.recv(CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        got.extend(data)
        start, end = _bounds(got)
        if not data:
            settle(None)
        elif len(got) >= end:
            settle(bytes(got[start:end]))

    with socket.socket(fileno=os.dup(number)) as pipe:
        timer = loop.call_later(seconds, settle, None)
        loop.add_reader(pipe, read)
        try:
            return await done
        finally:
            loop.remove_reader(pipe)
            timer.cancel()


def _bounds(got: bytearray) -> tuple[int, int]:
    """Where the message begins and ends, by its length before it: four bytes, or for 2 GiB and more -1 and eight."""
    if len(got) < 4:
        return 4, 4 + 1
    (size,) = struct.unpack_from("!i", got)
    if size >= 0:
        return 4, 4 + size
    return (12, 12 + struct.unpack_from("!Q", got, 4)[0]) if len(got) >= 12 else (12, 12 + 1)
