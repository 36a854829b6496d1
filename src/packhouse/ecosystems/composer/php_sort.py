"""Sort a few things as PHP's usort does, which tells where the comparison contradicts itself.

Two packages that replace each other each come after the other; which of them comes first is then up to the comparisons
that are made. Agreement is tested with PHP itself, for up to 16 things; of more, PHP sorts in another way.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
_SMALL = 5
"""So many are sorted with a short cut for the first three."""
_SINGLE_STEPS = 6
"""From this place on, the place to insert at is looked for in steps of two."""


def php_sorted(things: Sequence[T], compare: Callable[[T, T], int]) -> list[T]:
    """Sort by a comparison that is positive where the first belongs behind the second."""

    def is_behind(one: T, other: T) -> bool:
        return compare(one, other) > 0

    ordered = list(things[:1])
    for thing in things[1:]:
        is_third = len(ordered) == 2 and len(things) in range(3, _SMALL + 1)
        if is_third and is_behind(things[0], things[1]) and not is_behind(thing, things[1]):
            ordered = [thing, things[1], things[0]]
        elif is_third and is_behind(things[0], things[1]):
            ordered = [things[1], *([thing, things[0]] if is_behind(things[0], thing) else [things[0], thing])]
        elif len(ordered) < _SINGLE_STEPS:
            ordered.insert(_place(ordered, thing, is_behind), thing)
        else:
            ordered.insert(_place_by_twos(ordered, thing, is_behind), thing)
    return ordered


def _place(ordered: list[T], thing: T, is_behind: Callable[[T, T], bool]) -> int:
    place = len(ordered)
    while place and is_behind(ordered[place - 1], thing):
        place -= 1
    return place


def _place_by_twos(ordered: list[T], thing: T, is_behind: Callable[[T, T], bool]) -> int:
    place = len(ordered) - 1
    if not is_behind(ordered[place], thing):
        return place + 1
    while place > 1:
        place -= 2
        if not is_behind(ordered[place], thing):
            return place + 1 if is_behind(ordered[place + 1], thing) else place + 2
    return 1 if place == 1 and is_behind(thing, ordered[0]) else 0
