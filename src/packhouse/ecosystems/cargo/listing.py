"""Documents of the Web API without what is refused, and in place of those that cannot be had.

What the upstream writes is kept, field by field; only what lists or names a release that is left out changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from packhouse.domain.errors import Invalid
from packhouse.domain.insight import Hit
from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.facts import facts
from packhouse.ecosystems.cargo.head import FILE
from packhouse.ecosystems.cargo.paging import Page, Seek, links_of
from packhouse.ecosystems.cargo.versions import is_prerelease, version_key
from packhouse.formats import semver
from packhouse.formats.semver import Key

Json = dict[str, Any]

_NONE = "0.0.0"
"""What the Web API says where a crate has no version to name."""
_LONG_AGO = "1970-01-01T00:00:00Z"


class Ranked(NamedTuple):
    """A version, and what decides whether it stands for its crate."""

    order: Key
    version: str
    yanked: bool
    at: Any
    """When it was published, in whatever form can be compared."""


_KINDS = {"dev": "dev", "build": "build"}


def without_releases(document: Json, gone: Collection[str]) -> Json:
    """Leave releases out of a crate's document, and let no field of the crate name one of them."""
    versions = [each for each in objects(document, "versions") if text(each, "num") not in gone]
    crate = document.get("crate")
    changed = {**document, "versions": versions}
    if isinstance(crate, dict):
        changed["crate"] = {**crate, **best_of(versions), "num_versions": len(versions)}
        if isinstance(crate.get("versions"), list):
            changed["crate"]["versions"] = [each.get("id") for each in versions]
    return changed


def with_best(crate: Json, record: PackageRecord) -> Json:
    """Let a crate in a list name versions of a record, which has no release that is left out."""
    versions = [
        {"num": version, "yanked": position in record.yanked, "created_at": iso(record.published_at[position])}
        for position, version in enumerate(record.versions)
    ]
    return {**crate, **{name: value for name, value in best_of(versions).items() if name in crate}}


def crate_of_hit(hit: Hit, wanted: str) -> Json:
    """Write what a search has found as the Web API does."""
    links = {label: hit.links.get(label) for label in ("homepage", "documentation", "repository")}
    updated_at = iso(hit.published_at)
    return {
        "id": hit.name,
        "name": hit.name,
        "description": hit.description,
        "updated_at": updated_at,
        "created_at": updated_at,
        "downloads": hit.downloads or 0,
        "recent_downloads": hit.downloads,
        "max_version": hit.version or _NONE,
        "max_stable_version": hit.version or None,
        "newest_version": hit.version or _NONE,
        "default_version": hit.version or None,
        "exact_match": hit.name == wanted.lower(),
        "versions": None,
        "keywords": None,
        "categories": None,
        "badges": [],
        "yanked": False,
        **links,
        "links": links_of_crate(hit.name),
    }


def crate_of_record(record: PackageRecord) -> Json:
    """Write a crate's document of what the index says, where there is none."""
    name = _written_name(record)
    versions = [version_of_record(name, record.release(position)) for position in reversed(range(len(record.versions)))]
    dates = sorted(date for date in (each["created_at"] for each in versions) if date)
    crate = {
        "id": name,
        "name": name,
        "description": record.description,
        "created_at": dates[0] if dates else _LONG_AGO,
        "updated_at": dates[-1] if dates else _LONG_AGO,
        "versions": [each["id"] for each in versions],
        "keywords": [],
        "categories": [],
        "badges": [],
        "downloads": 0,
        "recent_downloads": None,
        "num_versions": len(versions),
        "yanked": all(each["yanked"] for each in versions),
        **best_of(versions),
        "homepage": None,
        "documentation": None,
        "repository": None,
        "exact_match": True,
        "links": links_of_crate(name),
    }
    return {"crate": crate, "versions": versions, "keywords": [], "categories": []}


def version_of_record(name: str, release: Release) -> Json:
    """Write a release as the Web API does, of what the index says."""
    at = iso(release.published_at)
    path = f"/api/v1/crates/{name}/{release.version}"
    digests = [digest.value for artifact in release.artifacts for digest in artifact.digests]
    native = facts(release)
    return {
        # The Web API counts releases; what has no number in it has one of its own here.
        "id": _identity(name, release.version),
        "crate": name,
        "num": release.version,
        "dl_path": f"{path}/download",
        "readme_path": f"{path}/readme",
        "created_at": at,
        "updated_at": at,
        "downloads": 0,
        "features": native.features,
        "yanked": release.yanked is not None,
        "yank_message": release.yanked or None,
        "lib_links": native.links,
        "license": None,
        "checksum": digests[0] if digests else None,
        "rust_version": release.runtimes.get("rust"),
        "crate_size": None,
        "published_by": None,
        "audit_actions": [],
        "links": {
            "dependencies": f"{path}/dependencies",
            "version_downloads": f"{path}/downloads",
            "authors": f"{path}/authors",
        },
    }


