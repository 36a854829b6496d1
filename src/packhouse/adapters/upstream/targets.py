"""Addresses of upstreams, read once and strictly, so that what is checked is what is asked."""

import re
from urllib.parse import quote, urljoin

from msgspec import Struct

# RFC 3986 section 3, without what has no place in an upstream's address: no backslash that another parser takes
# for a slash, no space, no control character, no zone of an IPv6 address.
_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?#@]*)@)?"
    r"(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!->@-\[\]-~]*)?(?:\?|(?P<query>\?[!-~]+))?",
    re.IGNORECASE | re.ASCII,
)
_PORTS = {"http": 80, "https": 443}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Target(Struct, frozen=True):
    """One address that may be asked."""

    url: str
    """As it goes out: percent-escapes are never touched."""
    scheme: str
    host: str
    """In lower case, an IPv6 address without its brackets."""
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host, and port where it is not the scheme's own."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"


def parse_target(url: str) -> Target:
    """Read an address; raise ValueError with a sentence that does not repeat it."""
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        raise ValueError("an address that is not http(s)://host/path in plain ASCII")
    if found["user"] is not None:
        raise ValueError("an address with a user name or password in it")
    scheme = found["scheme"].lower()
    host = found["host"].lower()
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError("an address with an impossible port")
    path = found["path"] or "/"
    authority = host if port == _PORTS[scheme] else f"{host}:{port}"
    return Target(f"{scheme}://{authority}{path}{found['query'] or ''}", scheme, host.strip("[]"), port, path)


def follow_location(current: Target, location: str) -> Target:
    """Read the Location of a redirect (RFC 9110 section 10.2.2); raise ValueError as `parse_target` does."""
    # Some servers send raw UTF-8; everything printable stays byte for byte.
    plain = quote(location.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)
    return parse_target(urljoin(current.url, plain))


def parse_place(text: str) -> tuple[str, int | None]:
    """Read `host` or `host:port`; raise ValueError if it is neither."""
    target = parse_target(f"http://{text}")
    if target.path != "/" or "?" in target.url:
        raise ValueError("something that is not a host or host:port")
    return target.host, target.port if re.search(r":[0-9]+$", text) else None
