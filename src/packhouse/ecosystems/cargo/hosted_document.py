"""The Web API's document of a crate that is published here: what manifests say, and who did what when.

It has the fields of the public registry's, so that whatever reads one reads the other. Downloads, and how many crates
have a keyword, are counted elsewhere.
"""

from datetime import UTC, datetime
from zlib import crc32

from msgspec import Struct

from packhouse.domain.errors import NotFound
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.crate_manifest import CrateManifest
from packhouse.ecosystems.cargo.listing import Json, without_releases
from packhouse.ecosystems.cargo.versions import version_key

NON_STANDARD = "non-standard"
"""What stands for a licence of which there is a file alone."""
_ADDRESSES = ("homepage", "documentation", "repository")


class Deed(Struct, frozen=True):
    """Who did something, and when."""

    user: str
    at: Moment
    name: str = ""
    """The user's own name, where it is known."""
    trust: dict[str, str] = {}
    """The run of a build that did it in the user's name; empty where they did it themselves."""


class PackedFile(Struct, frozen=True):
    """The archive of a release, as it is stored."""

    checksum: str
    size_bytes: int


def add_release(document: Json | None, manifest: CrateManifest, packed: PackedFile, deed: Deed) -> Json:
    """Add a release to the document, or begin one with it; of the crate it says what its latest release does."""
    before = document or {"crate": {}, "versions": []}
    kept = before.get("crate") or {}
    at = iso(deed.at)
    name = kept.get("name") or manifest.name
    crate = {
        **_crate(name, manifest),
        "created_at": kept.get("created_at") or at,
        "updated_at": at,
        "trustpub_only": bool(kept.get("trustpub_only")),
    }
    release = _release(name, manifest, packed, deed)
    others = [each for each in objects(before, "versions") if text(each, "num") != manifest.version]
    return _settled(
        {
            "crate": crate,
            "versions": sorted([release, *others], key=lambda each: version_key(each["num"]), reverse=True),
            "keywords": [{"id": each, "keyword": each, "created_at": at} for each in crate["keywords"]],
            "categories": [{"id": each, "slug": each, "category": each} for each in crate["categories"]],
        }
    )


def with_yank(document: Json, version: str, deed: Deed, *, yanked: bool, message: str = "") -> Json:
    """Note that a release was yanked, and why, or no longer is; raise NotFound if it is not there."""
    found = next((each for each in objects(document, "versions") if each.get("num") == version), None)
    if found is None:
        raise NotFound(f"there is no version `{version[:100]}`")
    why = (message or None) if yanked else None
    if bool(found.get("yanked")) == yanked and found.get("yank_message") == why:
        return document
    at = iso(deed.at)
    action = {"action": "yank" if yanked else "unyank", "user": user_of(deed), "time": at}
    changed = {
        **found,
        "yanked": yanked,
        "yank_message": why,
        "updated_at": at,
        "audit_actions": [*found["audit_actions"], action],
    }
    versions = [changed if each is found else each for each in objects(document, "versions")]
    return _settled({**document, "versions": versions})


def without_release(document: Json, version: str) -> Json:
    """Remove a release."""
    return _settled(without_releases(document, (version,)))


def user_of(deed: Deed) -> Json:
    """Write a user as the Web API does; the number is made of the name, since there is no other here."""
    return {
        "id": crc32(deed.user.encode()) & 0x7FFFFFFF,
        "login": deed.user,
        "name": deed.name or None,
        "avatar": None,
        "url": None,
    }


def _settled(document: Json) -> Json:
    """Let the crate name the versions that are there."""
    settled = without_releases(document, ())
    versions = objects(settled, "versions")
    settled["crate"] = {
        **settled["crate"],
        "versions": [each["id"] for each in versions],
        "yanked": bool(versions) and all(each.get("yanked") for each in versions),
    }
    return settled


def _crate(name: str, manifest: CrateManifest) -> Json:
    path = f"/api/v1/crates/{name}"
    return {
        "id": name,
        "name": name,
        "description": manifest.description,
        # Capitals make no other keyword.
        "keywords": list(dict.fromkeys(each.lower() for each in manifest.keywords)),
        "categories": list(dict.fromkeys(manifest.categories)),
        "badges": [],
        "downloads": 0,
        "recent_downloads": None,
        **_addresses(manifest),
        "exact_match": False,
        "links": {
            "version_downloads": f"{path}/downloads",
            "versions": None,
            "owners": f"{path}/owners",
            "owner_team": f"{path}/owner_team",
            "owner_user": f"{path}/owner_user",
            "reverse_dependencies": f"{path}/reverse_dependencies",
        },
    }


def _release(name: str, manifest: CrateManifest, packed: PackedFile, deed: Deed) -> Json:
    at = iso(deed.at)
    path = f"/api/v1/crates/{name}/{manifest.version}"
    user = user_of(deed)
    return {
        "id": crc32(f"{name}/{manifest.version}".encode()) & 0x7FFFFFFF,
        "crate": name,
        "num": manifest.version,
        "dl_path": f"{path}/download",
        "readme_path": f"{path}/readme",
        "created_at": at,
        "updated_at": at,
        "downloads": 0,
        "features": {feature: list(implied) for feature, implied in sorted(manifest.features.items())},
        "yanked": False,
        "yank_message": None,
        "lib_links": manifest.links,
        "license": manifest.license or (NON_STANDARD if manifest.license_file else None),
        "links": {
            "dependencies": f"{path}/dependencies",
            "version_downloads": f"{path}/downloads",
            "authors": f"{path}/authors",
        },
        "crate_size": packed.size_bytes,
        "published_by": user,
        "audit_actions": [{"action": "publish", "user": user, "time": at}],
        "checksum": packed.checksum,
        "rust_version": manifest.rust_version,
        "has_lib": manifest.has_lib,
        "bin_names": list(manifest.binaries),
        "edition": manifest.edition,
        "description": manifest.description,
        **_addresses(manifest),
        "linecounts": None,
        "trustpub_data": deed.trust or None,
    }


def _addresses(manifest: CrateManifest) -> Json:
    return {each: getattr(manifest, each) for each in _ADDRESSES}


def iso(moment: Moment) -> str:
    """Write a moment as the Web API does."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
