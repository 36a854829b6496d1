"""Feeds for tests: recorded registrations, and a generated one in memory."""

import re
import tarfile
from functools import cache

import pytest

from packhouse.domain.index import Index
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.nuget.collected import Collected, pack_collected
from packhouse.ecosystems.nuget.places import Places
from packhouse.ecosystems.nuget.registration import split
from tests.clients.nuget.feed import Feed
from tests.shared import shared_path

FEED = "http://feed.example"
UPSTREAM = UpstreamRegistry(name="nuget", ecosystem="nuget", url=f"{FEED}/v3/index.json")
PLACES = Places(
    registration=f"{FEED}/registration", flat=f"{FEED}/flat", search=f"{FEED}/query", catalog=f"{FEED}/catalog"
)
RECORDED = "https://recorded.example"
RECORDED_PLACES = Places(
    registration=f"{RECORDED}/v3/registration5-semver1",
    flat=f"{RECORDED}/v3-flatcontainer",
    catalog=f"{RECORDED}/v3/catalog0",
)


def key(name: str) -> PackageKey:
    """Make the key of a package."""
    return PackageKey("nuget", NormalName(name.lower()))


def make_feed(page_size: int = 64) -> Feed:
    """Make an empty feed at the address of the tests."""
    feed = Feed(page_size)
    feed.url = FEED
    return feed


def collect(feed: Feed, name: str, places: Places = PLACES) -> bytes:
    """Put a package's documents together as a gathering does."""
    bodies = feed.bodies()
    registration = bodies[f"{FEED}/registration/{name.lower()}/index.json"]
    pages = {address: body for address, body in bodies.items() if f"/registration/{name.lower()}/page/" in address}
    return pack_collected(Collected(places, registration=registration, pages=pages))


def index_of(feed: Feed, name: str) -> Index:
    """Take a package of a feed apart."""
    return split(key(name), collect(feed, name))


@cache
def recordings() -> dict[str, bytes]:
    """Read recorded answers of the public registry, by address, its host replaced."""
    yaml = pytest.importorskip("yaml")
    with tarfile.open(shared_path("data", "fixtures", "osvdev-cassettes.tar.xz")) as archive:
        file = archive.extractfile("google/osv.dev/go/osv/ecosystem/testdata/TestNuGet_GetVersions.yaml")
        assert file is not None
        cassette = yaml.load(file.read(), Loader=yaml.CSafeLoader)
    first = cassette["interactions"][0]["request"]["url"]
    host = re.match(r"https://[^/]+", first)
    assert host is not None
    return {
        each["request"]["url"].replace(host[0], RECORDED): each["response"]["body"].replace(host[0], RECORDED).encode()
        for each in cassette["interactions"]
    }


def recorded(name: str) -> Collected:
    """Put the recorded documents of a package together."""
    base = f"{RECORDED_PLACES.registration}/{name}"
    found = {address: body for address, body in recordings().items() if address.startswith(f"{base}/")}
    return Collected(RECORDED_PLACES, registration=found.pop(f"{base}/index.json"), pages=found)
