"""Recorded packages of a real registry, through every operation."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator

from packhouse.apis.packages.door import PackagesDoor, packages_problem
from packhouse.apis.packages.openapi import build_document
from packhouse.apis.packages.operations import OPERATIONS
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.policy.rules.deny import Denied, Deny
from tests.apis.packages.conftest import Client, failure
from tests.assembled import START, Assembled
from tests.ecosystems.npm.packuments import packument, recorded

pytestmark = pytest.mark.anyio

URL = "https://npm.example"
UPSTREAM = UpstreamRegistry("npm", "npm", URL, urls={"downloads": "https://counts.example"})
SCHEMAS = {"components": {"schemas": build_document(("npm",))["components"]["schemas"]}}


def _server(packages: dict[str, bytes], **answers: object) -> tuple[Assembled, Client]:
    paths = {name.replace("/", "%2f") if name.startswith("@") else name: body for name, body in packages.items()}
    served = {f"{URL}/{path}": body for path, body in paths.items()}
    served |= {each: msgspec.json.encode(body) for each, body in answers.items()}
    server = Assembled(ECOSYSTEM, build_mount, served, [UPSTREAM], [Deny((Denied("npm/pad@1.1.0", _is_denied),))])
    mount = Mount(PackagesDoor({"npm": server.services}), packages_problem)
    return server, Client(Site({"packages": mount}, mount, PublicAddress(None, ()), ("default",), Ready(0)))


def _is_denied(key: object, version: str) -> bool:
    return (str(key), version) == ("npm/pad", "1.1.0")


async def _ask(client: Client, operation: str, **question: object) -> Any:  # noqa: ANN401 (any JSON)
    """Ask, and hold the answer against the schema."""
    answer = await client.ask(operation, registry="npm", **question)
    kinds = [{"$ref": f"#/components/schemas/{each.__name__}"} for each in OPERATIONS[operation].answers]
    errors = list(OAS31Validator({**SCHEMAS, "anyOf": kinds}).iter_errors(answer))
    assert errors == [], errors[0].message
    return answer


async def test_every_recorded_package_is_told_as_it_was_published() -> None:
    documents = {json.loads(body)["name"]: json.loads(body) for body in recorded().values()}
    _, client = _server({name: msgspec.json.encode(document) for name, document in documents.items()})
    for name, document in documents.items():
        latest = document["dist-tags"]["latest"]
        found = await _ask(client, "package", package=name)
        assert (found["latest"], found["version_count"]) == (latest, len(document["versions"]))
        assert found["tags"] == document["dist-tags"]
        info = await _ask(client, "package", package=name, view="version-info")
        assert set(info["versions"]) == set(document["versions"])
        assert info["deprecated"] == bool(document["versions"][latest].get("deprecated"))
        pages = [await _ask(client, "versions", package=name, page=number, page_size=250) for number in (1, 2, 3)]
        listed = [each["version"] for page in pages for each in page["versions"]]
        assert listed == info["versions"][:750]
        one = await _ask(client, "version", package=name, version="latest")
        assert one["version"] == latest
        assert [each["filename"] for each in one["files"]] == [
            document["versions"][latest]["dist"]["tarball"].rpartition("/")[2]
        ]
        needed = await _ask(client, "dependencies", package=name, version=latest)
        manifest = document["versions"][latest]
        optional = manifest.get("optionalDependencies") or {}
        for scope, field in (("dev", "devDependencies"), ("peer", "peerDependencies")):
            names = {each["alias"] or each["package"] for each in needed["dependencies"].get(scope, ())}
            assert names == set(manifest.get(field) or {}), (name, scope)
        names = {each["alias"] or each["package"] for each in needed["dependencies"]["runtime"]}
        assert names == set(manifest.get("dependencies") or {}) | set(optional), name


async def test_a_refused_release_is_nowhere_in_the_answers() -> None:
    body = msgspec.json.encode(packument("pad", "1.0.0", "1.1.0"))
    _, client = _server({"pad": body})
    assert (await _ask(client, "package", package="pad"))["latest"] == "1.0.0"
    assert [each["version"] for each in (await _ask(client, "versions", package="pad"))["versions"]] == ["1.0.0"]
    for operation in ("version", "dependencies"):
        assert await client.fail(operation, registry="npm", package="pad", version="1.1.0") == (403, "refused")
    reply = await client.send("/@2020-01-01/packages/v1/version?registry=npm&package=pad&version=1.1.0")
    assert failure(reply) == (404, "unknown_version")
    assert (await _ask(client, "dependencies", package="pad"))["version"] == "1.0.0"


async def test_a_date_leaves_out_what_came_later() -> None:
    _, client = _server({"late": msgspec.json.encode(packument("late", "1.0.0", "1.1.0", "2.0.0"))})
    reply = await client.send("/@2020-01-02/packages/v1/package?registry=npm&package=late")
    found = json.loads(reply.body)
    assert (found["latest"], found["version_count"]) == ("1.1.0", 2)


async def test_a_registry_that_is_down_is_no_missing_package_and_what_is_known_stays() -> None:
    server, client = _server({"late": msgspec.json.encode(packument("late", "1.0.0"))})
    assert (await _ask(client, "package", package="late"))["stale"] is False
    assert await client.fail("package", registry="npm", package="none") == (404, "unknown_package")
    server.off.add("npm")
    server.now = Moment(START + 86_400_000)
    found = await _ask(client, "package", package="late")
    assert (found["latest"], found["stale"], found["sources"]) == ("1.0.0", True, ["npm"])
    assert await client.fail("package", registry="npm", package="other") == (503, "upstream_off")
    assert await client.fail("maintainer", registry="npm", login="ann") == (503, "upstream_off")
    assert (await _ask(client, "search", query="late"))["told_by"] == "here"


async def test_downloads_people_and_search_are_those_of_the_registry() -> None:
    counted = {"start": "2026-01-01", "end": "2026-01-02", "downloads": [{"day": "2026-01-02", "downloads": 4}]}
    found = {"objects": [{"package": {"name": "late", "version": "1.0.0"}, "downloads": {"monthly": 9}}], "total": 1}
    body = packument("late", "1.0.0", maintainers=[{"name": "ann", "email": "ann@people.example"}])
    answers: dict[str, object] = {
        f"https://counts.example/downloads/range/{period}/late": counted
        for period in ("last-day", "last-week", "last-month", "last-year")
    }
    answers[f"{URL}/-/v1/search?text=late&from=0&size=50"] = found
    answers[f"{URL}/-/v1/search?text=maintainer%3Aann&from=50&size=50"] = found
    _, client = _server({"late": msgspec.json.encode(body)}, **answers)
    for period in ("last-day", "last-week", "last-month", "last-year"):
        told = await _ask(client, "downloads", package="late", period=period)
        assert told["from_registry"]["counts"] == {period: 4}
    people = await _ask(client, "maintainer", package="late")
    assert [each["login"] for each in people["maintainers"]] == ["ann"]
    for answer in (
        await _ask(client, "search", query="late"),
        await _ask(client, "maintainer", login="ann", page=2),
    ):
        assert [(each["package"], each["downloads"]) for each in answer["packages"]] == [("late", 9)]
        assert answer["told_by"] == "npm"


async def test_what_was_installed_through_here_is_told_of_the_package() -> None:
    body = packument("late", "1.0.0")
    file = b"content of the file"
    shasum = hashlib.sha1(file, usedforsecurity=False).hexdigest()
    body["versions"]["1.0.0"]["dist"] = {"tarball": f"{URL}/late/-/late-1.0.0.tgz", "shasum": shasum}
    server, client = _server({"late": msgspec.json.encode(body), "late/-/late-1.0.0.tgz": file})
    for _ in range(2):
        assert (await server.get("/npm/late/-/late-1.0.0.tgz")).body == file
    told = await _ask(client, "downloads", package="late", period="last-day")
    assert told["through_here"] == {"count": 2, "daily": {"2026-01-01": 2}, "total": 2, "since": "2026-01-01"}
