"""The deps.dev API over HTTP, on a few toys."""

import gzip
import json
from typing import Any

import pytest

from packhouse.http.site import Site
from tests.asgi import Reply, call

pytestmark = pytest.mark.anyio


async def _get(site: Site, target: str, **headers: str) -> Any:  # noqa: ANN401 (any JSON)
    reply = await call(site, target, headers=headers)
    assert reply.status == 200, reply.text
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    return json.loads(reply.body)


async def test_a_package_lists_its_versions_in_order_with_every_default_written_out(site: Site) -> None:
    answer = await _get(site, "/v3alpha/systems/toy/packages/crate")
    assert answer == {
        "packageKey": {"system": "TOY", "name": "crate"},
        "purl": "pkg:toy/crate",
        "versions": [
            _listed("1.0.0", "2025-12-02T00:00:00Z", deprecated=True, reason="use 2"),
            _listed("1.1.0", "2025-12-12T00:00:00Z", deprecated=True),
            _listed("2.0.0", "2025-12-22T00:00:00Z", default=True),
            _listed("3.0.0-rc", None),
        ],
    }


def _listed(
    version: str, published: str | None, *, default: bool = False, deprecated: bool = False, reason: str = ""
) -> dict[str, object]:
    found: dict[str, object] = {
        "versionKey": {"system": "TOY", "name": "crate", "version": version},
        "purl": f"pkg:toy/crate@{version}",
        "isDefault": default,
        "isDeprecated": deprecated,
        "deprecatedReason": reason,
    }
    return found if published is None else found | {"publishedAt": published}


async def test_v3_is_v3alpha_without_its_own_fields(site: Site) -> None:
    path = "systems/toy/packages/crate"
    package = await _get(site, f"/v3/{path}")
    assert list(package) == ["packageKey", "versions"]
    assert "purl" not in package["versions"][0]
    alpha = await _get(site, f"/v3alpha/{path}/versions/2.0.0")
    stable = await _get(site, f"/v3/{path}/versions/2.0.0")
    assert alpha.keys() - stable.keys() == {"purl", "licenseDetails", "upstreamIdentifiers"}
    assert {name: alpha[name] for name in stable} == stable


async def test_a_version_tells_licences_links_projects_and_registries(site: Site) -> None:
    answer = await _get(site, "/v3alpha/systems/TOY/packages/crate/versions/2.0.0")
    assert answer == {
        "versionKey": {"system": "TOY", "name": "crate", "version": "2.0.0"},
        "purl": "pkg:toy/crate@2.0.0",
        "publishedAt": "2025-12-22T00:00:00Z",
        "isDefault": True,
        "isDeprecated": False,
        "deprecatedReason": "",
        "licenses": ["Apache-2.0", "non-standard"],
        "licenseDetails": [
            {"license": "Apache 2", "spdx": "Apache-2.0"},
            {"license": "SEE LICENSE IN box", "spdx": "non-standard"},
        ],
        "advisoryKeys": [],
        "links": [
            {"label": "HOMEPAGE", "url": "https://orchard.example/"},
            {"label": "ISSUE_TRACKER", "url": "https://gitlab.com/orchard/group/crate/-/issues"},
            {"label": "ORIGIN", "url": "https://toy.example/crate/2.0.0"},
            {"label": "SOURCE_REPO", "url": "git+ssh://git@github.com/Orchard/Crate.js.git"},
        ],
        "slsaProvenances": [],
        "attestations": [],
        "registries": ["https://toy.example/"],
        "relatedProjects": [
            {
                "projectKey": {"id": "gitlab.com/orchard/group/crate"},
                "relationProvenance": "UNVERIFIED_METADATA",
                "relationType": "ISSUE_TRACKER",
            },
            {
                "projectKey": {"id": "github.com/orchard/crate.js"},
                "relationProvenance": "UNVERIFIED_METADATA",
                "relationType": "SOURCE_REPO",
            },
        ],
        "upstreamIdentifiers": [{"packageName": "crate", "versionString": "2.0.0", "source": "TOY_TOY_EXAMPLE"}],
    }


async def test_an_unset_time_is_absent_and_not_null(site: Site) -> None:
    answer = await _get(site, "/v3/systems/toy/packages/crate/versions/3.0.0-rc")
    assert "publishedAt" not in answer
    assert None not in answer.values()


async def test_requirements_stand_under_the_name_of_their_system(site: Site) -> None:
    answer = await _get(site, "/v3/systems/toy/packages/crate/versions/2.0.0:requirements")
    wanted = [{"name": "apple", "requirement": "1.*"}, {"name": "pear", "requirement": "*"}]
    assert answer == {"toy": {"dependencies": wanted}}


