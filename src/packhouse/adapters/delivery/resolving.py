"""What of sending needs aiohttp: addresses checked at the moment of connecting, and errors in our words."""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.upstream.faults import ForbiddenAddress
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.transport import Lookup, system_lookup
from packhouse.domain.errors import PackhouseError, Refused, UpstreamDown


class CheckingResolver(AbstractResolver):
    """Gives only addresses that may be connected to; aiohttp connects to these and looks nothing up again."""

    def __init__(self, allowed: Allowance, lookup: Lookup | None) -> None:
        self._allowed = allowed
        self._lookup = system_lookup if lookup is None else lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 (aiohttp's interface)
    ) -> list[ResolveResult]:
        """Look a host up; raise ForbiddenAddress where one of its addresses is forbidden."""
        found = await self._lookup(host, port)
        admitted = self._allowed.admit(host, found)
        if found and not admitted:
            raise ForbiddenAddress(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in admitted
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def translate(error: Exception, target: Target, timeout_s: float) -> PackhouseError:
    """Say what went wrong; the path is left out, since it may be a secret."""
    place = target.place
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=ForbiddenAddress()):
            return Refused(f"{place} is at an address of an inner network", "the operator can open it in hooks.allow")
        case aiohttp.ClientConnectorDNSError():
            return UpstreamDown(f"the address of {place} cannot be found")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return UpstreamDown(f"{place} cannot be trusted: its TLS fails")
        case aiohttp.ClientConnectorError():
            return UpstreamDown(f"no connection to {place} came about")
        case TimeoutError():
            return UpstreamDown(f"{place} did not answer within {timeout_s:g} seconds")
        case _:
            return UpstreamDown(f"{place} did not answer in proper HTTP")
