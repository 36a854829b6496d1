"""What search shows of a crate when its owners have changed, and how its name is told to them."""

from collections.abc import Mapping

from packhouse.domain.accounts import Ownership
from packhouse.domain.ecosystem import Hosting, Owning
from packhouse.domain.index import Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import crate_path
from packhouse.ecosystems.cargo.hosted import spelt_name
from packhouse.ecosystems.cargo.hosted_summary import summarize_hosted
from packhouse.services.assembly import Services


async def written_name(services: Services, view: View, key: PackageKey) -> str:
    """Spell a crate's name as its first release does."""
    index = (await services.publishing.find(view, key)).index
    return (spelt_name(index) if index is not None else None) or key.name


def _paths(key: PackageKey) -> tuple[str, ...]:
    return (crate_path(key.name),)


def _summary(hosting: Hosting, documents: Mapping[str, bytes], ownership: Ownership) -> Summary | None:
    if not hosting.index.fragments:
        return None
    same = frozenset(each.known_as for each in hosting.upstreams if each.known_as)
    document = documents.get(crate_path(hosting.key.name), b"")
    return summarize_hosted(hosting.key, hosting.index, document, ownership, same)


OWNING = Owning(_paths, _summary)