async def test_dependencies_are_the_canonical_graph_with_relations_and_errors(site: Site) -> None:
    answer = await _get(site, "/v3/systems/toy/packages/crate/versions/2.0.0:dependencies")
    assert answer == {
        "nodes": [
            _node("crate", "2.0.0", "SELF"),
            _node("apple", "1.0.0", "DIRECT", "nothing meets nothing 9.*"),
            _node("leaf", "1.0.0", "INDIRECT"),
            _node("pear", "1.0.0", "DIRECT"),
        ],
        "edges": [
            {"fromNode": 0, "toNode": 1, "requirement": "1.*"},
            {"fromNode": 0, "toNode": 3, "requirement": "*"},
            {"fromNode": 1, "toNode": 2, "requirement": "*"},
            {"fromNode": 3, "toNode": 1, "requirement": "1.0.0"},
            {"fromNode": 3, "toNode": 2, "requirement": "1.*"},
        ],
        "error": "",
    }
    assert list(answer["nodes"][0]) == ["versionKey", "bundled", "relation", "errors"]


def _node(name: str, version: str, relation: str, *errors: str) -> dict[str, object]:
    key = {"system": "TOY", "name": name, "version": version}
    return {"versionKey": key, "bundled": False, "relation": relation, "errors": list(errors)}


@pytest.mark.parametrize("system", ["toy", "TOY", "Toy", "plaything", "PLAYTHING", "toys.example"])
async def test_a_system_has_many_names(site: Site, system: str) -> None:
    answer = await _get(site, f"/v3/systems/{system}/packages/leaf")
    assert answer["packageKey"]["system"] == "TOY"


async def test_the_answer_carries_the_canonical_name(site: Site) -> None:
    assert (await _get(site, "/v3/systems/toy/packages/LEAF"))["packageKey"]["name"] == "leaf"


# The same release, as several clients write it.
@pytest.mark.parametrize(
    "path",
    [
        "/v3alpha/systems/TOY/packages/@colors%2Fcolors/versions/1.5.0",
        "/v3alpha/systems/TOY/packages/%40colors%2Fcolors/versions/1.5.0",
        "/v3alpha/systems/TOY/packages/%40colors%2fcolors/versions/1%2E5%2E0",
        "/v3alpha/systems/TOY/packages/@colors/colors/versions/1.5.0",
        "//v3alpha/systems/toy/packages/@colors/colors/versions/1.5.0",
        "/r/team/v3alpha/systems/TOY/packages/@colors%2Fcolors/versions/1.5.0",
        "/@2030-01-01/v3/systems/TOY/packages/@colors%2Fcolors/versions/1.5.0/",
    ],
)
async def test_a_name_with_a_slash_is_understood_in_every_spelling(site: Site, path: str) -> None:
    assert (await _get(site, path))["versionKey"] == {"system": "TOY", "name": "@colors/colors", "version": "1.5.0"}


async def test_a_verb_follows_a_name_with_a_slash(site: Site) -> None:
    answer = await _get(site, "/v3alpha/systems/TOY/packages/@colors%2Fcolors/versions/1.5.0:dependencies")
    assert [node["versionKey"]["name"] for node in answer["nodes"]] == ["@colors/colors"]
    raw = await _get(site, "/v3alpha/systems/TOY/packages/@colors/colors/versions/1.5.0:dependencies")
    assert raw == answer


@pytest.mark.parametrize("colon", [":", "%3A", "%3a"])
async def test_a_colon_in_a_name_is_no_verb(site: Site, colon: str) -> None:
    name = f"org.apache.logging.log4j{colon}log4j-core"
    answer = await _get(site, f"/v3alpha/systems/TOY/packages/{name}/versions/2.20.0")
    assert answer["versionKey"]["name"] == "org.apache.logging.log4j:log4j-core"
    assert (await _get(site, f"/v3/systems/TOY/packages/{name}"))["packageKey"] == {
        "system": "TOY",
        "name": "org.apache.logging.log4j:log4j-core",
    }


async def test_an_encoded_colon_never_begins_a_verb(site: Site) -> None:
    path = "/v3/systems/toy/packages/odd:dependencies/versions/1.0.0"
    assert (await _get(site, f"{path}%3Arequirements"))["versionKey"]["version"] == "1.0.0:requirements"
    assert "toy" in await _get(site, f"{path}:requirements")
    assert "toy" in await _get(site, f"{path}%3Arequirements:requirements")


