"""The manifest in a crate's archive: the truth about a release, whatever the metadata beside it says."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.cargo.platforms import parse_platform

_HINT = "pack it with `cargo package`"
_FAILED = "failed to parse `Cargo.toml` manifest file\n\n"
_MAX_DOTS = 10_000_000
"""The parser takes time with the square of a key's parts."""
_FIRST_EDITION = "2015"
_READMES = ("README.md", "README.txt", "README")
"""In the order in which cargo looks for one."""
_MAIN = "src/main.rs"
_LIBRARY = "src/lib.rs"
_BINARIES = "src/bin/"


class CrateDependency(Struct, frozen=True):
    """A requirement, as the manifest has it."""

    alias: str
    """How the crate calls it; the package's own name where it is not renamed."""
    package: str
    requirement: str
    """As it is written; `*` where no version is."""
    kind: str = "normal"
    target: str | None = None
    """The platform, as cargo spells it."""
    optional: bool = False
    default_features: bool = True
    features: tuple[str, ...] = ()
    registry: str | None = None
    """The address of the index that has it; None for the one that cargo uses where nothing is said."""
    artifact: tuple[str, ...] = ()
    """Kinds of programs or libraries that are to be built of it."""
    bindep_target: str | None = None
    lib: bool = False
    public: bool = False

    @property
    def label(self) -> str:
        """Name it in a message."""
        return self.alias if self.alias == self.package else f"{self.alias} ({self.package})"


class CrateManifest(Struct, frozen=True):
    """What the manifest says of a release."""

    name: str
    version: str
    edition: str = _FIRST_EDITION
    rust_version: str | None = None
    description: str | None = None
    license: str | None = None
    license_file: str | None = None
    links: str | None = None
    homepage: str | None = None
    documentation: str | None = None
    repository: str | None = None
    readme: str | None = None
    """The path of its file; None where there is none."""
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    badges: dict[str, dict[str, Any]] = {}
    features: dict[str, tuple[str, ...]] = {}
    dependencies: tuple[CrateDependency, ...] = ()
    has_lib: bool = False
    binaries: tuple[str, ...] = ()
    """Names of its programs, ascending."""


def read_manifest(text: bytes, files: Collection[str]) -> CrateManifest:
    """Read the manifest of an archive that has these files; raise Invalid or TooLarge."""
    return convert_manifest(decode_table(text), files)


def convert_manifest(table: Mapping[str, Any], files: Collection[str]) -> CrateManifest:
    """Read a manifest that was decoded; raise Invalid."""
    try:
        top = msgspec.convert(table, _Top)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Invalid(f"{_FAILED}{error}", _HINT) from error
    package = top.package or top.project
    if package is None:
        raise Invalid(f"{_FAILED}missing field `package`", _HINT)
    if package.version is None:
        raise Invalid(f"{_FAILED}missing field `version`", _HINT)
    library, binaries = _products(top, package, files)
    return CrateManifest(
        name=package.name,
        version=package.version,
        edition=package.edition or _FIRST_EDITION,
        rust_version=package.rust_version,
        description=package.description,
        license=package.license,
        license_file=package.license_file,
        links=package.links,
        homepage=package.homepage,
        documentation=package.documentation,
        repository=package.repository,
        readme=_readme(package.readme, files),
        authors=package.authors,
        keywords=package.keywords,
        categories=package.categories,
        badges=top.badges,
        features=top.features,
        dependencies=tuple(_dependencies(top)),
        has_lib=library,
        binaries=binaries,
    )


class _Detail(Struct, rename="kebab"):
    """A dependency that is a table; the fields are the format's own."""

    version: str = "*"
    package: str | None = None
    features: tuple[str, ...] = ()
    optional: bool = False
    default_features: bool | None = None
    registry: str | None = None
    registry_index: str | None = None
    artifact: str | tuple[str, ...] = ()
    target: str | None = None
    lib: bool = False
    public: bool = False
    workspace: bool = False
    default_features_once: bool | None = field(default=None, name="default_features")
    """How the field was spelt before."""


_Table = dict[str, str | _Detail]


class _Tables(Struct, rename="kebab"):
    """Dependencies by kind; older manifests have underscores."""

    dependencies: _Table = {}
    dev_dependencies: _Table | None = None
    build_dependencies: _Table | None = None
    dev_dependencies_once: _Table | None = field(default=None, name="dev_dependencies")
    build_dependencies_once: _Table | None = field(default=None, name="build_dependencies")


