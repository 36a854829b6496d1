"""For what each place is needed: what can be left out with the development, optional or peer dependencies."""

from enum import IntFlag

from packhouse.resolver.tree import Edge, Place


class Flag(IntFlag):
    """A reason to leave a place out."""

    DEV = 1
    """Only development leads to it."""
    OPTIONAL = 2
    """Only optional requirements lead to it."""
    DEV_OPTIONAL = 4
    """Some ways to it are of development and the others optional."""
    PEER = 8
    """Only peer requirements lead to it."""
    EXTRANEOUS = 16
    """Nothing leads to it."""


_ALL = int(Flag.DEV | Flag.OPTIONAL | Flag.DEV_OPTIONAL | Flag.PEER | Flag.EXTRANEOUS)
_DEV, _OPTIONAL, _DEV_OPTIONAL = int(Flag.DEV), int(Flag.OPTIONAL), int(Flag.DEV_OPTIONAL)
_PEER, _EXTRANEOUS = int(Flag.PEER), int(Flag.EXTRANEOUS)
_KEPT_BY = {
    "runtime": 0,
    "build": 0,
    "dev": _DEV | _DEV_OPTIONAL,
    "optional": _OPTIONAL | _DEV_OPTIONAL,
    "peer": _PEER,
    "peer-optional": _OPTIONAL | _DEV_OPTIONAL | _PEER | _EXTRANEOUS,
}
"""The flags that an edge of this kind does not take away from where it leads."""


def flag_tree(root: Place) -> None:
    """Set every flag, then take away, edge by edge, what does not hold."""
    places = [root]
    for place in places:
        place.flags = _ALL
        places.extend(place.children.values())
    root.flags = 0
    waiting = [root]
    while waiting:
        place = waiting.pop()
        if not place.flags & _EXTRANEOUS:
            _keep_parents(place)
        waiting += _pass_on(place)
    for place in places:
        if place.flags & _DEV_OPTIONAL and place.flags & (_DEV | _OPTIONAL):
            place.flags &= ~_DEV_OPTIONAL


def _pass_on(place: Place) -> list[Place]:
    """Take flags away where edges lead; list the places that lost one."""
    if place.link_to is not None:
        return [place.link_to] if _lower(place.link_to, place.flags) else []
    return [
        edge.to
        for edge in place.edges_out.values()
        if edge.to is not None and _lower(edge.to, _left(place.flags, edge))
    ]


def _left(flags: int, edge: Edge) -> int:
    """Tell which flags a place may keep that this edge leads to."""
    if flags & (_DEV | _OPTIONAL):
        # What both lead to is found out at the end.
        flags |= _DEV_OPTIONAL
    return flags | _KEPT_BY[edge.declared.kind]


def _lower(place: Place, left: int) -> bool:
    flags = place.flags & left
    changed = flags != place.flags
    place.flags = flags
    return changed


def _keep_parents(place: Place) -> None:
    parent = place.parent
    while parent is not None and parent.flags & _EXTRANEOUS:
        parent.flags &= ~_EXTRANEOUS
        parent = parent.parent
