"""/api/similar: names that a name may be taken for, with the reasons."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.policy.similarity import KnownName, Similar, times_as_used
from packhouse.services.assembly import Services


class ReasonAnswer(Struct, frozen=True, rename="camel"):
    """One thing by which the other name differs."""

    kind: str
    """case, separators, scope, look-alikes, letter, exchanged, order, affix or other-scope."""
    text: str


class SimilarNameAnswer(Struct, frozen=True, rename="camel"):
    """A name that may be meant."""

    name: str
    score: float
    """How easily it is taken for the other, weighed by how much it is used."""
    downloads: int | None
    """As a list says; None where none does."""
    times_as_used: int | None
    """In round figures; None where that is not known."""
    reasons: tuple[ReasonAnswer, ...]


class SimilarNamesAnswer(Struct, frozen=True, rename="camel"):
    """All of them, the likeliest first."""

    ecosystem: str
    name: str
    downloads: int | None
    similar: tuple[SimilarNameAnswer, ...]


def similar_routes(services: Mapping[str, Services]) -> list[Route]:
    """List the address."""

    async def similar(request: Request, ecosystem: str, name: str) -> Answer:
        """List names that this one may be taken for, whether there is a package of this name or not."""
        found = services.get(ecosystem)
        if found is None:
            raise NotFound(f"there is no ecosystem {ecosystem[:40]!r}")
        key = PackageKey(ecosystem, found.ecosystem.parse_name(name))
        likeness = await found.similar.find(request.view, key)
        told = tuple(_similar(each, likeness.known) for each in likeness.similar)
        return json_answer(SimilarNamesAnswer(ecosystem, key.name, _downloads(likeness.known), told))

    return [route("similar/{ecosystem}/{name}", GET=similar)]


def _similar(similar: Similar, own: KnownName | None) -> SimilarNameAnswer:
    return SimilarNameAnswer(
        name=similar.known.name,
        score=similar.score,
        downloads=_downloads(similar.known),
        times_as_used=times_as_used(similar.known, own),
        reasons=tuple(ReasonAnswer(each.kind, each.text) for each in similar.reasons),
    )


def _downloads(known: KnownName | None) -> int | None:
    return known.downloads or None if known is not None else None
