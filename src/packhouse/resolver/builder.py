"""Building a tree of nested package folders: breadth first, each requirement as high as it can go.

Before a candidate is placed it is put, with all its peers and theirs, into a small tree of its own below a stand-in for
who asks (the place's `source`). There it shows which peers can be had together; then `placement` copies them over.
"""

from collections import Counter
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

from packhouse.domain.errors import Unresolvable
from packhouse.resolver.explain import explain_conflict, title
from packhouse.resolver.fitting import Fit
from packhouse.resolver.peer_sets import can_replace
from packhouse.resolver.placement import Conduct, Placement
from packhouse.resolver.tree import Candidate, Edge, Index, Place, Rules, Want

MAX_TURNS = 100
"""How often one place may be taken up again: releases that push each other aside for ever do so thousands of times."""
MAX_PLACES = 100_000
"""How many places are looked at before the tree is held to be endless."""


class Catalogue(Protocol):
    """Where candidates come from."""

    def pick(self, want: Want) -> Candidate:
        """Choose the release that meets what is wanted; a candidate with a `failure` if there is none."""


class Builder:
    """One tree, from its project to the last dependency."""

    def __init__(
        self,
        project: Candidate,
        catalogue: Catalogue,
        conduct: Conduct,
        *,
        rules: Rules | None = None,
        requested: frozenset[str] = frozenset(),
    ) -> None:
        self.catalogue = catalogue
        self.conduct = conduct
        self.requested = requested
        """Names that the user asks for just now."""
        self.failed: dict[Place, None] = {}
        self.root = Place(project.package, project.package, project)
        self.root.is_project = True
        self.root.index = Index()
        self.root.rules = rules
        self.root.load_edges()
        self._queue = _Queue(conduct)
        self._seen: set[Place] = set()
        self._stand_ins: dict[Place, Place] = {}

    def settle(self, path: tuple[str, ...], candidate: Candidate) -> None:
        """Put a candidate where it was before; what it lies in comes first."""
        parent: Place | None = self.root
        for name in path[:-1]:
            parent = parent.children.get(name.lower()) if parent is not None else None
        if parent is None:
            return  # it lies in nothing, and is taken for what is left of something else
        place = Place(path[-1], path[-1].lower(), candidate)
        place.move_to(parent)
        place.load_edges()

    def build(self) -> Place:
        """Place all that is needed; raise Unresolvable where peers contradict each other in a way that counts."""
        self._queue.push(self.root)
        turns: Counter[tuple[str, ...]] = Counter()
        while (turn := self._queue.pop()) is not None:
            path, place = turn
            if place not in self._seen and place.root is self.root:
                self._seen.add(place)
                turns[path] += 1
                if turns[path] > MAX_TURNS or len(turns) > MAX_PLACES:
                    raise Unresolvable(f"what {title(place)} depends on pushes itself aside without end")
                self._meet(place)
        return self.root

    def _meet(self, place: Place) -> None:
        """Place what a place still lacks."""
        if place.candidate.contents:
            place.unpack()
        tasks = [(edge, self._candidate_for(edge)) for edge in self._problems(place) if not edge.is_conflict]
        sort_key = self.conduct.sort_key
        tasks.sort(key=lambda task: sort_key(task[0].name))
        for edge, dep in tasks:
            placement = Placement(dep, edge, self.conduct, requested=self._is_requested(edge))
            for each in placement.tree():
                self._follow_up(each)

    def _is_requested(self, edge: Edge) -> bool:
        return edge.origin is self.root and edge.name in self.requested

    def _problems(self, place: Place) -> list[Edge]:
        bundled = place.candidate.bundled if place is not self.root else frozenset()
        problems = []
        for edge in place.edges_out.values():
            to = edge.to
            if edge.name in bundled or (to is not None and to in self.failed):
                continue
            if to is None:
                if edge.declared.kind != "peer-optional" or self._is_requested(edge):
                    problems.append(edge)
            elif not edge.valid or self._is_requested(edge):
                problems.append(edge)
        return problems

    def _candidate_for(self, edge: Edge) -> Place:
        """Find or make the place, in a tree of its own with its peers, that is to meet an edge."""
        origin = edge.origin
        stand_in = self._stand_in(origin, fresh=False)
        tried = stand_in.find_edge(edge.key)
        if tried is not None and tried.to is not None and tried.valid and edge.accepts(tried.to):
            return tried.to
        if edge.declared.kind == "peer-optional" and not self._is_requested(edge):
            found = self._find_in_tree(origin.parent or origin, edge)
            if found is not None:
                return found
        return self._try_out(edge, stand_in if edge.is_peer else None, None, {origin})

    def _find_in_tree(self, start: Place, edge: Edge) -> Place | None:
        """Look for what would do, the nearest below a place first."""
        waiting = list(start.children.values())
        for place in waiting:
            if place.name == edge.name and edge.accepts(place) and not _is_in_archive(place):
                return place
            waiting.extend(place.children.values())
        return None

    def _try_out(self, edge: Edge, parent: Place | None, second: Edge | None, required: set[Place]) -> Place:
        """Put the candidate for an edge, and its peers, below a stand-in.

        The second edge is of one who asks for the same name: what suits both goes before what suits only the first.
        """
        if parent is None:
            parent = self._stand_in(edge.origin, fresh=True)
        dep = first = self._add(edge, parent)
        if second is not None and not second.valid:
            other = self._add(second, parent)
            if edge.valid:
                dep = other
            else:
                first.move_to(parent)
        if any(
            each is not None and each.origin in required and each.declared.kind != "peer-optional"
            for each in (edge, second)
        ):
            required.add(dep)
        if dep.candidate.has_peers:
            self._try_out_peers(dep, required)
        return dep

    def _add(self, edge: Edge, parent: Place) -> Place:
        place = Place(edge.name, edge.key, self.catalogue.pick(edge.want))
        if place.candidate.failure:
            self.failed[place] = None
        if not parent.children and not place.candidate.has_peers and parent.rules is None:
            # It is all alone there, so that its edges would lead nowhere.
            place.defer_edges()
            place.move_to(parent)
            return place
        for child in parent.children.values():
            child.needs_edges()
        place.move_to(parent)
        place.load_edges()
        return place

    def _try_out_peers(self, place: Place, required: set[Place]) -> None:
        unmet = [edge for edge in place.edges_out.values() if edge.is_peer and not (edge.to is not None and edge.valid)]
        sort_key = self.conduct.sort_key
        unmet.sort(key=lambda edge: sort_key(edge.name))
        for edge in unmet:
            parent = place.parent
            if parent is None:
                # Another release has taken its place meanwhile.
                break
            if edge.to is None or not edge.valid:
                self._try_out_peer(edge, place, parent, required)

    def _try_out_peer(self, edge: Edge, place: Place, parent: Place, required: set[Place]) -> None:
        conduct = self.conduct
        is_of_project = parent.source is not None and parent.source.is_project
        conflict_will_do = conduct.force or (not is_of_project and not conduct.strict_peers)
        asked_above = parent.find_edge(edge.key)
        if edge.to is None:
            if asked_above is None:
                self._try_out(edge, parent, None, required)
                return
            dep = self._try_out(asked_above, parent, edge, required)
            if edge.valid:
                return
            if conflict_will_do or dep not in required:
                edge.is_conflict = True
                return
            if place.parent is None:
                return
            raise Unresolvable(explain_conflict(edge, place.resolve(edge.key)))
        current = edge.to
        wanted = self._try_out(edge, None, None, required)
        if can_replace(wanted, current):
            self._try_out(edge, parent, None, required)
        elif not conflict_will_do and edge.origin in required:
            raise Unresolvable(explain_conflict(edge, place.resolve(edge.key)))

    def _stand_in(self, source: Place, *, fresh: bool) -> Place:
        """Make a top that asks for all that a place asks for and has nothing yet."""
        known = self._stand_ins.get(source)
        if known is not None and not fresh:
            return known
        top = Place(source.name, source.key, source.candidate)
        top.source = source
        top.rules = source.rules
        top.pending = source.candidate
        self._stand_ins[source] = top
        return top

    def _follow_up(self, placement: Placement) -> None:
        """Queue what was placed, and whoever is worse off now."""
        placed, fitting = placement.placed, placement.fitting
        if placed is None or fitting is None:
            return
        if placed.candidate.failure:
            self.failed[placed] = None
        for edge in placed.edges_in:
            if edge is placement.edge or edge.is_conflict or edge.valid:
                continue
            if fitting.alone is Fit.FREE or fitting.alone is Fit.REPLACE:
                self._queue_again(edge.origin)
        self._queue.push(placed)
        for origin in placement.unsettled:
            self._queue_again(origin)

    def _queue_again(self, place: Place) -> None:
        self._seen.discard(place)
        self._queue.push(place)


class _Queue:
    """Places by depth and path, each in it once."""

    def __init__(self, conduct: Conduct) -> None:
        self._sort_key = conduct.sort_key
        self._heap: list[tuple[int, Any, int, tuple[str, ...], Place]] = []
        self._waiting: set[Place] = set()
        self._counter = count()

    def push(self, place: Place) -> None:
        if place in self._waiting:
            return
        self._waiting.add(place)
        path = place.path()
        heappush(self._heap, (len(path), self._sort_key("/".join(path)), next(self._counter), path, place))

    def pop(self) -> tuple[tuple[str, ...], Place] | None:
        if not self._heap:
            return None
        *_, path, place = heappop(self._heap)
        self._waiting.discard(place)
        return path, place


def _is_in_archive(place: Place) -> bool:
    index = place.root.index
    if index is None or not index.bundles:
        return False
    bundler = place.bundler()
    return bundler is not None and bundler is not place.root
