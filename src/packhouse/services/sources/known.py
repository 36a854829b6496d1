"""Rules that are about one package, made of what is known of it at the moment."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.policy.decision import Rule
from packhouse.policy.rules.malware import Malware
from packhouse.services.advisories import Advisories


class KnownRules(Protocol):
    """Where such rules come from."""

    async def generation(self) -> int:
        """Read the number of the last change to what is known; 0 where nothing is. Fast."""

    async def find(self, view: View, key: PackageKey) -> tuple[Rule, ...]:
        """Make the rules about a package."""


class KnownMalware:
    """Makes them of advisories; what is published here is not what an advisory about a public registry means."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        advisories: Advisories,
        is_ours: Callable[[View, PackageKey], Awaitable[bool]],
        is_exempt: Callable[[PackageKey], bool],
    ) -> None:
        self._ecosystem = ecosystem
        self._advisories = advisories
        self._is_ours = is_ours
        self._is_exempt = is_exempt

    async def generation(self) -> int:
        """Read the number of the last import."""
        return await self._advisories.generation()

    async def find(self, view: View, key: PackageKey) -> tuple[Rule, ...]:
        """Make a rule where records call releases of a package malicious."""
        found = await self._advisories.find_malicious(key)
        if not found or self._is_exempt(key) or await self._is_ours(view, key):
            return ()
        return (Malware(self._ecosystem, found),)
