"""The client of forges, loaded when somebody first asks about a repository: no start waits for it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.domain.forge import Forge
from packhouse.domain.project import FactKind
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.services.project_ports import StoredFact

if TYPE_CHECKING:
    from packhouse.adapters.forges.client import ForgeClient


class ForgesOnDemand:
    """Implements the port `FactSource`."""

    def __init__(
        self,
        forges: Sequence[Forge],
        settings: UpstreamSettings,
        authorization: Callable[[UpstreamRegistry], str | None],
        *,
        offline: bool,
    ) -> None:
        self.hosts = frozenset(forge.host for forge in forges if forge.host)
        self._forges = forges
        self._settings = settings
        self._authorization = authorization
        self._offline = offline
        self._client: ForgeClient | None = None

    async def fetch_fact(self, project: str, kind: FactKind, known: StoredFact | None) -> StoredFact | None:
        """Ask one service; return what it says, None where nobody can be asked, or raise an UpstreamError."""
        if self._offline:
            return None
        client = self._client or self._keep(await asyncio.to_thread(self._load))
        return await client.fetch_fact(project, kind, known)

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.close()

    def _keep(self, client: "ForgeClient") -> "ForgeClient":
        """Keep a new client, unless another was loaded as quickly."""
        if self._client is None:
            self._client = client
        return self._client

    def _load(self) -> "ForgeClient":
        from packhouse.adapters.forges.client import ForgeClient  # noqa: PLC0415 (start-up time)

        return ForgeClient(self._forges, self._settings, authorization=self._authorization)
