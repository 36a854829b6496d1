"""What a client gets at the door."""

import hashlib
import json

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.pub import ECOSYSTEM, build_mount
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.ecosystems.pub.test_index import PAD, document, entry

pytestmark = pytest.mark.anyio

ARCHIVE = b"an archive"
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()
PACKAGE = "https://pub.example/api/packages/pad"


def _deny(version: str) -> Deny:
    def matches(key: PackageKey, found: str) -> bool:
        return key == PAD and found == version

    return Deny((Denied(f"pub/pad@{version}", matches),))


def _server(*rules: Deny | MinimumAge, **more: MemoryAnswer) -> Assembled:
    body = document(
        entry("1.0.0", archive_sha256=SHA256, published="2025-12-01T00:00:00Z"),
        entry("1.1.0", archive_sha256=SHA256, published="2025-12-31T23:00:00Z"),
    )
    answers: dict[str, MemoryAnswer] = {
        PACKAGE: body,
        "https://pub.example/api/archives/pad-1.0.0.tar.gz": ARCHIVE,
        "https://pub.example/api/archives/pad-1.1.0.tar.gz": ARCHIVE,
    }
    answers |= {f"https://pub.example/api/{path}": answer for path, answer in more.items()}
    return Assembled(ECOSYSTEM, build_mount, answers, [UpstreamRegistry("pub", "pub", "https://pub.example")], rules)


async def test_a_package_names_archives_at_our_address_and_they_are_upstreams_bytes() -> None:
    server = _server()
    reply = await server.get("/pub/api/packages/pad", {"accept": "application/vnd.pub.v2+json"})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/vnd.pub.v2+json")
    found = json.loads(reply.body)
    for each in found["versions"]:
        assert each["archive_url"] == f"http://packhouse.example/pub/api/archives/pad-{each['version']}.tar.gz"
        archive = await server.get(each["archive_url"].removeprefix("http://packhouse.example"))
        assert (archive.status, archive.body) == (200, ARCHIVE)
        assert "x-goog-hash" not in archive.headers
    assert (await server.get("/pub/api/packages/pad", {"if-none-match": reply.headers["etag"]})).status == 304


async def test_older_addresses_are_answered_too() -> None:
    server = _server()
    release = json.loads((await server.get("/pub/api/packages/pad/versions/1.0.0")).body)
    assert release["archive_url"].startswith("http://packhouse.example/pub/")
    assert (await server.get("/pub/packages/pad/versions/1.0.0.tar.gz")).body == ARCHIVE
    assert (await server.get("/pub/api/packages/pad/versions/1.0.0.tar.gz")).body == ARCHIVE
    assert (await server.get("/pub/api/packages/pad/versions/9.0.0")).status == 404


async def test_a_refused_release_is_nowhere() -> None:
    server = _server(_deny("1.1.0"))
    found = json.loads((await server.get("/pub/api/packages/pad")).body)
    assert ([each["version"] for each in found["versions"]], found["latest"]["version"]) == (["1.0.0"], "1.0.0")
    assert (await server.get("/pub/api/packages/pad/versions/1.1.0")).status == 404
    reply = await server.get("/pub/api/archives/pad-1.1.0.tar.gz")
    assert reply.status == 403
    assert "refused" in json.loads(reply.body)["error"]["message"]


async def test_the_publish_date_counts_for_the_minimum_age() -> None:
    server = _server(MinimumAge(3 * 3_600_000, lambda _: False))
    found = json.loads((await server.get("/pub/api/packages/pad")).body)
    assert [each["version"] for each in found["versions"]] == ["1.0.0"]
    server.now = Moment(START + 2 * 3_600_000)
    found = json.loads((await server.get("/pub/api/packages/pad")).body)
    assert [each["version"] for each in found["versions"]] == ["1.0.0", "1.1.0"]


