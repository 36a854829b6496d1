"""What only npm knows of a release: kept in `Release.native`, written by describe(), read by resolver and doors.

Facts that the domain has a place for are not repeated here: `engines` is `Release.runtimes` (all of its entries whose
values are texts, node and npm both matter), `deprecated` is `Release.deprecated`, `dist.integrity` and `dist.shasum`
are digests of the artifact, and the dependency fields are `Release.requirements`:

- `dependencies`: scope runtime;
- `optionalDependencies`: scope runtime and optional; a name that stands in both may be in both, the resolver takes
  the optional one;
- `peerDependencies`: scope peer, optional if `peerDependenciesMeta` says so; a name that only the meta field has is no
  requirement, the client does not look at it;
- `devDependencies`: scope dev.

Within each scope the requirements stand in the order of the document, since the client's tree depends on it.
"""

import msgspec
from msgspec import Struct

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement


class BundledRelease(Struct, frozen=True, omit_defaults=True):
    """A package that lies inside another one's archive."""

    path: str
    """Where it lies below the archive's own folder, e.g. node_modules/a/node_modules/b."""
    name: str
    version: str
    requirements: tuple[Requirement, ...] = ()


class NpmFacts(Struct, frozen=True, omit_defaults=True):
    """What the registry says of a release and no other ecosystem has."""

    os: tuple[str, ...] = ()
    """As in the document: platforms, or `!platform` for all others; a lone text becomes a tuple of one."""
    cpu: tuple[str, ...] = ()
    """As `os`, for processors."""
    libc: tuple[str, ...] = ()
    """As `os`, for C libraries: glibc or musl."""
    bundled: tuple[str, ...] = ()
    """`bundleDependencies` or, failing that, `bundledDependencies`; `true` becomes the names in `dependencies`,
    an object its keys, `false` nothing."""
    bundle: tuple[BundledRelease, ...] | None = None
    """What was found in the archive; None as long as nobody looked into it."""
    has_shrinkwrap: bool = False
    """`_hasShrinkwrap`: the archive says itself which versions it wants."""
    has_install_script: bool = False
    """`hasInstallScript`, or one of the scripts preinstall, install and postinstall."""
    bin: dict[str, str] = {}
    """File by command; a lone text becomes the command that has the package's bare name."""
    accepted: dict[str, str] = {}
    """`acceptDependencies`: another range, by name, with which the client leaves an installed version in place."""
    funding: msgspec.Raw = msgspec.Raw(b"\xc0")
    """`funding` as it is, but a lone text becomes {"url": text}; MessagePack."""


_decode = msgspec.msgpack.Decoder(NpmFacts).decode
_NONE = msgspec.Raw(b"\xc0")
_NOTHING = NpmFacts()


def facts(release: Release) -> NpmFacts:
    """Read what is kept with a release."""
    return _NOTHING if release.native == _NONE else _decode(release.native)
