"""What composer gets at the door."""

import hashlib
import json
import tarfile
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamBad, UpstreamDown
from packhouse.domain.index import BASE
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.composer import ECOSYSTEM, build_mount
from packhouse.ecosystems.composer.index import INDEX
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.shared import shared_path

pytestmark = pytest.mark.anyio

PAD = PackageKey("composer", NormalName("acme/pad"))
ROOT = "https://php.example/packages.json"
RECORDED = "dependabot/dependabot-core/composer/spec/fixtures/packagist_responses/monolog--monolog.json"


def _dist(version: str, shasum: str = "") -> dict[str, str]:
    return {"type": "zip", "url": f"https://zips.example/{version}", "reference": f"{version}-ref", "shasum": shasum}


SHA1 = hashlib.sha1(b"zip 1.0.0", usedforsecurity=False).hexdigest()
MINIFIED: list[dict[str, Any]] = [
    {
        "name": "acme/pad",
        "version": "1.1.0",
        "version_normalized": "1.1.0.0",
        "description": "Pads",
        "license": ["MIT"],
        "require": {"php": ">=8.1", "psr/log": "^3"},
        "require-dev": {"phpunit/phpunit": "^10"},
        "homepage": "https://pad.example",
        "support": {"source": "https://code.example/pad", "issues": "https://code.example/pad/issues"},
        "source": {"type": "git", "url": "https://code.example/pad.git", "reference": "abc"},
        "authors": [{"name": "Ann", "email": "ann@pad.example"}],
        "dist": _dist("1.1.0"),
        "time": "2025-12-31T23:00:00+00:00",
        "abandoned": "acme/quilt",
    },
    {
        "version": "1.0.0",
        "version_normalized": "1.0.0.0",
        "dist": _dist("1.0.0", SHA1),
        "time": "2020-01-01T00:00:00+00:00",
    },
    {"version": "0.9.0-beta1", "version_normalized": "0.9.0.0-beta1", "license": "__unset", "dist": _dist("0.9.0")},
]
BRANCHES = [{"name": "acme/pad", "version": "dev-main", "dist": _dist("main"), "time": "2020-01-01T00:00:00+00:00"}]


def _server(*rules: Rule, root: object = None, **more: MemoryAnswer) -> Assembled:
    root = root if root is not None else {"metadata-url": "/p2/%package%.json"}
    document = {"minified": "composer/2.0", "packages": {"acme/pad": MINIFIED}, "security-advisories": []}
    modified = UpstreamAnswer(
        200, json.dumps(document).encode(), None, "Thu, 01 Jan 2026 00:00:00 GMT", "application/json"
    )
    answers: dict[str, MemoryAnswer] = {
        ROOT: json.dumps(root).encode(),
        "https://php.example/p2/acme/pad.json": modified,
        "https://php.example/p2/acme/pad~dev.json": json.dumps({"packages": {"acme/pad": BRANCHES}}).encode(),
    }
    answers |= {f"https://zips.example/{version}": f"zip {version}".encode() for version in ("1.1.0", "1.0.0", "main")}
    answers |= {f"https://php.example/{path}": body for path, body in more.items()}
    registry = UpstreamRegistry("php", "composer", "https://php.example", urls={"api": "https://site.example"})
    return Assembled(ECOSYSTEM, build_mount, answers, [registry], rules)


async def _package(server: Assembled, name: str = "acme/pad") -> list[dict[str, Any]]:
    reply = await server.get(f"/composer/p2/{name}.json")
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = json.loads(reply.body)["packages"]["acme/pad"]
    return found


def _deny(*versions: str) -> Deny:
    def matches(key: PackageKey, version: str) -> bool:
        return key == PAD and version in versions

    return Deny((Denied("composer/acme/pad", matches),))


async def test_the_root_names_nothing_but_our_addresses() -> None:
    root = json.loads((await _server().get("/composer/packages.json")).body)
    assert root["metadata-url"] == "http://packhouse.example/composer/p2/%package%.json"
    assert "https://" not in json.dumps(root)


async def test_the_minified_form_is_expanded_and_archives_are_at_our_address() -> None:
    server = _server()
    newest, older, beta = await _package(server)
    assert (older["require"], older["license"], older["name"]) == (newest["require"], ["MIT"], "acme/pad")
    assert "license" not in beta
    for release, body in ((newest, b"zip 1.1.0"), (older, b"zip 1.0.0")):
        url = release["dist"]["url"]
        assert url.startswith("http://packhouse.example/composer/dist/acme/pad/")
        assert (await server.get(url.removeprefix("http://packhouse.example"))).body == body
        assert release["dist"]["reference"] == f"{release['version']}-ref"


