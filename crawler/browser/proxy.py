"""The only way out for a browser: a proxy on loopback that connects to addresses that may be asked, and to no other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.guard.addresses import AddressRule

METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS"))
MAX_HEAD = 64 * 1024  # bytes of a request's or an answer's head
MAX_ASKED = 1024 * 1024  # bytes of a request's body
HEAD_TIME = 15.0  # seconds for a head to come, and for a connection to be made
IDLE = 30.0  # seconds in which nothing moves
CHUNK = 64 * 1024
# Of one hop; the proxy says its own.
HOP_HEADERS = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te", b"upgrade"))


@dataclass(frozen=True, slots=True)
class ProxyLimits:
    """What a connection may carry and last, and how many there may be."""

    bytes: int = 16 * 1024 * 1024  # from the server
    seconds: float = 120.0
    connections: int = 64


class _RefusedError(Exception):
    """The browser is told this status, and nothing is asked."""

    def __init__(self, status: str, count: str) -> None:
        super().__init__(status)
        self.count = count


class GuardingProxy:
    """An HTTP and CONNECT proxy for one browser on 127.0.0.1; `count` hears what is counted.

    The address that is checked is the one that is connected to, for every connection anew, so that a name that resolves
    to a public address first and to a private one later is refused. A connection of plain HTTP carries one request.

    Counts: connections, refused (hosts that may not be asked), failed, cut (past a limit), bytes (from servers).
    """

    def __init__(self, rule: AddressRule, count: Callable[[str, int], None], limits: ProxyLimits | None = None) -> None:
        self._rule, self._tell, self._limits = rule, count, limits or ProxyLimits()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; gives the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        try:
            if len(self._tasks) > self._limits.connections:
                raise _RefusedError("503 Too Many Connections", "refused")
            async with asyncio.timeout(self._limits.seconds):
                await self._serve(reader, writer)
        except _RefusedError as refused:
            self._tell(refused.count, 1)
            with contextlib.suppress(OSError):
                writer.write(f"HTTP/1.1 {refused}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except TimeoutError:
            self._tell("cut", 1)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # one of the two has gone, or the run ends
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_TIME):
            head = await reader.readuntil(b"\r\n\r\n")
        line, _, headers = head.partition(b"\r\n")
        method, target = _request_line(line)
        if method == "CONNECT":
            there, out = await self._connect(*_place(f"//{target}", 443))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._tunnel((reader, writer), (there, out))
            return
        if method not in METHODS:
            raise _RefusedError("405 Method Not Allowed", "refused")
        parts = urlsplit(target)
        if parts.scheme != "http":
            raise _RefusedError("400 Not An Absolute URL", "refused")
        body = await _body(reader, headers)
        there, out = await self._connect(*_place(target, 80))
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            out.write(f"{method} {path} HTTP/1.1\r\n".encode("latin-1") + _one_hop(headers) + body)
            await out.drain()
            async with asyncio.timeout(HEAD_TIME + IDLE):
                answer = await there.readuntil(b"\r\n\r\n")
            status, _, rest = answer.partition(b"\r\n")
            writer.write(status + b"\r\n" + _one_hop(rest))
            await self._relay(there, writer, self._limits.bytes)
        finally:
            out.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address of the host that may be asked."""
        self._tell("connections", 1)
        if not self._rule.allows_name(host):
            raise _RefusedError("403 Not A Public Address", "refused")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(HEAD_TIME):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                allowed = [str(place[4][0]) for place in found if self._rule.allows(host, str(place[4][0]))]
                if not allowed:
                    raise _RefusedError("403 Not A Public Address", "refused")
                return await asyncio.open_connection(allowed[0], port, limit=MAX_HEAD)
        except (OSError, UnicodeError, TimeoutError):
            raise _RefusedError("502 No Connection", "failed") from None

    async def _tunnel(
        self,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._relay(browser[0], server[1], MAX_ASKED, counted=False))
                both.create_task(self._relay(server[0], browser[1], self._limits.bytes))
        except* (OSError, TimeoutError):
            pass
        finally:
            server[1].close()

    async def _relay(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, most: int, *, counted: bool = True
    ) -> None:
        """Carry bytes until one side ends or `most` are over."""
        while True:
            async with asyncio.timeout(IDLE):
                data = await source.read(CHUNK)
            if not data:
                break
            if counted:
                self._tell("bytes", len(data))
            most -= len(data)
            if most < 0:
                self._tell("cut", 1)
                break
            target.write(data)
            await target.drain()
        target.close()


def _request_line(line: bytes) -> tuple[str, str]:
    words = line.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _RefusedError("400 Bad Request", "refused")
    return words[0], words[1]


def _place(target: str, port: int) -> tuple[str, int]:
    """Host and port of a URL."""
    try:
        parts = urlsplit(target)
        host, named = parts.hostname, parts.port
    except ValueError:
        host, named = None, None
    if not host:
        raise _RefusedError("400 Bad Request", "refused")
    return host, named or port


def _one_hop(headers: bytes) -> bytes:
    """The headers of a request or an answer, without those of the hop, and with the end of the connection said."""
    lines = [line for line in headers.split(b"\r\n") if line]
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in HOP_HEADERS]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


async def _body(reader: asyncio.StreamReader, headers: bytes) -> bytes:
    """The body of a request; one without a length is refused, as browsers send one."""
    length = 0
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"transfer-encoding":
            raise _RefusedError("411 Length Required", "refused")
        if name.strip().lower() == b"content-length":
            length = int(value) if value.strip().isdigit() else MAX_ASKED + 1
    if length > MAX_ASKED:
        raise _RefusedError("413 Too Large", "refused")
    async with asyncio.timeout(HEAD_TIME):
        return await reader.readexactly(length)
