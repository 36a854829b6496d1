"""What uv decides about: projects, and stand-ins for a project with an extra or under a marker.

A requirement with an extra leads to a proxy that ties the project and the project with that extra to one version; one
under a marker leads to a proxy likewise. They change in which order projects come up, and so which answer is found.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from packhouse.ecosystems.pypi.markers import holds, without_extras
from packhouse.ecosystems.pypi.targets import Target
from packhouse.ecosystems.pypi.wanted import Wanted

Kind = Literal["root", "python", "package", "extra", "marker"]
_NO_EXTRAS: frozenset[str] = frozenset()


class UvPackage(NamedTuple):
    """One of the things that are decided about."""

    kind: Kind
    name: str = ""
    extra: str = ""
    marker: str = ""


ROOT = UvPackage("root")
PYTHON = UvPackage("python")


class Wish(NamedTuple):
    """A package and the range of it that is wanted; without a range it is the version of the package that asks."""

    package: UvPackage
    range: str | None


def wishes_of_proxy(package: UvPackage) -> tuple[Wish, ...]:
    """List what a proxy ties together."""
    markers = ("",) if not package.marker else ("", package.marker)
    extras = ("", package.extra) if package.kind == "extra" else ("",)
    return tuple(
        Wish(UvPackage("package", package.name, extra, marker), None) for marker in markers for extra in extras
    )


def wishes_for(wanted: Iterable[Wanted]) -> Iterator[Wish]:
    """List what requirements lead to."""
    for each in wanted:
        if each.url:
            continue
        marker = without_extras(each.marker) if each.marker else ""
        if each.extras:
            for extra in sorted(each.extras):
                yield Wish(UvPackage("extra", each.name, extra, marker), each.range)
        elif marker:
            yield Wish(UvPackage("marker", each.name, "", marker), each.range)
        else:
            yield Wish(UvPackage("package", each.name), each.range)


def flatten(
    name: str,
    extra: str,
    requirements: Sequence[Wanted],
    target: Target,
    constraints: Callable[[Wanted], Iterable[Wanted]],
) -> list[Wanted]:
    """List what a project, or an extra of it, asks for; extras of its own are resolved into what they ask."""

    def of_extra(extra: str) -> Iterator[Wanted]:
        for each in requirements:
            if _applies(each, extra, target):
                yield each
                yield from constraints(each)

    found = list(of_extra(extra))
    queue = [asked for each in found if each.name == name for asked in sorted(each.extras)]
    if not queue:
        return found
    for asked in queue:
        for each in of_extra(asked):
            if each.name != name:
                found.append(each)
            # The queue grows while it is walked, each extra being in it once.
            queue.extend(more for more in sorted(each.extras) if each.name == name and more not in queue)
    own = [each for each in found if each.name == name and each.range]
    kept = [each for each in found if each.name != name or not each.extras]
    return kept + [Wanted(each.name, each.range, _NO_EXTRAS, each.marker, None, each.text) for each in own]


def _applies(wanted: Wanted, extra: str, target: Target) -> bool:
    """Tell whether a requirement counts: one of an extra only where it does not count without it."""
    if wanted.marker is None:
        return not extra
    always = holds(wanted.marker, target.markers, _NO_EXTRAS)
    if not extra:
        return always
    return not always and holds(wanted.marker, target.markers, frozenset({extra}))
