"""Index documents that were used a moment ago, up to a limit of memory."""

from collections import OrderedDict

from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey


class Recent:
    """Keeps a packument between the request that fetched it and those for its files that follow at once."""

    def __init__(self, limit_bytes: int = 24 << 20) -> None:
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[str, PackageKey, int], tuple[Index, int]] = OrderedDict()

    def find(self, origin: str, key: PackageKey, generation: int) -> Index | None:
        """Return a document if it is still here."""
        entry = self._kept.get((origin, key, generation))
        if entry is None:
            return None
        self._kept.move_to_end((origin, key, generation))
        return entry[0]

    def keep(self, origin: str, key: PackageKey, generation: int, index: Index) -> None:
        """Hold a document, and let go of those unused for longest."""
        where = (origin, key, generation)
        if where in self._kept:
            return
        # The fragments' own objects weigh about as much as small bodies do.
        size = len(index.head) + sum(len(fragment.body) + 200 for fragment in index.fragments)
        self._kept[where] = (index, size)
        self._size_bytes += size
        while self._size_bytes > self._limit_bytes and self._kept:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size_bytes -= dropped
