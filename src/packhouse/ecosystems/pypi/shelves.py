"""The releases of a project in order, each with the file that a target would take of it."""

from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.release import Artifact, PackageRecord, Release
from packhouse.ecosystems.pypi.index import FileFacts
from packhouse.ecosystems.pypi.pythons import runs_on
from packhouse.ecosystems.pypi.specifiers import Clause, holds, parse_specifiers
from packhouse.ecosystems.pypi.targets import Target
from packhouse.ecosystems.pypi.versions import VersionKey, is_prerelease, public, version_key

_UNKNOWN = "0+unknown"
_SOURCES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.lzma")
_WHEEL = ".whl"
_WHEEL_PARTS = 5
_read_facts = msgspec.msgpack.Decoder(FileFacts | None).decode
_key = lru_cache(maxsize=1 << 17)(version_key)
_NO_FACTS = FileFacts()


class Pick(Struct, frozen=True):
    """The file of a release that a client would take."""

    artifact: Artifact
    """The one whose metadata it reads."""
    is_yanked: bool = False
    is_described: bool = False
    """True where the index says that the file's metadata stands beside it."""
    other_python: str = ""
    """What it needs of Python, where the target's is none of that: uv takes the file first and looks then."""

    @property
    def is_usable(self) -> bool:
        """Tell whether it would be chosen without being asked for by its version."""
        return not self.is_yanked and not self.other_python


class Gap(Struct, frozen=True):
    """Where a range lies among versions: those from `first` up to `end`, and whether it reaches beyond them.

    A range may hold versions that nobody has published: `below` and `above` tell whether there is room for some.
    """

    first: int
    end: int
    below: bool
    above: bool
    negated: bool = False


class Shelf:
    """The releases of one project, ascending; sets of them are bits of a number."""

    def __init__(self, name: str, record: PackageRecord, target: Target) -> None:
        self.name = name
        self.keys: list[VersionKey] = []
        self._record = record
        self._places: list[int] = []
        for place, version in enumerate(record.versions):
            try:
                key = _key(version)
            except Invalid:
                continue
            if version != _UNKNOWN:
                self.keys.append(key)
                self._places.append(place)
        self._target = target
        self._picks: dict[int, Pick | None] = {}
        self._gaps: dict[str, tuple[Gap, ...]] = {}
        self._ranges: dict[str, int] = {}
        self._spaces: dict[str, int] = {}
        self.all = (1 << len(self.keys)) - 1
        self.space = (1 << 2 * len(self.keys) + 1) - 1
        """All versions and the gaps around them."""
        self.space_of_versions = (self.space >> 1) // 3 << 1
        self.prereleases = self.space_of_prereleases = 0
        for place, key in enumerate(self.keys):
            if is_prerelease(key):
                self.prereleases |= 1 << place
                self.space_of_prereleases |= 1 << 2 * place + 1

    def version(self, position: int) -> str:
        """Return a version as it is spelled."""
        return self._record.versions[self._places[position]]

    def find(self, version: str) -> int | None:
        """Find a version, however it is spelled."""
        try:
            key = _key(version)
        except Invalid:
            return None
        position = bisect_left(self.keys, key)
        return position if position < len(self.keys) and self.keys[position] == key else None

    def release(self, position: int) -> Release:
        """Read a release."""
        return self._record.release(self._places[position])

    def within(self, text: str) -> int:
        """Tell which are in a range, pre-releases included, one bit for each; raise Invalid."""
        found = self._ranges.get(text)
        if found is None:
            found = self.all
            for gap in self._read(text):
                inside = _run(gap.first, gap.end)
                found &= ~inside if gap.negated else inside
            self._ranges[text] = found
        return found

    def space_within(self, text: str) -> int:
        """Tell what a range holds of versions (odd bits) and of the gaps below each and above all (even bits)."""
        found = self._spaces.get(text)
        if found is None:
            found = self.space
            for gap in self._read(text):
                first = 2 * gap.first + (0 if gap.below else 1)
                end = 2 * gap.end + (1 if gap.above else 0)
                inside = _run(first, end)
                found &= ~inside if gap.negated else inside
            self._spaces[text] = found
        return found

    def _read(self, text: str) -> tuple[Gap, ...]:
        found = self._gaps.get(text)
        if found is None:
            found = self._gaps[text] = tuple(gap for each in parse_specifiers(text) for gap in self._of_clause(each))
        return found

    def _of_clause(self, clause: Clause) -> tuple[Gap, ...]:
        """Every comparison is true of versions that stand side by side, or false of those."""
        if clause.key is None:
            same = [place for place in range(len(self.keys)) if holds(self.version(place), self.keys[place], clause)]
            first = same[0] if same else 0
            return (Gap(first, first + len(same), below=False, above=False),)
        match clause.operator:
            case ">" | ">=":
                return (self._from(clause),)
            case "<" | "<=":
                return (self._up_to(clause),)
            case "==":
                return (self._equal(clause),)
            case "!=":
                equal = self._equal(msgspec.structs.replace(clause, operator="=="))
                return (
                    msgspec.structs.replace(
                        equal, negated=True, below=clause.prefix is not None, above=clause.prefix is not None
                    ),
                )
        return self._from(msgspec.structs.replace(clause, operator=">=")), self._equal(_prefix_of(clause))

    def _from(self, clause: Clause) -> Gap:
        first = bisect_left(self.keys, 1, key=lambda key: holds("", key, clause))
        is_there = first < len(self.keys) and clause.operator == ">=" and public(self.keys[first]) == clause.key
        return Gap(first, len(self.keys), below=not is_there, above=True)

    def _up_to(self, clause: Clause) -> Gap:
        end = bisect_left(self.keys, 1, key=lambda key: not holds("", key, clause))
        is_there = end > 0 and clause.operator == "<=" and public(self.keys[end - 1]) == clause.key
        return Gap(0, end, below=True, above=not is_there)

    def _equal(self, clause: Clause) -> Gap:
        assert clause.key is not None  # noqa: S101 (=== was told apart before)
        least = clause.key if clause.prefix is None else clause.key._replace(pre=(0, 0), dev=(0, -1))
        first = end = bisect_left(self.keys, least)
        while end < len(self.keys) and holds("", self.keys[end], clause):
            end += 1
        room = clause.prefix is not None or first == end
        return Gap(first, end, below=room, above=room)

    def pick(self, position: int) -> Pick | None:
        """Choose the file of a release; None where nothing of it can be installed on the target."""
        try:
            return self._picks[position]
        except KeyError:
            found = self._picks[position] = choose_file(self.release(position), self._target)
            return found

    def needs_other_python(self, position: int) -> str:
        """Tell what a release needs of Python, where this is what stands in its way; else return empty text."""
        release = self.release(position)
        needed = release.runtimes.get("python", "")
        return needed if needed and not runs_on(self._target, needed) else ""


