"""The record of a crate: what its index file says, which a document of the Web API completes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record, native
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.cargo.crate_document import CrateDocument, ReleaseFacts, crate_path, read_crate
from packhouse.ecosystems.cargo.facts import CargoFacts
from packhouse.ecosystems.cargo.head import artifact_of, read_head
from packhouse.ecosystems.cargo.lines import Dependency, Line, parse_moment, read_entry, read_line
from packhouse.ecosystems.cargo.listed_crate import list_crate
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.ranges import is_range
from packhouse.ecosystems.cargo.versions import version_key
from packhouse.formats import semver
from packhouse.formats.semver import Key

_SCOPES: Mapping[str, Scope] = {"dev": "dev", "build": "build"}
RUNTIME = "rust"
_NEWEST_FORM = 2
"""Of lines that stable clients read."""


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; lines that cargo passes over and versions that are none are left out."""
    dl = read_head(index).dl
    found: list[tuple[Key, Release]] = []
    for fragment in index.fragments:
        line = read_line(fragment.body)
        order = _order(fragment.version)
        if line is not None and order is not None and _is_usable(line):
            found.append((order, _release(dl, fragment, line, order)))
    found.sort(key=lambda each: each[0])
    return build_record(key, [release for _, release in found], runtime=RUNTIME)


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add what the crate's document in the Web API says; one document does for all releases."""
    further = FurtherKey(key, crate_path(key.name))
    if further not in documents:
        return frozenset({further})
    body = documents[further]
    document = _read_crate(body) if body else None
    if document is None:
        return release
    facts = document.releases.get(release.version)
    return _completed(release, document, facts) if facts else release


def default_version(record: PackageRecord) -> str:
    """Choose the highest stable release that is not yanked; failing that a pre-release, failing that a yanked one."""
    return _choose(
        (version, position in record.yanked, position in record.prereleases)
        for position, version in enumerate(record.versions)
    )


def summarize(key: PackageKey, index: Index, same: Collection[str] = ()) -> Summary:
    """Read what the index alone can show in a search; `same` are other addresses whose crates are found here too."""
    name, entries = "", []
    for fragment in index.fragments:
        entry, order = read_entry(fragment.body), _order(fragment.version)
        if entry is not None and order is not None:
            name = name or entry.name
            entries.append((order, fragment, bool(entry.yanked)))
    entries.sort(key=lambda each: each[0])
    version = _choose((each.version, yanked, semver.is_prerelease(order)) for order, each, yanked in entries)
    chosen = next((each for _, each, _ in entries if each.version == version), None)
    return Summary(
        key,
        version,
        published_at=chosen.published_at if chosen else None,
        flags=tuple(_flags(entries, version)),
        requires=_required(chosen, same) if chosen else (),
        created_at=min((each.published_at for _, each, _ in entries if each.published_at is not None), default=None),
        listed=list_crate(name, entries),
    )


def _flags(entries: Iterable[tuple[Key, Fragment, bool]], version: str) -> Iterator[str]:
    """Say what should be known of a release; of a crate that has another, none that is yanked was chosen."""
    for order, each, yanked in entries:
        if each.version == version:
            if order[0] == 0 or semver.is_prerelease(order):
                yield "unstable"
            if yanked:
                yield "yanked"


def _required(fragment: Fragment, same: Collection[str]) -> tuple[str, ...]:
    """Name what a release needs to be used, of those crates that are found here."""
    line = read_line(fragment.body)
    found: dict[str, None] = {}
    for each in line.deps if line is not None else ():
        if each.kind != "dev" and (each.registry is None or each.registry in same):
            try:
                found[parse_name(each.package or each.name)] = None
            except Invalid:
                continue
    return tuple(found)


def _choose(ascending: Iterable[tuple[str, bool, bool]]) -> str:
    """Choose by version, yanked and pre-release; the last of the best, as they come in ascending order."""
    best, chosen = (-1, -1), ""
    for version, yanked, prerelease in ascending:
        worth = (int(not yanked), int(not prerelease))
        if worth >= best:
            best, chosen = worth, version
    return chosen


def _order(version: str) -> Key | None:
    try:
        return version_key(version)
    except Invalid:
        return None


def _is_usable(line: Line) -> bool:
    """Tell whether cargo can use a line: its form is known, and all that it asks for and switches on makes sense."""
    if line.v is not None and line.v > _NEWEST_FORM:
        return False
    if not all(is_range(each.req) for each in line.deps):
        return False
    features = _features(line)
    if not features and not any(each.optional for each in line.deps):
        return True
    from packhouse.ecosystems.cargo.feature_rules import are_sound  # noqa: PLC0415 (start-up time)

    dependencies = ((each.name, bool(each.optional), each.kind or "normal") for each in line.deps)
    return are_sound(features, dependencies)


def _release(dl: str, fragment: Fragment, line: Line, order: Key) -> Release:
    artifact = artifact_of(dl, fragment)
    return Release(
        version=fragment.version,
        published_at=fragment.published_at,
        requirements=tuple(_requirement(each) for each in line.deps),
        artifacts=(artifact,) if artifact else (),
        prerelease=semver.is_prerelease(order),
        yanked="" if line.yanked else None,
        runtimes={RUNTIME: line.rust_version} if line.rust_version else {},
        native=native(_facts(line)),
    )


def _requirement(dependency: Dependency) -> Requirement:
    return Requirement(
        name=dependency.package or dependency.name,
        range=dependency.req,
        scope=_SCOPES.get(dependency.kind or "", "runtime"),
        optional=bool(dependency.optional),
        alias=dependency.name if dependency.package and dependency.package != dependency.name else None,
        marker=dependency.target or None,
        extras=tuple(dependency.features or ()),
    )


def _facts(line: Line) -> CargoFacts:
    return CargoFacts(
        features=_features(line),
        links=line.links,
        plain=_positions(line.deps),
        registries={position: each.registry for position, each in enumerate(line.deps) if each.registry},
    )


def _features(line: Line) -> dict[str, list[str]]:
    return (line.features or {}) | (line.features2 or {})


def _positions(dependencies: Sequence[Dependency]) -> tuple[int, ...]:
    return tuple(position for position, each in enumerate(dependencies) if each.default_features is False)


# Each of a crate's releases is completed from the same bytes.
@lru_cache(maxsize=16)
def _read_crate(body: bytes) -> CrateDocument | None:
    return read_crate(body)


def _completed(release: Release, document: CrateDocument, facts: ReleaseFacts) -> Release:
    runtimes = release.runtimes
    if not runtimes and facts.rust_version:
        runtimes = {RUNTIME: facts.rust_version}
    artifacts = tuple(replace(each, size_bytes=each.size_bytes or facts.size_bytes) for each in release.artifacts)
    return replace(
        release,
        published_at=release.published_at or parse_moment(facts.created_at),
        description=facts.description or document.description,
        licences=facts.licences,
        links=facts.links or document.links,
        maintainers=facts.publishers,
        keywords=document.keywords,
        artifacts=artifacts,
        yanked=release.yanked if release.yanked is None else facts.yank_message,
        runtimes=runtimes,
    )
