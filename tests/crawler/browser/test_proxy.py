"""The way out of a browser: what is connected to, refused, cut. All on loopback, names by a fake resolver."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from crawler.browser import proxy as module
from crawler.browser.proxy import GuardingProxy, ProxyLimits
from crawler.guard.addresses import AddressRule

ALLOWED = AddressRule.of(["127.0.0.1"])


class Origin:
    """A server on loopback: answers every connection with some bytes, keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.heard = answer, list[bytes]()
        self.hangs: asyncio.Event | None = None  # until it is set, connections stay open

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.read(65_536))
        writer.write(self.answer)
        with contextlib.suppress(OSError):
            await writer.drain()
        if self.hangs is not None:
            await self.hangs.wait()
        writer.close()


def run(
    talk: Callable[[int, int, Counter[str]], Awaitable[None]],
    origin: Origin,
    rule: AddressRule = ALLOWED,
    limits: ProxyLimits | None = None,
) -> Counter[str]:
    """Have a talk(port of the proxy, port of the origin); gives what the proxy counted."""
    counts: Counter[str] = Counter()

    def count(what: str, number: int) -> None:
        counts[what] += number

    async def whole() -> None:
        server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
        proxy = GuardingProxy(rule, count, limits)
        port = await proxy.start()
        try:
            await talk(port, server.sockets[0].getsockname()[1], counts)
        finally:
            await proxy.close()
            server.close()
            if origin.hangs is not None:
                origin.hangs.set()
            await asyncio.sleep(0.02)  # transports close a moment later

    asyncio.run(whole())
    return counts


async def say(port: int, *data: bytes) -> bytes:
    """What the proxy answers until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in data:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(-1), 10)
    finally:
        writer.close()


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"


def test_plain_http_is_one_request_a_connection() -> None:
    origin = Origin(ANSWER)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        head = f"POST http://127.0.0.1:{there}/a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:{there}\r\n"
        head += "Proxy-Connection: keep-alive\r\n"
        second = f"GET http://127.0.0.1:{there}/second HTTP/1.1\r\n\r\n".encode()
        answer = await say(port, head.encode() + b"Content-Length: 3\r\n\r\nabc" + second)
        assert answer.endswith(b"\r\nConnection: close\r\n\r\nhello")
        assert b"keep-alive" not in answer

    counts = run(talk, origin)
    (heard,) = origin.heard
    assert heard.startswith(b"POST /a?b=1 HTTP/1.1\r\nHost: ")
    assert heard.endswith(b"\r\n\r\nabc")
    assert b"second" not in heard
    assert b"Proxy-Connection" not in heard
    assert (counts["connections"], counts["refused"]) == (1, 0)


def test_a_tunnel_carries_bytes_both_ways() -> None:
    origin = Origin(b"\x16\x03 not for the proxy to read")

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        head = f"CONNECT 127.0.0.1:{there} HTTP/1.1\r\nHost: 127.0.0.1:{there}\r\n\r\n".encode()
        assert (await say(port, head, b"\x16\x03\x01 hello")).endswith(b"established\r\n\r\n" + origin.answer)

    counts = run(talk, origin)
    assert origin.heard == [b"\x16\x03\x01 hello"]
    assert counts["bytes"] == len(origin.answer)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"]
)
@pytest.mark.parametrize("form", ["CONNECT {}:{} HTTP/1.1\r\n\r\n", "GET http://{}:{}/ HTTP/1.1\r\n\r\n"])
def test_an_address_that_is_not_public_is_refused_and_never_reached(host: str, form: str) -> None:
    origin = Origin(ANSWER)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        assert (await say(port, form.format(host, there).encode())).startswith(b"HTTP/1.1 403 ")

    counts = run(talk, origin, AddressRule())
    assert (origin.heard, counts["refused"], counts["bytes"]) == ([], 1, 0)


def test_a_name_that_turns_to_a_private_address_is_refused_at_that_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    origin = Origin(ANSWER)
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2", "127.0.0.1"]]
    asked: list[str] = []

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        async def resolve(host: str, service: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, service)) for ip in answers[len(asked) - 1]]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        reached = []
        for _ in answers:
            head = f"GET http://news.example:{there}/ HTTP/1.1\r\nHost: news.example\r\n\r\n"
            reached.append((await _raw(port, head.encode())).split(b" ")[1])
        assert reached == [b"200", b"403", b"200"]

    async def _raw(port: int, data: bytes) -> bytes:
        with socket.socket() as sock:  # asyncio's own way would ask the fake resolver
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.sock_sendall(sock, data)
            found = b""
            while part := await loop.sock_recv(sock, 65_536):
                found += part
            return found

    counts = run(talk, origin)
    assert asked[0] == "news.example"
    assert (len(origin.heard), counts["refused"]) == (2, 1)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n", b"400"),
        (b"GET file:///etc/passwd HTTP/1.1\r\n\r\n", b"400"),
        (b"GET https://127.0.0.1/ HTTP/1.1\r\n\r\n", b"400"),
        (b"DELETE http://127.0.0.1/ HTTP/1.1\r\n\r\n", b"405"),
        (b"CONNECT 127.0.0.1:99999 HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT : HTTP/1.1\r\n\r\n", b"400"),
        (b"garbage\r\n\r\n", b"400"),
        (b"\x16\x03\x01\r\n\r\n", b"400"),
        (b"POST http://127.0.0.1:1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST http://127.0.0.1:1/ HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST http://127.0.0.1:1/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n", b"502"),
    ],
)
def test_bad_requests_are_refused_and_the_next_is_served(head: bytes, status: bytes) -> None:
    origin = Origin(ANSWER)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        assert (await say(port, head)).split(b" ")[1] == status
        assert (await say(port, f"GET http://127.0.0.1:{there}/ HTTP/1.1\r\n\r\n".encode())).endswith(b"hello")

    run(talk, origin)


def test_an_answer_without_end_is_cut() -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        answer = await say(port, f"GET http://127.0.0.1:{there}/ HTTP/1.1\r\n\r\n".encode())
        assert len(answer) < 1_200_000
        assert counts["cut"] == 1

    run(talk, origin, limits=ProxyLimits(bytes=1_000_000))


def test_heads_without_end_and_answers_that_hang_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD_TIME", 0.3)
    monkeypatch.setattr(module, "IDLE", 0.3)
    origin = Origin(ANSWER)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        origin.hangs = asyncio.Event()
        assert await say(port, b"GET http://127.0.0.1/ HTTP/1.1\r\nX: ") == b""
        assert (await say(port, f"GET http://127.0.0.1:{there}/ HTTP/1.1\r\n\r\n".encode())).endswith(b"hello")
        assert counts["cut"] == 2
        with contextlib.suppress(OSError):  # it may have closed before all was sent
            assert await say(port, b"GET http://127.0.0.1/ HTTP/1.1\r\n" + b"X: y\r\n" * 50_000) == b""

    run(talk, origin)


def test_more_connections_than_there_may_be_are_refused() -> None:
    origin = Origin(ANSWER)

    async def talk(port: int, there: int, counts: Counter[str]) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)
        with contextlib.suppress(ConnectionResetError):  # it closes without having read what was asked
            answer = await say(port, f"GET http://127.0.0.1:{there}/ HTTP/1.1\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 503 ")
        assert origin.heard == []
        for _, writer in idle:
            writer.close()
        await asyncio.sleep(0.05)
        assert (await say(port, f"GET http://127.0.0.1:{there}/ HTTP/1.1\r\n\r\n".encode())).endswith(b"hello")

    run(talk, origin, limits=ProxyLimits(connections=2))
