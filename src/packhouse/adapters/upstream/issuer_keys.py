"""Fetches the keys of issuers as indexes of upstreams are: only from where the operator says, and not too much.

No redirect is followed, and nothing that a token names is ever asked for.
"""

import asyncio
from collections.abc import Sequence

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.domain.errors import ConfigError, NotFound, UpstreamBad
from packhouse.domain.trust import Issuer
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest

_LARGEST = 256 << 10
_TIMEOUT_S = 5.0


class HttpIssuerKeys:
    """The source of keys: addresses and files of the configuration."""

    def __init__(self, issuers: Sequence[Issuer], *, offline: bool = False, timeout_s: float = _TIMEOUT_S) -> None:
        """Read the addresses; raise ConfigError for one that is wrong."""
        fetched = [each for each in issuers if each.enabled and not each.keys_file]
        settings = UpstreamSettings(
            connect_timeout_s=timeout_s,
            timeout_s=timeout_s,
            retries=1,
            max_index_bytes=_LARGEST,
            max_redirects=0,
            concurrency=2,
        )
        registries = [UpstreamRegistry(each.name, "", each.keys_url, well_known=False) for each in fetched]
        self._timeout_s = timeout_s
        self._client = UpstreamClient(registries, settings, lambda _: not offline)

    async def fetch_keys(self, issuer: Issuer) -> bytes:
        """Return the issuer's JWK Set as it is; raise UpstreamError, or ConfigError for a file."""
        if issuer.keys_file:
            return await asyncio.to_thread(_read, issuer.keys_file)
        try:
            # The client bounds silence; somebody who waits is waiting for all of it.
            async with asyncio.timeout(2 * self._timeout_s):
                answer = await self._client.fetch(issuer.name, UpstreamRequest(issuer.keys_url, "application/json"))
        except NotFound as error:
            raise UpstreamBad(f"the issuer {issuer.name} has no keys at its address", "correct its keys") from error
        except TimeoutError:
            raise UpstreamBad(f"the keys of the issuer {issuer.name} take too long to arrive") from None
        return answer.body

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (bounded)
            body = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"the keys of an issuer cannot be read: {error}", "correct its keys_file") from error
    if len(body) > _LARGEST:
        raise ConfigError(f"{path} is too large for the keys of an issuer")
    return body
