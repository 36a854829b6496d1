"""What the page of a package says of names that are used far more, and that it may be taken for."""

from msgspec import Struct

from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.policy.similarity import KnownName, Similar, times_as_used
from packhouse.services.assembly import Services
from packhouse.web.addresses import Addresses

_FAR_MORE = 100
"""Times as often as this one that a name is used before it is worth a warning."""
_FAR_HEAVIER = 7
"""The same in powers of two."""
_SHOWN = 3


class SimilarNotice(Struct, frozen=True):
    """One such name."""

    name: str
    url: str
    said: str


async def similar_notices(
    services: Services, addresses: Addresses, view: View, key: PackageKey
) -> tuple[SimilarNotice, ...]:
    """List the names that are worth a warning."""
    found = await services.similar.find(view, key)
    worth = [each for each in found.similar if _is_far_more_used(each.known, found.known)]
    return tuple(
        SimilarNotice(each.known.name, addresses.package(key.ecosystem, each.known.name), _said(each, found.known))
        for each in worth[:_SHOWN]
    )


def _is_far_more_used(other: KnownName, own: KnownName | None) -> bool:
    times = times_as_used(other, own)
    if times is not None:
        return times >= _FAR_MORE
    return other.weight - (own.weight if own is not None else 0) >= _FAR_HEAVIER


def _said(similar: Similar, own: KnownName | None) -> str:
    reasons = ", ".join(reason.text for reason in similar.reasons)
    times = times_as_used(similar.known, own)
    if own is not None and own.downloads and times is not None:
        return f"{times:,} times as used; {reasons}"
    if similar.known.downloads:
        return f"downloaded {similar.known.downloads:,} times; {reasons}"
    return f"among the most used; {reasons}"
