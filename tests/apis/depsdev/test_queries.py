"""Releases by name, by the hash of a file, and by package URL; what speaks against them."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.list_messages import QueryResult
from packhouse.apis.depsdev.question_messages import Hash, QueryRequest
from packhouse.domain.digest import Digest
from packhouse.domain.package import Moment
from packhouse.domain.release import Artifact, Release
from packhouse.domain.view import View
from packhouse.http.site import Site
from packhouse.policy.similarity import KnownName
from packhouse.services.name_ports import NameEntry
from packhouse.services.ports import StoredArtifact
from tests.apis.depsdev.conftest import site_over
from tests.apis.universe import NOW, UPSTREAM, record, services_of
from tests.asgi import Reply, call
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

_DAY = 86_400_000


def _sha(algorithm: str, text: str) -> bytes:
    return hashlib.new(algorithm, text.encode()).digest()


def _file(name: str, text: str, *algorithms: str) -> Artifact:
    digests = tuple(Digest(each, _sha(each, text).hex()) for each in algorithms)
    return Artifact(f"{name}.tgz", f"/files/{name}.tgz", digests)


RECORDS = (
    record(
        "press",
        [
            Release("1.0.0", Moment(NOW - 90 * _DAY), artifacts=(_file("press-1", "one", "sha1", "sha512"),)),
            Release("2.0.0", Moment(NOW - 9 * _DAY), artifacts=(_file("press-2", "two", "sha1"),)),
            Release("3.0.0", Moment(NOW - _DAY), artifacts=(_file("press-3", "three", "sha1"),)),
        ],
    ),
    record("copy", [Release("1.0.0", NOW, artifacts=(_file("copy-1", "one", "sha1"),))]),
    record("old", [Release("1.0.0", NOW, deprecated="use press"), Release("1.1.0", NOW, yanked="")]),
)


@pytest.fixture
async def site() -> Site:
    services = await services_of(RECORDS)
    store: Any = services.events
    digests = tuple(Digest(each, _sha(each, "two").hex()) for each in ("md5", "sha1", "sha256", "sha512"))
    stored = StoredArtifact("press-2.tgz", "2.0.0", digests[2], 3, digests, NOW)
    await store.write_artifact(UPSTREAM.origin, RECORDS[0].key, stored)
    return site_over(Insights({"toy": services}, Behind(digests=store), cooldown_ms=3 * _DAY))


async def _query(site: Site, edition: str = "v3alpha", **fields: str) -> Reply:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return await call(site, f"/{edition}/query?{urlencode(named)}")


def _found(reply: Reply) -> list[tuple[str, str]]:
    assert reply.status == 200, reply.text
    keys = [each["version"]["versionKey"] for each in json.loads(reply.text)["results"]]
    return [(key["name"], key["version"]) for key in keys]


async def test_a_hash_finds_every_release_with_such_a_file_and_tells_its_address(site: Site) -> None:
    reply = await _query(site, hash__type="SHA1", hash__value=b64encode(_sha("sha1", "one")).decode())
    assert _found(reply) == [("copy", "1.0.0"), ("press", "1.0.0")]
    assert json.loads(reply.text)["results"][1]["artifacts"] == [{"url": "https://toy.example/files/press-1.tgz"}]


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
async def test_a_file_that_we_have_is_found_by_every_kind_of_hash(site: Site, algorithm: str) -> None:
    value = b64encode(_sha(algorithm, "two")).decode()
    assert _found(await _query(site, hash__type=algorithm.upper(), hash__value=value)) == [("press", "2.0.0")]


@pytest.mark.parametrize(
    "write",
    [
        lambda raw: b64encode(raw).decode(),
        lambda raw: urlsafe_b64encode(raw).decode(),
        lambda raw: b64encode(raw).decode().rstrip("="),
        lambda raw: b64encode(raw.hex().encode()).decode(),
        lambda raw: b64encode(raw).decode().replace("+", " "),
        lambda raw: quote(b64encode(raw).decode(), safe=""),
    ],
    ids=["base64", "for addresses", "without padding", "of hexadecimal text", "with spaces", "encoded twice"],
)
async def test_a_hash_may_be_written_as_clients_write_it(site: Site, write: Any) -> None:  # noqa: ANN401
    for kind in ("SHA512", "sha512", "SHA-512"):
        assert _found(await _query(site, hash__type=kind, hash__value=write(_sha("sha512", "one")))) == [
            ("press", "1.0.0")
        ]


async def test_a_hash_and_a_name_have_to_be_met_both(site: Site) -> None:
    value = {"hash__type": "SHA1", "hash__value": b64encode(_sha("sha1", "one")).decode()}
    assert _found(await _query(site, **value, versionKey__system="TOY", versionKey__name="COPY")) == [("copy", "1.0.0")]
    assert _found(await _query(site, **value, versionKey__system="toy", versionKey__version="1.0.0")) == [
        ("copy", "1.0.0"),
        ("press", "1.0.0"),
    ]
    assert not _found(await _query(site, **value, versionKey__name="press", versionKey__version="2.0.0"))
    assert (await _query(site, **value, versionKey__system="go")).status == 404


async def test_a_hash_that_nothing_has_finds_nothing(site: Site) -> None:
    assert not _found(await _query(site, hash__type="SHA1", hash__value=b64encode(b"\0" * 20).decode()))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("SHA1", "AAAA"), ("SHA3", "AAAA"), ("", "AAAA"), ("SHA1", ""), ("SHA1", "ä"), ("SHA1", "A"), ("MD5", "%%%")],
)
async def test_a_hash_that_is_none_is_refused(site: Site, kind: str, value: str) -> None:
    assert (await _query(site, hash__type=kind, hash__value=value)).status == 400


async def test_a_name_finds_its_releases_newest_first(site: Site) -> None:
    assert _found(await _query(site, versionKey__system="TOY", versionKey__name="press")) == [
        ("press", "3.0.0"),
        ("press", "2.0.0"),
        ("press", "1.0.0"),
    ]
    assert _found(await _query(site, version_key__name="press", version_key__version="2.0.0")) == [("press", "2.0.0")]
    assert not _found(await _query(site, versionKey__name="nothing"))
    assert (await _query(site)).status == 400
    assert (await _query(site, versionKey__system="TOY")).status == 400


async def test_v3_tells_no_artifacts_and_none_of_the_fields_that_it_has_not(site: Site) -> None:
    found = json.loads((await _query(site, "v3", versionKey__name="copy")).text)
    assert found["results"][0].keys() == {"version"}
    assert "purl" not in found["results"][0]["version"]


async def test_a_package_url_means_a_package_or_a_release(site: Site) -> None:
    for path in ("pkg%3Atoy%2Fpress%402.0.0", "pkg:toy%2Fpress@2.0.0", "pkg:toy/press@2.0.0"):
        reply = await call(site, f"/v3alpha/purl/{path}")
        answer = json.loads(reply.text)
        assert list(answer) == ["version"]
        assert answer["version"]["versionKey"] == {"system": "TOY", "name": "press", "version": "2.0.0"}
    package = json.loads((await call(site, "/v3alpha/purl/pkg%3Atoy%2Fpress")).text)
    assert list(package) == ["package"]
    assert len(package["package"]["versions"]) == 3


@pytest.mark.parametrize(
    ("purl", "status"),
    [
        ("pkg:toy/press@9", 404),
        ("pkg:toy/none", 404),
        ("pkg:npm/press", 404),
        ("pkg:plaything/press", 404),
        ("press", 400),
        ("pkg:toy", 400),
        ("pkg:toy/press@2.0.0?a=b", 400),
        ("pkg:toy/press@2.0.0#a/b", 400),
    ],
)
async def test_a_package_url_that_leads_nowhere_is_explained(site: Site, purl: str, status: int) -> None:
    reply = await call(site, f"/v3alpha/purl/{quote(purl, safe='')}")
    assert (reply.status, bool(reply.text)) == (status, True)


async def _findings(site: Site, path: str) -> Any:  # noqa: ANN401 (any JSON)
    reply = await call(site, f"/v3alpha/systems/TOY/packages/{path}:findings")
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


async def test_nothing_speaks_against_a_release_that_is_old_enough(site: Site) -> None:
    found = await _findings(site, "press/versions/1.0.0")
    assert found["versionKey"] == {"system": "TOY", "name": "press", "version": "1.0.0"}
    assert found["requestedVersion"]["findings"] == []
    assert found["packageFindings"] == []


async def test_what_does_not_exist_is_a_finding_and_no_error(site: Site) -> None:
    package = await _findings(site, "nothing")
    assert package == {
        "packageKey": {"system": "TOY", "name": "nothing"},
        "recommendedVersions": [],
        "packageFindings": [{"type": "NOT_FOUND", "risk": "RISK_HIGH"}],
    }
    version = await _findings(site, "press/versions/7")
    assert [each["type"] for each in version["requestedVersion"]["findings"]] == ["NOT_FOUND"]


async def test_a_young_release_cools_down_and_the_newest_that_does_not_is_recommended(site: Site) -> None:
    found = await _findings(site, "press")
    default = found["defaultVersion"]
    assert (default["versionKey"]["version"], default["isDefault"]) == ("3.0.0", True)
    assert default["findings"] == [
        {"type": "COOLDOWN", "risk": "RISK_MEDIUM", "cooldownContext": {"end": "2026-01-03T00:00:00Z"}}
    ]
    assert default["cooldownEnd"] == "2026-01-03T00:00:00Z"
    assert [each["versionKey"]["version"] for each in found["recommendedVersions"]] == ["2.0.0"]


async def test_a_version_says_until_when_it_cools_down_and_why(site: Site) -> None:
    found = json.loads((await call(site, "/v3alpha/systems/TOY/packages/press/versions/3.0.0")).body)
    assert found["cooldown"] == {
        "end": "2026-01-03T00:00:00Z",
        "description": "releases are not installed in the first 3 days after they were published",
    }
    assert "cooldown" not in json.loads((await call(site, "/v3/systems/TOY/packages/press/versions/3.0.0")).body)
    assert "cooldown" not in json.loads((await call(site, "/v3alpha/systems/TOY/packages/press/versions/2.0.0")).body)


async def test_a_project_that_is_given_up_says_so_itself_and_among_the_findings() -> None:
    given_up = msgspec.structs.replace(record("press", [Release("1.0.0", NOW)]), status="archived", status_reason="")
    site = site_over(Insights({"toy": await services_of([given_up])}))
    found = json.loads((await call(site, "/v3alpha/systems/TOY/packages/press/versions/1.0.0")).body)
    assert found["projectStatus"] == {"status": "archived", "reason": ""}
    assert (await _findings(site, "press"))["packageFindings"] == [
        {
            "type": "DEPRECATED",
            "risk": "RISK_MEDIUM",
            "deprecatedContext": {"reason": "the project is archived"},
        }
    ]


@pytest.mark.parametrize(("downloads", "warned"), [(None, 1), (50, 1), (900_000, 0)])
async def test_a_name_that_is_hardly_used_and_like_a_famous_one_is_a_finding(
    downloads: int | None, warned: int
) -> None:
    names = [NameEntry("toy", _listed("orchards", 50_000_000))]
    if downloads is not None:
        names.append(NameEntry("toy", _listed("orchard", downloads)))
    services = await services_of([record("orchard", [Release("1.0.0", NOW)])], names=names)
    found = await _findings(site_over(Insights({"toy": services})), "orchard")
    expected = {"type": "LOW_USAGE", "risk": "RISK_MEDIUM", "lowUsageContext": {"alternativePackages": ["orchards"]}}
    assert found["packageFindings"] == [expected] * warned


def _listed(name: str, downloads: int) -> KnownName:
    return KnownName(name, downloads, downloads.bit_length(), listed=True)


async def test_a_warning_is_a_finding_with_its_reason(site: Site) -> None:
    found = await _findings(site, "old/versions/1.0.0")
    said = found["requestedVersion"]["findings"][0]
    assert said == {"type": "DEPRECATED", "risk": "RISK_MEDIUM", "deprecatedContext": {"reason": "use press"}}
    assert found["recommendedVersions"] == []


async def test_a_hash_tells_nobody_of_a_package_that_they_may_not_see() -> None:
    server = Doors(lambda _: ())
    key = await server.publish("@acme/cider", "ada", restricted=True)
    await server.server.token("eve")
    digests = tuple(Digest(each, _sha(each, "cider").hex()) for each in ("md5", "sha1", "sha256", "sha512"))
    record_ = await server.desk.records.get(View(actor=await server.actor("ada")), key)
    filename = record_.release(0).artifacts[0].filename
    stored = StoredArtifact(filename, "1.0.0", digests[2], 5, digests, NOW)
    await server.server.store.write_artifact("hosted:default", key, stored)
    insights = Insights({"npm": server.desk}, Behind(digests=server.server.store))
    wanted = QueryRequest(Hash("SHA256", _sha("sha256", "cider")))

    async def found(view: View) -> list[str]:
        answer = await insights.methods["Query"].answer(view, wanted)
        assert isinstance(answer.message, QueryResult)
        return [each.version.version_key.name for each in answer.message.results]

    assert await found(View(actor=await server.actor("ada"))) == ["@acme/cider"]
    assert await found(View(actor=await server.actor("eve"))) == []
    assert await found(View()) == []
    assert await found(View("other", actor=await server.actor("ada"))) == []


async def test_names_that_are_one_slip_away_are_similar() -> None:
    known = [record(name, [Release("1.0.0", NOW)]) for name in ("presser", "pressor", "orchard")]
    site = site_over(Insights({"toy": await services_of(known)}))
    reply = await call(site, "/v3alpha/systems/toy/packages/Presser:similarlyNamedPackages")
    assert json.loads(reply.text) == {
        "packageKey": {"system": "TOY", "name": "presser"},
        "packages": [{"packageKey": {"system": "TOY", "name": "pressor"}}],
    }
    alone = await call(site, "/v3alpha/systems/toy/packages/orchard:similarlyNamedPackages")
    assert json.loads(alone.text)["packages"] == []
