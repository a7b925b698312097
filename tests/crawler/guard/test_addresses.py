"""S6: what is a public address, in every notation; no address is asked here."""

import sys
from ipaddress import ip_address

import pytest

from crawler.guard.addresses import AddressRule, is_public, literals, plain_host
from pipelines.errors import UsageError

NOT_PUBLIC = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1"),
    *("192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("ff0e::1", "100::1", "2001:db8::1", "2001::1", "2001:20::1", "3fff::1", "5f00::1", "64:ff9b:1::1"),
    *("::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"),
    *("2002:7f00:1::", "2002:c0a8:101::1", "::ffff:0:127.0.0.1"),
)
PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1"),
    *("198.17.0.1", "223.255.255.254", "2606:4700::1111", "2001:4860:4860::8888", "240e::1"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
)
LOOPBACK = (
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "017700000001",
    ),
    *("0177.0.0x1", "127.0.0.1.", "localhost", "LOCALHOST.", "a.b.localhost", "localhost.localdomain"),
    *("１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "%31%32%37.0.0.1", "127%2e0.0.1"),
)
NAMES = (
    "news.example",
    "1.2.3.example",
    "256.1.1.1.1",
    "a.1",
    "0x",
    "x7f.1",
    "",
    "300.1.1.1",
    "1.2.3.4.5",
    "fe80:",
    "0x7f.g",
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not AddressRule().allows("news.example", address)
    assert not AddressRule().allows_name(address)
    assert not AddressRule().allows_name(f"[{address}]")


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert AddressRule().allows("news.example", address)
    assert AddressRule().allows_name(address)


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_notation_of_loopback_is_known(host: str) -> None:
    assert ip_address("127.0.0.1") in literals(host)
    assert not AddressRule().allows_name(host)


@pytest.mark.parametrize("host", [name for name in NAMES if name != "0x"])
def test_names_are_no_addresses(host: str) -> None:
    assert literals(host) == ()


def test_leading_zeros_are_read_both_ways() -> None:
    assert literals("0177.0.0.1") == (ip_address("127.0.0.1"), ip_address("177.0.0.1"))
    assert literals("08.8.8.8") == (ip_address("8.8.8.8"),)
    assert literals("0x") == (ip_address("0.0.0.0"),)


def test_numbers_without_end_are_no_address() -> None:
    assert literals("9" * 100_000) == ()
    assert literals("1." * 50_000) == ()
    assert sys.get_int_max_str_digits() == 4300


def test_ipv6_with_brackets_zone_and_case() -> None:
    assert literals("[::1]") == literals("::1") == (ip_address("::1"),)
    assert not AddressRule().allows_name("[fe80::1%25eth0]")
    assert not AddressRule().allows("x.example", "fe80::1%eth0")
    assert plain_host("[FE80::1]") == "fe80::1"


def test_networks_allow_their_addresses_and_what_embeds_them() -> None:
    rule = AddressRule.of(["127.0.0.0/8", "::1", "fd00::/8", " 10.1.2.3 "])
    for address in ("127.0.0.1", "127.5.5.5", "::1", "fd12::1", "10.1.2.3", "::ffff:127.0.0.1"):
        assert rule.allows("news.example", address)
        assert rule.allows_name(address)
    for host in ("localhost", "2130706433", "[::1]"):
        assert rule.allows_name(host)
    for address in ("10.1.2.4", "169.254.169.254", "0.0.0.0"):
        assert not rule.allows("news.example", address)
        assert not rule.allows_name(address)


def test_hosts_are_allowed_by_their_exact_name() -> None:
    rule = AddressRule.of(["intranet.example", "localhost"])
    assert rule.allows("Intranet.Example.", "10.0.0.1")
    assert rule.allows_name("localhost")
    assert not rule.allows("www.intranet.example", "10.0.0.1")
    assert not rule.allows("other.example", "127.0.0.1")
    assert not rule.allows_name("127.0.0.1")


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "10.0.0.0/33", "http://x.example/", "a b", "127.0.0.1:80", "*"])
def test_an_entry_that_is_none_is_named(entry: str) -> None:
    with pytest.raises(UsageError, match="ALLOWED_ADDRESSES"):
        AddressRule.of([entry])


def test_what_is_no_address_is_not_allowed() -> None:
    assert not AddressRule().allows("x.example", "no address")
