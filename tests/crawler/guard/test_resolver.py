"""S6: the address that is checked is the one that is connected to, whatever a name resolves to the next time."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.resolver import dnscache
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from crawler.guard.addresses import AddressRule
from crawler.guard.resolver import GuardedResolver


class FakeNames:
    """Resolves a name to what comes next in its list, and counts the questions."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self.answers, self.asked = answers, list[str]()

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *_: Any) -> Any:
        self.asked.append(name)
        receiver.resolutionBegan(self)
        for address in self.answers[name].pop(0) if self.answers.get(name) else ():
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return receiver


class Reactor(MemoryReactorClock):
    """A reactor that connects to nothing and remembers where to."""

    def __init__(self, names: FakeNames) -> None:
        super().__init__()
        self.installNameResolver(names)

    def connect(self, host: str, port: int = 80) -> tuple[list[str], Any]:
        """The addresses that a connection to the host is tried at, and how it ended: a failure or None."""
        before, ended = len(self.tcpClients), []
        result = HostnameEndpoint(self, host, port).connect(Factory())
        result.addErrback(ended.append)
        self.advance(1)
        return [client[0] for client in self.tcpClients[before:]], ended[0] if ended else None


@pytest.fixture(autouse=True)
def no_cache() -> None:
    dnscache.clear()


def guarded(answers: dict[str, list[list[str]]], *, cache: int = 100, allowed: tuple[str, ...] = ()) -> Any:
    names = FakeNames(answers)
    reactor = Reactor(names)
    resolver = GuardedResolver(reactor, cache, AddressRule.of(allowed))
    resolver.install_on_reactor()
    return reactor, resolver, names


@pytest.mark.parametrize("cache", [0, 100])
def test_a_name_that_is_public_first_and_private_later_is_refused(cache: int) -> None:
    reactor, resolver, names = guarded({"evil.example": [["93.184.216.34"], ["127.0.0.1"], ["10.0.0.1"]]}, cache=cache)
    assert reactor.connect("evil.example") == (["93.184.216.34"], None)
    for _ in range(2):
        addresses, failure = reactor.connect("evil.example")
        if cache:
            assert (addresses, names.asked) == (["93.184.216.34"], ["evil.example"])
        else:
            assert addresses == []
            assert failure.check(DNSLookupError)
            assert resolver.refused("EVIL.example") in ("127.0.0.1", "10.0.0.1")


def test_what_lies_in_the_cache_is_checked_too() -> None:
    reactor, _, _ = guarded({})
    dnscache["evil.example"] = [IPv4Address("TCP", "127.0.0.1", 0)]
    assert reactor.connect("evil.example")[0] == []


def test_of_several_addresses_the_public_ones_are_tried() -> None:
    answers = [["10.0.0.1", "93.184.216.34", "::1", "2606:4700::1111", "::ffff:127.0.0.1", "64:ff9b::a00:1"]]
    reactor, resolver, _ = guarded({"mixed.example": answers})
    assert set(reactor.connect("mixed.example")[0]) == {"93.184.216.34", "2606:4700::1111"}
    assert resolver.refused("mixed.example") is None


def test_a_name_that_does_not_resolve_is_not_refused() -> None:
    reactor, resolver, _ = guarded({"gone.example": [[]]})
    addresses, failure = reactor.connect("gone.example")
    assert (addresses, bool(failure.check(DNSLookupError)), resolver.refused("gone.example")) == ([], True, None)


def test_a_proxy_is_let_through_at_its_port_only_and_by_its_name_only() -> None:
    private = [["10.0.0.9"]]
    reactor, resolver, _ = guarded({"proxy.example": private * 9, "evil.example": private * 9}, cache=0)
    resolver.admit_proxy("Proxy.example", 3128)
    assert reactor.connect("proxy.example", 3128)[0] == ["10.0.0.9"]
    assert reactor.connect("proxy.example", 80)[0] == []
    assert reactor.connect("evil.example", 3128)[0] == []


def test_a_host_is_allowed_by_name() -> None:
    reactor, _, _ = guarded(
        {"intranet.example": [["10.0.0.9"]], "x.example": [["10.0.0.9"]]}, allowed=("intranet.example",)
    )
    assert reactor.connect("intranet.example")[0] == ["10.0.0.9"]
    assert reactor.connect("x.example")[0] == []


def test_the_memory_of_refused_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.guard.resolver.REMEMBERED", 3)
    _, resolver, _ = guarded({})
    for n in range(5):
        resolver.note(f"h{n}.example", "127.0.0.1")
    assert [resolver.refused(f"h{n}.example") for n in range(5)] == [None, None, *["127.0.0.1"] * 3]