async def test_fields_that_nobody_knows_survive_in_their_own_bytes() -> None:
    body = json.dumps({"minified": "composer/2.0", "packages": {"acme/pad": MINIFIED}})
    body = body.replace('"description"', '"future":  [1.50], "description"', 1).replace(
        '"packages"', '"new":  {"x" : 1}, "packages"', 1
    )
    index = INDEX.split(PAD, body.encode())
    joined = INDEX.forms["package"].join(index, index.fragments)
    assert joined.count(b"[1.50]") == 3
    assert b'{"x" : 1}' in joined


async def test_a_recorded_document_means_the_same_after_it() -> None:
    with tarfile.open(shared_path("data", "fixtures", "dependabot-registry.tar.xz")) as archive:
        file = archive.extractfile(RECORDED)
        assert file is not None
        document = json.load(file)
    name, releases = next(iter(document["packages"].items()))
    releases = list(releases.values()) if isinstance(releases, dict) else releases
    key = PackageKey("composer", NormalName(name))
    index = INDEX.split(key, json.dumps({"packages": {name: releases}}).encode())
    joined = json.loads(INDEX.forms["package"].join(index, index.fragments).replace(BASE, b""))["packages"][name]
    assert len(joined) == len(releases) > 10
    for ours, theirs in zip(joined, releases, strict=True):
        assert {**ours, "dist": None, "source": None} == {**theirs, "dist": None, "source": None}
        assert "source" not in ours
    record = INDEX.describe(key, index)
    assert len(record.versions) == len(releases)
    assert record.release(len(releases) - 1).licences[0].spdx == "MIT"


async def test_documents_are_compared_by_their_date() -> None:
    server = _server()
    reply = await server.get("/composer/p2/acme/pad.json")
    since = {"if-modified-since": reply.headers["last-modified"]}
    assert (await server.get("/composer/p2/acme/pad.json", since)).status == 304
    server.now = Moment(START + 400_000)
    await server.get("/composer/p2/acme/pad.json")
    assert server.upstream.requests[-1][1].last_modified == "Thu, 01 Jan 2026 00:00:00 GMT"


async def test_branches_are_a_document_of_their_own_with_archives_of_their_own() -> None:
    server = _server()
    (branch,) = await _package(server, "acme/pad~dev")
    assert branch["version"] == "dev-main"
    assert (await server.get(branch["dist"]["url"].removeprefix("http://packhouse.example"))).body == b"zip main"


async def test_a_refused_release_takes_nothing_along_that_others_have_from_it() -> None:
    server = _server()
    url = (await _package(server))[0]["dist"]["url"].removeprefix("http://packhouse.example")
    server = _server(_deny("1.1.0"))
    older, _ = await _package(server)
    assert (older["version"], older["require"]) == ("1.0.0", {"php": ">=8.1", "psr/log": "^3"})
    assert (await server.get(url)).status == 403


async def test_a_rule_about_a_package_holds_for_its_branches_too() -> None:
    server = _server(Deny((Denied("composer/acme/pad", lambda key, _: ECOSYSTEM.identity(key.name) == "acme/pad"),)))
    assert (await server.get("/composer/p2/acme/pad~dev.json")).status == 403
    claimed = UpstreamRegistry("mine", "composer", "https://mine.example", packages=("acme/pad",))
    server = Assembled(
        ECOSYSTEM, build_mount, {}, [UpstreamRegistry("php", "composer", "https://php.example"), claimed]
    )
    assert (await server.get("/composer/p2/acme/pad~dev.json")).status == 502
    assert {url.split("/")[2] for url in server.asked()} == {"mine.example"}


async def test_no_release_names_a_place_to_clone_it_from() -> None:
    assert all("source" not in release for release in await _package(_server()))


async def test_a_release_that_is_too_young_is_left_out() -> None:
    server = _server(MinimumAge(72 * 3_600_000, lambda _: False))
    assert [release["version"] for release in await _package(server)] == ["1.0.0", "0.9.0-beta1"]


async def test_an_archive_is_held_to_its_digest_or_to_its_first_download() -> None:
    server = _server()
    newest, older, _ = await _package(server)
    server.upstream.answers["https://zips.example/1.0.0"] = b"forged"
    assert (await server.get(older["dist"]["url"].removeprefix("http://packhouse.example"))).status == 502
    path = newest["dist"]["url"].removeprefix("http://packhouse.example")
    assert (await server.get(path)).status == 200
    server.blobs.files.clear()
    server.upstream.answers["https://zips.example/1.1.0"] = b"packed anew"
    assert (await server.get(path)).status == 502


