"""Draw what was chosen, and say why it is what it is and what of it cannot be."""

from collections.abc import Hashable, Iterator, Sequence

from msgspec.structs import replace

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName
from packhouse.ecosystems.nuget.catalogue import Catalogue, Chosen, Wish
from packhouse.resolver.eclipse import Choice, Eclipse, Spot


class Picture:
    """What was chosen of each name, and who requires it."""

    def __init__(self, eclipse: Eclipse, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.root = eclipse.root.choice
        self.undecided = {spot.choice.name for spot in eclipse.undecided()}
        """Names whose releases wait for one another."""
        self._accepted = eclipse.accepted()
        live = {id(spot.choice): spot.choice for spot in eclipse.spots if spot.is_live}
        self.choices = [choice for choice in live.values() if choice.payload is not None]
        """The releases; several of a name only where it was not decided."""
        self.chosen = {
            choice.name: choice for choice in (*self.choices, *self._accepted.values()) if choice.payload is not None
        }
        """The release of each name that requirements come to."""
        self._survey = Survey(eclipse)
        self.own = tuple(need.payload for need in self.root.needs if not need.is_silent)
        """What the project requires."""
        self._asked = self._who_asks()

    def needs(self, choice: Choice) -> Sequence[Wish]:
        """List what a release requires, or the project."""
        return self.own if choice is self.root else self._catalogue.needs(choice)

    def draw_project(self, project: Node) -> Graph:
        """Draw a project and what it requires."""
        return self._draw([self.root, *self.choices], project)

    def draw_release(self, name: NormalName) -> Graph:
        """Draw what comes with a release that the project requires."""
        top = self.chosen[name]
        return self._draw([top, *(each for each in self.choices if each is not top)])

    def faults(self) -> Iterator[tuple[str, Choice, Wish, str]]:
        """List what is wrong: NuGet's code, what requires, what is required, and a sentence."""
        for choice in (self.root, *self.choices):
            for wish in self.needs(choice):
                if fault := self._fault(choice, wish):
                    yield fault[0], choice, wish, fault[1]

    def circles(self) -> Iterator[tuple[Choice, Wish]]:
        """List requirements that lead back to where they come from, those of rejected releases too."""
        for choice in self._survey.choices:
            if choice is not self.root:
                yield from ((choice, wish) for wish in self.needs(choice) if self._survey.is_circle(choice, wish))

    def _draw(self, choices: Sequence[Choice], project: Node | None = None) -> Graph:
        numbers = {id(choice): number for number, choice in enumerate(choices)}
        said: dict[int, list[str]] = {0: list(project.errors) if project is not None else []}
        for _, choice, _, sentence in self.faults():
            said.setdefault(numbers.get(id(choice), 0), []).append(sentence)
        nodes = [
            replace(
                project if project is not None and choice is self.root else self._node(choice),
                errors=tuple(said.get(number, ())),
            )
            for number, choice in enumerate(choices)
        ]
        edges = [
            Edge(number, numbers[id(other)], wish.range)
            for number, choice in enumerate(choices)
            for wish in self.needs(choice)
            if (other := self._met_by(wish)) is not None
        ]
        return Graph(tuple(nodes), tuple(dict.fromkeys(edges)), self._error())

    def _met_by(self, wish: Wish) -> Choice | None:
        """Find what a requirement leads to: what was accepted, or its own choice where nothing was decided."""
        if wish.name in self.undecided and wish.name in self.chosen:
            own = self._catalogue.choose(wish)
            if any(each is own for each in self.choices):
                return own
        return self.chosen.get(wish.name)

    def _error(self) -> str:
        """Say why NuGet gives up, with the way to what is wrong; empty where it does not."""
        for choice, wish in self.circles():
            return f"{self._path(choice)} requires {wish}, which leads back to it: a circle (NU1108)"
        for code, choice, _, sentence in self.faults():
            if code not in _WARNINGS:
                way = self._path(choice)
                return f"{way}: {sentence}" if way else sentence
        if self.undecided:
            names = ", ".join(sorted(map(str, self.undecided)))
            return f"versions of {names} cannot be decided: each is required below the others (NU1106)"
        return ""

    def _node(self, choice: Choice) -> Node:
        chosen: Chosen = choice.payload
        return Node(chosen.key, chosen.version, why=self._why(choice))

    def _why(self, choice: Choice) -> str:
        """Say which requirement set the version, where others would have come to another."""
        asked = self._asked.get(choice.name, [])
        others = [who for who, wish in asked if self._catalogue.choose(wish) is not choice]
        setters = [(who, wish) for who, wish in asked if self._catalogue.choose(wish) is choice]
        if any(need.is_silent and need.choice is choice for need in self.root.needs):
            return "by the central version of the project"
        if not others or not setters:
            return ""
        who, wish = setters[0]
        is_nearer = who is self.root or any(not self._survey.stands(other, each) for other, each in asked)
        reason = "which is nearer" if is_nearer else "the highest of the lowest that will do"
        named = ", ".join(map(self._called, others[:3]))
        return f"{self._called(who)} requires {wish}, {reason}, while {named} would have another"

    def _called(self, choice: Choice) -> str:
        return "the project" if choice is self.root else str(choice.payload)

    def _who_asks(self) -> dict[Hashable, list[tuple[Choice, Wish]]]:
        found: dict[Hashable, list[tuple[Choice, Wish]]] = {}
        for choice in (self.root, *self.choices):
            for wish in self.needs(choice):
                found.setdefault(wish.name, []).append((choice, wish))
        return found

    def _fault(self, choice: Choice, wish: Wish) -> tuple[str, str] | None:
        """Say in which way a requirement is not met; None where it is."""
        met_by = self._met_by(wish)
        if met_by is None:
            # What is eclipsed everywhere is the fault of who eclipses it, or none.
            return self._missing(wish) if self._survey.stands(choice, wish) else None
        if choice is not self.root and self._survey.is_circle(choice, wish):
            return "NU1108", f"it requires {wish}, which leads here itself: a circle (NU1108)"
        return None if wish.bounds.satisfied_by_key(met_by.order) else self._unmet(choice, wish, met_by)

    def _unmet(self, choice: Choice, wish: Wish, met_by: Choice) -> tuple[str, str]:
        """Say why something else was chosen than what would do."""
        chosen: Chosen = met_by.payload
        if self._catalogue.choose(wish) is met_by and self._survey.stands_once(wish.name):
            return "NU1608", f"it requires {wish}, but {chosen} is in the lock file (NU1608)"
        if self._survey.stands(choice, wish):
            return "NU1107", f"it requires {wish}, but {self._setters(met_by)} (NU1107)"
        lower = wish.bounds.lower
        if lower is not None and met_by.order < lower.key:
            return "NU1605", f"it requires {wish}, but {chosen} is required nearer to the root: a downgrade (NU1605)"
        return "NU1608", f"it requires {wish}, but {chosen} is required nearer to the root (NU1608)"

    def _setters(self, choice: Choice) -> str:
        """Say who made a version the chosen one."""
        told = [
            f"{self._path(who) or 'the project'} requires {wish}"
            for who, wish in self._asked[choice.name]
            if self._catalogue.choose(wish) is choice
        ]
        return f"{' and '.join(told[:2]) or 'another release'}, so that {choice.payload} was taken"

    def _missing(self, wish: Wish) -> tuple[str, str]:
        if wish.fault:
            return "NU1102", f"{wish}: {wish.fault}"
        if (shelf := self._catalogue.shelves.get(wish.name)) is None:
            return "NU1101", f"there is no package {wish.written} (NU1101)"
        if wish.name not in self._accepted and wish.name not in self.undecided:
            return "NU1106", f"{wish} was rejected with what required it, and nothing else was (NU1106)"
        if shelf.has_only_prereleases(wish.bounds):
            return "NU1103", f"all that is in {wish} is a pre-release (NU1103)"
        newest = f"; the newest of {len(shelf)} is {shelf.versions[-1]}" if len(shelf) else ""
        return "NU1102", f"there is no {wish}{newest} (NU1102)"

    def _path(self, choice: Choice) -> str:
        """Write the shortest way from the root to a release."""
        return " -> ".join(str(step.payload) for step in self._survey.path(choice))


_WARNINGS = {"NU1605", "NU1608"}


class Survey:
    """What stands where in the tree."""

    def __init__(self, eclipse: Eclipse) -> None:
        self._root = eclipse.root.choice
        self.choices = list({id(spot.choice): spot.choice for spot in eclipse.spots}.values())
        """All that the tree has, rejected or not."""
        self._bits = {each.name: each.bit for each in self.choices}
        self._above: dict[int, int] = {}
        self._standing: set[tuple[int, Wish]] = set()
        self._from: dict[int, Choice] = {}
        self._places: dict[Hashable, int] = {}
        self._read(eclipse)

    def is_circle(self, choice: Choice, wish: Wish) -> bool:
        """Tell whether a requirement of a release leads to what stands above it, or to itself."""
        bit = self._bits.get(wish.name, 0)
        return wish.name == choice.name or bool(self._above[id(choice)] & bit)

    def stands(self, choice: Choice, wish: Wish) -> bool:
        """Tell whether a requirement is eclipsed nowhere, or not everywhere."""
        return (id(choice), wish) in self._standing

    def stands_once(self, name: Hashable) -> bool:
        """Tell whether a name is reached in one place alone."""
        return self._places.get(name, 0) < 2

    def path(self, choice: Choice) -> list[Choice]:
        """Return the shortest way to a release, itself included, the root not."""
        steps: list[Choice] = []
        while choice is not self._root:
            steps.append(choice)
            choice = self._from[id(choice)]
        return steps[::-1]

    def _read(self, eclipse: Eclipse) -> None:
        above: dict[int, int] = {}
        for spot in eclipse.spots:
            here = above.get(id(spot), 0)
            self._above[id(spot.choice)] = self._above.get(id(spot.choice), 0) | here
            for need, other in spot.below:
                above[id(other)] = above.get(id(other), 0) | here | spot.choice.bit
                if spot.is_accepted:
                    self._places[other.choice.name] = self._places.get(other.choice.name, 0) + 1
                    self._standing.add((id(spot.choice), need.payload))
        front: list[Spot] = [eclipse.root]
        for spot in front:
            for _, other in spot.below:
                if other.choice is not self._root and id(other.choice) not in self._from:
                    self._from[id(other.choice)] = spot.choice
                    front.append(other)
