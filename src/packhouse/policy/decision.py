"""May this release be seen and downloaded? One function answers, for index and file alike."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey


class Objection(Struct, frozen=True):
    """A rule's reason against a release."""

    rule: str
    reason: str
    until: Moment | None = None
    """When the rule will change its mind by itself; None for never."""


class Rule(Protocol):
    """One thing that a team does not want to install."""

    name: str
    dated: bool
    """Whether it looks at when a release was published."""

    def object(self, key: PackageKey, release: Fragment, now: Moment) -> Objection | None:
        """Give the reason against a release, or None."""

    def identity(self) -> str:
        """Tell apart rules that could decide differently: name and all parameters."""


class Decision(Struct, frozen=True):
    """All that the rules say of one release."""

    objections: tuple[Objection, ...] = ()

    @property
    def allowed(self) -> bool:
        """True where no rule objects."""
        return not self.objections

    @property
    def sentence(self) -> str:
        """Every reason, for the person who is refused."""
        return "; ".join(objection.reason for objection in self.objections)


class Verdict(Struct, frozen=True):
    """The decisions over all releases of one package, as far as they matter to an index."""

    dropped: frozenset[str] = frozenset()
    """The `Fragment.id` of all that is refused: versions, or files where a release has a fragment for each."""
    versions: frozenset[str] = frozenset()
    """Versions of which nothing is left."""
    until: Moment | None = None
    """The first moment at which another verdict is possible; None for never."""
    digest: str = ""
    """Equal for equal sets of refused releases; empty where nothing is refused."""
    nothing_left: bool = False
    """True where every release is refused."""


NOTHING_REFUSED = Verdict()


def decide(rules: Sequence[Rule], key: PackageKey, release: Fragment, now: Moment) -> Decision:
    """Ask every rule, so that a refusal names all its reasons at once."""
    objections = (rule.object(key, release, now) for rule in rules)
    return Decision(tuple(objection for objection in objections if objection is not None))


def judge(rules: Sequence[Rule], key: PackageKey, releases: Sequence[Fragment], now: Moment) -> Verdict:
    """Decide over every release of a package at once."""
    dropped: list[str] = []
    refused: set[str] = set()
    kept: set[str] = set()
    changes: list[Moment] = []
    hashed = hashlib.blake2b(digest_size=12)
    for release in releases:
        decision = decide(rules, key, release, now)
        if decision.allowed:
            kept.add(release.version)
            continue
        dropped.append(release.id)
        refused.add(release.version)
        hashed.update(release.id.encode() + b"\n")
        # A release comes back when the last of its objections ends; if one never ends, it never does.
        ends = [objection.until for objection in decision.objections]
        if None not in ends:
            changes.append(max(end for end in ends if end is not None))
    if not dropped:
        return NOTHING_REFUSED
    nothing_left = len(dropped) == len(releases)
    return Verdict(
        dropped=frozenset(dropped),
        versions=frozenset(refused - kept),
        until=min(changes, default=None),
        digest=hashed.hexdigest(),
        nothing_left=nothing_left,
    )