def dependencies_of_record(name: str, release: Release) -> Json:
    """Write what a release depends on as the Web API does."""
    plain = frozenset(facts(release).plain)
    return {
        "dependencies": [
            {
                # The Web API counts the dependencies of all crates.
                "id": _identity(name, f"{release.version}/{position}"),
                "version_id": _identity(name, release.version),
                "crate_id": each.name,
                "req": each.range,
                "optional": each.optional,
                "default_features": position not in plain,
                "features": list(each.extras),
                "target": each.marker,
                "kind": _KINDS.get(each.scope, "normal"),
                "downloads": 0,
            }
            for position, each in enumerate(release.requirements)
        ]
    }


def links_of_crate(name: str) -> Json:
    """Name where the Web API tells more about a crate."""
    path = f"/api/v1/crates/{name}"
    return {
        "version_downloads": f"{path}/downloads",
        "versions": None,
        "owners": f"{path}/owners",
        "owner_team": f"{path}/owner_team",
        "owner_user": f"{path}/owner_user",
        "reverse_dependencies": f"{path}/reverse_dependencies",
    }


def iso(moment: int | None) -> str:
    """Write a moment as the Web API does; long ago where it is not known."""
    if moment is None:
        return _LONG_AGO
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def page_of(versions: Sequence[Json], query: Mapping[str, str], nums: Sequence[str], part: Page | Seek | None) -> Json:
    """Make the list of a crate's releases, sorted as is asked for: by version or by date, the newest first."""
    chosen = [each for each in versions if text(each, "num") in nums] if nums else versions
    ordered = _by_date(chosen) if query.get("sort", "semver") == "date" else by_version(chosen)
    shown = ordered if part is None else ordered[part.offset : part.offset + part.size]
    meta: Json = {"total": len(ordered), "next_page": None}
    if part is not None:
        reached = part.offset + part.size
        told = {name: value for name, value in query.items() if name in {"sort", "include"}}
        links = links_of(part, told, len(ordered), reached if reached < len(ordered) else None)
        meta["next_page"] = links["next_page"]
    if "release_tracks" in query.get("include", "").split(","):
        meta["release_tracks"] = _tracks(by_version(chosen))
    return {"versions": list(shown), "meta": meta}


def by_version(versions: Iterable[Json]) -> list[Json]:
    """Sort releases, the highest version first; what is no version is left out."""
    known = [(key, each) for each in versions if (key := _key(each)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=True)
    return [each for _, each in known]


def best_of(versions: Iterable[Json]) -> Json:
    """Name the versions that stand for a crate: none that is yanked, as long as there is another."""
    ranked = [
        Ranked(key, each["num"], bool(each.get("yanked")), text(each, "created_at") or "")
        for each in versions
        if (key := _key(each)) is not None
    ]
    ranked.sort(key=lambda each: each.order)
    return best_of_ranked(ranked)


def best_of_ranked(ascending: Sequence[Ranked]) -> Json:
    """Do the same for versions that are in order."""
    usable = [each for each in ascending if not each.yanked]
    stable = [each for each in usable if not semver.is_prerelease(each.order)]
    newest = max(usable, key=lambda each: each.at, default=None)
    chosen = next((group[-1].version for group in (stable, usable, ascending) if group), None)
    return {
        "max_version": usable[-1].version if usable else _NONE,
        "max_stable_version": stable[-1].version if stable else None,
        "newest_version": newest.version if newest else _NONE,
        "default_version": chosen,
    }


def _by_date(versions: Iterable[Json]) -> list[Json]:
    return sorted(versions, key=lambda each: text(each, "created_at") or "", reverse=True)


def _tracks(descending: Iterable[Json]) -> Json:
    """Name the highest release of every series that is compatible within itself: 2, 1, 0.9, 0.8."""
    tracks: Json = {}
    for each in descending:
        key = _key(each)
        if key is None or each.get("yanked") or is_prerelease(each["num"]):
            continue
        track = str(key[0]) if key[0] else f"0.{key[1]}"
        tracks.setdefault(track, {"highest": each["num"]})
    return tracks


def _key(version: Json) -> Key | None:
    try:
        return version_key(text(version, "num") or "")
    except Invalid:
        return None


def _identity(name: str, version: str) -> int:
    from zlib import crc32  # noqa: PLC0415 (start-up time)

    return crc32(f"{name}/{version}".encode()) & 0x7FFFFFFF


def _written_name(record: PackageRecord) -> str:
    """Find the name with its capitals, which the names of files have."""
    for position in range(len(record.versions)):
        release = record.release(position)
        for artifact in release.artifacts:
            return artifact.filename.removesuffix(f"-{release.version}{FILE}")
    return record.key.name