async def test_errors_are_worded_for_the_client_and_an_upstream_that_is_down_is_not_a_missing_package() -> None:
    server = _server()
    reply = await server.get("/pub/api/packages/absent")
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (404, "NotFound")
    server.upstream.answers["https://pub.example/api/packages/broken"] = UpstreamDown("pub.example does not answer")
    assert (await server.get("/pub/api/packages/broken")).status == 503
    assert (await server.get("/pub/api/packages/9lives")).status == 400


async def test_everything_that_was_asked_for_is_there_while_the_upstream_is_off() -> None:
    server = _server()
    await server.get("/pub/api/packages/pad")
    await server.get("/pub/api/archives/pad-1.0.0.tar.gz")
    server.off.add("pub")
    server.now = Moment(START + 10**9)
    assert (await server.get("/pub/api/packages/pad")).status == 200
    assert (await server.get("/pub/api/archives/pad-1.0.0.tar.gz")).body == ARCHIVE


async def test_further_documents_are_passed_on() -> None:
    score, advisories = b'{"grantedPoints": 1,  "x":2}', b'{"advisories":[],"advisoriesUpdated":"2026"}'
    server = _server(**{"packages/pad/score": score, "packages/pad/advisories": advisories})
    assert (await server.get("/pub/api/packages/pad/score")).body == score
    assert (await server.get("/pub/api/packages/pad/advisories")).body == advisories
    assert (await server.get("/pub/api/packages/pad/publisher")).status == 404


async def test_the_list_of_all_names_leads_on_at_our_address() -> None:
    names = b'{"packages":["a","b"],  "nextUrl":"https://pub.example/api/package-names?page=1"}'
    server = _server(**{"package-names": names, "package-names?page=1": b'{"packages":["c"],"nextUrl":null}'})
    first = json.loads((await server.get("/pub/api/package-names")).body)
    assert first == {"packages": ["a", "b"], "nextUrl": "http://packhouse.example/pub/api/package-names?page=1"}
    following = first["nextUrl"].removeprefix("http://packhouse.example")
    assert json.loads((await server.get(following)).body)["packages"] == ["c"]
    assert (await server.get("/pub/api/package-names?page=x")).status == 400


async def test_search_asks_the_registry_and_answers_of_what_is_known_while_it_is_off() -> None:
    server = _server(**{"search?q=pad&page=1": b'{"packages":[{"package":"pad"},{"package":"padding"}]}'})
    found = json.loads((await server.get("/pub/api/search?q=pad")).body)
    assert found == {"packages": [{"package": "pad"}, {"package": "padding"}]}
    await server.get("/pub/api/packages/pad")
    server.off.add("pub")
    assert json.loads((await server.get("/pub/api/search?q=pad&page=1")).body)["packages"][0] == {"package": "pad"}


async def test_the_registry_tells_downloads_publisher_and_the_publishers_packages() -> None:
    pages = {
        f"search?q=publisher%3Apad.example&page={page + 1}": json.dumps(
            {"packages": [{"package": f"p{page}_{n}"} for n in range(10)], "next": "more"}
        ).encode()
        for page in range(3)
    }
    server = _server(
        **{
            "packages/pad/score": b'{"downloadCount30Days": 7}',
            "packages/pad/publisher": b'{"publisherId":"pad.example"}',
        },
        **pages,
    )
    insights = server.services.insights
    assert (await insights.downloads(View(), PAD)).value.counts == {"last-month": 7}
    (owner,) = (await insights.owners(View(), PAD)).value
    assert (owner.login, owner.kind) == ("pad.example", "organization")
    hits = (await insights.packages_of(View(), "pad.example", 15, 10)).value.hits
    assert [hit.name for hit in hits] == [f"p1_{n}" for n in range(5, 10)] + [f"p2_{n}" for n in range(5)]


async def test_a_server_draws_the_graph_of_a_release() -> None:
    graph = await _server().services.resolver.resolve(View(), PAD, "1.0.0", {"dart": "3.1.0"})
    assert [(node.package, node.version) for node in graph.nodes] == [(PAD, "1.0.0")]
