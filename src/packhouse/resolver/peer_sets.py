"""Sets of places that stand or fall together."""

from collections.abc import Callable, Iterable

from packhouse.resolver.tree import Edge, Place


def dependent_set(start: Iterable[Place], counts: Callable[[Edge], bool]) -> dict[Place, None]:
    """Gather places, and what only they need, looking only along the edges that count."""
    gathered = dict.fromkeys(start)
    waiting = list(gathered)
    for place in waiting:
        for edge in place.edges_out.values():
            to = edge.to
            if to is not None and to not in gathered and counts(edge):
                gathered[to] = None
                waiting.append(to)
    changed = True
    while changed and gathered:
        changed = False
        for place in list(gathered):
            if any(edge.origin not in gathered and counts(edge) for edge in place.edges_in):
                del gathered[place]
                changed = True
    return gathered


def replaceable_set(place: Place) -> dict[Place, None]:
    """Gather a place and what would be needed no more without it."""
    if not any(edge.to is not None for edge in place.edges_out.values()):
        return {place: None}
    return dependent_set((place,), lambda edge: edge.to is not place and edge.valid)


def entry_sets(place: Place) -> dict[Edge, dict[Place, None]]:
    """Find the edges by which peers came into the tree that this place is one of, each with all that came with it."""
    entries: dict[Edge, dict[Place, None]] = {}
    for peer in _united(place):
        brought: dict[Place, None] | None = None
        for edge in peer.edges_in:
            if edge.valid and (not edge.is_peer or edge.origin.parent is None):
                if brought is None:
                    brought = _brought(peer)
                if place in brought:
                    entries[edge] = brought
    return entries


def deepest_target(start: Place, key: str | None) -> Place:
    """Find the deepest place below which a name can be put so that `start` reaches it and no peer is shadowed."""
    place = start
    while place.parent is not None:
        edge = place.edges_out.get(key) if key is not None else None
        if edge is None or not edge.is_peer:
            return place
        place = place.parent
    return place


def can_replace(new: Place, old: Place, together_with: Iterable[str] = ()) -> bool:
    """Tell whether all that depends on the old place is served by the new one as well."""
    if new.name != old.name or new.candidate.package != old.candidate.package:
        return False
    if old.edges_out and not _same_rules(new, old):
        return False
    going: dict[Place, None] | None = None
    leaving = frozenset(together_with)
    for edge in old.edges_in:
        origin = edge.origin
        if edge.is_peer and origin.name in leaving and origin.parent is old.parent is not None:
            # Those are replaced at the same time.
            continue
        if edge.accepts(new):
            continue
        if going is None:
            going = replaceable_set(old)
        if origin not in going:
            return False
    return True


def _same_rules(new: Place, old: Place) -> bool:
    if new.rules is None:
        return old.rules is None
    return new.rules.equals(old.rules)


def _united(place: Place) -> dict[Place, None]:
    """Gather all peers of a place, those who ask for it as well as those it asks for, and theirs."""
    union = dict.fromkeys((place,))
    waiting = [place]
    for each in waiting:
        met = [edge.to for edge in each.edges_out.values() if edge.is_peer and edge.to is not None and edge.valid]
        met += [edge.origin for edge in each.edges_in if edge.is_peer and edge.valid]
        for peer in met:
            if peer not in union:
                union[peer] = None
                waiting.append(peer)
    return union


def _brought(entry: Place) -> dict[Place, None]:
    found = dict.fromkeys((entry,))
    waiting = [entry]
    for each in waiting:
        for edge in each.edges_out.values():
            if edge.is_peer and edge.to is not None and edge.to not in found and edge.valid:
                found[edge.to] = None
                waiting.append(edge.to)
    return found
