"""Packages that are published here, and the documents that clients get of them."""

import json
from typing import Any

from packhouse.domain.index import BASE, Index
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.documents import join_full
from packhouse.ecosystems.npm.hosted import Readme, add_release, begin, with_maintainers
from tests.ecosystems.npm.packuments import encode, key_of, manifest

PUBLIC = "https://packages.example/npm"
KEY = key_of("@farm/pad")
START = Moment(1_700_000_000_000)


def stored_manifest(version: str, **fields: Any) -> bytes:  # noqa: ANN401 (any JSON)
    """Make a version's manifest as it is stored."""
    made = manifest(KEY.name, version, description=f"pads {version}", dependencies={"left": "^1.0.0"}, **fields)
    made["dist"]["tarball"] = f"{PUBLIC}/{KEY.name}/-/pad-{version}.tgz"
    made["dist"]["signatures"] = [{"keyid": "SHA256:k", "sig": version}]
    return encode(made).replace(PUBLIC.encode(), BASE)


def hosted(*versions: str) -> Index:
    """Publish versions, a second after each other; Ann maintains the package."""
    index = with_maintainers(begin(KEY, START), [("ann", "ann@packages.example")], START)
    for at, version in enumerate(versions or ("1.0.0", "1.1.0", "2.0.0-beta.1"), 1):
        now, readme = Moment(START + at * 1000), Readme(f"# {version}")
        index = add_release(index, version, stored_manifest(version), now, readme=readme)
    return index


def served_text(index: Index) -> bytes:
    """Make the document as a client gets it."""
    return join_full(index, index.fragments).replace(BASE, PUBLIC.encode())


def served(index: Index) -> dict[str, Any]:
    """Decode the document as a client gets it."""
    document: dict[str, Any] = json.loads(served_text(index))
    return document


def bodies(index: Index) -> dict[str, bytes]:
    """List the stored manifests by version."""
    return {fragment.version: fragment.body for fragment in index.fragments}
