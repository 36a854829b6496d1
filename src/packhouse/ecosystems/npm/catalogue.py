"""The releases that a tree is built of, each decoded once in a resolution."""

from collections.abc import Iterable, Mapping
from operator import itemgetter

from packhouse.domain.graph import EdgeKind
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.environment import Environment
from packhouse.ecosystems.npm.facts import BundledRelease, NpmFacts, facts
from packhouse.ecosystems.npm.pick import Choice
from packhouse.ecosystems.npm.versions import version_key
from packhouse.ecosystems.npm.wants import Want as NpmWant
from packhouse.ecosystems.npm.wants import Wants
from packhouse.resolver.tree import Candidate, Contained, Declared, Want
from packhouse.resolver.universe import Universe

ECOSYSTEM = "npm"
_RANK: Mapping[EdgeKind, int] = {"peer": 0, "peer-optional": 1, "runtime": 2, "optional": 3, "dev": 4, "build": 5}
"""In which order the client reads the fields of a manifest."""
_FOLDER = "node_modules/"
_PEERS = frozenset({"peer", "peer-optional"})
_OPTIONAL = frozenset({"optional", "peer-optional"})
_OUTSIDE = {
    "git": "a git repository",
    "url": "an address",
    "file": "a file",
    "workspace": "a workspace",
    "unknown": "something that cannot be read",
}


class Catalogue:
    """Chooses candidates among the records of a universe."""

    def __init__(self, universe: Universe, environment: Environment, wants: Wants) -> None:
        self.wants = wants
        self.environment = environment
        self._universe = universe
        self._choices: dict[str, Choice | None] = {}
        self._candidates: dict[tuple[str, int], Candidate] = {}
        self._known: dict[Candidate, tuple[Release, NpmFacts]] = {}

    def pick(self, want: Want) -> Candidate:
        """Choose the release that meets what is wanted; a candidate with a `failure` if there is none."""
        assert isinstance(want, NpmWant)  # noqa: S101 (this ecosystem's own)
        if want.picked is None:
            want.picked = self._pick(want)
        return want.picked

    def candidate(self, name: str, position: int) -> Candidate:
        """Make the candidate of a release; there is one of each."""
        candidate = self._candidates.get((name, position))
        if candidate is None:
            choice = self.choice(name)
            assert choice is not None  # noqa: S101 (a position is of a record)
            release = choice.release(position)
            found = facts(release)
            candidate = Candidate(
                name,
                release.version,
                choice.key(position),
                self.declare(release.requirements, accepted=found.accepted),
                frozenset(found.bundled),
                self._contents(found.bundle or ()),
            )
            self._candidates[name, position] = candidate
            self._known[candidate] = release, found
        return candidate

    def known(self, candidate: Candidate) -> tuple[Release, NpmFacts] | None:
        """Give the release that a candidate stands for; None if it stands for none of the registry."""
        return self._known.get(candidate)

    def choice(self, name: str) -> Choice | None:
        """Find the releases of a package; None if there is no such package."""
        try:
            return self._choices[name]
        except KeyError:
            record = self._universe.find(PackageKey(ECOSYSTEM, NormalName(name)))
            choice = self._choices[name] = Choice(record, self.environment) if record is not None else None
            return choice

    def declare(
        self,
        requirements: Iterable[Requirement],
        *,
        accepted: Mapping[str, str] | None = None,
        dev: bool = False,
    ) -> tuple[Declared, ...]:
        """Order requirements as the client reads them; of two with one name the later counts."""
        kinds: Iterable[tuple[Requirement, EdgeKind]] = ((each, _kind(each)) for each in requirements)
        found: list[tuple[int, Requirement, EdgeKind]] = [(_RANK[kind], each, kind) for each, kind in kinds]
        if not dev:
            found = [each for each in found if each[2] != "dev"]
        if self.environment.legacy_peer_deps:
            found = [each for each in found if each[2] not in _PEERS]
        found.sort(key=itemgetter(0))
        declared: dict[str, Declared] = {}
        for _, each, kind in found:
            made = self._declare(each, kind, accepted)
            # The later one also stands where it was written.
            declared.pop(made.key, None)
            declared[made.key] = made
        return tuple(declared.values())

    def _contents(self, bundle: Iterable[BundledRelease]) -> tuple[Contained, ...]:
        found = [
            Contained(tuple(each.path.removeprefix(_FOLDER).split("/" + _FOLDER)), self._contained(each))
            for each in bundle
        ]
        return tuple(sorted(found, key=lambda each: len(each.path)))

    def _contained(self, each: BundledRelease) -> Candidate:
        return Candidate(each.name, each.version, version_key(each.version), self.declare(each.requirements))

    def _declare(self, each: Requirement, kind: EdgeKind, accepted: Mapping[str, str] | None) -> Declared:
        name = each.alias or each.name
        want = self.wants.of(each)
        if accepted and name in accepted:
            want = self.wants.with_accepted(want, name, accepted[name])
        return Declared(name, name.lower(), want, kind, kind in _PEERS, kind in _OPTIONAL)

    def _pick(self, want: NpmWant) -> Candidate:
        if want.kind not in {"range", "tag"}:
            return _failed(f"{want.text or want.package} is {_OUTSIDE[want.kind]}, and only the registry is looked at")
        choice = self.choice(want.package)
        if choice is None:
            return _failed(f"there is no package {want.package}")
        position = _position(choice, want)
        if position is None:
            return _failed(f"no version of {want.package} is {want.wanted}{self._until()}")
        return self.candidate(want.package, position)

    def _until(self) -> str:
        return " and old enough" if self.environment.before is not None else ""


def _position(choice: Choice, want: NpmWant) -> int | None:
    if want.kind == "tag":
        return choice.by_tag(want.wanted)
    if want.is_version:
        return choice.by_version(want.wanted)
    return choice.by_range(want.wanted, want.range) if want.range is not None else None


def _kind(each: Requirement) -> EdgeKind:
    if each.scope == "peer":
        return "peer-optional" if each.optional else "peer"
    if each.scope == "dev":
        return "dev"
    return "optional" if each.optional else "runtime"


def _failed(why: str) -> Candidate:
    return Candidate("", "", failure=why)
