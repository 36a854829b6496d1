"""Which IP addresses an upstream may be at, so that nobody outside makes us ask our own network."""

import ipaddress
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache

_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds keep the secrets of a machine, besides 169.254.0.0/16."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Kind(IntEnum):
    """Whose network an address is in, from anybody's to nobody's."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    NEVER = 3
    """Link-local, cloud metadata, multicast, unspecified, reserved."""


@lru_cache(maxsize=1024)
def kind_of(address: str) -> Kind:
    """Classify an IP address, looking through the forms of IPv6 that carry an IPv4 address."""
    ip = _inner(ipaddress.ip_address(address.partition("%")[0]))
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return Kind.NEVER
    if ip.is_loopback:
        return Kind.LOOPBACK
    if ip.is_global:
        return Kind.PUBLIC
    # 240.0.0.0/4 counts as private in the tables of `ipaddress`, 100.64.0.0/10 neither as private nor as global.
    return Kind.NEVER if ip.is_reserved else Kind.PRIVATE


@lru_cache(maxsize=1024)
def is_literal(host: str) -> bool:
    """Tell whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_disguised(host: str) -> bool:
    """Tell whether a resolver may read a host as an address that it does not look like: 2130706433, 0x7f.1, 127.1."""
    if is_literal(host):
        return False
    last = host.rstrip(".").rpartition(".")[2]
    # WHATWG URL, "ends in a number": such a host is an IPv4 address or nothing.
    return not last or last.isdigit() or last.startswith("0x") or "%" in host


class AddressGuard:
    """The addresses that one upstream may be reached at.

    Everyone may be at a public address. An operator who configures an upstream on an inner network means it: then
    its other hosts may be there as well. Where the upstream is given by name, the addresses that the name has at
    first decide, so that a name which changes from a public to an inner address later (DNS rebinding) is refused.
    """

    def __init__(self, own_host: str) -> None:
        self.own_host = own_host
        self._widest = kind_of(own_host) if is_literal(own_host) else None

    @property
    def undecided(self) -> bool:
        """True until the upstream's own host has been looked up."""
        return self._widest is None

    def admit(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Return the addresses that may be connected to for a host."""
        kinds = {address: kind_of(address) for address in addresses}
        if self._widest is None and host == self.own_host and kinds:
            # Of a mixed answer only the public part is believed.
            lowest = min(kinds.values())
            self._widest = max(kinds.values()) if lowest > Kind.PUBLIC else Kind.PUBLIC
        widest = Kind.PUBLIC if self._widest is None else min(self._widest, Kind.LOOPBACK)
        return [address for address, kind in kinds.items() if kind <= widest or address == self.own_host]


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip
