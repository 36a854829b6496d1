"""Names in dictionaries, for tests."""

from collections import defaultdict
from collections.abc import Sequence

from packhouse.policy.similar_forms import forms
from packhouse.policy.similarity import KnownName
from packhouse.services.name_ports import NameCount, NameEntry


class MemoryNames:
    """The store of names."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[tuple[str, str], KnownName] = {}
        self._kept: dict[int, set[tuple[str, str]]] = defaultdict(set)
        self._named_to = 0

    async def find_name(self, ecosystem: str, name: str) -> KnownName | None:
        """Look a name up."""
        return self._names.get((ecosystem, name))

    async def list_named_alike(self, ecosystem: str, forms: Sequence[int], limit: int) -> Sequence[KnownName]:
        """List the names that are kept under each of these forms."""
        found: dict[str, KnownName] = {}
        for form in forms:
            kept = [self._names[each] for each in self._kept.get(form, ()) if each[0] == ecosystem]
            for known in sorted(kept, key=lambda each: (-each.weight, each.name))[:limit]:
                found[known.name] = known
        return list(found.values())

    async def write_names(self, entries: Sequence[NameEntry], read_to: int | None = None) -> int:
        """Add names, or what a list says of known ones."""
        changed = 0
        for entry in entries:
            place = (entry.ecosystem, entry.known.name)
            before = self._names.get(place)
            if before == entry.known or (before is not None and not _says_more(entry.known, before)):
                continue
            changed += 1
            self._names[place] = entry.known
            for form in forms(*place):
                self._kept[form].add(place)
        self._named_to = self._named_to if read_to is None else read_to
        return changed

    async def read_named_to(self) -> int:
        """Tell up to which place of the event log all names have been written."""
        return self._named_to

    async def count_names(self) -> Sequence[NameCount]:
        """Count the names, by ecosystem."""
        found: dict[str, list[bool]] = defaultdict(list)
        for (ecosystem, _), known in self._names.items():
            found[ecosystem].append(known.listed)
        return [NameCount(each, len(listed), sum(listed)) for each, listed in sorted(found.items())]


def _says_more(now: KnownName, before: KnownName) -> bool:
    return now.listed and not (before.downloads and not now.downloads)
