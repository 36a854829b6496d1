"""The tree that nested package folders make: places, what their packages ask for, and who meets it.

A package asks by name, and the name is looked for in its own folder and then in each folder above, so that one release
in a high place serves all below it. Several trees exist at a time: the one that is built, and small ones in which a
package is tried out together with its peers before it is placed (see `builder`).

Dictionaries serve as ordered sets where an order must not change from run to run.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from packhouse.domain.graph import EdgeKind


class Want(Protocol):
    """What is asked of a name; equal wants are one object."""

    text: str
    """As written."""

    def accepts(self, candidate: "Candidate") -> bool:
        """Tell whether a candidate is what is asked for."""


class Rules(Protocol):
    """The overrides that count in one part of the tree."""

    name: str
    """Of the package that they were made for; empty for those of the project."""

    def for_edge(self, edge: "Edge") -> "Rules":
        """Find the overrides that count for an edge and what lies behind it."""

    def want(self, edge: "Edge") -> Want:
        """Tell what the edge asks for under these overrides."""

    def accepts(self, edge: "Edge", candidate: "Candidate") -> bool:
        """Tell whether a candidate is what the edge asks for under these overrides."""

    def equals(self, other: "Rules | None") -> bool:
        """Tell whether two sets of overrides say the same."""

    def merged(self, other: "Rules") -> "Rules | None":
        """Find the overrides for a place that edges with different ones lead to; None if these contradict."""

    def overrides(self, candidate: "Candidate", name: str) -> bool:
        """Tell whether just this candidate is what these overrides put in the place of another."""


class Declared(NamedTuple):
    """A requirement as a candidate declares it."""

    name: str
    """Under which it is installed."""
    key: str
    """The name as file systems compare it."""
    want: Want
    kind: EdgeKind
    is_peer: bool
    is_optional: bool


class Candidate:
    """A release that may be placed, or the failure to find one; equal releases are one object."""

    __slots__ = ("bundled", "by_key", "contents", "declared", "failure", "has_peers", "order", "package", "version")

    def __init__(
        self,
        package: str,
        version: str,
        order: Any = None,  # noqa: ANN401 (a sort key)
        declared: tuple[Declared, ...] = (),
        bundled: frozenset[str] = frozenset(),
        contents: "tuple[Contained, ...]" = (),
        failure: str = "",
    ) -> None:
        self.package = package
        self.version = version
        self.order = order
        self.declared = declared
        self.bundled = bundled
        """Names whose packages it brings along."""
        self.contents = contents
        """These packages, as far as they are known, each after the one that it lies in."""
        self.failure = failure
        self.has_peers = any(each.is_peer for each in declared)
        self.by_key: dict[str, Declared] | None = None

    def find(self, key: str) -> Declared | None:
        """Look a requirement up by the key of its name."""
        if self.by_key is None:
            self.by_key = {each.key: each for each in self.declared}
        return self.by_key.get(key)


class Contained(NamedTuple):
    """A package that another one brings along."""

    path: tuple[str, ...]
    """Names from the folder of the bringing package down."""
    candidate: Candidate


class Edge:
    """A requirement of one place, and the place that its name leads to."""

    __slots__ = (
        "_valid",
        "declared",
        "is_conflict",
        "is_optional",
        "is_peer",
        "key",
        "name",
        "origin",
        "rules",
        "to",
    )

    def __init__(self, origin: "Place", declared: Declared) -> None:
        self.origin = origin
        self.declared = declared
        self.name = declared.name
        self.key = declared.key
        self.is_peer = declared.is_peer
        self.is_optional = declared.is_optional
        self.is_conflict = False
        """True once it was decided to leave a peer unmet."""
        self.to: Place | None = None
        self.rules: Rules | None = None
        self._valid: bool | None = None

    @property
    def want(self) -> Want:
        """Tell what is asked for, overrides taken into account; what these refer to depends on the tree."""
        return self.declared.want if self.rules is None else self.rules.want(self)

    @property
    def valid(self) -> bool:
        """Tell whether the requirement is met, or need not be."""
        valid = self._valid
        if valid is None:
            valid = self._valid = self._check()
        return valid

    def accepts(self, place: "Place") -> bool:
        """Tell whether a place holds what is asked for."""
        if place.name != self.name:
            return False
        if self.rules is None or place.is_bundled():
            return self.declared.want.accepts(place.candidate)
        return self.rules.accepts(self, place.candidate)

    def is_local_peer(self) -> bool:
        """Tell whether a peer lies in the folder of who asks for it, where a peer must not be."""
        return self.is_peer and self.to is not None and self.origin is self.to.parent and self.origin.parent is not None

    def reload(self, *, hard: bool = False) -> None:
        """Look up again where the name leads to."""
        before = self.rules
        changed = self._renew_rules()
        to = self.origin.resolve(self.key)
        if to is not self.to:
            if self.to is not None:
                self.to.remove_edge_in(self)
            self.to = to
            self._valid = None
            if to is not None:
                to.add_edge_in(self)
        elif hard:
            self._valid = None
        elif changed is not None and to is not None:
            to.lose_rules(before)
            to.gain_rules(changed)

    def start(self) -> None:
        """Look up for the first time where the name leads to."""
        if self.origin.rules is not None:
            # Twice, since what the first finds may have a say in the second.
            self.rules = self.origin.rules.for_edge(self)
            self.rules = self.origin.rules.for_edge(self)
        to = self.origin.resolve(self.key)
        if to is not None:
            self.to = to
            to.add_edge_in(self)

    def _renew_rules(self) -> Rules | None:
        """Find the overrides anew; give them if they have changed."""
        if self.origin.rules is None:
            self.rules = None
            return None
        rules = self.origin.rules.for_edge(self)
        if rules.equals(self.rules):
            return None
        self.rules = rules
        return rules

    def _check(self) -> bool:
        to = self.to
        if to is None:
            return self.is_optional
        if self.is_local_peer() or not self.accepts(to):
            return False
        if self.rules is not None and to.rules is not None and to.edges_out:
            return self.rules.merged(to.rules) is not None
        return True


class Index:
    """What stands where in the tree that is built, to spare walks through it."""

    __slots__ = ("bundles", "places", "wanting")

    def __init__(self) -> None:
        self.places: dict[str, dict[Place, None]] = {}
        """By name, in the order in which they were placed."""
        self.wanting: dict[str, dict[Edge, None]] = {}
        """By the key of the name that they ask for."""
        self.bundles = False
        """True once any place has a package that brings others along."""

    def add(self, place: "Place") -> None:
        """Note a place and its edges."""
        self.places.setdefault(place.name, {})[place] = None
        if place.candidate.bundled:
            self.bundles = True
        for edge in place.edges_out.values():
            self.add_edge(edge)

    def add_edge(self, edge: Edge) -> None:
        """Note an edge."""
        self.wanting.setdefault(edge.key, {})[edge] = None

    def discard(self, place: "Place") -> None:
        """Forget a place and its edges."""
        places = self.places.get(place.name)
        if places is not None:
            places.pop(place, None)
        for edge in place.edges_out.values():
            wanting = self.wanting.get(edge.key)
            if wanting is not None:
                wanting.pop(edge, None)


class Place:
    """A folder with a package in it; a place without a parent is the top of a tree of its own."""

    __slots__ = (
        "candidate",
        "children",
        "edges_in",
        "edges_out",
        "flags",
        "in_bundle",
        "index",
        "is_project",
        "key",
        "link_to",
        "name",
        "parent",
        "pending",
        "root",
        "rules",
        "source",
    )

    def __init__(self, name: str, key: str, candidate: Candidate) -> None:
        self.name = name
        self.key = key
        self.candidate = candidate
        self.parent: Place | None = None
        self.root: Place = self
        self.children: dict[str, Place] = {}
        self.edges_in: dict[Edge, None] = {}
        self.edges_out: dict[str, Edge] = {}
        self.rules: Rules | None = None
        self.index: Index | None = None
        self.is_project = False
        self.in_bundle = False
        self.source: Place | None = None
        """For the top of a tree in which peers are tried out: for whom."""
        self.pending: Candidate | None = None
        """Whose requirements become edges when they are first looked for."""
        self.link_to: Place | None = None
        """Set where the place is but a link to one above it, which ends a circle."""
        self.flags = 0

    def load_edges(self) -> None:
        """Make an edge of each requirement."""
        self.pending = None
        index = self.root.index
        leads_nowhere = self.parent is None and not self.children and self.rules is None
        for declared in self.candidate.declared:
            edge = self.edges_out[declared.key] = Edge(self, declared)
            if index is not None:
                index.add_edge(edge)
            if not leads_nowhere:
                edge.start()

    def defer_edges(self) -> None:
        """Make edges only when they are looked for."""
        self.pending = self.candidate

    def unpack(self) -> None:
        """Put in place what the package brings along."""
        for path, candidate in self.candidate.contents:
            parent = self
            for name in path[:-1]:
                parent = parent.children[name.lower()]
            place = Place(path[-1], path[-1].lower(), candidate)
            place.move_to(parent)
            place.load_edges()

    def find_edge(self, key: str) -> Edge | None:
        """Look an edge up by the key of its name."""
        edge = self.edges_out.get(key)
        if edge is None and self.pending is not None:
            declared = self.pending.find(key)
            if declared is not None:
                edge = self.edges_out[key] = Edge(self, declared)
                edge.start()
        return edge

    def needs_edges(self) -> None:
        """Make all edges, if that was put off."""
        if self.pending is not None:
            self.edges_out.clear()
            self.load_edges()

    def resolve(self, key: str) -> "Place | None":
        """Find the place that a name leads to from here."""
        place: Place | None = self
        while place is not None:
            child = place.children.get(key)
            if child is not None:
                return child
            place = place.parent
        return None

    def ancestry(self) -> "Iterator[Place]":
        """Walk from here to the top."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.parent

    def is_below(self, other: "Place") -> bool:
        """Tell whether this is the other place or lies in it."""
        place: Place | None = self
        while place is not None:
            if place is other:
                return True
            place = place.parent
        return False

    def matches(self, other: "Place") -> bool:
        """Tell whether both hold the same release under the same name."""
        if self is other:
            return True
        if self.name != other.name or self.link_to is not None or other.link_to is not None:
            return False
        mine, theirs = self.candidate, other.candidate
        if mine.failure or mine.version != theirs.version:
            return False
        return mine is theirs or mine.package == theirs.package

    def path(self) -> tuple[str, ...]:
        """List the names from the top down to here."""
        place, names = self, []
        while place.parent is not None:
            names.append(place.name)
            place = place.parent
        names.reverse()
        return tuple(names)

    def move_to(self, parent: "Place") -> None:
        """Put it below another place, in the stead of what has its name there."""
        if self.parent is parent:
            return
        if self.parent is not None:
            del self.parent.children[self.key]
            self.parent = None
        self._enter(parent.root, parent)

    def remove(self) -> None:
        """Take it, and all that lies in it, out of its tree."""
        self._enter(self, None)

    def take_over(self, old: "Place") -> None:
        """Stand in the stead of another place, keeping what lies in that one."""
        for child in list(old.children.values()):
            child.move_to(self)
        if old.parent is not None:
            self._enter(old.root, old.parent)

    def add_edge_in(self, edge: Edge) -> None:
        """Note that an edge leads here."""
        if edge.rules is not None and (self.rules is None or not self.rules.equals(edge.rules)):
            self.gain_rules(edge.rules)
        self.edges_in[edge] = None

    def remove_edge_in(self, edge: Edge) -> None:
        """Note that an edge leads here no more."""
        self.edges_in.pop(edge, None)
        if edge.rules is not None:
            self.lose_rules(edge.rules)

    def gain_rules(self, rules: Rules) -> None:
        """Heed the overrides of one more edge that leads here."""
        if self.rules is None:
            self._follow(rules)
        elif not self.rules.equals(rules):
            merged = self.rules.merged(rules)
            if merged is not None and not self.rules.equals(merged):
                self._follow(merged)

    def lose_rules(self, rules: Rules | None) -> None:
        """Heed the overrides of one edge less."""
        if self.rules is None or not self.rules.equals(rules):
            return
        left: Rules | None = None
        for edge in self.edges_in:
            left = left.merged(edge.rules) if left is not None and edge.rules is not None else edge.rules
        if self.rules.equals(left):
            return
        self.rules = left
        if left is not None:
            self._follow(left)

    def bundler(self, seen: "set[Place] | None" = None) -> "Place | None":
        """Find the place whose archive has this one in it."""
        # One set for the whole search: npm does not look at a place twice, though it was another way that led there.
        seen = set() if seen is None else seen
        if self in seen:
            return None
        seen.add(self)
        parent = self.parent
        if parent is None:
            return None
        found = parent.bundler(seen)
        if found is not None:
            return found
        if self.name in parent.candidate.bundled:
            return parent
        for edge in self.edges_in:
            if edge.origin.bundler(seen) is parent:
                return parent
        return None

    def is_bundled(self) -> bool:
        """Tell whether it came in the archive of a package above."""
        index = self.root.index
        return index is not None and index.bundles and self.bundler() is not None

    def _follow(self, rules: Rules) -> None:
        self.rules = rules
        for edge in list(self.edges_out.values()):
            edge.reload(hard=True)
            if edge.to is not None and edge.rules is not None:
                edge.to.gain_rules(edge.rules)

    def _enter(self, root: "Place", parent: "Place | None") -> None:
        """Become part of a tree, at the parent given, or of none; every edge that this concerns is looked up again."""
        self._leave()
        if self.parent is not None and self.parent.root is not root:
            self.parent.children.pop(self.key, None)
            self.parent = None
        if parent is not None:
            self._settle(root, parent)
        self._reload_edges(root)
        family = [child for child in self.children.values() if child.root is not root]
        for child in family:
            child._leave()  # noqa: SLF001
            child.parent = None
            del self.children[child.key]
        for child in family:
            child._enter(root, self)  # noqa: SLF001

    def _reload_edges(self, root: "Place") -> None:
        """Look up again what led here from another tree, or may now lead elsewhere."""
        for edge in list(self.edges_in):
            if edge.origin.root is not root:
                edge.reload()
        for edge in list(self.edges_out.values()):
            if edge.to is None or edge.to.root is not root:
                edge.reload()

    def _leave(self) -> None:
        index = self.root.index
        if index is not None and self.root is not self:
            index.discard(self)
        self.root = self

    def _settle(self, root: "Place", parent: "Place") -> None:
        current = parent.children.get(self.key)
        if current is not None and current is not self:
            current.remove()
        self.root = root
        if root.index is not None:
            root.index.add(self)
        parent.children.pop(self.key, None)
        parent.children[self.key] = self
        self.parent = parent
        parent._reload_wanting(self)  # noqa: SLF001

    def _reload_wanting(self, child: "Place") -> None:
        """Look all edges up again that may lead to a new child from now on."""
        index = self.root.index
        if index is None or self.root.rules is not None:
            # Overrides are passed on in the order of the walk.
            self._reload_below(child)
            return
        for edge in list(index.wanting.get(child.key, ())):
            if edge.origin.resolve(child.key) is child:
                edge.reload(hard=True)

    def _reload_below(self, child: "Place") -> None:
        edge = self.find_edge(child.key)
        if edge is not None and (edge.to is child or self.resolve(child.key) is not edge.to):
            edge.reload(hard=True)
        for each in list(self.children.values()):
            each._reload_below(child)  # noqa: SLF001
