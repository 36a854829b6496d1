"""What can be asked: the bodies of requests. A field's description stands beneath it, in the OpenAPI document too."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_PAGE_SIZE = 250
"""A larger page is cut to this."""
_MAX_NUMBER = 2**53 - 1
"""The largest whole number that every JSON parser reads exactly (RFC 8259 section 6)."""

Name = Annotated[str, Meta(min_length=1, max_length=600)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=1, le=_MAX_NUMBER)]
Period = Literal["last-day", "last-week", "last-month", "last-year", "total"]


class Question(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every question may ask."""


class RegistriesQuestion(Question, frozen=True):
    """Which registries are served."""


class PackageQuestion(Question, frozen=True):
    """Which package, and how much of it."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    view: Literal["full", "version-info"] = "full"
    """full for all that is known; version-info for what an editor shows beside a dependency."""


class VersionsQuestion(Question, frozen=True):
    """Which package, and which page of its versions."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    page: Number = 1
    """Pages are counted from 1; behind the last one all are empty."""
    page_size: Number = 50
    """Versions a page, 250 at most: a larger number counts as 250."""


class VersionQuestion(Question, frozen=True):
    """Which version of which package."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    version: Word
    """The version, or a tag where the registry has tags."""


class ProvenanceQuestion(Question, frozen=True):
    """The provenance of which version."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    version: Word | None = None
    """The version, or a tag where the registry has tags; the latest version if it is left out."""


class DependenciesQuestion(Question, frozen=True):
    """The dependencies of which version."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    version: Word | None = None
    """The version, or a tag where the registry has tags; the latest version if it is left out."""


class ResolveQuestion(Question, frozen=True):
    """What to resolve: a version, or a project by its files."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name | None = None
    """The package as its registry writes it; left out where files are given."""
    version: Word | None = None
    """The version, or a tag where the registry has tags; the latest version if it is left out."""
    files: dict[Word, str] | None = None
    """The manifest of a project, and perhaps its lock file, by file name: what the lock file chose is kept."""
    environment: dict[Word, Annotated[str, Meta(max_length=2000)]] = {}
    """What differs from the usual environment, by name; the answer tells all names with their values."""


class DownloadsQuestion(Question, frozen=True):
    """The downloads of which package, in which period."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name
    """The package as its registry writes it."""
    period: Period = "last-month"
    """How far to count back; rejected where the registry counts periods and not this one. One that takes none tells
    what it counts, and the period is that of what went through here."""


class MaintainerQuestion(Question, frozen=True):
    """The maintainers of a package, or the packages of a maintainer: one of both."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    package: Name | None = None
    """Whose maintainers are asked for."""
    login: Word | None = None
    """The maintainer whose packages are asked for, by the name in the registry."""
    page: Number = 1
    """Pages of packages are counted from 1."""
    page_size: Number = 50
    """Packages a page, 250 at most: a larger number counts as 250."""


class SearchQuestion(Question, frozen=True):
    """What to search for."""

    registry: Word
    """The registry by any of its names, e.g. its package URL type; capitals do not matter."""
    query: Word
    """The words to look for."""
    page: Number = 1
    """Pages are counted from 1."""
    page_size: Number = 50
    """Packages a page, 250 at most: a larger number counts as 250; a registry may give fewer."""
