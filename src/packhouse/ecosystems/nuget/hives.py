"""Our own addresses below the mount, which are those of the protocol's resources."""

from urllib.parse import quote

from packhouse.domain.index import BASE
from packhouse.domain.package import NormalName
from packhouse.ecosystems.nuget.places import file_address

FLAT = "v3/flatcontainer"
CATALOG = "v3/catalog"
SEARCH = "v3/query"
AUTOCOMPLETE = "v3/autocomplete"
SIGNATURES = "v3/repository-signatures/index.json"
VULNERABILITIES = "v3/vulnerabilities"
ANY_HIVE = "v3/registration"
"""Stands in fragments for the hive that they are served in."""
HIVES = {
    "registration": "v3/registration-semver1",
    "registration-gz": "v3/registration-gz-semver1",
    "registration-gz-semver2": "v3/registration-gz-semver2",
}
"""Folder by form: plain, compressed, and compressed with releases that clients before 4.3 cannot read."""

OUR_FLAT = BASE + b"/" + FLAT.encode()
OUR_HIVE = BASE + b"/" + ANY_HIVE.encode()
OUR_CATALOG = BASE + b"/" + CATALOG.encode()


def our_file(name: NormalName, version: str) -> bytes:
    """Give our address of a release's file."""
    return file_address(OUR_FLAT.decode(), name, version).encode()


def our_leaf(name: NormalName, version: str) -> bytes:
    """Give our address of a release's leaf, in any hive."""
    return OUR_HIVE + f"/{quote(name)}/{quote(version.lower())}.json".encode()


def our_index(name: NormalName) -> bytes:
    """Give our address of a registration index, in any hive."""
    return OUR_HIVE + f"/{quote(name)}/index.json".encode()


def our_page(name: NormalName, lower: str, upper: str) -> bytes:
    """Give our address of a registration page, in any hive."""
    return OUR_HIVE + f"/{quote(name)}/page/{quote(lower.lower())}/{quote(upper.lower())}.json".encode()


def in_hive(body: bytes, form: str) -> bytes:
    """Let the addresses of a document lead into one hive."""
    return body.replace(OUR_HIVE + b"/", BASE + b"/" + HIVES[form].encode() + b"/")
