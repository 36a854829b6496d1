"""What a release must be like to be published, in the public registry's words where it has some."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.crate_archive import CrateArchive
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, CrateManifest
from packhouse.ecosystems.cargo.feature_rules import check_features
from packhouse.ecosystems.cargo.frame import Metadata
from packhouse.ecosystems.cargo.index_line import spell_requirement
from packhouse.ecosystems.cargo.names import identity, is_reserved
from packhouse.ecosystems.cargo.versions import version_key
from packhouse.ecosystems.cargo.written_names import check_crate_name, check_dependency_name, check_feature
from packhouse.formats.licences import to_spdx

MAX_VERSION_LENGTH = 150
MAX_DESCRIPTION_BYTES = 1000
MAX_KEYWORD_LENGTH = 20
_MAX_WORDS = 5
_MAX_SHORT_TEXT = 200
_MAX_ADDRESS = 2000
_GUIDE = "https://doc.rust-lang.org/cargo/reference/manifest.html"
_FAILED = "failed to parse `Cargo.toml` manifest file\n\n"


class PublishLimits(Struct, frozen=True):
    """What the operator of a registry may set."""

    features: int = 300
    dependencies: int = 500
    categories: frozenset[str] | None = None
    """Slugs of those that there are; None where any may be."""
    wildcards: bool = False
    """Whether a dependency on any version at all may be published."""


def check_metadata(metadata: Metadata) -> None:
    """Raise Invalid unless a crate and a version can have such names; asked before the archive is read."""
    check_crate_name("crate", metadata.name)
    version = metadata.vers
    if len(version) > MAX_VERSION_LENGTH:
        raise Invalid(f"the version `{version[:40]}...` is longer than {MAX_VERSION_LENGTH} characters")
    try:
        version_key(version)
    except Invalid:
        raise Invalid(f'"{version}" is an invalid semver version') from None
    if is_reserved(metadata.name):
        raise Invalid("cannot upload a crate with a reserved name")


def check_spelling(name: str, before: str) -> None:
    """Raise Invalid where a crate is not spelt as in its first release."""
    if name != before:
        raise Invalid(f"crate was previously named `{before}`", "its name stays as it was first published")


def check_version_free(version: str, taken: Collection[str]) -> None:
    """Raise Invalid where a version was published before, with whatever build metadata."""
    plain = without_build(version)
    if any(without_build(each) == plain for each in taken):
        raise Invalid(f"crate version `{plain}` is already uploaded", "choose another version")


def without_build(version: str) -> str:
    """Leave out the build metadata, which makes no other release."""
    return version.partition("+")[0]


def same_crate(one: str, other: str) -> bool:
    """Tell whether two names differ in case, `-` and `_` alone."""
    return identity(one) == identity(other)


def check_manifest(manifest: CrateManifest, limits: PublishLimits) -> None:
    """Raise Invalid for the first thing that a release may not have."""
    _check_required(manifest)
    _check_licence(manifest.license)
    for field in ("homepage", "documentation", "repository"):
        _check_address(getattr(manifest, field), field)
    _check_toolchain(manifest)
    _check_words(manifest, limits)
    check_features(manifest, limits.features)
    if len(manifest.dependencies) > limits.dependencies:
        raise Invalid(f"this registry only allows a maximum number of {limits.dependencies} dependencies.")
    for dependency in manifest.dependencies:
        _check_dependency(dependency, limits)


def warnings_about(manifest: CrateManifest, archive: CrateArchive) -> tuple[str, ...]:
    """Say what is allowed and yet surely not meant."""
    named = {"readme": manifest.readme, "license-file": manifest.license_file}
    return tuple(
        f"the {field} `{path}` is not in the crate"
        for field, path in named.items()
        if path and path.removeprefix("./") not in archive.files
    )


def _check_required(manifest: CrateManifest) -> None:
    missing = [] if manifest.description else ["description"]
    if not (manifest.license or manifest.license_file):
        missing.append("license")
    if missing:
        raise Invalid(
            f"missing or empty metadata fields: {', '.join(missing)}. Please see {_GUIDE} for more information on"
            " configuring these fields"
        )
    if len((manifest.description or "").encode()) > MAX_DESCRIPTION_BYTES:
        raise Invalid(
            f"The `description` is too long. A maximum of {MAX_DESCRIPTION_BYTES} characters are currently allowed."
        )


def _check_licence(written: str | None) -> None:
    if written is None:
        return
    # A slash was how alternatives were written before, and texts of one's own have names of their own.
    expression = re.sub(r"\bLicenseRef-[A-Za-z0-9.-]+", "MIT", written.replace("/", " OR "))
    if to_spdx(expression) is None:
        raise Invalid(
            "unknown or invalid license expression; see http://opensource.org/licenses for options, and"
            " http://spdx.org/licenses/ for their identifiers\n"
            "Note: If you have a non-standard license that is not listed by SPDX, use the license-file field to specify"
            " the path to a file containing the text of the license.\n"
            f"See {_GUIDE}#the-license-and-license-file-fields for more information.\n"
            f"`{written[:_MAX_SHORT_TEXT]}` is none"
        )


def _check_address(url: str | None, field: str) -> None:
    if url is None:
        return
    if not url.startswith(("http://", "https://")):
        raise Invalid(f"URL for field `{field}` must begin with http:// or https:// (url: {url[:_MAX_SHORT_TEXT]})")
    if len(url) > _MAX_ADDRESS or not url.isprintable() or not _has_host(url):
        raise Invalid(f"`{field}` is not a valid url: `{url[:_MAX_SHORT_TEXT]}`")


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"[\s<>\\^|]", parts.netloc)
    except ValueError:
        return False


def _check_toolchain(manifest: CrateManifest) -> None:
    number = "(0|[1-9][0-9]{0,8})"
    if manifest.rust_version is not None and not re.fullmatch(rf"{number}(\.{number}){{0,2}}", manifest.rust_version):
        raise Invalid(f"{_FAILED}invalid `rust-version` value")
    if not re.fullmatch("20[0-9]{2}", manifest.edition):
        raise Invalid(f"{_FAILED}invalid `edition` value")
    links = manifest.links
    if links is not None and not (links.isprintable() and 0 < len(links) <= _MAX_SHORT_TEXT):
        raise Invalid(f"{_FAILED}invalid `links` value")


def _check_words(manifest: CrateManifest, limits: PublishLimits) -> None:
    for plural, words in (("keywords", manifest.keywords), ("categories", manifest.categories)):
        if len(words) > _MAX_WORDS:
            raise Invalid(f"expected at most {_MAX_WORDS} {plural} per crate")
    for keyword in manifest.keywords:
        if len(keyword) > MAX_KEYWORD_LENGTH:
            shown = keyword[:_MAX_SHORT_TEXT]
            raise Invalid(f'"{shown}" is an invalid keyword (keywords must have less than 20 characters)')
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_+-]*", keyword):
            raise Invalid(f'"{keyword}" is an invalid keyword')
    known = limits.categories
    unknown = [each for each in manifest.categories if known is not None and each not in known]
    unknown = unknown or [each for each in manifest.categories if not re.fullmatch("[a-z0-9:-]{1,100}", each)]
    if unknown:
        shown = ", ".join(each[:_MAX_SHORT_TEXT] for each in unknown)
        raise Invalid(f"The following category slugs are not currently supported on this registry: {shown}")


def _check_dependency(dependency: CrateDependency, limits: PublishLimits) -> None:
    check_crate_name("dependency", dependency.package)
    check_dependency_name(dependency.alias)
    for feature in dependency.features:
        check_feature(feature)
    try:
        requirement = spell_requirement(dependency.requirement)
    except Invalid:
        shown = dependency.requirement[:_MAX_SHORT_TEXT]
        raise Invalid(f'"{shown}" is an invalid version requirement') from None
    if requirement == "*" and not limits.wildcards:
        raise Invalid(
            "wildcard (`*`) dependency constraints are not allowed on this registry. Crate with this problem:"
            f" `{dependency.package}` See https://doc.rust-lang.org/cargo/faq.html#can-libraries-use--as-a-version-for-"
            "their-dependencies for more information"
        )
    for text in (*dependency.artifact, dependency.bindep_target or "bin"):
        if not re.fullmatch("[A-Za-z0-9_.:-]{1,100}", text):
            raise Invalid(f"{_FAILED}dependency `{dependency.label}` has an invalid `artifact` or `target` value")