def _run(first: int, end: int) -> int:
    return (1 << end) - (1 << first) if end > first else 0


def _prefix_of(clause: Clause) -> Clause:
    """Turn `~=2.2` into the `==2.*` that it implies."""
    text = clause.text.lower().lstrip("v")
    epoch, mark, numbers = text.rpartition("!")
    shortened = ".".join(part for part in _numbers(numbers)[:-1])
    (found,) = parse_specifiers(f"=={epoch}{mark}{shortened}.*")
    return found


def _numbers(text: str) -> list[str]:
    parts: list[str] = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(digits)
        if digits != part:
            break
    return parts


def choose_file(release: Release, target: Target) -> Pick | None:
    """Choose as the client does: not a yanked file, then the wheel with the best tag, then the source."""
    facts = _read_facts(release.native) or _NO_FACTS
    best: tuple[tuple[bool, int, tuple[int, str]], Artifact] | None = None
    other: Artifact | None = None
    tags = target.tags
    for artifact in release.artifacts:
        filename = artifact.filename
        needed = facts.python.get(filename, release.runtimes.get("python", ""))
        if needed and target.client == "pip" and not runs_on(target, needed):
            continue
        rank = _rank(filename, tags)
        if rank is None:
            if filename.endswith(_WHEEL) and (other is None or filename < other.filename):
                other = artifact
            continue
        is_yanked = release.yanked is not None or filename in facts.yanked
        order = (not is_yanked, -rank[0], rank[1])
        if best is None or order > best[0]:
            best = order, artifact
    if best is None:
        return None
    order, chosen = best
    if target.client == "uv" and other is not None and not chosen.filename.endswith(_WHEEL):
        chosen = other  # uv reads any wheel of the release sooner than that it builds
    described = facts.described if isinstance(facts.described, bool) else chosen.filename in facts.described
    needed = facts.python.get(best[1].filename, release.runtimes.get("python", ""))
    return Pick(
        chosen,
        is_yanked=not order[0],
        is_described=described and chosen.filename.endswith(_WHEEL),
        other_python=needed if needed and not runs_on(target, needed) else "",
    )


def _rank(filename: str, tags: Mapping[str, int]) -> tuple[int, tuple[int, str]] | None:
    """Rank a file: a wheel by the best of its tags, then its build; None for what cannot be installed."""
    if filename.endswith(_SOURCES):
        return len(tags), (0, "")
    parts = filename[: -len(_WHEEL)].split("-") if filename.endswith(_WHEEL) else []
    if len(parts) not in {_WHEEL_PARTS, _WHEEL_PARTS + 1}:
        return None
    *_, pythons, abis, platforms = parts
    ranks = [
        rank
        for python in pythons.split(".")
        for abi in abis.split(".")
        for where in platforms.split(".")
        if (rank := tags.get(f"{python}-{abi}-{where}")) is not None
    ]
    if not ranks:
        return None
    return min(ranks), _build(parts[2]) if len(parts) > _WHEEL_PARTS else (0, "")


def _build(text: str) -> tuple[int, str]:
    rest = text.lstrip("0123456789")
    number = text[: len(text) - len(rest)]
    return int(number or 0), rest
