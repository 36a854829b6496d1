"""Facts of releases and images in dictionaries, for tests."""

from collections import defaultdict
from collections.abc import Sequence

from packhouse.domain.package import PackageKey
from packhouse.services.fact_ports import FactKind, ReleaseFact
from packhouse.services.image_ports import ImageEntry, ImageRepository


class MemoryFacts:
    """The stores of facts and of images."""

    def __init__(self) -> None:
        super().__init__()
        self._release_facts: dict[tuple[PackageKey, str, str], ReleaseFact] = {}
        self._chains: dict[bytes, set[tuple[str, str]]] = defaultdict(set)
        self._repositories: dict[tuple[str, str], ImageRepository] = {}

    async def find_fact(self, key: PackageKey, version: str, kind: FactKind) -> ReleaseFact | None:
        """Look a fact up."""
        return self._release_facts.get((key, version, kind))

    async def write_facts(self, facts: Sequence[ReleaseFact]) -> None:
        """Add facts or replace those of the same release and kind."""
        self._release_facts |= {(fact.key, fact.version, fact.kind): fact for fact in facts}

    async def list_images(self, chain: bytes, limit: int) -> Sequence[ImageRepository]:
        """List the repositories with an image that begins with a chain of layers."""
        return [self._repositories[each] for each in sorted(self._chains.get(chain, ()))[:limit]]

    async def write_images(self, entries: Sequence[ImageEntry]) -> int:
        """Add chains to repositories."""
        new = 0
        for entry in entries:
            place = (entry.repository.registry, entry.repository.name)
            known = self._repositories.get(place)
            if known is None or entry.repository.has_facts:
                self._repositories[place] = entry.repository
            for chain in entry.chains:
                new += place not in self._chains[chain]
                self._chains[chain].add(place)
        return new
