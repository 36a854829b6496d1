"""The proxies of the environment: HTTP_PROXY, HTTPS_PROXY, and NO_PROXY for what is reached without."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from packhouse.adapters.upstream.targets import Target
from packhouse.domain.errors import ConfigError


class Proxies:
    """Which proxy leads to which host."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read the environment; raise ConfigError for a proxy that we cannot speak to."""
        self._by_scheme = {scheme: _proxy(environ, f"{scheme}_proxy") for scheme in ("http", "https")}
        listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        self.hosts = frozenset(urlsplit(url).hostname or "" for url in self._by_scheme.values() if url)
        """Where the proxies are: an inner address is right for them."""
        self._direct = [item.strip().lower() for item in listed.replace(" ", ",").split(",") if item.strip()]

    def find(self, target: Target) -> str | None:
        """Return the proxy's address (it may hold a password), None to connect directly."""
        proxy = self._by_scheme[target.scheme]
        if proxy is None or any(_covers(item, target) for item in self._direct):
            return None
        return proxy


def _proxy(environ: Mapping[str, str], name: str) -> str | None:
    value = environ.get(name) or environ.get(name.upper()) or ""
    if not value:
        return None
    url = value if "://" in value else f"http://{value}"
    if not url.startswith(("http://", "https://")):
        message = f"{name.upper()} names a proxy that is not reached over http or https"
        raise ConfigError(message, "name an http proxy, or unset it for Packhouse")
    return url


def _covers(item: str, target: Target) -> bool:
    """Read one item of NO_PROXY as curl does: *, host, .domain, host:port, address or network."""
    if item == "*":
        return True
    if "/" in item:
        return _in_network(item, target.host)
    host, _, port = item.rpartition(":") if item.count(":") == 1 else (item.strip("[]"), "", "")
    if port and port != str(target.port):
        return False
    domain = host.removeprefix("*").removeprefix(".")
    return target.host == domain or target.host.endswith(f".{domain}")


def _in_network(network: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
