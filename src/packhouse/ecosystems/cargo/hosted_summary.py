"""What search shows of a crate that is published here."""

from packhouse.domain.accounts import Ownership
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo.crate_document import listed, objects, read_links, read_object, read_person, text
from packhouse.ecosystems.cargo.lines import parse_moment
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.record import summarize


def summarize_hosted(
    key: PackageKey, index: Index, document: Json | bytes, ownership: Ownership, same: frozenset[str] = frozenset()
) -> Summary:
    """Make the summary of a crate's default release, from its line and the Web API's document of it.

    `same` are addresses of indexes whose crates are found here as well. To be made anew whenever index, document or
    owners change.
    """
    plain = summarize(key, index, same)
    read = read_object(document) if isinstance(document, bytes) else document
    if read is None:
        return plain
    crate: Json = read.get("crate") or {}
    release: Json = next((each for each in objects(read, "versions") if each.get("num") == plain.version), {})
    publisher = read_person(release.get("published_by"))
    return Summary(
        key=key,
        version=plain.version,
        description=text(release, "description") or text(crate, "description") or "",
        keywords=tuple(map(str, listed(crate, "keywords"))),
        categories=tuple(map(str, listed(crate, "categories"))),
        licence=text(release, "license") or "",
        links={link.label: link.url for link in read_links(release) or read_links(crate)},
        maintainers=ownership.owners,
        publisher=(publisher.name or "") if publisher else "",
        requires=plain.requires,
        flags=plain.flags,
        published_at=plain.published_at,
        created_at=parse_moment(text(crate, "created_at")) or plain.created_at,
        listed=plain.listed,
    )