class _Package(Struct, rename="kebab"):
    name: str
    version: str | None = None
    edition: str | None = None
    rust_version: str | None = None
    description: str | None = None
    license: str | None = None
    license_file: str | None = None
    links: str | None = None
    homepage: str | None = None
    documentation: str | None = None
    repository: str | None = None
    readme: str | bool | None = None
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    autolib: bool = True
    autobins: bool | None = None


class _Product(Struct):
    """A library or program."""

    name: str | None = None


class _Top(_Tables, rename="kebab"):
    package: _Package | None = None
    project: _Package | None = None
    """How the table was called before."""
    target: dict[str, _Tables] = {}
    features: dict[str, tuple[str, ...]] = {}
    badges: dict[str, dict[str, Any]] = {}
    lib: _Product | None = None
    bin: tuple[_Product, ...] = ()


def decode_table(text: bytes) -> dict[str, Any]:
    """Decode the text of a manifest; raise Invalid or TooLarge."""
    import tomllib  # noqa: PLC0415 (start-up time)

    if sum(line.count(b".") ** 2 for line in text.splitlines()) > _MAX_DOTS:
        raise TooLarge("`Cargo.toml` has keys of too many parts")
    try:
        return tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{_FAILED}{error}", _HINT) from error


def _dependencies(top: _Top) -> Iterator[CrateDependency]:
    yield from _of_tables(top, None)
    for target, tables in top.target.items():
        yield from _of_tables(tables, parse_platform(target))


def _of_tables(tables: _Tables, target: str | None) -> Iterator[CrateDependency]:
    kinds = {
        "normal": tables.dependencies,
        "dev": tables.dev_dependencies_once if tables.dev_dependencies is None else tables.dev_dependencies,
        "build": tables.build_dependencies_once if tables.build_dependencies is None else tables.build_dependencies,
    }
    for kind, table in kinds.items():
        for alias, detail in (table or {}).items():
            yield _dependency(alias, detail, kind, target)


def _dependency(alias: str, written: str | _Detail, kind: str, target: str | None) -> CrateDependency:
    detail = _Detail(version=written) if isinstance(written, str) else written
    if detail.workspace:
        raise Invalid(f"{_FAILED}dependency `{alias}` is inherited from a workspace that is not there", _HINT)
    if detail.registry is not None and detail.registry_index is None:
        # What a name stands for, only the author's own settings tell.
        raise Invalid(f"{_FAILED}dependency `{alias}` names a registry and not the address of its index", _HINT)
    defaults = detail.default_features_once if detail.default_features is None else detail.default_features
    artifact = (detail.artifact,) if isinstance(detail.artifact, str) else detail.artifact
    return CrateDependency(
        alias=alias,
        package=alias if detail.package is None else detail.package,
        requirement=detail.version,
        kind=kind,
        target=target,
        optional=detail.optional,
        default_features=defaults is not False,
        features=detail.features,
        registry=detail.registry_index,
        artifact=artifact,
        bindep_target=detail.target if artifact else None,
        lib=detail.lib,
        public=detail.public,
    )


def _readme(written: str | bool | None, files: Collection[str]) -> str | None:  # noqa: FBT001 (the format's own type)
    if isinstance(written, str):
        return written.removeprefix("./")
    if written is False:
        return None
    if written is True:
        return _READMES[0]
    return next((path for path in _READMES if path in files), None)


def _products(top: _Top, package: _Package, files: Collection[str]) -> tuple[bool, tuple[str, ...]]:
    """Tell whether there is a library, and which programs there are."""
    library = top.lib is not None or (package.autolib and _LIBRARY in files)
    names = {each.name for each in top.bin if each.name is not None}
    # In the first edition, naming one program turned off the search for others.
    found = (
        not (package.edition in (None, _FIRST_EDITION) and top.bin) if package.autobins is None else package.autobins
    )
    if found:
        names.update(_found_binaries(package.name, files))
    return library, tuple(sorted(names))


def _found_binaries(name: str, files: Collection[str]) -> Iterator[str]:
    if _MAIN in files:
        yield name
    for path in files:
        if path.startswith(_BINARIES):
            first, slash, rest = path.removeprefix(_BINARIES).partition("/")
            if rest == "main.rs":
                yield first
            elif not slash and first.endswith(".rs"):
                yield first.removesuffix(".rs")
