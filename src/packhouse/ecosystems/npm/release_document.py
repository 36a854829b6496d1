"""What is stored of a version that was published here: its fragment of the document."""

from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.addresses import is_served_name, our_address
from packhouse.ecosystems.npm.deprecation import check_warning
from packhouse.ecosystems.npm.manifest import has_install_script
from packhouse.ecosystems.npm.names import split_scope
from packhouse.ecosystems.npm.package_fields import (
    DEPENDENCIES,
    check_same,
    read_commands,
    read_dependencies,
    read_scripts,
)
from packhouse.ecosystems.npm.package_json import PackageFacts
from packhouse.ecosystems.npm.publication import Publication

DESCRIPTION_CHARACTERS = 255
_HINT = "the archive changed on its way: publish it again"
_KEPT_PRIVATE = frozenset({"_nodeVersion", "_npmVersion"})
"""Of the fields with an underscore; the others are the publisher's own, like the folder on their disk."""
_LEFT_OUT = frozenset(
    {"access", "ctime", "dist", "hasInstallScript", "maintainers", "mtime", "readme", "readmeFilename"}
)
"""What is not the publisher's to say, or stands elsewhere."""


def served_filename(publication: Publication) -> str:
    """Name the file under which the archive is served; raise Invalid if it can have none."""
    filename = f"{split_scope(publication.name)[1]}-{publication.version}.tgz"
    if not is_served_name(filename):
        raise Invalid(f"{filename[:300]!r} is no name for a file", "take a shorter version")
    return filename


def readme_of(publication: Publication, facts: PackageFacts) -> tuple[str, str]:
    """Give the readme and its file name: as sent or, where none was sent, the archive's."""
    if publication.readme:
        return publication.readme, publication.readme_filename or facts.readme_filename
    return facts.readme, facts.readme_filename


def finish(publication: Publication, facts: PackageFacts, digests: Collection[Digest]) -> bytes:
    """Write the version's fragment, BASE in its address; raise Invalid where the parts do not belong together.

    The digests are those of the decoded archive: sha512 and sha1. `_npmUser` and signatures are for the caller to add.
    """
    name, version = publication.name, publication.version
    computed = {digest.algorithm: digest.value for digest in digests}
    _check_digests(publication, computed)
    check_same(publication.manifest, facts)
    document = _clean(publication.manifest)
    document |= {"name": name, "version": version, "_id": f"{name}@{version}"}
    if facts.has_shrinkwrap:
        document["_hasShrinkwrap"] = True
    if _installs(facts):
        document["hasInstallScript"] = True
    integrity = b64encode(bytes.fromhex(computed["sha512"])).decode()
    document["dist"] = {
        "integrity": f"sha512-{integrity}",
        "shasum": computed["sha1"],
        "tarball": Raw(our_address(name, served_filename(publication))),
        "fileCount": facts.file_count,
        "unpackedSize": facts.unpacked_bytes,
    }
    return msgspec.json.encode(document)


def _check_digests(publication: Publication, computed: Mapping[str, str]) -> None:
    if computed["sha512"] != publication.sha512:
        raise Invalid("dist.integrity is not that of the archive", _HINT)
    if publication.sha1 and computed["sha1"] != publication.sha1:
        raise Invalid("dist.shasum is not that of the archive", _HINT)


def _clean(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what the publisher says, and spell what clients trust as they can take it."""
    fields = {
        field: value
        for field, value in manifest.items()
        if field not in _LEFT_OUT and (field in _KEPT_PRIVATE or not field.startswith("_"))
    }
    for field in DEPENDENCIES:
        if field in fields:
            fields[field] = read_dependencies(manifest, field)
    if "scripts" in fields:
        fields["scripts"] = read_scripts(manifest)
    # Names and paths that lead out of the folder of commands (CVE-2019-16775) do not get into a document.
    if "bin" in fields:
        fields["bin"] = read_commands(manifest)
    _clean_texts(fields)
    settings = fields.get("publishConfig")
    if isinstance(settings, dict):
        fields["publishConfig"] = {key: value for key, value in settings.items() if not key.startswith("_")}
    return fields


def _clean_texts(fields: dict[str, Any]) -> None:
    """Let clients print what they print of every version: a terminal obeys some letters instead of showing them."""
    warning = check_warning(str(fields["version"]), fields.pop("deprecated", None))
    if warning:
        fields["deprecated"] = warning
    description = fields.get("description")
    if isinstance(description, str):
        shown = description
        if not description.isprintable():
            shown = "".join(letter for letter in description if letter.isprintable() or letter in "\n\t")
        fields["description"] = shown[:DESCRIPTION_CHARACTERS]
    elif description is not None:
        fields["description"] = ""


def _installs(facts: PackageFacts) -> bool:
    """Tell whether installing runs something: a script, or a build that no script names."""
    scripts = facts.manifest.get("scripts")
    if has_install_script(Raw(msgspec.json.encode(scripts))):
        return True
    return facts.has_gyp and facts.manifest.get("gypfile") is not False
