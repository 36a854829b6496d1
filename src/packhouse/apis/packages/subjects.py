"""The package or release that a question is about, looked up once."""

from typing import Any

from msgspec import Struct

from packhouse.apis.packages.errors import InvalidPackage, UnknownPackage, UnknownVersion
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, NotFound, Refused
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.domain.view import View
from packhouse.services.assembly import Services

_HOSTED = "hosted"


class Subject(Struct, frozen=True):
    """A package, and where it comes from."""

    services: Services
    key: PackageKey
    record: PackageRecord
    sources: tuple[str, ...]
    """Names of upstreams; `hosted` for what was published here."""
    stale: bool
    refused: frozenset[str] = frozenset()
    """Versions that a rule of this server refuses; a date before a release is no refusal."""
    is_dated: bool = False
    """True where only what was published by a date is there."""

    @property
    def latest(self) -> str | None:
        """The version that a client installs if none is named."""
        version = self.services.ecosystem.default_version(self.record)
        return version if version in self.record.versions else None

    @property
    def upstream_url(self) -> str | None:
        """The base URL of the upstream that it comes from; None for what was published here."""
        return next((each.url for each in self.services.upstreams if each.name in self.sources), None)


def package_key(services: Services, package: str) -> PackageKey:
    """Make a name canonical; raise InvalidPackage if it is none."""
    try:
        return PackageKey(services.ecosystem.key, services.ecosystem.parse_name(package))
    except Invalid as error:
        raise InvalidPackage(error.message, error.hint) from error


async def find_subject(services: Services, view: View, package: str) -> Subject:
    """Look a package up; raise InvalidPackage, UnknownPackage, Refused or an UpstreamError."""
    key = package_key(services, package)
    try:
        snapshot = await services.source.snapshot(view, key)
        record = await services.records.get(view, key)
    except NotFound as error:
        title = services.ecosystem.title
        raise UnknownPackage(f"{title} has no package {key.name}", error.hint or "check the spelling") from error
    names = {each.origin: each.name for each in services.upstreams}
    parts = snapshot.parts or (snapshot,)
    sources = tuple(dict.fromkeys(names.get(part.origin, _HOSTED) for part in parts))
    refused = snapshot.verdict.versions if view.as_of is None else frozenset[str]()
    return Subject(services, key, record, sources, snapshot.stale, refused, view.as_of is not None)


def find_version(subject: Subject, wanted: str) -> str:
    """Find a version by its text, by a tag, or by what its text means; raise UnknownVersion or Refused."""
    record, ecosystem = subject.record, subject.services.ecosystem
    if wanted in record.versions:
        return wanted
    if wanted in subject.refused:
        hint = "ask whoever runs this server to allow it, or choose another version"
        raise Refused(f"{subject.key} {wanted} is refused by a rule of this server", hint)
    tagged = record.tags.get(wanted)
    if tagged in record.versions:
        return tagged
    meaning = _meaning(ecosystem, wanted)
    for version in record.versions if meaning is not None else ():
        if _meaning(ecosystem, version) == meaning:
            return version
    if not record.versions and subject.is_dated:
        raise UnknownVersion(f"{subject.key} had no version by that date", "ask as of a later date")
    hint = f"its latest version is {subject.latest}" if subject.latest else "it has no versions that may be had"
    raise UnknownVersion(f"{subject.key} has no version {wanted[:100]!r}", hint)


async def latest_release(view: View, subject: Subject) -> Release | None:
    """Read the latest release with all that can be found out; the last one where none counts as the latest."""
    versions = subject.record.versions
    version = subject.latest or (versions[-1] if versions else None)
    return None if version is None else await read_release(view, subject, version)


async def read_release(view: View, subject: Subject, version: str) -> Release:
    """Read a release that exists with all that can be found out."""
    release = subject.record.release(subject.record.versions.index(version))
    return await subject.services.records.complete(view, subject.key, release)


def _meaning(ecosystem: Ecosystem, version: str) -> Any:  # noqa: ANN401 (a sort key)
    """Return what tells a version from others however it is written; None for a text that is none."""
    try:
        return ecosystem.version_key(version)
    except Invalid:
        return None
