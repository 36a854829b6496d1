"""A release that somebody wants to publish: read, held against the rules, and ready to be written."""

from msgspec import Struct

from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.crate_archive import RULES, CrateArchive, read_crate, read_text
from packhouse.ecosystems.cargo.crate_manifest import CrateManifest, read_manifest
from packhouse.ecosystems.cargo.frame import Metadata
from packhouse.ecosystems.cargo.index_line import write_line
from packhouse.ecosystems.cargo.metadata_match import Registries, match_metadata
from packhouse.ecosystems.cargo.publish_rules import PublishLimits, check_manifest, warnings_about
from packhouse.formats.archive import Rules


class Opened(Struct, frozen=True):
    """A body of which only the metadata was read, and found possible."""

    metadata: Metadata
    crate: bytes | bytearray


class Submission(Struct, frozen=True):
    """A release that may be published as far as it alone can tell."""

    metadata: Metadata
    manifest: CrateManifest
    archive: CrateArchive
    registries: tuple[str | None, ...]
    """The index that each of the manifest's dependencies is in; None for this registry's own."""
    readme: str | None
    """The text of the readme in the archive."""
    warnings: tuple[str, ...]
    """What cargo shows to the publisher."""


def read_submission(opened: Opened, limits: PublishLimits, registries: Registries, rules: Rules = RULES) -> Submission:
    """Read the archive and decide over what is in it; raise Invalid or TooLarge."""
    metadata = opened.metadata
    archive = read_crate(opened.crate, metadata.name, metadata.vers, rules)
    manifest = read_manifest(archive.manifest, archive.files)
    check_manifest(manifest, limits)
    return Submission(
        metadata=metadata,
        manifest=manifest,
        archive=archive,
        registries=match_metadata(metadata, manifest, registries),
        readme=read_text(opened.crate, archive, manifest.readme, rules) if manifest.readme else None,
        warnings=warnings_about(manifest, archive),
    )


def line_of(submission: Submission, checksum: str, published_at: Moment) -> bytes:
    """Write the line for the index."""
    return write_line(submission.manifest, submission.registries, checksum, published_at)
