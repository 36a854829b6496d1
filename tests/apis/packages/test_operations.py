"""What each operation answers, on a few toys."""

import json

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.insight import Downloads
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import Gathering, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.apis.packages.conftest import SILENT, TELLING, Client, failure, key, serve
from tests.apis.universe import NOW

pytestmark = pytest.mark.anyio

CRATE = {"registry": "toy", "package": "crate"}


async def test_registries_are_listed_with_every_name_and_what_they_tell(client: Client) -> None:
    (registry,) = (await client.ask("registries"))["registries"]
    assert registry == {
        "registry": "toy",
        "title": "Toy",
        "names": ["toy", "plaything", "toys.example"],
        "upstreams": ["orchard"],
        "tells": ["downloads", "owners", "packages_of", "search"],
        "periods": ["last-month", "last-week"],
    }


@pytest.mark.parametrize("name", ["toy", "TOY", "Toy", "PlayThing", " toys.EXAMPLE "])
async def test_a_registry_goes_by_any_of_its_names_and_answers_under_one(client: Client, name: str) -> None:
    found = await client.ask("package", registry=name, package="crate")
    assert found["registry"] == "toy"


async def test_a_package_is_described_by_its_latest_release(client: Client) -> None:
    found = await client.ask("package", registry="toy", package="CRATE")
    assert found == {
        "registry": "toy",
        "package": "crate",
        "purl": "pkg:toy/crate",
        "description": "Holds fruit",
        "license": "Apache-2.0 AND MIT",
        "licenses": [{"raw": "Apache 2", "spdx": "Apache-2.0"}, {"raw": "MIT", "spdx": "MIT"}],
        "homepage": "https://crate.example/",
        "repository": "https://code.example/crate",
        "links": [
            {"label": "homepage", "url": "https://crate.example/"},
            {"label": "repository", "url": "https://code.example/crate"},
        ],
        "authors": [{"name": "Ada", "email": "ada@crate.example", "url": None}],
        "maintainers": [{"name": "Grace", "email": None, "url": None}],
        "keywords": ["fruit", "box"],
        "deprecated": None,
        "successor": None,
        "yanked": None,
        "runtimes": {"hands": ">=2"},
        "latest": "2.0.0",
        "latest_prerelease": "3.0.0-a",
        "latest_published_at": "2025-12-22T00:00:00Z",
        "version_count": 5,
        "tags": {"latest": "2.0.0", "next": "3.0.0-a", "stable": "2.0.0"},
        "install": ["toy install crate@ --from http://packhouse.example/toy"],
        "page": "https://toy.example/crate/2.0.0",
        "sources": ["orchard"],
        "stale": False,
    }


async def test_a_package_as_an_editor_shows_it(client: Client) -> None:
    assert await client.ask("package", **CRATE, view="version-info") == {
        "latest": "2.0.0",
        "latest_prerelease": "3.0.0-a",
        "versions": ["3.0.0-b", "3.0.0-a", "2.0.0", "1.1.0", "1.0.0"],
        "description": "Holds fruit",
        "homepage": "https://crate.example/",
        "repository": "https://code.example/crate",
        "license": "Apache-2.0 AND MIT",
        "vulnerabilities": [],
        "deprecated": False,
        "yanked": False,
    }


async def test_a_version_tells_what_advisories_say_against_it(client: Client) -> None:
    assert (await client.ask("version", **CRATE, version="2.0.0"))["vulnerabilities"] == []
    toys = msgspec.structs.replace(TELLING, osv=("Toys",))
    services, site = await serve(toys)
    body = {
        "id": "GHSA-1",
        "modified": "2026-01-01T00:00:00Z",
        "summary": "Splinters",
        "aliases": ["CVE-1"],
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:H"}],
        "affected": [
            {
                "package": {"ecosystem": "Toys", "name": "crate"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}],
            }
        ],
    }
    assert isinstance(services.events, MemoryStore)
    await AdvisoryImport(services.events, [toys]).add("tests", [FeedRecord("1", msgspec.json.encode(body))])
    found = await Client(site).ask("version", **CRATE, version="1.0.0")
    assert found["vulnerabilities"] == [
        {
            "id": "GHSA-1",
            "aliases": ["CVE-1"],
            "severity": "critical",
            "score": 10.0,
            "description": "Splinters",
            "url": "http://packhouse.example/v1/vulns/GHSA-1",
            "fixed_versions": ["2.0.0"],
            "malicious": False,
        }
    ]
    assert (await Client(site).ask("package", **CRATE, view="version-info"))["vulnerabilities"] == []


