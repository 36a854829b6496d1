"""Resolve as `dotnet restore` does: the lowest release that is applicable, the nearest requirement first.

A release is resolved as the only requirement of an empty project for one framework.
"""

from collections.abc import Iterator, Mapping, Sequence

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.nuget.catalogue import ECOSYSTEM, Catalogue, Neighbour, Wish, read_wish
from packhouse.ecosystems.nuget.drawing import Picture
from packhouse.ecosystems.nuget.environment import Environment, read_environment
from packhouse.resolver.eclipse import Choice, Eclipse, Need
from packhouse.resolver.universe import NotLoaded

_PROJECT = " project"
"""No package is called so."""


class Resolution:
    """What a project requires, followed wave by wave."""

    def __init__(
        self,
        wishes: Sequence[Wish],
        environment: Environment,
        *,
        pins: Sequence[Wish] = (),
        locked: Mapping[NormalName, str] | None = None,
        neighbours: Sequence[Neighbour] = (),
        direct: Sequence[str] = (),
    ) -> None:
        """Take what is required, and the other projects that there are; `direct` names those that are referred to."""
        self.catalogue = Catalogue(environment, locked, neighbours)
        self._wishes = [*wishes, *(read_wish(name, "") for name in direct)]
        self._pins = pins
        self._direct = {wish.name for wish in self._wishes}
        self._is_cancelled = False
        self._root = Choice(_PROJECT, ())
        self._front: list[Choice] = []
        self._waiting: set[NormalName] = set()
        self._followed: set[int] = set()
        self._begun = False

    def needed(self) -> frozenset[PackageKey]:
        """Name the packages that are required and were not loaded."""
        self._advance()
        return frozenset(PackageKey(ECOSYSTEM, name) for name in self._waiting)

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self.catalogue.load(records)

    def cancel(self) -> None:
        """Let what is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def settle(self) -> Eclipse:
        """Choose; raise NotLoaded, or TooHard."""
        if missing := self.needed():
            raise NotLoaded(missing)
        eclipse = Eclipse(self._root, lambda: self._is_cancelled)
        eclipse.settle()
        return eclipse

    def _advance(self) -> None:
        """Follow all requirements whose packages are loaded."""
        if not self._begun:
            self._begun = True
            self._front = [self._root]
        front, self._waiting = self._front, set()
        self._front = []
        while front:
            choice = front.pop()
            wishes = [*self._wanted(choice)]
            missing = {wish.name for wish in wishes if not self._is_known(wish)}
            if missing:
                self._waiting |= missing
                self._front.append(choice)
                continue
            front.extend(self._follow(choice, wishes))

    def _follow(self, choice: Choice, wishes: Sequence[Wish]) -> Iterator[Choice]:
        self._followed.add(id(choice))
        pins = {id(wish) for wish in self._pins} if choice is self._root else set()
        needs = [Need(self.catalogue.choose(wish), wish, is_silent=id(wish) in pins) for wish in wishes]
        hidden = [Need(self.catalogue.blank(wish), wish, is_silent=True) for wish in self.catalogue.hidden(choice)]
        choice.needs = [*needs, *hidden]
        for need in needs:
            if id(need.choice) not in self._followed:
                self._followed.add(id(need.choice))
                yield need.choice

    def _wanted(self, choice: Choice) -> Iterator[Wish]:
        """List what is required; what the project requires is not followed elsewhere, as it eclipses all."""
        if choice is self._root:
            yield from self._wishes
            yield from self._pins
        else:
            yield from (wish for wish in self.catalogue.needs(choice) if wish.name not in self._direct)

    def _is_known(self, wish: Wish) -> bool:
        catalogue = self.catalogue
        return bool(wish.fault) or wish.name in catalogue.shelves or wish.name in catalogue.neighbours


class Run:
    """The resolution of one release under way."""

    def __init__(self, key: PackageKey, version: str, environment: Mapping[str, str]) -> None:
        self._key = key
        wish = read_wish(key.name, f"[{version}]")
        if wish.fault:
            raise Invalid(wish.fault)
        self._resolution = Resolution([wish], read_environment(environment))

    def needed(self) -> frozenset[PackageKey]:
        """Name the packages that are required and were not loaded."""
        return self._resolution.needed()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self._resolution.load(records)

    def cancel(self) -> None:
        """Let what is under way end soon, with TooHard; from any thread."""
        self._resolution.cancel()

    def resolve(self) -> Graph:
        """Draw what comes with the release; raise NotLoaded, TooHard, or Unresolvable where there is none."""
        picture = Picture(self._resolution.settle(), self._resolution.catalogue)
        if self._key.name not in picture.chosen:
            raise Unresolvable(f"{self._key} has no such release")
        return picture.draw_release(self._key.name)


class ProjectRun:
    """The resolution of a project under way."""

    def __init__(self, name: str, resolution: Resolution, notes: tuple[str, ...] = ()) -> None:
        self._node = Node(PackageKey(ECOSYSTEM, NormalName(name)), "", errors=notes)
        self.resolution = resolution

    def needed(self) -> frozenset[PackageKey]:
        """Name the packages that are required and were not loaded."""
        return self.resolution.needed()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self.resolution.load(records)

    def cancel(self) -> None:
        """Let what is under way end soon, with TooHard; from any thread."""
        self.resolution.cancel()

    def picture(self) -> Picture:
        """Choose; raise NotLoaded, or TooHard."""
        return Picture(self.resolution.settle(), self.resolution.catalogue)

    def resolve(self) -> Graph:
        """Draw the project and what it requires; raise NotLoaded, or TooHard."""
        return self.picture().draw_project(self._node)
