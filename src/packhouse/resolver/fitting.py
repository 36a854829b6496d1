"""Whether a candidate and its peers fit below a place: asked of many places, and nothing is changed by it."""

from collections.abc import Iterable, Iterator
from enum import Enum

from packhouse.resolver.peer_sets import can_replace, deepest_target, entry_sets
from packhouse.resolver.tree import Edge, Place


class Fit(Enum):
    """What there is to do below a place."""

    FREE = "free"
    """The name is not taken."""
    KEEP = "keep"
    """What is there will do."""
    REPLACE = "replace"
    """What is there must make way, and may."""
    CONFLICT = "conflict"
    """What is there, or would be shadowed, is needed as it is."""


class Fitting:
    """One try: the place `dep` of a tree of peers, below `target`, to meet `edge`."""

    __slots__ = (
        "alone",
        "children",
        "current",
        "dep",
        "edge",
        "fit",
        "parent",
        "peer_path",
        "prefers_old",
        "requested",
        "target",
    )

    def __init__(
        self,
        dep: Place,
        target: Place,
        edge: Edge,
        *,
        parent: "Fitting | None" = None,
        peer_path: tuple[Place, ...] = (),
        prefers_old: bool = False,
        requested: bool = False,
    ) -> None:
        self.dep = dep
        self.target = target
        self.edge = edge
        self.parent = parent
        self.peer_path = peer_path
        # Peers try harder to be the only ones of their name.
        self.prefers_old = prefers_old or edge.is_peer
        self.requested = requested
        self.children: list[Fitting] = []
        self.current = target.children.get(edge.key)
        self.alone: Fit | None = None
        """How it fits if its peers are left out of account."""
        self.fit = self._decide()
        if self.alone is None:
            self.alone = self.fit

    def descendants(self) -> "Iterator[Fitting]":
        """Walk through the tries of peers."""
        waiting = list(self.children)
        for each in waiting:
            waiting.extend(each.children)
        return iter(waiting)

    def _decide(self) -> Fit:
        target, dep, current = self.target, self.dep, self.current
        if dep.candidate.failure:
            return Fit.FREE if current is None else Fit.REPLACE
        own_edge = target.edges_out.get(self.edge.key)
        if own_edge is not None:
            if own_edge.is_peer and target.parent is not None:
                # No peer lies inside of who asks for it.
                return Fit.CONFLICT
            if current is None and own_edge is not self.edge and not own_edge.accepts(dep):
                return Fit.CONFLICT
        return self._decide_free() if current is None else self._decide_taken(current)

    def _decide_free(self) -> Fit:
        """Look for who would find the candidate from now on instead of what lies higher up."""
        target = self.target
        if target is not self._entry_edge().origin:
            shadowed = target.resolve(self.edge.key)
            if shadowed is not None:
                for edge in shadowed.edges_in:
                    if edge.origin.is_below(target) and edge.valid and not edge.accepts(self.dep):
                        return Fit.CONFLICT
        return self._with_peers(Fit.FREE)

    def _decide_taken(self, current: Place) -> Fit:
        dep, edge = self.dep, self.edge
        if dep.matches(current) and (edge.accepts(current) or not edge.accepts(dep)):
            return Fit.REPLACE if self.requested else Fit.KEEP
        is_newer = bool(
            current.candidate.version and dep.candidate.version and dep.candidate.order >= current.candidate.order,
        )
        if is_newer and can_replace(dep, current):
            fit = self._with_peers(Fit.REPLACE)
            if fit is not Fit.CONFLICT:
                return fit
        if (not self.requested or self.prefers_old) and edge.accepts(current):
            return Fit.KEEP
        if self.prefers_old and not is_newer and can_replace(dep, current):
            fit = self._with_peers(Fit.REPLACE)
            if fit is not Fit.CONFLICT:
                return fit
        return self._decide_by_force(current)

    def _decide_by_force(self, current: Place) -> Fit:
        """Push what is there deeper, if the candidate cannot go deeper itself."""
        if self.target is not self._deepest_target():
            return Fit.CONFLICT
        if not self.edge.is_peer and self.target is self.edge.origin:
            return self._with_peers(Fit.REPLACE)
        if self.parent is None and not self.edge.is_peer:
            return Fit.CONFLICT
        for entry, peers in entry_sets(current).items():
            if entry is self.edge or entry is self._entry_edge():
                continue
            if not self._replaces_entry(entry) and not self._can_sink(entry, peers):
                return Fit.CONFLICT
        return self._with_peers(Fit.REPLACE)

    def _replaces_entry(self, entry: Edge) -> bool:
        """Tell whether the candidate's own peers can stand in for a set of peers."""
        entry_place = entry.to
        own = self.dep.parent
        assert entry_place is not None and own is not None  # noqa: S101, PT018 (valid edges lead somewhere)
        stand_in = own.children.get(entry_place.key)
        if stand_in is not None:
            return can_replace(stand_in, entry_place, (each.name for each in own.children.values()))
        reached = dict.fromkeys((entry_place,))
        waiting = [entry_place]
        for place in waiting:
            for edge in place.edges_out.values():
                if not edge.is_peer or not edge.valid:
                    continue
                stand_in = own.children.get(edge.key)
                if stand_in is None:
                    if edge.to is not None and edge.to not in reached:
                        reached[edge.to] = None
                        waiting.append(edge.to)
                elif not edge.accepts(stand_in):
                    return False
        return True

    def _can_sink(self, entry: Edge, peers: Iterable[Place]) -> bool:
        """Tell whether a set of peers could lie deeper than the target."""
        for peer in peers:
            deepest = deepest_target(entry.origin, peer.key)
            if deepest is self.target or self.target.is_below(deepest):
                return False
        return True

    def _deepest_target(self) -> Place:
        start = self.edge.origin if self.parent is None else self.parent._deepest_target()  # noqa: SLF001
        return deepest_target(start, self.edge.key)

    def _entry_edge(self) -> Edge:
        top = self
        while top.parent is not None:
            top = top.parent
        return top.edge

    def _with_peers(self, fit: Fit) -> Fit:
        """Give the fit if all peers fit too, below the target or above it."""
        self.alone = fit
        dep = self.dep
        if not dep.candidate.has_peers:
            return fit
        if self.children:
            conflict = any(child.fit is Fit.CONFLICT for child in self.children)
            return Fit.CONFLICT if conflict else fit
        path = (*self.peer_path, dep)
        conflict = False
        for edge in dep.edges_out.values():
            peer = edge.to
            if not edge.is_peer or peer is None or peer in path:
                continue
            # The target may ask for the same peer, so that this has to go higher.
            target = deepest_target(self.target, peer.key)
            child = Fitting(peer, target, edge, parent=self, peer_path=path, prefers_old=True)
            self.children.append(child)
            conflict = conflict or child.fit is Fit.CONFLICT
        return Fit.CONFLICT if conflict else fit
