"""Putting a candidate and its peers into the tree, and clearing away what that makes superfluous."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from packhouse.domain.errors import Unresolvable
from packhouse.resolver.explain import explain_conflict
from packhouse.resolver.fitting import Fit, Fitting
from packhouse.resolver.peer_sets import can_replace, deepest_target, dependent_set, entry_sets, replaceable_set
from packhouse.resolver.tree import Edge, Place


class Conduct(Struct, frozen=True):
    """How to treat what cannot all be had."""

    sort_key: Callable[[str], Any]
    """The order in which names and paths are taken."""
    strict_peers: bool = False
    """Fail on every conflict of peers, not only on those that the project itself brings about."""
    force: bool = False
    """Fail on no conflict of peers."""
    prefer_dedupe: bool = False
    """Rather keep one older release for all than a second, newer one."""


class Placement:
    """One candidate put into the tree for one edge, with the placements of its peers as children."""

    def __init__(
        self,
        dep: Place,
        edge: Edge,
        conduct: Conduct,
        *,
        requested: bool = False,
        parent: "Placement | None" = None,
    ) -> None:
        self.dep = dep
        self.edge = edge
        self.conduct = conduct
        self.requested = requested
        self.parent = parent
        self.children: list[Placement] = []
        self.unsettled: dict[Place, None] = {}
        """Places that lost a dependency which was pushed aside."""
        self.placed: Place | None = None
        self.fitting: Fitting | None = None
        self.alone: Fitting | None = None
        if edge.to is None or not edge.valid or requested:
            self._run()

    def tree(self) -> "Iterator[Placement]":
        """Walk through this placement and those of the peers."""
        waiting: list[Placement] = [self]
        while waiting:
            each = waiting.pop()
            yield each
            waiting.extend(each.children)

    def _run(self) -> None:
        self._choose_target()
        fitting = self.fitting
        if fitting is None:
            if not self.conduct.force and (self.conduct.strict_peers or self._is_of_project()):
                self._fail()
            if self.alone is None:
                self.edge.is_conflict = True
                return
            fitting = self.fitting = self.alone
        if (fitting.alone if fitting.fit is Fit.CONFLICT else fitting.fit) is Fit.KEEP:
            if self.edge.is_peer and not self.edge.valid:
                self.edge.is_conflict = True
            self._drop_duplicates(fitting.target)
            return
        self._place(fitting.target)

    def _choose_target(self) -> None:
        """Climb from the deepest place that is allowed to the highest without a conflict."""
        key = self.edge.key
        for target in self._start().ancestry():
            edge = target.edges_out.get(key)
            if edge is not None and edge.is_peer and target.parent is not None:
                continue
            fitting = Fitting(
                self.dep,
                target,
                self.edge,
                parent=self.parent.fitting if self.parent is not None else None,
                prefers_old=self.conduct.prefer_dedupe,
                requested=self.requested,
            )
            if fitting.alone is not Fit.CONFLICT:
                self.alone = fitting
            if fitting.fit is Fit.CONFLICT:
                return
            self.fitting = fitting
            if self.dep.candidate.failure:
                return

    def _start(self) -> Place:
        # A peer lies at least as high as who asks for it.
        start = self.edge.origin if self.parent is None else self.parent._start()  # noqa: SLF001
        return deepest_target(start, self.edge.key)

    def _place(self, target: Place) -> None:
        dep, edge = self.dep, self.edge
        key = edge.key
        for above in target.ancestry():
            if above.parent is not None and above.matches(dep):
                # a -> b -> other a -> other b -> a: a link ends the circle.
                self.placed = _link(target, above)
                return
        peers = dep.parent
        placed = self.placed = Place(dep.name, dep.key, dep.candidate)
        placed.rules = dep.rules
        placed.link_to = dep.link_to
        placed.load_edges()
        old = target.children.get(key)
        if old is not None:
            self._replace(old, placed, target)
        else:
            placed.move_to(target)
        if edge.is_peer and not edge.accepts(placed):
            edge.is_conflict = True
        if edge.to is not None and edge.to is not placed and edge.valid:
            self._drop_if_duplicate(edge.to)
        self._drop_duplicates_below(target, placed)
        if placed.candidate.has_peers and peers is not None:
            self._place_peers(placed, peers)

    def _place_peers(self, placed: Place, peers: Place) -> None:
        for edge in list(placed.edges_out.values()):
            if not edge.is_peer or edge.is_conflict or edge.valid:
                continue
            peer = peers.children.get(edge.key)
            if peer is not None and edge.accepts(peer):
                self.children.append(Placement(peer, edge, self.conduct, requested=self.requested, parent=self))

    def _drop_duplicates_below(self, target: Place, placed: Place) -> None:
        index = target.root.index
        if index is None:
            return
        same_name = index.places.get(placed.name, {})
        if len(same_name) <= 1 and not placed.children:
            return
        for place in list(same_name):
            if place in same_name and place.parent is not None and place.is_below(target):
                self._drop_if_duplicate(place)
                if place.root is target.root:
                    for child in list(place.children.values()):
                        self._drop_if_duplicate(child)

    def _drop_duplicates(self, place: Place) -> None:
        """Take out what is met as well higher up, in this place and in all that lie in it."""
        waiting = [place]
        while waiting:
            each = waiting.pop()
            if not self._drop_if_duplicate(each) and each.children:
                sort_key = self.conduct.sort_key
                waiting.extend(sorted(each.children.values(), key=lambda child: sort_key(child.name), reverse=True))

    def _drop_if_duplicate(self, place: Place) -> bool:
        if not self._is_superfluous(place):
            return False
        for each in replaceable_set(place):
            each.remove()
        return True

    def _is_superfluous(self, place: Place) -> bool:
        parent = place.parent
        if parent is None or parent.parent is None or _is_fixed(place):
            return False
        if not place.edges_in:
            return True
        other = parent.parent.resolve(place.key)
        return other is not None and (other.matches(place) or self._is_better(other, place))

    def _is_better(self, other: Place, place: Place) -> bool:
        if not can_replace(other, place):
            return False
        mine, theirs = place.candidate.order, other.candidate.order
        if self.conduct.prefer_dedupe or self.requested or mine == theirs:
            return True
        return theirs is not None and mine is not None and theirs > mine and not _is_overridden(place)

    def _replace(self, old: Place, placed: Place, target: Place) -> None:
        """Put the new place where the old one is, and take out what only the old one needed."""
        left: dict[Place, None] = {}
        for key, edge in old.edges_out.items():
            if key not in placed.edges_out and edge.to is not None:
                left.update(dependent_set((edge.to,), _not_to(edge.to)))
        pushed = self._pushed_aside(old, placed, target)
        placed.take_over(old)
        _drop_left(placed, left)
        for place in pushed:
            for edge in place.edges_in:
                self.unsettled[edge.origin] = None
            place.remove()

    def _pushed_aside(self, old: Place, placed: Place, target: Place) -> dict[Place, None]:
        """Gather the peers beside the old place that the new one does not suit, and that can lie deeper."""
        pushed: dict[Place, None] = {}
        for edge in old.edges_in:
            if not edge.is_peer or edge.origin.parent is not target or edge.is_conflict or edge.accepts(placed):
                continue
            for entry in entry_sets(edge.origin):
                place = entry.to
                assert place is not None  # noqa: S101 (a valid edge that is not optional leads somewhere)
                if place is target or entry.origin.is_project:
                    edge.is_conflict = True
                else:
                    pushed.update(dependent_set((place,), _not_into(place)))
        return pushed

    def _is_of_project(self) -> bool:
        """Tell whether the project itself, or a peer that it brings, asked for what is placed."""
        top = self
        while top.parent is not None:
            top = top.parent
        origin = top.edge.origin
        if origin.is_project:
            return True
        if not top.edge.is_peer:
            return False
        if any(not edge.is_peer and edge.origin.is_project for edge in origin.edges_in):
            return True
        is_peer = any(edge.is_peer for edge in origin.edges_in)
        return is_peer and any(edge.origin.is_project for edge in entry_sets(origin))

    def _fail(self) -> None:
        top = self
        while top.parent is not None:
            top = top.parent
        refused = (each for each in self.alone.descendants() if each.fit is Fit.CONFLICT) if self.alone else ()
        found = next((each for each in refused if each.current is not None), None)
        if found is not None:
            raise Unresolvable(explain_conflict(found.edge, found.current))
        raise Unresolvable(explain_conflict(top.edge, top.edge.origin.resolve(top.edge.key)))


def _link(target: Place, above: Place) -> Place:
    link = Place(above.name, above.key, above.candidate)
    link.link_to = above
    link.move_to(target)
    return link


def _not_to(place: Place) -> Callable[[Edge], bool]:
    return lambda edge: edge.to is not place


def _not_into(place: Place) -> Callable[[Edge], bool]:
    return lambda edge: edge.to is not place and not edge.is_conflict


def _drop_left(placed: Place, left: Iterable[Place]) -> None:
    unfit = {edge.to: None for edge in placed.edges_out.values() if edge.to is not None and not edge.valid}
    for place in left:
        unfit.update(replaceable_set(place))
    kept_by = dependent_set(
        unfit,
        lambda edge: edge.origin is not placed and edge.to is not placed and edge.valid,
    )
    for place in kept_by:
        place.remove()


def _is_fixed(place: Place) -> bool:
    """Tell whether it came in the archive of a package that is not the project."""
    index = place.root.index
    if index is None or not index.bundles:
        return False
    bundler = place.bundler()
    return bundler is not None and bundler is not place.root


def _is_overridden(place: Place) -> bool:
    if place.rules is None or place.rules.name != place.name:
        return False
    return any(
        edge.rules is not None
        and edge.rules.overrides(place.candidate, place.name)
        and not edge.rules.equals(edge.origin.rules)
        for edge in place.edges_in
    )
