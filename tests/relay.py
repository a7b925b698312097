"""A small TCP relay: outages of a server, made between it and us, so that no test stops a server it did not start."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

Mode = Literal["pass", "refuse", "cut", "hang", "reset"]


class Relay:
    """Listens on loopback and passes everything on to a server, or does not.

    pass    all bytes both ways
    refuse  nobody listens; connections that stand are closed
    cut     connections are closed, new ones right after they were accepted
    hang    connections stay open and nothing passes
    reset   as cut, with a reset (RST) in place of an orderly end

        with Relay(("127.0.0.1", 5432)) as relay:
            relay.mode("hang")
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._mode: Mode = "pass"
        self._flow = threading.Event()  # set: bytes pass
        self._flow.set()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.accepted = 0  # connections so far
        self.port = 0
        self._listen()

    @classmethod
    def before(cls, url: str) -> tuple[Relay, str]:
        """A relay before the server of a URL, and the URL that leads through it."""
        parts = urlsplit(url)
        relay = cls((parts.hostname or "127.0.0.1", parts.port or 0))
        who, at, _ = parts.netloc.rpartition("@")
        return relay, urlunsplit(parts._replace(netloc=f"{who}{at}127.0.0.1:{relay.port}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End everything."""
        self.mode("refuse")

    def mode(self, mode: Mode) -> None:
        """Change what happens, to the connections that stand too."""
        with self._lock:
            self._mode = mode
            if mode == "hang":
                self._flow.clear()
            else:
                self._flow.set()
        if mode in ("refuse", "cut", "reset"):
            self.drop(reset=mode == "reset")
        if mode == "refuse" and self._listener is not None:
            _close(self._listener)
            self._listener = None
        elif mode != "refuse" and self._listener is None:
            self._listen()

    def drop(self, *, reset: bool = False) -> None:
        """Close the connections that stand; the mode stays."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for one in sockets:
            _close(one, reset=reset)

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self._mode in ("refuse", "cut", "reset"):
                _close(client, reset=self._mode == "reset")
                continue
            try:
                server = socket.create_connection(self._target, timeout=10)
                server.settimeout(None)
            except OSError:
                _close(client)
                continue
            with self._lock:
                self._sockets |= {client, server}
                changed = self._mode in ("refuse", "cut", "reset")
            if changed:  # while we connected
                self.drop(reset=self._mode == "reset")
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed under our hands
            while True:
                # no call waits for long: a socket that another thread waits on is not reset until that call is back
                if not select.select([source], [], [], 0.02)[0]:
                    continue
                data = source.recv(65536)
                if not data:
                    break
                self._flow.wait()
                sink.sendall(data)
        with self._lock:  # those that drop() took it ends itself, with a reset where that is asked
            mine = {source, sink} & self._sockets
            self._sockets -= mine
        for one in mine:
            _close(one)


def _close(one: socket.socket, *, reset: bool = False) -> None:
    with contextlib.suppress(OSError):
        if reset:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
