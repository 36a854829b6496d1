"""The record of a gem: what its info file says, which documents of the API complete."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.gem.facts import GemFacts, facts
from packhouse.ecosystems.gem.files import artifact_of
from packhouse.ecosystems.gem.gem_document import (
    Json,
    number,
    read_authors,
    read_description,
    read_licences,
    read_links,
    read_object,
    read_objects,
    read_requirements,
    text,
    version_path,
    versions_path,
)
from packhouse.ecosystems.gem.lines import Line, parse_moment, read_line, read_ranges
from packhouse.ecosystems.gem.names import RUBY
from packhouse.ecosystems.gem.ranges import ANY
from packhouse.ecosystems.gem.versions import Key, is_prerelease, version_key

RUNTIMES = (RUBY, "rubygems")
"""What a release must run on, as the index names it."""

_Parts = list[tuple[Fragment, Line]]


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record: a release for each version, with a file for each platform; no version, no release."""
    ordered = _by_version(index)
    return build_record(key, [_release(key, parts) for _, parts in ordered], runtime=RUBY)


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add what the API says of a version, and of all versions; the first names what is needed to build it, too."""
    known = facts(release)
    platform = known.platform if known.platform not in {"", RUBY} else ""
    one = FurtherKey(key, version_path(key.name, release.version, platform))
    every = FurtherKey(key, versions_path(key.name))
    missing = frozenset({one, every} - documents.keys())
    if missing:
        return missing
    listed = [each for each in read_versions(documents[every] or b"") if text(each, "number") == release.version]
    listed.sort(key=lambda each: text(each, "platform") != known.platform)
    document = read_object(documents[one] or b"")
    found = [each for each in (document, *listed) if each]
    return _completed(release, found, listed) if found else release


def default_version(record: PackageRecord) -> str:
    """Choose the highest stable release; failing that the highest pre-release."""
    stable = [version for at, version in enumerate(record.versions) if at not in record.prereleases]
    return next(reversed(stable or record.versions), "")


def summarize(key: PackageKey, index: Index) -> Summary | None:
    """Read what the index alone can show in a search."""
    ordered = _by_version(index)
    if not ordered:
        return None
    chosen = next((parts for _, parts in reversed(ordered) if not is_prerelease(parts[0][1].version)), ordered[-1][1])
    return Summary(key, chosen[0][1].version, published_at=_published(chosen))


# Each of a gem's releases is completed, and dated, from the same bytes.
@lru_cache(maxsize=16)
def read_versions(body: bytes) -> tuple[Json, ...]:
    """Read the list of versions; empty where it is none."""
    return tuple(read_objects(body) or ())


def find_moment(body: bytes, version: str, platform: str) -> Moment | None:
    """Find out from the list of versions when one was published for a platform."""
    for each in read_versions(body):
        if text(each, "number") == version and (text(each, "platform") or RUBY) == platform:
            return parse_moment(each.get("created_at"))
    return None


def _by_version(index: Index) -> Sequence[tuple[Key, _Parts]]:
    """Put the lines of a version together, ascending."""
    found: dict[str, tuple[Key, _Parts]] = {}
    for fragment in index.fragments:
        line = read_line(fragment.body)
        if line is None:
            continue
        try:
            _, parts = found.setdefault(line.version, (version_key(line.version), []))
        except Invalid:
            continue
        parts.append((fragment, line))
    return sorted(found.values(), key=lambda each: (each[0], each[1][0][1].version))


def _release(key: PackageKey, parts: _Parts) -> Release:
    main = next((line for _, line in parts if line.platform == RUBY), parts[0][1])
    # The same file twice is one: the last line counts.
    by_platform = {line.platform: (fragment, line) for fragment, line in parts}
    runtimes = _runtimes(main)
    others = {platform: _runtimes(line) for platform, (_, line) in by_platform.items()}
    return Release(
        version=main.version,
        published_at=_published(parts),
        requirements=_requirements(main.platform, [line for _, line in by_platform.values()]),
        artifacts=tuple(
            replace(artifact_of(key.name, line), published_at=fragment.published_at)
            for fragment, line in by_platform.values()
        ),
        prerelease=is_prerelease(main.version),
        runtimes=runtimes,
        native=native(
            GemFacts(
                main.platform,
                tuple(by_platform),
                {platform: needed for platform, needed in others.items() if needed != runtimes},
            )
        ),
    )


def _runtimes(line: Line) -> dict[str, str]:
    wanted = {name: read_ranges(line.facts[name]) for name in RUNTIMES if line.facts.get(name)}
    return {name: each for name, each in wanted.items() if each != ANY}


def _published(parts: _Parts) -> Moment | None:
    """Tell when the first file of a version was published; None unless all say when."""
    moments = [fragment.published_at for fragment, _ in parts]
    return min((each for each in moments if each is not None), default=None) if None not in moments else None


def _requirements(main: str, lines: Sequence[Line]) -> tuple[Requirement, ...]:
    """List the dependencies; one that does not hold on every platform has those on which it does as its marker."""
    platforms: dict[tuple[str, str], list[str]] = {}
    for line in sorted(lines, key=lambda each: each.platform != main):
        for dependency in line.dependencies:
            platforms.setdefault(dependency, []).append(line.platform)
    return tuple(
        Requirement(name, wanted, marker=None if len(held) == len(lines) else ", ".join(held))
        for (name, wanted), held in platforms.items()
    )


def _completed(release: Release, found: Sequence[Json], listed: Sequence[Json]) -> Release:
    first = found[0]
    return replace(
        release,
        published_at=release.published_at or _earliest(listed) or parse_moment(first.get("created_at")),
        requirements=(*release.requirements, *read_requirements(first, "dev")),
        description=next(filter(None, map(read_description, found)), None),
        licences=next(filter(None, map(read_licences, found)), ()),
        links=read_links(*found),
        authors=next(filter(None, map(read_authors, found)), ()),
        native=native(replace(facts(release), downloads=_downloads(listed))),
    )


def _earliest(listed: Iterable[Json]) -> Moment | None:
    moments = (parse_moment(each.get("created_at")) for each in listed)
    return min((each for each in moments if each is not None), default=None)


def _downloads(listed: Iterable[Json]) -> int | None:
    counts = [count for each in listed if (count := number(each, "downloads_count")) is not None]
    return sum(counts) if counts else None