async def test_a_package_without_a_latest_version_is_described_by_its_last_one(client: Client) -> None:
    found = await client.ask("package", registry="toy", package="wild")
    assert (found["latest"], found["latest_prerelease"], found["description"]) == (None, "0.1.0-x", "not yet")
    assert found["latest_published_at"] is None


async def test_a_latest_version_that_is_none_does_not_count(client: Client) -> None:
    found = await client.ask("package", registry="toy", package="dangling")
    assert (found["latest"], found["version_count"]) == (None, 1)
    info = await client.ask("package", registry="toy", package="dangling", view="version-info")
    assert (info["latest"], info["versions"]) == (None, ["1.0.0"])


async def test_a_package_without_versions_is_no_error(client: Client) -> None:
    found = await client.ask("package", registry="toy", package="never")
    assert (found["latest"], found["version_count"], found["license"]) == (None, 0, None)
    page = await client.ask("versions", registry="toy", package="never")
    assert (page["total"], page["pages"], page["versions"]) == (0, 0, [])


async def test_versions_stand_newest_first_with_what_is_wrong_with_them(client: Client) -> None:
    found = await client.ask("versions", **CRATE)
    assert [each["version"] for each in found["versions"]] == ["3.0.0-b", "3.0.0-a", "2.0.0", "1.1.0", "1.0.0"]
    by_version = {each.pop("version"): each for each in found["versions"]}
    nothing: dict[str, object] = {"latest": False, "prerelease": False, "deprecated": None, "yanked": None, "tags": []}
    assert by_version["1.0.0"] == nothing | {"published_at": "2025-12-02T00:00:00Z", "deprecated": "use 2"}
    assert by_version["1.1.0"]["yanked"] == "leaks"
    assert by_version["2.0.0"]["latest"] is True
    assert by_version["2.0.0"]["tags"] == ["latest", "stable"]
    assert (by_version["3.0.0-b"]["prerelease"], by_version["3.0.0-b"]["yanked"]) == (True, "")


@pytest.mark.parametrize(
    ("page", "page_size", "used", "pages", "first", "count"),
    [
        (1, 50, 50, 12, "1.0.599", 50),
        (2, 50, 50, 12, "1.0.549", 50),
        (3, 250, 250, 3, "1.0.99", 100),
        (1, 251, 250, 3, "1.0.599", 250),
        (1, 10**15, 250, 3, "1.0.599", 250),
        (600, 1, 1, 600, "1.0.0", 1),
        (601, 1, 1, 600, None, 0),
        (2**53 - 1, 250, 250, 3, None, 0),
    ],
)
async def test_versions_come_in_pages_from_1_of_250_at_most(
    client: Client, page: int, page_size: int, used: int, pages: int, first: str | None, count: int
) -> None:
    found = await client.ask("versions", registry="toy", package="many", page=page, page_size=page_size)
    assert (found["page"], found["page_size"], found["pages"], found["total"]) == (page, used, pages, 600)
    assert len(found["versions"]) == count
    assert (found["versions"][0]["version"] if count else None) == first


async def test_a_page_has_50_versions_unless_asked_otherwise(client: Client) -> None:
    found = await client.ask("versions", registry="toy", package="many")
    assert (found["page"], found["page_size"], len(found["versions"])) == (1, 50, 50)


async def test_a_version_is_told_in_full(client: Client) -> None:
    found = await client.ask("version", **CRATE, version="2.0.0")
    assert found["purl"] == "pkg:toy/crate@2.0.0"
    assert (found["latest"], found["prerelease"], found["tags"]) == (True, False, ["latest", "stable"])
    assert found["files"] == [
        {
            "filename": "crate-2.0.0.zip",
            "kind": "archive",
            "size_bytes": 1234,
            "digests": {"sha256": "ab" * 32},
            "published_at": "2025-12-23T00:00:00Z",
        }
    ]
    assert found["install"] == ["toy install crate@2.0.0 --from http://packhouse.example/toy"]
    old = await client.ask("version", **CRATE, version="1.0.0")
    assert (old["deprecated"], old["successor"], old["latest"]) == ("use 2", "box", False)


