"""A Gemfile.lock: what was chosen before, and for which requirements of the Gemfile.

Source: Bundler's documentation of the lock file, and files that it wrote.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from packhouse.ecosystems.gem.bundle import Locked, Wish
from packhouse.ecosystems.gem.environment import BUNDLER
from packhouse.ecosystems.gem.gem_sets import requirement_set
from packhouse.ecosystems.gem.lines import read_release
from packhouse.ecosystems.gem.ranges import ANY
from packhouse.ecosystems.gem.shelves import Need, Variant
from packhouse.ecosystems.gem.versions import version_key

MAX_BYTES = 4 << 20
_SOURCES = frozenset({"GEM", "GIT", "PATH", "PLUGIN SOURCE"})
_entry = re.compile(r"( {2,6})([^ !(]+)(?: \(([^)]*)\))?!?").fullmatch


class LockFile(Struct, frozen=True):
    """What a lock file says."""

    versions: dict[str, str]
    """Of gems from a registry."""
    files: dict[str, list[Variant]]
    """By gem, its files with what they need."""
    wishes: frozenset[str]
    """Names that the Gemfile asked for."""
    elsewhere: frozenset[str]
    """Gems that come from no registry."""


def read_lock(body: bytes) -> LockFile:
    """Read a file; lines that mean nothing are passed over."""
    reading = _Reading()
    for line in body[:MAX_BYTES].decode("utf-8", "replace").splitlines():
        reading.take(line)
    return LockFile(
        reading.versions,
        reading.files(),
        frozenset(reading.wishes),
        frozenset(reading.elsewhere),
    )


def hold(lock: LockFile, wishes: Sequence[Wish]) -> Locked:
    """Tell what of a lock file is kept: all that the Gemfile still leads to, and nothing becomes older."""
    wrong = frozenset(wish.name for wish in wishes if wish.name != BUNDLER and not _meets(lock, wish))
    changed = wrong | {wish.name for wish in wishes if wish.name not in lock.wishes}
    reached = _reach(lock, (wish.name for wish in wishes if wish.name not in wrong), wrong)
    return Locked(
        versions=lock.versions,
        least=frozenset(lock.versions.keys() - changed),
        exact=frozenset(reached & changed),
        open=wrong & lock.versions.keys(),
        files={name: tuple(lock.files[name]) for name in reached},
        is_whole=not changed - {BUNDLER} and _is_whole(lock, reached),
    )


class _Reading:
    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self._files: list[tuple[str, str, str, list[Need]]] = []
        self.wishes: set[str] = set()
        self.elsewhere: set[str] = set()
        self._section = ""

    def files(self) -> dict[str, list[Variant]]:
        """Give what stands in the file of each gem's files."""
        found: dict[str, list[Variant]] = {}
        for name, version, platform, needs in self._files:
            found.setdefault(name, []).append(Variant(version, platform, tuple(needs)))
        return found

    def take(self, line: str) -> None:
        """Learn what a line says."""
        if line and not line.startswith(" "):
            self._section = line.strip()
            return
        match = _entry(line.rstrip())
        if match is None:
            return
        depth, name, told = len(match[1]), match[2], match[3] or ""
        if self._section == "DEPENDENCIES":
            self.wishes.add(name)
        elif self._section in _SOURCES and depth == 4:
            self._take_gem(name, told)
        elif self._section == "GEM" and depth == 6 and self._files:
            self._files[-1][3].append(Need(name, told or ANY))

    def _take_gem(self, name: str, told: str) -> None:
        release = read_release(told.encode())
        if release is None:
            return
        if self._section == "GEM":
            self.versions[name] = release[0]
            self._files.append((name, *release, []))
        else:
            self.elsewhere.add(name)


def _is_whole(lock: LockFile, reached: Iterable[str]) -> bool:
    """Tell whether a lock file has all that its gems need."""
    needs = (need for name in reached for file in lock.files[name] for need in file.needs)
    return all(need.name == BUNDLER or (need.name in lock.versions and _allows(lock, need)) for need in needs)


def _allows(lock: LockFile, need: Need) -> bool:
    return requirement_set(need.range).holds((version_key(lock.versions[need.name]), -1))


def _meets(lock: LockFile, wish: Wish) -> bool:
    version = lock.versions.get(wish.name)
    return version is None or requirement_set(wish.range).holds((version_key(version), -1))


def _reach(lock: LockFile, names: Iterable[str], without: frozenset[str]) -> set[str]:
    """Follow what was chosen from some gems on."""
    return set(_walk(lock, [name for name in names if name in lock.versions], without))


def _walk(lock: LockFile, waiting: list[str], without: frozenset[str]) -> Iterator[str]:
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        yield name
        needs = {need.name for file in lock.files[name] for need in file.needs}
        further = (needs & lock.versions.keys()) - seen - without
        seen |= further
        waiting += sorted(further)
