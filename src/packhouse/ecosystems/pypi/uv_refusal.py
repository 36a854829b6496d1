"""Why nothing fits, told from what a PubGrub search has learnt."""

from collections.abc import Sequence
from typing import Any

from packhouse.ecosystems.pypi.catalogue import Catalogue
from packhouse.ecosystems.pypi.refusal import Blamed, Refused
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.uv_packages import UvPackage
from packhouse.resolver.pubgrub import Incompatibility, leaves

_MOST = 12
"""How many sentences are told at most."""
_MOST_VERSIONS = 3
_ANY = "of any version"


def refuse(end: Incompatibility, packages: Sequence[UvPackage], catalogue: Catalogue, whose: str) -> Refused:
    """Tell of what has led to the end: who needs what, and what there is none of."""
    teller = _Teller(packages, catalogue, whose)
    known = sorted(leaves(end), key=lambda each: (each.reason != "dependency", next(iter(each.terms), 0)))
    sentences = list(dict.fromkeys(filter(None, map(teller.sentence, known))))
    more = f"; and {len(sentences) - _MOST} more of the kind" if len(sentences) > _MOST else ""
    return Refused(f"{'; '.join(sentences[:_MOST])}{more}: nothing meets all of this", teller.blamed)


class _Teller:
    def __init__(self, packages: Sequence[UvPackage], catalogue: Catalogue, whose: str) -> None:
        self._packages = packages
        self._catalogue = catalogue
        self._whose = whose
        self.blamed: list[Blamed] = []

    def sentence(self, known: Incompatibility) -> str:
        if known.reason == "dependency":
            return self._of_dependency(known)
        if not known.terms or known.reason == "root":
            return ""
        (package, term) = next(iter(known.terms.items()))
        which = self._packages[package]
        if which.kind == "python":
            return ""
        if known.reason == "missing":
            return f"there is no project {which.name}"
        versions = self._versions(which, term >> 1)
        told = {
            "none": f"{_named(which)} has no other release",
            "yanked": f"{_named(which)} {versions} is yanked",
            "no file": f"{_named(which)} {versions} has no file for {self._catalogue.target.platform}",
            "metadata": f"{_named(which)} {versions} has metadata that cannot be read",
        }
        python = f"{_named(which)} {versions} needs Python {known.detail}"
        return told.get(known.reason, python)

    def _of_dependency(self, known: Incompatibility) -> str:
        detail: Any = known.detail
        package, target, wanted = detail
        owner, which = self._packages[package], self._packages[target]
        if owner.kind in {"extra", "marker"}:
            return ""
        if which.kind == "python":
            versions = self._versions(owner, known.terms[package] >> 1)
            return f"{_named(owner)} {versions} needs another Python than {self._catalogue.target.version}"
        needed = f"{_named(which)} {self._versions(which, wanted)}".removesuffix(f" {_ANY}")
        if owner.kind == "root":
            self.blamed.append(Blamed("", "", f"{_named(which)} cannot be met"))
            return f"{self._whose} needs {needed}"
        versions = self._versions(owner, known.terms[package] >> 1)
        shelf = self._catalogue.shelf(owner.name)
        places = _places(known.terms[package] >> 1, shelf)
        if shelf is not None and places:
            self.blamed.append(Blamed(owner.name, shelf.version(places[-1]), f"{needed} cannot be met"))
        return (
            f"every {_named(owner)} needs {needed}"
            if versions == _ANY
            else f"{_named(owner)} {versions} needs {needed}"
        )

    def _versions(self, which: UvPackage, versions: int) -> str:
        shelf = self._catalogue.shelf(which.name) if which.name else None
        places = _places(versions, shelf)
        if shelf is None or not places:
            return "of a version that there is not"
        if len(places) == len(shelf.keys):
            return _ANY
        if len(places) <= _MOST_VERSIONS:
            return " or ".join(map(shelf.version, places))
        return f"from {shelf.version(places[0])} to {shelf.version(places[-1])}"


def _places(versions: int, shelf: Shelf | None) -> list[int]:
    count = 0 if shelf is None else len(shelf.keys)
    return [place for place in range(count) if versions >> 2 * place + 1 & 1]


def _named(which: UvPackage) -> str:
    return f"{which.name}[{which.extra}]" if which.extra else which.name