@pytest.mark.parametrize(
    ("wanted", "found"), [("2.0.0", "2.0.0"), ("next", "3.0.0-a"), ("stable", "2.0.0"), ("02.00.0", "2.0.0")]
)
async def test_a_version_is_found_by_its_text_a_tag_or_its_meaning(client: Client, wanted: str, found: str) -> None:
    assert (await client.ask("version", **CRATE, version=wanted))["version"] == found


async def test_dependencies_stand_by_scope(client: Client) -> None:
    found = await client.ask("dependencies", **CRATE, version="2.0.0")
    assert (found["version"], found["purl"]) == ("2.0.0", "pkg:toy/crate@2.0.0")
    plain = {"kind": "range", "optional": False, "alias": None, "marker": None, "extras": [], "raw": None}
    assert found["dependencies"] == {
        "runtime": [
            {"package": "apple", "range": "1.*", "purl": "pkg:toy/apple", **plain},
            {
                "package": "stone",
                "range": "https://stone.example/s.zip",
                "purl": None,
                **plain,
                "kind": "url",
                "alias": "pebble",
                "raw": "stone @ s.zip",
            },
        ],
        "dev": [
            {
                "package": "pear",
                "range": ">2",
                "purl": "pkg:toy/pear",
                **plain,
                "optional": True,
                "marker": "on Mondays",
                "extras": ["ripe"],
            }
        ],
        "peer": [{"package": "leaf", "range": "*", "purl": "pkg:toy/leaf", **plain}],
    }


async def test_dependencies_are_those_of_the_latest_version_if_none_is_named(client: Client) -> None:
    assert (await client.ask("dependencies", **CRATE))["version"] == "2.0.0"
    none = await client.ask("dependencies", registry="toy", package="apple")
    assert none["dependencies"] == {"runtime": [], "dev": []}
    assert await client.fail("dependencies", registry="toy", package="never") == (404, "unknown_version")


async def test_downloads_tell_the_registry_s_count_and_ours_apart(client: Client) -> None:
    found = await client.ask("downloads", **CRATE)
    assert found["period"] == "last-month"
    assert found["from_registry"] == {
        "upstream": "orchard",
        "asked_at": "2026-01-01T00:00:00Z",
        "stale": False,
        "counts": {"last-month": 30},
        "by_version": {"2.0.0": 9},
        "daily": {"2025-12-31": 30},
        "until": "2025-12-31",
    }
    assert found["trouble"] is None
    assert found["through_here"] == {"count": 0, "daily": {}, "total": 0, "since": None}
    week = await client.ask("downloads", **CRATE, period="last-week")
    assert week["from_registry"]["counts"] == {"last-week": 7}


async def test_what_went_through_here_is_counted_back_from_today() -> None:
    services, site = await serve(TELLING)
    client = Client(site)
    store = services.usage._store
    for day, count in (("2024-06-01", 100), ("2025-12-02", 10), ("2025-12-03", 20), ("2025-12-26", 3)):
        await store.add_downloads(day, {("default", key("crate"), ""): count, ("team", key("crate"), ""): 1000})
    services.usage.tally(View(), key("crate")).add()
    month = (await client.ask("downloads", **CRATE))["through_here"]
    assert month == {
        "count": 24,
        "daily": {"2025-12-03": 20, "2025-12-26": 3, "2026-01-01": 1},
        "total": 134,
        "since": "2024-06-01",
    }
    assert (await client.ask("downloads", **CRATE, period="last-week"))["through_here"]["count"] == 4


async def test_where_a_registry_takes_no_period_ours_can_be_total(client: Client) -> None:
    services, site = await serve(SILENT)
    for day in ("2001-01-01", "2025-12-31"):
        await services.usage._store.add_downloads(day, {("default", key("crate"), ""): 1})
    counted = {
        period: (await Client(site).ask("downloads", **CRATE, period=period))["through_here"]["count"]
        for period in ("last-day", "last-year", "total")
    }
    assert counted == {"last-day": 0, "last-year": 1, "total": 2}
    assert await client.fail("downloads", **CRATE, period="total") == (400, "bad_period")


async def test_a_registry_that_counts_nothing_leaves_our_own_count(client: Client, silent: Client) -> None:
    found = await silent.ask("downloads", **CRATE, period="last-year")
    assert found["from_registry"] is None
    assert (found["trouble"]["code"], "Toy" in found["trouble"]["message"]) == ("not_told", True)
    assert found["through_here"]["count"] == 0
    # One that counts, but not this package: something published here.
    found = await client.ask("downloads", registry="toy", package="private")
    assert found["from_registry"] is None
    assert found["trouble"] == {"code": "not_found", "message": "the registry counts nothing of it", "hint": ""}


