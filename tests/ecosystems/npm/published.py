"""Packages as they are published, to be damaged in one place."""

import hashlib
import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from isal import igzip

from packhouse.domain.digest import Digest
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.package_json import read_package
from packhouse.ecosystems.npm.publication import decode_tarball, read_publication
from packhouse.ecosystems.npm.release_document import finish

NAME = "@farm/cider"
VERSION = "1.2.0"


def pack(files: Mapping[str, bytes]) -> bytes:
    """Make an archive of files by path, the root folder included."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return igzip.compress(packed.getvalue(), compresslevel=1)


def pack_package(manifest: Mapping[str, Any], **files: bytes) -> bytes:
    """Make the archive of a package; files are named by their path below the root folder."""
    paths = {f"package/{path}": body for path, body in files.items()}
    return pack({"package/package.json": json.dumps(manifest).encode(), **paths})


def publication(archive: bytes, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Make the document that a client sends."""
    name, version = manifest["name"], manifest["version"]
    sent = {
        **manifest,
        "_id": f"{name}@{version}",
        "dist": {
            "integrity": f"sha512-{b64encode(hashlib.sha512(archive).digest()).decode()}",
            "shasum": hashlib.sha1(archive, usedforsecurity=False).hexdigest(),
            "tarball": f"http://npm.example/{name}/-/{name}-{version}.tgz",
        },
    }
    return {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": version},
        "versions": {version: sent},
        "access": None,
        "_attachments": {
            f"{name}-{version}.tgz": {
                "content_type": "application/octet-stream",
                "data": b64encode(archive).decode(),
                "length": len(archive),
            }
        },
    }


def document(**manifest: object) -> dict[str, Any]:
    """Make the document of a small package whose archive has the same manifest."""
    whole = {"name": NAME, "version": VERSION, **manifest}
    return publication(pack_package(whole, **{"README.md": b"# Cider"}), whole)


def publish(document: Mapping[str, Any] | bytes, name: str = NAME) -> dict[str, Any]:
    """Do all that is done with a document before anything is stored, and give what would be stored."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    read = read_publication(parse_name(name), body)
    archive = b"".join(decode_tarball(read))
    digests = [Digest(kind, hashlib.new(kind, archive).hexdigest()) for kind in ("sha1", "sha512")]
    stored: dict[str, Any] = json.loads(finish(read, read_package([archive]), digests).replace(b"\0", b"OURS"))
    return stored
