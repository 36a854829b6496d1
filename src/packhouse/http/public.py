"""Our own public address, as links in answers must have it."""

import ipaddress
import re
from collections.abc import Mapping, Sequence

from packhouse.domain.errors import Invalid

# RFC 1035 section 2.3.4: no name is longer; answers are kept by it, so that its length matters.
_HOST = re.compile(r"[A-Za-z0-9._~-]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~@-]+)*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PublicAddress:
    """Tells scheme, host and path prefix under which a client sees this server.

    With a configured address nothing that a client sends can change it. Without, the Host header counts, and the
    X-Forwarded headers only if the connection comes from a trusted proxy.
    """

    def __init__(self, configured: str | None, trusted: Sequence[str]) -> None:
        self.configured = configured.rstrip("/") if configured else None
        self._trusted: tuple[Network, ...] = tuple(ipaddress.ip_network(each, strict=False) for each in trusted)

    def of(self, headers: Mapping[bytes, bytes], scheme: str, server: str, peer: str | None) -> str:
        """Return the address without a trailing slash; raise Invalid for a host that is none."""
        if self.configured is not None:
            return self.configured
        host = headers.get(b"host", b"").decode("latin-1") or server
        prefix = ""
        if self._trusted and self.trusts(peer):
            scheme = _first(headers, b"x-forwarded-proto") or scheme
            host = _first(headers, b"x-forwarded-host") or host
            prefix = _first(headers, b"x-forwarded-prefix").rstrip("/")
        if scheme not in ("http", "https") or not _HOST.fullmatch(host) or not _PREFIX.fullmatch(prefix):
            raise Invalid("the Host header is not a host name", "set public_url, or let the proxy send the right host")
        return f"{scheme}://{host}{prefix}"

    def client(self, headers: Mapping[bytes, bytes], peer: str | None) -> str:
        """Tell the client's address: the last one in X-Forwarded-For that no trusted proxy of ours has."""
        if not self._trusted or not self.trusts(peer):
            return peer or ""
        hops = [each.strip() for each in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        for hop in reversed(hops):
            if not self.trusts(hop):
                # Whatever stands before it was written by the client.
                return hop if _is_address(hop) else peer or ""
        return peer or ""

    def trusts(self, peer: str | None) -> bool:
        """Tell whether a connection comes from a trusted proxy."""
        try:
            address = ipaddress.ip_address(peer or "")
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _first(headers: Mapping[bytes, bytes], name: bytes) -> str:
    """Take the first of a list that several proxies may have added to."""
    return headers.get(name, b"").decode("latin-1").split(",")[0].strip()