async def test_a_registry_that_cannot_be_asked_leaves_our_own_count() -> None:
    def downloads(registry: UpstreamRegistry, package: PackageKey, period: str) -> Gathering[Downloads]:
        yield ()
        raise UpstreamDown(f"{registry.name} does not answer")

    insight = msgspec.structs.replace(TELLING.insight, downloads=downloads)
    client = Client((await serve(msgspec.structs.replace(TELLING, insight=insight)))[1])
    found = await client.ask("downloads", **CRATE)
    assert (found["from_registry"], found["trouble"]["code"]) == (None, "upstream_down")
    # Nothing can be told of a package that nobody here has seen while its registry is down.
    assert await client.fail("downloads", registry="toy", package="behind") == (503, "upstream_down")


@pytest.mark.parametrize("period", ["last-day", "last-year", "last-decade", "", 7])
async def test_a_period_that_the_registry_does_not_count_is_rejected(client: Client, period: object) -> None:
    assert await client.fail("downloads", **CRATE, period=period) == (400, "bad_period")


async def test_the_maintainers_of_a_package_are_told(client: Client) -> None:
    assert await client.ask("maintainer", **CRATE) == {
        "registry": "toy",
        "package": "crate",
        "told_by": "orchard",
        "maintainers": [
            {
                "login": "grace",
                "name": "Grace",
                "email": "grace@crate.example",
                "url": "https://toy.example/~grace",
                "kind": "user",
            }
        ],
    }


async def test_where_the_registry_tells_no_maintainers_the_release_does(client: Client, silent: Client) -> None:
    for each in (client, silent):
        found = await each.ask("maintainer", registry="toy", package="private")
        assert found["told_by"] == "release"
        assert [person["login"] for person in found["maintainers"]] == ["Ada"]


async def test_the_packages_of_a_maintainer_are_listed(client: Client, silent: Client) -> None:
    found = await client.ask("maintainer", registry="toy", login="grace")
    assert (found["login"], found["total"], found["told_by"]) == ("grace", 1, "orchard")
    assert [each["package"] for each in found["packages"]] == ["crate"]
    assert await client.fail("maintainer", registry="toy", login="nobody") == (404, "unknown_maintainer")
    assert await silent.fail("maintainer", registry="toy", login="grace") == (501, "not_told")


async def test_a_question_about_maintainers_names_a_package_or_a_login(client: Client) -> None:
    assert await client.fail("maintainer", registry="toy") == (400, "invalid_request")
    assert await client.fail("maintainer", **CRATE, login="grace") == (400, "invalid_request")


async def test_the_registry_is_searched_page_by_page(client: Client) -> None:
    found = await client.ask("search", registry="toy", query="fruit")
    assert found == {
        "registry": "toy",
        "query": "fruit",
        "page": 1,
        "page_size": 50,
        "total": 101,
        "told_by": "orchard",
        "packages": [
            {
                "package": "crate",
                "purl": "pkg:toy/crate",
                "version": "2.0.0",
                "description": "Holds fruit",
                "published_at": "2025-12-22T00:00:00Z",
                "downloads": 77,
                "links": {"homepage": "https://crate.example/"},
            }
        ],
    }
    third = await client.ask("search", registry="toy", query="fruit", page=3, page_size=25)
    assert (third["page"], third["total"], third["packages"]) == (3, None, [])


async def test_a_registry_that_cannot_be_searched_leaves_what_is_known_here(silent: Client) -> None:
    found = await silent.ask("search", registry="toy", query="crate")
    assert (found["told_by"], found["total"]) == ("here", 1)
    (hit,) = found["packages"]
    assert (hit["package"], hit["version"], hit["downloads"]) == ("crate", "3.0.0-b", None)


async def test_a_view_as_of_a_date_can_be_asked(client: Client) -> None:
    reply = await client.send("/@2026-01-01/packages/v1/package?registry=toy&package=crate")
    assert json.loads(reply.body)["install"] == ["toy install crate@ --from http://packhouse.example/@2026-01-01/toy"]
    assert NOW == 1_767_225_600_000
    assert failure(await client.send("/r/none/packages/v1/registries")) == (404, "not_found")
