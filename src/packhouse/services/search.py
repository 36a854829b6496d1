"""Search over what this server knows."""

from packhouse.domain.view import View
from packhouse.services.ports import SearchHits, SearchIndex


class Search:
    """Finds packages by words."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    async def find(self, view: View, ecosystem: str, text: str, offset: int, limit: int) -> SearchHits:
        """Rank packages by how well they match; empty text lists none."""
        del view
        if not text.strip():
            return SearchHits(0, ())
        return await self._index.search(ecosystem, text, offset, limit)

    async def count(self, view: View, ecosystem: str) -> int:
        """Count the packages that are known."""
        del view
        return await self._index.count_packages(ecosystem)
