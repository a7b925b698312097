"""A limit on how long a driver may wait for its server, for drivers that know none of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def deadline(seconds: float, fileno: Callable[[], int]) -> Iterator[None]:
    """While it is open, the connection behind `fileno` is shut down after so many seconds.

    Whoever waits on it then meets the end of the connection, which drivers report as an error of theirs.
    """

    def cut() -> None:
        # an error here means that it is closed already and nobody waits any more
        with contextlib.suppress(Exception), socket.socket(fileno=os.dup(fileno())) as one:
            one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
