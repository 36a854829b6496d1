"""Names that people could take for one another: told to who uses such a name for the first time."""

import unicodedata
from collections.abc import Sequence

from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.formats.words import distance
from packhouse.services.search import Search

_SHORTEST = 4
"""Of two names that are shorter, one letter is too much of a difference to be a slip."""
_LOOKED_AT = 20
_SAME = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "-": None, "_": None, ".": None})
"""What looks alike in many typefaces, and what people leave out."""


class Lookalikes:
    """Looks among the packages that the asker may see; what is hidden is not told by a warning either."""

    def __init__(self, ecosystem: str, search: Search) -> None:
        self._ecosystem = ecosystem
        self._search = search

    async def find(self, view: View, key: PackageKey) -> Sequence[PackageKey]:
        """List known packages whose names could be meant; the best known first."""
        if not await self._search.may_have_near(key.name):
            return []
        hits = await self._search.find(view, self._ecosystem, key.name, 0, _LOOKED_AT)
        known = [summary.key for _, summary in hits.hits]
        return [each for each in known if each.name != key.name and look_alike(each.name, key.name)]


def look_alike(left: str, right: str) -> bool:
    """Tell whether two names can be taken for one another: by letters that look the same, or by one slip."""
    one, other = _shape(left), _shape(right)
    if one == other:
        return True
    return min(len(one), len(other)) >= _SHORTEST and distance(one, other) <= 1


def _shape(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return plain.translate(_SAME).replace("rn", "m").replace("vv", "w")
