"""Which addresses may be asked: public ones, and what ALLOWED_ADDRESSES names. Pure: no Scrapy, no network.

Source of the tables: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its updates).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import unquote

from pipelines.errors import UsageError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_4: tuple[IPv4Network, ...] = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a provider's customers (CGNAT); cloud metadata of some
            "127.0.0.0/8",
            "168.63.129.16/32",  # public by its number, but the inside of a cloud
            "169.254.0.0/16",  # link-local; cloud metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")  # what lies outside is not routed: loopback, link-local, unique local, …
_NOT_PUBLIC_6: tuple[IPv6Network, ...] = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "3fff::/20",
        ),
    )
)
# IPv6 addresses that stand for an IPv4 address, and the bits of it from the right.
_EMBEDDING: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
_LOCAL_NAMES = frozenset(("localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"))
_LOCAL = (IPv4Address("127.0.0.1"),)
_PARTS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}")


class AddressRefusedError(Exception):
    """A host that may not be asked; the text is one line that names the setting."""

    def __init__(self, host: str, address: str | None = None) -> None:
        shown = f"{host[:80]} (at {address})" if address and address != host else host[:80]
        super().__init__(
            f"{shown} is no public address: it is asked only where ALLOWED_ADDRESSES names it"
            f" (-s ALLOWED_ADDRESSES={(address or host)[:80]})"
        )


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet; one that embeds an IPv4 address is judged by that."""
    address = _embedded(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _GLOBAL_UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


@lru_cache(maxsize=1024)  # asked before each request
def literals(host: str) -> tuple[Address, ...]:
    """The addresses that a host is by its form alone, in every notation that resolvers read; () for a name.

    2130706433, 0x7f.1, 127.1 and full-width digits are 127.0.0.1, and so are localhost and names under it. Numbers
    with leading zeros give two addresses: some read them as octal, some as decimal.
    """
    name = plain_host(host)
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return _LOCAL
    if ":" in name:
        try:
            return (IPv6Address(name.partition("%")[0]),)
        except ValueError:
            return ()
    if not _PARTS.fullmatch(name):
        return ()
    found = {_number_address(name, octal=octal): None for octal in (True, False)}
    return tuple(address for address in found if address is not None)


def plain_host(host: str) -> str:
    """A host in one spelling: lower case, decoded, without brackets and final dots, compatibility forms resolved."""
    text = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").casefold()
    return text.strip().removeprefix("[").removesuffix("]").rstrip(".")


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Public addresses, and beside them the hosts and networks that are allowed by name.

    A host is allowed by its exact name, whatever it resolves to; a network allows its addresses under every name.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """The rule of ALLOWED_ADDRESSES: host names, addresses, networks (10.0.0.0/8). Raises UsageError."""
        hosts, networks = set(), []
        for entry in entries:
            text = entry.strip().removeprefix("[").removesuffix("]")
            try:
                networks.append(ip_network(text))
            except ValueError as error:
                if not re.fullmatch(r"[\w.-]*[a-z_][\w.-]*", text, re.IGNORECASE):
                    raise UsageError(
                        f"ALLOWED_ADDRESSES: {entry[:80]!r} is no host name, address or network ({error})"
                    ) from None
                hosts.add(plain_host(text))
        return cls(frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: str) -> bool:
        """Whether a host may be asked at an address that it was resolved to (IPv6 with or without its zone)."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return plain_host(host) in self.hosts or self._admits(found)

    def allows_name(self, host: str) -> bool:
        """Whether a host may be asked as far as its name tells: False for a literal address that may not."""
        return plain_host(host) in self.hosts or all(self._admits(address) for address in literals(host))

    def _admits(self, address: Address) -> bool:
        return is_public(address) or any(
            form in network for network in self.networks for form in (address, _embedded(address))
        )


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, else the address itself."""
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return address


def _number_address(name: str, *, octal: bool) -> IPv4Address | None:
    """The address of one to four numbers as inet_aton reads them: the last one fills the bytes that are left."""
    try:
        *first, last = [_number(part, octal=octal) for part in name.split(".")]
    except ValueError:
        return None
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        return None
    return IPv4Address(sum(part << 8 * (3 - place) for place, part in enumerate(first)) + last)


def _number(text: str, *, octal: bool) -> int:
    if len(text) > 64:  # int() of a long text is slow, and no address
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if octal and text.startswith("0") else 10)