async def test_verbs_of_versions_are_none_of_packages(site: Site) -> None:
    answer = await _get(site, "/v3/systems/toy/packages/odd:dependencies")
    assert answer["packageKey"]["name"] == "odd:dependencies"


@pytest.mark.parametrize("plus", ["+", "%2B"])
async def test_a_plus_is_a_plus(site: Site, plus: str) -> None:
    path = f"/v3/systems/toy/packages/github.com%2Fuser%2Frepo/versions/v2.0.0{plus}incompatible"
    assert (await _get(site, path))["versionKey"]["version"] == "v2.0.0+incompatible"


async def test_a_package_called_versions_is_found(site: Site) -> None:
    assert (await _get(site, "/v3/systems/toy/packages/versions"))["packageKey"]["name"] == "versions"
    found = await _get(site, "/v3/systems/toy/packages/versions/versions/1.0.0")
    assert found["versionKey"]["name"] == "versions"
    assert (await _get(site, "/v3/systems/toy/packages/@x/versions"))["packageKey"]["name"] == "@x/versions"
    found = await _get(site, "/v3/systems/toy/packages/@x/versions/versions/versions")
    assert (found["versionKey"]["name"], found["versionKey"]["version"]) == ("@x/versions", "versions")


@pytest.mark.parametrize(
    ("path", "status", "text", "code"),
    [
        ("systems/toy/packages/none", 404, "package not found", 5),
        ("systems/toy/packages/none/versions/1", 404, "package not found", 5),
        ("systems/toy/packages/leaf/versions/9", 404, "version not found", 5),
        ("systems/toy/packages/leaf/versions/9:requirements", 404, "version not found", 5),
        ("systems/toy/packages/leaf/versions/9:dependencies", 404, "version not found", 5),
        ("systems/unknown/packages/leaf", 404, "system not found (known here: TOY)", 5),
        ("systems/toy/packages/_bad", 400, "this is not the name of a toy", 3),
        ("systems/toy/packages/leaf/versions/1.0.0:capabilities", 404, "capabilities not found", 5),
        ("systems/toy/packages", 404, "there is nothing at this address", 5),
        ("systems/toy", 404, "there is nothing at this address", 5),
        ("", 404, "there is nothing at this address", 5),
        ("queries", 404, "there is nothing at this address", 5),
        ("systems/toy/packages/behind", 503, "toy.example does not answer", 14),
    ],
)
async def test_an_error_is_a_line_of_text_with_its_grpc_status(
    site: Site, path: str, status: int, text: str, code: int
) -> None:
    reply = await call(site, f"/v3alpha/{path}")
    assert (reply.status, reply.text) == (status, text)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["grpc-status"] == str(code)


def _kind(reply: Reply) -> str:
    return reply.headers["content-type"].partition(";")[0]


async def test_an_error_is_json_only_for_who_reads_nothing_else(site: Site) -> None:
    path = "/v3/systems/toy/packages/none"
    reply = await call(site, path, headers={"accept": "application/json"})
    assert json.loads(reply.body) == {"code": 5, "message": "package not found", "details": []}
    assert (reply.status, reply.headers["vary"]) == (404, "Accept")
    for accept in ("*/*", "application/json, text/plain, */*", "text/html", "application/json, */*;q=0.5"):
        assert _kind(await call(site, path, headers={"accept": accept})) == "text/plain"


async def test_a_name_that_is_no_ascii_is_escaped_in_headers(site: Site) -> None:
    reply = await call(site, "/v3/systems/toy/packages/leaf/versions/1:%C3%A9")
    assert reply.status == 404
    assert reply.headers["grpc-message"] == "version not found"


async def test_only_reading_is_possible(site: Site) -> None:
    reply = await call(site, "/v3/systems/toy/packages/leaf", method="POST")
    assert (reply.status, reply.headers["grpc-status"]) == (405, "12")
    head = await call(site, "/v3/systems/toy/packages/leaf", method="HEAD")
    assert (head.status, head.body) == (200, b"")


async def test_an_answer_can_be_compared_and_is_compressed_when_large(site: Site) -> None:
    path = "/v3alpha/systems/toy/packages/crate/versions/2.0.0"
    plain = await call(site, path)
    packed = await call(site, path, headers={"accept-encoding": "gzip"})
    assert len(plain.body) > 1024
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.headers["vary"] == "Accept-Encoding"
    assert plain.headers["cache-control"] == "no-cache"
    again = await call(site, path, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    small = await call(site, "/v3/systems/toy/packages/leaf", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers
