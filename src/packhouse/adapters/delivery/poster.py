"""POST by aiohttp to addresses that users have named; aiohttp is imported when something is first sent."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from ssl import SSLContext
from typing import TYPE_CHECKING

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.upstream.certificates import tls_context
from packhouse.domain.errors import Invalid, Refused

if TYPE_CHECKING:
    import aiohttp


Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Finds the addresses of a host; raises OSError if it has none."""


class HttpPoster:
    """Sends JSON; every message has a connection of its own, to an address that was looked at.

    Neither redirects are followed, nor cookies kept, nor proxies of the environment used: a proxy would look names up
    by itself, and reach what we may not.
    """

    def __init__(
        self,
        allowed: Allowance,
        user_agent: str,
        timeout_s: float = 10.0,
        lookup: Lookup | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._allowed = allowed
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._lookup = lookup
        self._environ = environ
        self._session: aiohttp.ClientSession | None = None

    def check(self, endpoint: str) -> None:
        """Raise Invalid for an address that nothing will ever be sent to."""
        self._allowed.target(endpoint)

    async def post(self, endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send JSON and return the status of the answer; raise UpstreamDown, or Refused for a forbidden address."""
        try:
            target = self._allowed.target(endpoint)
        except Invalid as error:
            raise Refused(error.message, error.hint) from None
        import aiohttp  # noqa: PLC0415 (start-up time)
        from yarl import URL  # noqa: PLC0415

        from packhouse.adapters.delivery.resolving import translate  # noqa: PLC0415

        session = self._open()
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await session.post(
                    URL(target.url, encoded=True), data=body, headers=dict(headers), allow_redirects=False
                )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise translate(error, target, self._timeout_s) from error
        response.close()  # whatever else it says
        return response.status

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> "aiohttp.ClientSession":
        if self._session is None:
            import aiohttp  # noqa: PLC0415 (start-up time)

            from packhouse.adapters.delivery.resolving import CheckingResolver  # noqa: PLC0415

            context: SSLContext = tls_context(self._environ)
            connector = aiohttp.TCPConnector(
                ssl=context,
                resolver=CheckingResolver(self._allowed, self._lookup),
                use_dns_cache=False,  # so that every connection is to addresses that were just looked at
                force_close=True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                headers={"User-Agent": self._user_agent},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session
