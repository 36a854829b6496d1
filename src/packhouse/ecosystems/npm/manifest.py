"""One version's manifest as the facts of a release, whatever a publisher wrote into it.

Every field is decoded by itself and once for each text that it has: thousands of nightly releases name the same
dependencies, authors and licence in the same bytes, and most differ from the one before in nothing but `dist`.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.index import BASE, Fragment
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact, Release, native
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.npm.addresses import Addresses, served_name
from packhouse.ecosystems.npm.facts import NpmFacts
from packhouse.ecosystems.npm.integrity import read_digests
from packhouse.ecosystems.npm.licences import read_licences
from packhouse.ecosystems.npm.links import read_links
from packhouse.ecosystems.npm.members import decode_any
from packhouse.ecosystems.npm.names import split_scope
from packhouse.ecosystems.npm.people import read_people
from packhouse.ecosystems.npm.requirements import requirement

T = TypeVar("T")

_INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
_NONE = Raw(b"null")
_MAX_KEYWORDS = 200


class _Dist(Struct):
    integrity: Raw = _NONE
    shasum: Raw = _NONE
    attestations: Raw = _NONE


class _Manifest(Struct):
    dependencies: Raw = _NONE
    devDependencies: Raw = _NONE  # noqa: N815 (wire)
    optionalDependencies: Raw = _NONE  # noqa: N815 (wire)
    peerDependencies: Raw = _NONE  # noqa: N815 (wire)
    peerDependenciesMeta: Raw = _NONE  # noqa: N815 (wire)
    acceptDependencies: Raw = _NONE  # noqa: N815 (wire)
    bundleDependencies: Raw = _NONE  # noqa: N815 (wire)
    bundledDependencies: Raw = _NONE  # noqa: N815 (wire)
    description: Raw = _NONE
    license: Raw = _NONE
    licenses: Raw = _NONE
    homepage: Raw = _NONE
    repository: Raw = _NONE
    bugs: Raw = _NONE
    funding: Raw = _NONE
    author: Raw = _NONE
    maintainers: Raw = _NONE
    keywords: Raw = _NONE
    engines: Raw = _NONE
    deprecated: Raw = _NONE
    os: Raw = _NONE
    cpu: Raw = _NONE
    libc: Raw = _NONE
    bin: Raw = _NONE
    scripts: Raw = _NONE
    hasInstallScript: Raw = _NONE  # noqa: N815 (wire)
    shrinkwrap: Raw = msgspec.field(default=_NONE, name="_hasShrinkwrap")
    dist: Raw = _NONE


_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_dist = msgspec.json.Decoder(_Dist).decode
# All but `dist`, which no two releases share.
_shared_fields = attrgetter(*(field for field in _Manifest.__struct_fields__ if field != "dist"))


class ManifestReader:
    """Reads the manifests of one package."""

    def __init__(self, key: PackageKey, addresses: Addresses) -> None:
        self._key = key
        self._addresses = addresses
        self._fields: dict[tuple[object, ...], Any] = {}
        self._releases: dict[tuple[bytes, ...], Release] = {}

    def release(self, fragment: Fragment, *, prerelease: bool) -> Release:
        """Derive the facts of a release; fields of a wrong type count as missing."""
        manifest = _decode_manifest(fragment.body.replace(BASE, b""))
        shared = tuple(map(bytes, _shared_fields(manifest)))
        like = self._releases.get(shared)
        if like is None:
            like = self._releases[shared] = self._describe(manifest)
        return Release(
            version=fragment.version,
            published_at=fragment.published_at,
            requirements=like.requirements,
            description=like.description,
            licences=like.licences,
            links=like.links,
            authors=like.authors,
            maintainers=like.maintainers,
            keywords=like.keywords,
            artifacts=self._artifacts(fragment, manifest.dist),
            prerelease=prerelease,
            deprecated=like.deprecated,
            runtimes=like.runtimes,
            native=like.native,
        )

    def artifact(self, fragment: Fragment) -> Artifact | None:
        """Describe the file of a release without reading anything else; None if it has none."""
        manifest = _decode_manifest(fragment.body.replace(BASE, b""))
        return next(iter(self._artifacts(fragment, manifest.dist)), None)

    def _describe(self, manifest: _Manifest) -> Release:
        """Derive all that releases with the same fields have in common."""
        read = self._read
        return Release(
            version="",
            requirements=read(
                _requirements,
                manifest.dependencies,
                manifest.devDependencies,
                manifest.optionalDependencies,
                manifest.peerDependencies,
                manifest.peerDependenciesMeta,
            ),
            description=read(read_text, manifest.description),
            licences=read(read_licences, manifest.license, manifest.licenses),
            links=read(read_links, manifest.homepage, manifest.repository, manifest.bugs, manifest.funding),
            authors=read(read_people, manifest.author),
            maintainers=read(read_people, manifest.maintainers),
            keywords=read(read_keywords, manifest.keywords),
            deprecated=read(_deprecation, manifest.deprecated),
            runtimes=read(_runtimes, manifest.engines),
            native=read(
                self._facts,
                manifest.os,
                manifest.cpu,
                manifest.libc,
                manifest.bundleDependencies,
                manifest.bundledDependencies,
                manifest.dependencies if _bundles_all(manifest) else _NONE,
                manifest.shrinkwrap,
                manifest.hasInstallScript,
                manifest.scripts,
                manifest.bin,
                manifest.acceptDependencies,
                manifest.funding,
            ),
        )

    def _read(self, parse: Callable[..., T], *fields: Raw) -> T:
        where = (parse, *map(bytes, fields))
        try:
            return cast("T", self._fields[where])
        except KeyError:
            value = self._fields[where] = parse(*map(decode_any, fields))
            return value

    def _artifacts(self, fragment: Fragment, dist: Raw) -> tuple[Artifact, ...]:
        filename = served_name(self._key.name, fragment)
        if filename is None:
            return ()
        values = _decode_dist(dist)
        digests = read_digests(decode_any(values.integrity), decode_any(values.shasum))
        attestations = f"attestations/{fragment.version}" if bytes(values.attestations).startswith(b"{") else ""
        url = self._addresses.find(fragment.version, filename)
        return (Artifact(filename, url, digests, attestations=attestations),)

    def _facts(  # noqa: PLR0913, PLR0917 (one for each field)
        self,
        os: object,
        cpu: object,
        libc: object,
        bundle: object,
        bundled: object,
        dependencies: object,
        shrinkwrap: object,
        installs: object,
        scripts: object,
        commands: object,
        accepted: object,
        funding: object,
    ) -> Raw:
        return native(
            NpmFacts(
                os=_one_or_more(os),
                cpu=_one_or_more(cpu),
                libc=_one_or_more(libc),
                bundled=_bundled(bundled if bundle is None else bundle, dependencies),
                has_shrinkwrap=shrinkwrap is True,
                has_install_script=installs is True or _has_install_script(scripts),
                bin={split_scope(self._key.name)[1]: commands} if isinstance(commands, str) else _texts(commands),
                accepted=_texts(accepted),
                funding=native({"url": funding} if isinstance(funding, str) else funding),
            )
        )


def has_install_script(scripts: Raw | msgspec.UnsetType) -> bool:
    """Tell whether installing runs a script of the package."""
    if isinstance(scripts, msgspec.UnsetType) or b"install" not in bytes(scripts):
        return False
    return _has_install_script(decode_any(scripts))


def read_text(field: object) -> str | None:
    """Accept a text that says something."""
    return field if isinstance(field, str) and field else None


def read_keywords(field: object) -> tuple[str, ...]:
    """Read the keywords: a list or, as some write them, one text with commas."""
    words = field.split(",") if isinstance(field, str) else field if isinstance(field, list) else ()
    found = (word.strip() for word in words if isinstance(word, str))
    return tuple(word for word in found if word)[:_MAX_KEYWORDS]


def read_requirements(manifest: Mapping[str, object]) -> tuple[Requirement, ...]:
    """Read what a decoded manifest, or an entry of a lock file, asks for."""
    fields = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta")
    return _requirements(*map(manifest.get, fields))


def _requirements(
    dependencies: object, dev: object, optional: object, peer: object, meta: object
) -> tuple[Requirement, ...]:
    settings = meta if isinstance(meta, dict) else {}
    optional_peers = frozenset(
        name for name, each in settings.items() if isinstance(each, dict) and each.get("optional") is True
    )
    return (
        *_asked(dependencies, "runtime"),
        *_asked(dev, "dev"),
        *(requirement(name, spec, "runtime", optional=True) for name, spec in _texts(optional).items()),
        *(requirement(name, spec, "peer", optional=name in optional_peers) for name, spec in _texts(peer).items()),
    )


def _asked(field: object, scope: Scope) -> list[Requirement]:
    return [requirement(name, spec, scope) for name, spec in _texts(field).items()]


def _deprecation(field: object) -> str | None:
    """Read `deprecated` as npm does: an empty text or false undoes it."""
    if field is True:
        return "deprecated"
    return read_text(field)


def _runtimes(engines: object) -> dict[str, str]:
    """Read `engines`: an object or, before npm 1, a list of `node >=0.6` or just that text."""
    if isinstance(engines, dict):
        return _texts(engines)
    runtimes = {}
    for entry in [engines] if isinstance(engines, str) else engines if isinstance(engines, list) else ():
        name, _, wanted = entry.strip().partition(" ") if isinstance(entry, str) else ("", "", "")
        if name.isalpha():
            runtimes[name] = wanted.strip() or "*"
    return runtimes


def _bundles_all(manifest: _Manifest) -> bool:
    return b"true" in (bytes(manifest.bundleDependencies), bytes(manifest.bundledDependencies))


def _bundled(field: object, dependencies: object) -> tuple[str, ...]:
    if field is True:
        return tuple(_texts(dependencies))
    if isinstance(field, dict):
        return tuple(field)
    return tuple(name for name in field if isinstance(name, str)) if isinstance(field, list) else ()


def _has_install_script(scripts: object) -> bool:
    return isinstance(scripts, dict) and any(scripts.get(name) for name in _INSTALL_SCRIPTS)


def _one_or_more(field: object) -> tuple[str, ...]:
    if isinstance(field, str):
        return (field,) if field else ()
    return tuple(each for each in field if isinstance(each, str)) if isinstance(field, list) else ()


def _texts(field: object) -> dict[str, str]:
    """Keep the members of an object that are texts."""
    if not isinstance(field, dict):
        return {}
    return {name: value for name, value in field.items() if isinstance(value, str)}
