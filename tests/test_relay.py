"""The relay does to a connection what its mode says."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.relay import Relay


@pytest.fixture
def echo() -> Iterator[Relay]:
    """A relay before a server that is a relay to nowhere: it never answers."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen()
    with Relay(silent.getsockname()) as relay:
        yield relay
    silent.close()


def connect(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=5)


def test_bytes_pass_both_ways() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with Relay(server.getsockname()) as relay, connect(relay) as client:
            peer, _ = server.accept()
            with peer:
                client.sendall(b"ping")
                assert peer.recv(10) == b"ping"
                peer.sendall(b"pong")
                assert client.recv(10) == b"pong"


def test_refuse_then_pass_on_the_same_port(echo: Relay) -> None:
    port = echo.port
    echo.mode("refuse")
    with pytest.raises(ConnectionRefusedError):
        connect(echo)
    echo.mode("pass")
    assert echo.port == port
    connect(echo).close()


def test_cut_ends_and_reset_resets(echo: Relay) -> None:
    with connect(echo) as client:
        client.sendall(b"x")
        echo.mode("cut")
        assert client.recv(1) == b""
    echo.mode("pass")
    with connect(echo) as client:
        client.sendall(b"x")
        echo.mode("reset")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_hang_keeps_the_connection_and_passes_nothing(echo: Relay) -> None:
    echo.mode("hang")
    with connect(echo) as client:
        client.sendall(b"x")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