async def test_small_repositories_have_their_packages_in_the_root_or_in_what_it_includes() -> None:
    inline = {"packages": {"acme/pad": {"1.0.0": {**MINIFIED[0], **MINIFIED[1]}, "dev-main": BRANCHES[0]}}}
    assert [each["version"] for each in await _package(_server(root=inline))] == ["1.0.0"]
    assert [each["version"] for each in await _package(_server(root=inline), "acme/pad~dev")] == ["dev-main"]
    included = _server(
        root={"includes": {"include/all.json": {"sha1": "x"}}}, **{"include/all.json": json.dumps(inline).encode()}
    )
    assert [each["version"] for each in await _package(included)] == ["1.0.0"]


async def test_a_repository_that_lists_what_it_has_is_not_asked_for_more() -> None:
    server = _server(root={"metadata-url": "/p2/%package%.json", "available-packages": ["other/thing"]})
    assert (await server.get("/composer/p2/acme/pad.json")).status == 404
    assert server.asked() == [ROOT]


async def test_advisories_and_notifications_are_answered_as_the_client_needs_them() -> None:
    server = _server()
    assert json.loads((await server.get("/composer/security-advisories", method="POST")).body) == {"advisories": {}}
    assert (await server.get("/composer/downloads", method="POST")).status == 200
    assert server.asked() == []


async def test_an_upstream_that_is_down_is_no_missing_package() -> None:
    server = _server()
    assert (await server.get("/composer/p2/acme/absent.json")).status == 404
    server.upstream.answers["https://php.example/p2/acme/broken.json"] = UpstreamDown("php.example does not answer")
    assert (await server.get("/composer/p2/acme/broken.json")).status == 503
    assert (await server.get("/composer/p2/Acme/x.txt")).status == 404


async def test_everything_that_was_asked_for_is_there_while_the_upstream_is_off() -> None:
    server = _server()
    url = (await _package(server))[0]["dist"]["url"].removeprefix("http://packhouse.example")
    await server.get(url)
    server.off.add("php")
    server.now = Moment(START + 10**9)
    assert len(await _package(server)) == 3
    assert (await server.get(url)).body == b"zip 1.1.0"


async def test_the_record_says_what_an_entry_says() -> None:
    record = await _server().services.records.get(View(), PAD)
    assert (record.versions, record.prereleases) == (("0.9.0-beta1", "1.0.0", "1.1.0"), frozenset({0}))
    release = record.release(2)
    assert (release.deprecated, release.successor) == ("abandoned, use acme/quilt instead", "acme/quilt")
    assert [(each.name, each.range, each.scope, each.kind) for each in release.requirements] == [
        ("php", ">=8.1", "system", "unknown"),
        ("psr/log", "^3", "runtime", "range"),
        ("phpunit/phpunit", "^10", "dev", "range"),
    ]
    assert release.runtimes == {"php": ">=8.1"}
    assert [link.label for link in release.links] == ["homepage", "issues", "repository"]
    assert str(record.release(1).artifacts[0].digests[0]) == f"sha1:{SHA1}"
    assert ECOSYSTEM.default_version(record) == "1.1.0"


async def test_downloads_maintainers_vendors_and_search_are_told_by_the_site() -> None:
    server = _server()
    about = {"package": {"downloads": {"total": 9, "monthly": 5, "daily": 1}, "maintainers": [{"name": "ann"}]}}
    server.upstream.answers |= {
        "https://site.example/packages/acme/pad.json": json.dumps(about).encode(),
        "https://site.example/packages/list.json?vendor=acme": b'{"packageNames":["acme/pad","acme/quilt"]}',
    }
    found_by_site = b'{"results":[{"name":"acme/pad","downloads":9}],"total":1}'
    server.upstream.answers["https://site.example/search.json?q=pad&per_page=15&page=1"] = found_by_site
    insights = server.services.insights
    assert (await insights.downloads(View(), PAD)).value.counts == {"last-month": 5, "last-day": 1, "total": 9}
    assert [owner.login for owner in (await insights.owners(View(), PAD)).value] == ["ann"]
    assert (await insights.packages_of(View(), "acme", 1, 5)).value.hits[0].name == "acme/quilt"
    found = json.loads((await server.get("/composer/search.json?q=pad")).body)
    assert (found["total"], found["results"][0]["name"]) == (1, "acme/pad")
    await _package(server)
    server.off.add("php")
    found = json.loads((await server.get("/composer/search.json?q=pads")).body)
    assert [each["name"] for each in found["results"]] == ["acme/pad"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\0", b'{"packages":[]}', b'{"packages":{"other/x":[]}}', b'{"packages":{"acme/pad":[{}]}}',
     b'{"packages":{"acme/pad":[{"version":""}]}}', b'{"packages":' + b"[" * 100_000],
)  # fmt: skip
async def test_a_document_that_is_none_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        INDEX.split(PAD, body)
