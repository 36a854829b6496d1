"""A server with the unified API on top of a few toys, and of a registry that tells things about them."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from packhouse.apis.packages.door import PackagesDoor, packages_problem
from packhouse.apis.packages.openapi import OpenApiDoor
from packhouse.domain.digest import Digest
from packhouse.domain.ecosystem import Ecosystem, Insight
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Artifact, Licence, Link, PackageRecord, Person, Release, build_record
from packhouse.domain.requirement import Requirement
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.assembly import Services
from tests.apis.universe import NOW, ORCHARD, UPSTREAM, clock, services_of
from tests.asgi import Reply, call


def _version_key(version: str) -> tuple[tuple[int, ...], str]:
    numbers, _, label = version.partition("-")
    try:
        return tuple(int(part) for part in numbers.split(".")), label or "~"
    except ValueError:
        raise Invalid("this is not the version of a toy") from None


def key(name: str) -> PackageKey:
    """Make the key of a toy."""
    return PackageKey("toy", NormalName(name))


def build(name: str, *releases: Release, **tags: str) -> PackageRecord:
    """Make a record with every column."""
    return build_record(key(name), releases, tags=tags)


def _ago(days: int) -> Moment:
    return Moment(NOW - days * 86_400_000)


CRATE = Release(
    "2.0.0",
    _ago(10),
    requirements=(
        Requirement("apple", "1.*"),
        Requirement("pear", ">2", scope="dev", optional=True, marker="on Mondays", extras=("ripe",)),
        Requirement("stone", "https://stone.example/s.zip", kind="url", alias="pebble", raw="stone @ s.zip"),
        Requirement("leaf", "*", scope="peer"),
    ),
    description="Holds fruit",
    licences=(Licence("Apache 2", "Apache-2.0"), Licence("MIT", "MIT")),
    links=(Link("homepage", "https://crate.example/"), Link("repository", "https://code.example/crate")),
    authors=(Person("Ada", "ada@crate.example"),),
    maintainers=(Person("Grace"),),
    keywords=("fruit", "box"),
    artifacts=(
        Artifact(
            "crate-2.0.0.zip",
            "https://toy.example/crate-2.0.0.zip",
            (Digest("sha256", "ab" * 32),),
            1234,
            published_at=_ago(9),
        ),
    ),
    runtimes={"hands": ">=2"},
)
RECORDS = (
    build(
        "crate",
        Release("1.0.0", _ago(30), deprecated="use 2", successor="box"),
        Release("1.1.0", _ago(20), yanked="leaks"),
        CRATE,
        Release("3.0.0-a", _ago(3), prerelease=True),
        Release("3.0.0-b", _ago(2), prerelease=True, yanked=""),
        latest="2.0.0",
        next="3.0.0-a",
        stable="2.0.0",
    ),
    build("apple", Release("1.0.0", NOW), latest="1.0.0"),
    build("many", *(Release(f"1.0.{patch}", Moment(NOW + patch)) for patch in range(600)), latest="1.0.599"),
    build("never"),
    build("dangling", Release("1.0.0", NOW), latest="2.0.0"),
    build("wild", Release("0.1.0-x", None, prerelease=True, description="not yet")),
    build("private", Release("1.0.0", NOW, maintainers=(Person("Ada", "ada@crate.example"),)), latest="1.0.0"),
)


def _downloads(registry: UpstreamRegistry, package: PackageKey, period: str) -> Gathering[Downloads]:
    (answer,) = yield (UpstreamRequest(f"{registry.url}/downloads/{package.name}/{period or 'recent'}"),)
    if answer.status == 404:
        raise NotFound("the registry counts nothing of it")
    return msgspec.json.decode(answer.body, type=Downloads)


def _owners(registry: UpstreamRegistry, package: PackageKey) -> Gathering[tuple[Owner, ...]]:
    (answer,) = yield (UpstreamRequest(f"{registry.url}/owners/{package.name}"),)
    if answer.status == 404:
        raise NotFound("nobody owns it")
    return msgspec.json.decode(answer.body, type=tuple[Owner, ...])


def _hits(what: str) -> Callable[[UpstreamRegistry, str, int, int], Gathering[Hits]]:
    def ask(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
        if text.startswith("-"):
            raise Invalid("nobody can be called that")
        query = urlencode({"q": text, "offset": offset, "limit": limit})
        (answer,) = yield (UpstreamRequest(f"{registry.url}/{what}?{query}"),)
        if answer.status == 404:
            raise NotFound("nobody is called that")
        return msgspec.json.decode(answer.body, type=Hits)

    return ask


TELLING = msgspec.structs.replace(
    ORCHARD,
    version_key=_version_key,
    insight=Insight(
        downloads=_downloads,
        periods=("last-month", "last-week"),
        owners=_owners,
        packages_of=_hits("packages"),
        search=_hits("search"),
    ),
)
"""Toys whose registry tells everything."""
SILENT = msgspec.structs.replace(ORCHARD, version_key=_version_key)
"""Toys whose registry tells nothing but its packages."""

HIT = Hit(NormalName("crate"), "2.0.0", "Holds fruit", _ago(10), 77, {"homepage": "https://crate.example/"})
ANSWERS = {
    f"{UPSTREAM.url}/downloads/crate/last-month": msgspec.json.encode(
        Downloads({"last-month": 30}, {"2.0.0": 9}, {"2025-12-31": 30}, "2025-12-31")
    ),
    f"{UPSTREAM.url}/downloads/crate/last-week": msgspec.json.encode(Downloads({"last-week": 7})),
    f"{UPSTREAM.url}/owners/crate": msgspec.json.encode(
        [Owner("grace", Person("Grace", "grace@crate.example"), page="https://toy.example/~grace")]
    ),
    f"{UPSTREAM.url}/search?q=fruit&offset=0&limit=50": msgspec.json.encode(Hits((HIT,), 101)),
    f"{UPSTREAM.url}/search?q=fruit&offset=50&limit=25": msgspec.json.encode(Hits((), None)),
    f"{UPSTREAM.url}/packages?q=grace&offset=0&limit=50": msgspec.json.encode(Hits((HIT,), 1)),
}


async def serve(ecosystem: Ecosystem) -> tuple[Services, Site]:
    """Serve the API for one ecosystem on top of the toys."""
    services = await services_of(RECORDS, ecosystem, down=("behind",), answers=ANSWERS)
    mount = Mount(PackagesDoor({"toy": services}), packages_problem)
    mounts = {"packages": mount, "openapi.json": Mount(OpenApiDoor({"toy": services}))}
    return services, Site(mounts, mount, PublicAddress(None, ()), ("default", "team"), Ready(0, clock))


class Client:
    """Asks one server."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def post(self, operation: str, **question: object) -> Reply:
        """Ask with a JSON body."""
        return await call(self._site, f"/packages/v1/{operation}", "POST", body=json.dumps(question).encode())

    async def ask(self, operation: str, **question: object) -> Any:  # noqa: ANN401 (any JSON)
        """Ask for what must be answered."""
        reply = await self.post(operation, **question)
        assert reply.status == 200, reply.text
        assert reply.headers["content-type"] == "application/json"
        return json.loads(reply.body)

    async def fail(self, operation: str, **question: object) -> tuple[int, str]:
        """Ask for what cannot be answered; return status and code."""
        return failure(await self.post(operation, **question))

    async def send(
        self, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send any request."""
        return await call(self._site, path, method, headers, body)


def failure(reply: Reply) -> tuple[int, str]:
    """Read status and code of an error; every one has the same shape."""
    document = json.loads(reply.body)
    assert document.keys() == {"error"}
    assert document["error"].keys() == {"code", "message", "hint"}
    assert document["error"]["message"]
    return reply.status, document["error"]["code"]


@pytest.fixture
async def client() -> Client:
    """Ask about toys whose registry tells everything."""
    return Client((await serve(TELLING))[1])


@pytest.fixture
async def silent() -> Client:
    """Ask about toys whose registry tells nothing but its packages."""
    return Client((await serve(SILENT))[1])
