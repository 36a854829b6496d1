"""Where users may let this server send to: anybody's public address, and what the operator has opened.

A user names the address, and it is this server that connects: unless it looks where, anyone who may make a hook can
reach every service of the inner network through it, its own ports and the secrets of the cloud's machines included.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from packhouse.adapters.upstream.addresses import Kind, is_disguised, is_literal, kind_of
from packhouse.adapters.upstream.targets import Target, parse_place, parse_target
from packhouse.domain.errors import ConfigError, Invalid

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Allowance:
    """Decides which hosts and addresses may be sent to."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        """Read host names (`*.team.example` for all below), addresses and networks; raise ConfigError."""
        self._networks: list[_Network] = []
        self._names: list[str] = []
        for each in allowed:
            self._read(each.strip().lower())

    def target(self, endpoint: str) -> Target:
        """Read an endpoint; raise Invalid for one that can be told to be no good before its name is looked up."""
        try:
            target = parse_target(endpoint)
        except ValueError as error:
            raise Invalid(f"the endpoint is {error}", "e.g. https://ci.example/hook") from None
        host = target.host
        if is_disguised(host):
            raise Invalid("the endpoint's host is neither a name nor an address in its usual form", "write it out")
        if is_literal(host) and not self.admit(host, [host]):
            raise _inner(target)
        if not self.names(host) and (host == "localhost" or host.endswith(".localhost")):
            raise _inner(target)
        return target

    def names(self, host: str) -> bool:
        """Tell whether the operator has opened a host by its name."""
        return any(fnmatchcase(host, name) for name in self._names)

    def admit(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Return the addresses of a host that may be connected to: all of them or none.

        A name with public and inner addresses is somebody trying.
        """
        found = list(addresses)
        named = self.names(host)
        return found if all(self._admits(each, named=named) for each in found) else []

    def _admits(self, address: str, *, named: bool) -> bool:
        kind = kind_of(address)
        if kind is Kind.PUBLIC:
            return True
        ip = ipaddress.ip_address(address.partition("%")[0])
        inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        covering = [network for network in self._networks if (inner or ip) in network]
        if kind is Kind.NEVER:
            # Secrets of clouds' machines are in the midst of networks that others are right to open.
            return any(network.num_addresses == 1 for network in covering)
        return named or bool(covering)

    def _read(self, text: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            pass
        else:
            return
        try:
            host, port = parse_place(text.removeprefix("*."))
        except ValueError:
            host, port = "", None
        if not host or port is not None or is_disguised(host):
            message = f"hooks.allow: {text!r} is neither a host name nor a network"
            raise ConfigError(message, "write ci.team.example, *.team.example or 10.0.0.0/8")
        self._names.append(text)


def _inner(target: Target) -> Invalid:
    hint = "name a public one, or let the operator open it in hooks.allow"
    return Invalid(f"the endpoint {target.place} is on an inner network", hint)
