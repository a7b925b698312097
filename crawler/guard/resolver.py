"""Names resolve to public addresses only: the address that is checked here is the one that is connected to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.guard.addresses import AddressRule, plain_host

REMEMBERED = 10_000  # hosts whose refused address is kept for the message


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's resolver for IPv4 and IPv6 with every address checked, of whatever origin: network, cache, URL.

    All connections are made to what this gives, so a name that resolves to a public address first and to a private one
    later (rebinding) is refused at that connection. Addresses of one host that may be asked are given, the others not.

    Settings
        ALLOWED_ADDRESSES  hosts, addresses and networks that may be asked though they are not public; a proxy that
                           is configured needs no entry
    """

    def __init__(self, reactor: Any, cache_size: int, rule: AddressRule) -> None:
        super().__init__(reactor, cache_size)
        self.rule = rule
        self._proxies: set[tuple[str, int]] = set()
        self._refused: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        """Read the settings once; `crawler` is the process that runs the crawls. Raises UsageError for a bad entry."""
        settings = crawler.settings
        cache_size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        return cls(reactor, cache_size, AddressRule.of(settings.getlist("ALLOWED_ADDRESSES")))

    def admit_proxy(self, host: str, port: int) -> None:
        """Let connections to a configured proxy through, at this port only."""
        self._proxies.add((plain_host(host), port))

    def refused(self, host: str) -> str | None:
        """The address for which the host was refused when it was resolved last; None where it was not."""
        return self._refused.get(plain_host(host))

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Resolve as Scrapy does; addresses that may not be asked are left out."""
        receiver: Any = resolutionReceiver
        if not self._is_proxy(hostName, portNumber):
            receiver = _Checked(self, receiver, hostName)
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def note(self, host: str, refused: str | None) -> None:
        """Remember whether the host has no address that may be asked."""
        host = plain_host(host)
        self._refused.pop(host, None)
        if refused is not None:
            if len(self._refused) >= REMEMBERED:
                del self._refused[next(iter(self._refused))]
            self._refused[host] = refused

    def _is_proxy(self, host: str, port: int) -> bool:
        """Whether a connection is one to a configured proxy; for a tunnel Twisted resolves without the port."""
        name = plain_host(host)
        return (name, port) in self._proxies or (port == 0 and any(name == proxy for proxy, _ in self._proxies))


@implementer(IResolutionReceiver)
class _Checked:
    """Passes on what a host may be asked at."""

    def __init__(self, resolver: GuardedResolver, receiver: Any, host: str) -> None:
        self._resolver, self._receiver, self._host = resolver, receiver, host
        self._refused: str | None = None
        self._passed = False

    def resolutionBegan(self, resolution: Any) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if self._resolver.rule.allows(self._host, str(getattr(address, "host", ""))):
            self._passed = True
            self._receiver.addressResolved(address)
        else:
            self._refused = str(getattr(address, "host", address))

    def resolutionComplete(self) -> None:
        self._resolver.note(self._host, None if self._passed else self._refused)
        self._receiver.resolutionComplete()
