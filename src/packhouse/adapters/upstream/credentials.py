"""The secrets of upstreams, read where the operator keeps them at the moment when they are needed."""

import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from packhouse.domain.errors import ConfigError
from packhouse.domain.upstream import CredentialSource, UpstreamRegistry

ClientStore = Callable[[str, Path, Mapping[str, str]], str | None]
"""Looks up what to send to a base URL in the store of an ecosystem's own client."""


class Credentials:
    """Finds the Authorization header of each upstream; what was read is kept until the process ends."""

    def __init__(
        self,
        client_stores: Mapping[str, ClientStore],
        environ: Mapping[str, str] = os.environ,
        home: Path | None = None,
    ) -> None:
        """Take the stores of the ecosystems' clients, by ecosystem."""
        self._client_stores = client_stores
        self._environ = environ
        self._home = home
        self._found: dict[str, str] = {}

    def __call__(self, registry: UpstreamRegistry) -> str | None:
        """Return the value of the header; raise ConfigError where a secret should be and is not."""
        source = registry.credentials
        if source is None:
            return None
        value = self._found.get(registry.name)
        if value is None:
            value = self._found[registry.name] = self._find(registry, source)
        return value

    def _find(self, registry: UpstreamRegistry, source: CredentialSource) -> str:
        if source.store == "netrc":
            return self._netrc(registry)
        if source.store == "client":
            return self._client(registry)
        return _header(source, self._secret(registry, source))

    def _secret(self, registry: UpstreamRegistry, source: CredentialSource) -> str:
        if source.variable:
            secret = self._environ.get(source.variable, "").strip()
            if not secret:
                raise _nothing(registry, f"the variable {source.variable} is empty")
        else:
            try:
                secret = Path(source.file).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise _nothing(registry, f"{source.file} cannot be read") from error
            if not secret:
                raise _nothing(registry, f"{source.file} is empty")
        if not secret.isprintable():
            raise _nothing(registry, "the secret has control characters")
        return secret

    def _netrc(self, registry: UpstreamRegistry) -> str:
        from netrc import NetrcParseError, netrc  # noqa: PLC0415 (few upstreams have one)

        path = Path(self._environ.get("NETRC") or self._at_home() / ".netrc")
        host = urlsplit(registry.url).hostname or ""
        port = urlsplit(registry.url).port
        try:
            hosts = netrc(path).hosts
        except (OSError, NetrcParseError, UnicodeDecodeError) as error:
            raise _nothing(registry, f"{path} cannot be read") from error
        # Never the entry `default`: it would send one host's password to every other.
        found = hosts.get(f"{host}:{port}") if port else None
        found = found or hosts.get(host)
        if found is None:
            raise _nothing(registry, f"{path} has no machine {host}")
        login, _, password = found
        return _basic(login or "", password or "")

    def _client(self, registry: UpstreamRegistry) -> str:
        store = self._client_stores.get(registry.ecosystem)
        if store is None:
            raise _nothing(registry, "the client of its ecosystem has no store that can be read")
        value = store(registry.url, self._at_home(), self._environ)
        if value is None:
            raise _nothing(registry, f"the client's own store has nothing for {registry.url}")
        return value

    def _at_home(self) -> Path:
        return self._home or Path.home()


def _header(source: CredentialSource, secret: str) -> str:
    if source.user:
        return _basic(source.user, secret)
    if source.scheme == "none":
        return secret
    return f"{source.scheme or 'Bearer'} {secret}"


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _nothing(registry: UpstreamRegistry, why: str) -> ConfigError:
    return ConfigError(
        f"the credentials of the upstream {registry.name} are missing: {why}", "see docs/guides/upstreams.md"
    )
