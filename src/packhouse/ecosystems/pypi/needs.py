"""Needs and candidates as pip sees them: a project with extras is an identifier of its own that pins the project."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from packhouse.ecosystems.pypi.catalogue import Catalogue
from packhouse.ecosystems.pypi.pythons import runs_on
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.specifiers import parse_specifiers
from packhouse.ecosystems.pypi.targets import Prereleases
from packhouse.ecosystems.pypi.versions import is_prerelease
from packhouse.ecosystems.pypi.wanted import Wanted

PYTHON = "<Python from Requires-Python>"
_NO_EXTRAS: frozenset[str] = frozenset()


def identify(name: str, extras: frozenset[str]) -> str:
    """Name a project with extras."""
    return f"{name}[{','.join(sorted(extras))}]" if extras else name


def split_identifier(identifier: str) -> tuple[str, frozenset[str]]:
    """Take apart what `identify` has made."""
    name, _, extras = identifier.rstrip("]").partition("[")
    return name, frozenset(filter(None, extras.split(",")))


class Candidate:
    """A release, with extras or without; there is one object of each. Without a shelf it is the Python."""

    __slots__ = ("extras", "identifier", "position", "shelf")

    def __init__(self, shelf: Shelf | None, position: int, extras: frozenset[str]) -> None:
        self.shelf = shelf
        self.position = position
        self.extras = extras
        self.identifier = PYTHON if shelf is None else identify(shelf.name, extras)

    @property
    def version(self) -> str:
        """The version as it is spelled."""
        return self.shelf.version(self.position) if self.shelf is not None else ""

    def __str__(self) -> str:
        return f"{self.identifier} {self.version}"


class Need:
    """What somebody asks for: a range of releases, one candidate, or a Python."""

    __slots__ = (
        "_mask",
        "candidate",
        "extras",
        "identifier",
        "is_bounded",
        "is_limited",
        "is_pinned",
        "name",
        "range",
        "takes_prereleases",
    )

    def __init__(
        self,
        name: str,
        extras: frozenset[str] = _NO_EXTRAS,
        text: str = "",
        candidate: Candidate | None = None,
        mask: int | None = None,
    ) -> None:
        self.name = name
        self.extras = extras
        self.range = text
        self.candidate = candidate
        self.identifier = PYTHON if not name else identify(name, extras)
        self._mask = mask
        if candidate is None and name:
            self.is_pinned, self.is_bounded, self.is_limited, self.takes_prereleases = _traits(text)
        else:
            self.is_pinned = self.is_bounded = self.is_limited = self.takes_prereleases = False

    def mask(self, shelf: Shelf | None) -> int:
        """Tell which releases are in its range; asked again, it is known without the shelf."""
        if self._mask is None:
            if shelf is None:
                return 0
            self._mask = shelf.within(self.range)
        return self._mask

    def is_met_by(self, candidate: Candidate) -> bool:
        """Tell whether a candidate of its identifier will do, pre-releases included."""
        if self.candidate is not None:
            return self.candidate is candidate
        if candidate.shelf is None:
            return self._mask != 0
        return bool(self.mask(candidate.shelf) >> candidate.position & 1)

    def __str__(self) -> str:
        if self.candidate is not None:
            return f"{self.name}=={self.candidate.version}"
        return f"{self.identifier}{self.range}" if self.name else f"Python {self.range}"


@lru_cache(maxsize=16384)
def _traits(text: str) -> tuple[bool, bool, bool, bool]:
    """Tell of a range whether it pins a version, has an upper bound, is there at all, and names a pre-release."""
    clauses = parse_specifiers(text)
    exact = any(clause.operator in {"==", "==="} and clause.prefix is None for clause in clauses)
    bounded = any(
        clause.operator in {"<", "<=", "~="} or (clause.operator == "==" and clause.prefix is not None)
        for clause in clauses
    )
    pre = any(
        clause.operator != "!=" and clause.prefix is None and clause.key is not None and is_prerelease(clause.key)
        for clause in clauses
    )
    return exact, bounded, bool(clauses), pre


def names_prerelease(text: str) -> bool:
    """Tell whether a range names a pre-release, so that pre-releases will do."""
    return _traits(text)[3]


class Fold(Struct, frozen=True):
    """Many needs of one identifier as one."""

    mask: int = -1
    """The releases that are in all ranges; below 0 where there is no range."""
    explicit: frozenset[Candidate] = frozenset()
    is_pinned: bool = False
    is_bounded: bool = False
    is_limited: bool = False
    takes_prereleases: bool = False
    has_range: bool = False

    def joined(self, need: Need, shelf: Shelf | None) -> "Fold":
        """Add a need."""
        if need.candidate is not None:
            return replace(self, explicit=self.explicit | {need.candidate})
        return Fold(
            self.mask & need.mask(shelf),
            self.explicit,
            self.is_pinned or need.is_pinned,
            self.is_bounded or need.is_bounded,
            self.is_limited or need.is_limited,
            self.takes_prereleases or need.takes_prereleases,
            has_range=True,
        )

    def merged(self, other: "Fold", explicit: Iterable[Candidate]) -> "Fold":
        """Add the ranges of another identifier, and candidates that stand for those which it names."""
        return Fold(
            self.mask & other.mask,
            self.explicit.union(explicit),
            self.is_pinned or other.is_pinned,
            self.is_bounded or other.is_bounded,
            self.is_limited or other.is_limited,
            self.takes_prereleases or other.takes_prereleases,
            self.has_range or other.has_range,
        )

    def is_met_by(self, candidate: Candidate) -> bool:
        """Tell whether a candidate of its identifier will do, pre-releases included."""
        if self.explicit and self.explicit != {candidate}:
            return False
        return bool(self.mask >> candidate.position & 1)


class NeedMaker:
    """Makes candidates and their needs, each once."""

    def __init__(
        self, catalogue: Catalogue, constraints: Mapping[str, Sequence[str]], prereleases: Prereleases = "usual"
    ) -> None:
        self._catalogue = catalogue
        self._constraints = {name: ",".join(filter(None, texts)) for name, texts in constraints.items()}
        self._prereleases = prereleases
        self._candidates: dict[tuple[str, int, frozenset[str]], Candidate] = {}
        self._needs: dict[Candidate, tuple[Need, ...] | None] = {}
        self._options: dict[tuple[str, int, bool, bool], _Positions] = {}
        self.python = Candidate(None, 0, _NO_EXTRAS)

    def candidate(self, shelf: Shelf | None, position: int, extras: frozenset[str] = _NO_EXTRAS) -> Candidate:
        """Return the one object that stands for a release with extras."""
        if shelf is None:
            return self.python
        where = shelf.name, position, extras
        found = self._candidates.get(where)
        if found is None:
            found = self._candidates[where] = Candidate(shelf, position, extras)
        return found

    def needs_of(self, candidate: Candidate) -> tuple[Need, ...] | None:
        """List what a candidate needs, None where its metadata cannot be read; raise Missing."""
        try:
            return self._needs[candidate]
        except KeyError:
            found = self._needs[candidate] = self._needs_of(candidate)
            return found

    def _needs_of(self, candidate: Candidate) -> tuple[Need, ...] | None:
        shelf = candidate.shelf
        if shelf is None:
            return ()
        metadata = self._catalogue.metadata(shelf, candidate.position)
        if metadata.fault:
            return None
        needs: list[Need] = []
        if candidate.extras:
            base = self.candidate(shelf, candidate.position)
            needs.append(Need(shelf.name, candidate=base))
        elif metadata.python:
            fits = runs_on(self._catalogue.target, metadata.python)
            needs.append(Need("", text=metadata.python, mask=int(fits)))
        for wanted in self._catalogue.wanted(shelf, candidate.position, candidate.extras):
            needs.extend(needs_for(wanted))
        return tuple(needs)

    def allows(self, candidate: Candidate) -> bool:
        """Tell whether a candidate meets the constraint on its project."""
        shelf = candidate.shelf
        text = self._constraints.get(shelf.name) if shelf is not None else None
        return not text or shelf is None or bool(shelf.within(text) >> candidate.position & 1)

    def options(self, name: str, extras: frozenset[str], fold: Fold) -> Iterator[Candidate]:
        """List the candidates of a project that are in all ranges, the newest first; raise Missing."""
        shelf = self._catalogue.shelf(name)
        if shelf is None:
            return
        mask = shelf.all & fold.mask
        text = self._constraints.get(name, "")
        if text:
            mask &= shelf.within(text)
        takes_pre = self._prereleases == "allow" or fold.takes_prereleases or names_prerelease(text)
        is_pinned = fold.is_pinned or _traits(text)[0]
        if self._prereleases == "disallow":
            mask &= ~shelf.prereleases
        where = name, mask, takes_pre, is_pinned
        positions = self._options.get(where)
        if positions is None:
            positions = self._options[where] = _Positions(_fitting(shelf, mask, takes_pre, is_pinned))
        for position in positions:
            yield self.candidate(shelf, position, extras)


class _Positions:
    """Positions that are found one at a time and kept."""

    __slots__ = ("_found", "_left")

    def __init__(self, source: Iterator[int]) -> None:
        self._left = source
        self._found: list[int] = []

    def __iter__(self) -> Iterator[int]:
        at = 0
        while True:
            if at == len(self._found):
                try:
                    self._found.append(next(self._left))
                except StopIteration:
                    return
            yield self._found[at]
            at += 1


def _fitting(shelf: Shelf, mask: int, takes_pre: bool, is_pinned: bool) -> Iterator[int]:  # noqa: FBT001 (a key)
    """List releases that can be installed, the newest first.

    Pre-releases are among them where there is nothing else or one is named (PEP 440), yanked ones where nothing else is
    there and a version is pinned (PEP 592).
    """
    pools = (mask,) if takes_pre else (mask & ~shelf.prereleases, mask & shelf.prereleases)
    for pool in pools:
        yanked: list[int] = []
        is_any = False
        for position in descending(pool):
            pick = shelf.pick(position)
            if pick is None:
                continue
            if pick.is_yanked:
                yanked.append(position)
            else:
                is_any = True
                yield position
        if is_any:
            return
        if yanked:
            if is_pinned:
                yield from yanked
            return


def descending(mask: int) -> Iterator[int]:
    """List the bits of a number, the highest first."""
    while mask:
        position = mask.bit_length() - 1
        yield position
        mask ^= 1 << position


def needs_for(wanted: Wanted) -> Iterator[Need]:
    """Make needs of a dependency specifier; one with extras and a range is two."""
    if wanted.url:
        return
    if wanted.extras and wanted.range:
        yield Need(wanted.name, _NO_EXTRAS, wanted.range)
    yield Need(wanted.name, wanted.extras, wanted.range)
