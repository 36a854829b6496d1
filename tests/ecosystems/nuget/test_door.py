"""The protocol, as clients ask for it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamAnswer
from packhouse.domain.view import View
from packhouse.ecosystems.nuget import ECOSYSTEM, build_mount
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.places import Places
from packhouse.ecosystems.nuget.ranges import matches
from packhouse.ecosystems.nuget.service_index import service_index
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.clients.nuget.feed import Feed
from tests.ecosystems.nuget.feeds import FEED, UPSTREAM, key, make_feed

pytestmark = pytest.mark.anyio

BASE = "http://packhouse.example/nuget"
SEMVER2 = "/nuget/v3/registration-gz-semver2"
FLAT = "/nuget/v3/flatcontainer"


def orchard(page_size: int = 64) -> Feed:
    feed = make_feed(page_size)
    for version in ("1.0.0", "1.1.0", "2.0.0-rc.1"):
        feed.publish("Farm.Plum", version, later={"kept": 1})
    feed.publish("Farm.Plum", "1.2.0", listed=False)
    feed.publish("Pear", "0.5.0")
    return feed


def deny(name: str, wanted: str = "") -> Deny:
    def is_denied(asked: PackageKey, version: str) -> bool:
        return asked.name == name and matches(version, wanted)

    return Deny((Denied(f"nuget/{name}@{wanted}", is_denied),))


def server(*rules: Deny, feed: Feed | None = None, more: Mapping[str, MemoryAnswer] | None = None) -> Assembled:
    answers: dict[str, MemoryAnswer] = {**(feed or orchard()).bodies(), **(more or {})}
    return Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,), rules)


def query(text: str, **more: str) -> str:
    return urlencode({"q": text, "skip": "0", "take": "20", "prerelease": "false"} | more)


def found(*names: str) -> dict[str, MemoryAnswer]:
    """Answer a search for `fruit`."""
    feed = orchard()
    answer = json.loads(feed.answer("/query?q=&prerelease=true") or b"")
    answer["data"] = [each for each in answer["data"] if each["id"] in names]
    address = query("fruit", prerelease="true", semVerLevel="2.0.0")
    return {f"{FEED}/query?{address}": json.dumps(answer).encode()}


async def read(ours: Assembled, path: str) -> Any:  # noqa: ANN401 (whatever the document is)
    reply = await ours.get(path)
    assert reply.status == 200, reply.text
    return json.loads(reply.body)


async def test_the_service_index_names_every_resource_that_clients_look_for_below_its_own_folder() -> None:
    document = await read(server(), "/nuget/v3/index.json")
    addresses: dict[str, str] = {each["@type"]: each["@id"] for each in document["resources"]}
    assert document["version"] == "3.0.0"
    assert all(address.startswith(f"{BASE}/v3/") for address in addresses.values())
    assert addresses["PackageBaseAddress/3.0.0"] == f"{BASE}/v3/flatcontainer/"
    assert {
        *("RegistrationsBaseUrl", "RegistrationsBaseUrl/3.0.0-beta", "RegistrationsBaseUrl/3.0.0-rc"),
        *("RegistrationsBaseUrl/3.4.0", "RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/Versioned"),
        *("SearchQueryService", "SearchQueryService/3.0.0-beta", "SearchQueryService/3.5.0"),
        *("SearchAutocompleteService", "SearchAutocompleteService/3.5.0", "VulnerabilityInfo/6.7.0"),
        *("ReadmeUriTemplate/6.13.0", "Catalog/3.0.0"),
    } <= addresses.keys()
    # The protocol has it over HTTPS only.
    assert not [name for name in addresses if name.startswith("RepositorySignatures")]


async def test_the_service_index_of_a_dated_view_leads_into_that_view() -> None:
    document = await read(server(), "/@2026-01-01/nuget/v3/index.json")
    assert all("/@2026-01-01/nuget/v3/" in each["@id"] for each in document["resources"])


async def test_the_service_index_does_without_the_upstream() -> None:
    ours = server(more={f"{FEED}/v3/index.json": UpstreamDown("feed.example cannot be reached")})
    document = await read(ours, "/nuget/v3/index.json")
    assert "PackageBaseAddress/3.0.0" in {each["@type"] for each in document["resources"]}


async def test_pages_for_people_stay_where_they_are() -> None:
    index = json.loads(orchard().bodies()[f"{FEED}/v3/index.json"])
    template = "https://feed.example/packages/{id}/{version}"
    index["resources"].append({"@id": template, "@type": "PackageDetailsUriTemplate/5.1.0"})
    ours = server(more={f"{FEED}/v3/index.json": json.dumps(index).encode()})
    document = await read(ours, "/nuget/v3/index.json")
    assert {"PackageDetailsUriTemplate/5.1.0": template}.items() <= {
        each["@type"]: each["@id"] for each in document["resources"]
    }.items()


@pytest.mark.parametrize("name", ["farm.plum", "Farm.Plum", "FARM.PLUM"])
async def test_all_versions_are_listed_unlisted_ones_too(name: str) -> None:
    document = await read(server(), f"{FLAT}/{name}/index.json")
    assert document == {"versions": ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"]}


@pytest.mark.parametrize("hive", ["registration-semver1", "registration-gz-semver1", "registration-gz-semver2"])
async def test_a_registration_is_the_upstreams_with_our_addresses(hive: str) -> None:
    reply = await server().get(f"/nuget/v3/{hive}/farm.plum/index.json", {"Accept-Encoding": "identity"})
    assert reply.status == 200
    assert FEED not in reply.text
    assert '"later":{"kept":1}' in reply.text
    document = json.loads(reply.body)
    leaves = document["items"][0]["items"]
    assert [leaf["catalogEntry"]["version"] for leaf in leaves] == (
        ["1.0.0", "1.1.0", "1.2.0"] if "semver1" in hive else ["1.0.0", "1.1.0", "2.0.0-rc.1", "1.2.0"]
    )
    assert leaves[0]["@id"] == f"{BASE}/v3/{hive}/farm.plum/1.0.0.json"
    assert leaves[0]["packageContent"] == f"{BASE}/v3/flatcontainer/farm.plum/1.0.0/farm.plum.1.0.0.nupkg"


async def test_compressed_hives_are_compressed_for_whoever_takes_it() -> None:
    reply = await server().get(f"{SEMVER2}/farm.plum/index.json", {"Accept-Encoding": "gzip, deflate"})
    assert reply.headers["content-encoding"] == "gzip"


async def test_a_page_and_a_leaf_can_be_had_by_themselves() -> None:
    feed = orchard()
    for number in range(10):
        feed.publish("Quince", f"1.{number}.0")
    feed.page_size = 3
    ours = server(feed=feed)
    index = await read(ours, f"{SEMVER2}/quince/index.json")
    for page in index["items"]:
        path = page["@id"].removeprefix("http://packhouse.example")
        alone = await read(ours, path)
        assert alone["items"] == page["items"]
    leaf = await read(ours, f"{SEMVER2}/quince/1.3.0.json")
    assert leaf["registration"] == f"{BASE}/v3/registration-gz-semver2/quince/index.json"
    assert leaf["packageContent"] == f"{BASE}/v3/flatcontainer/quince/1.3.0/quince.1.3.0.nupkg"
    assert leaf["catalogEntry"] == f"{BASE}/v3/catalog/data/quince/1.3.0.json"


async def test_a_file_is_sent_whole_and_in_part() -> None:
    ours, feed = server(), orchard()
    for path in ("farm.plum/1.1.0/farm.plum.1.1.0.nupkg", "Farm.Plum/1.1/Farm.Plum.1.1.0.nupkg"):
        reply = await ours.get(f"{FLAT}/{path}")
        assert (reply.status, reply.body) == (200, feed.nupkg("Farm.Plum", "1.1.0"))
        assert "immutable" in reply.headers["cache-control"]
    part = await ours.get(f"{FLAT}/{path}", {"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"PK\x03\x04")
    assert len([each for each in ours.asked() if each.endswith(".nupkg")]) == 1


async def test_a_file_is_held_to_its_first_download() -> None:
    ours = server()
    path = f"{FLAT}/pear/0.5.0/pear.0.5.0.nupkg"
    first = await ours.get(path)
    ours.upstream.answers[f"{FEED}/flat/pear/0.5.0/pear.0.5.0.nupkg"] = b"something else"
    assert (await ours.get(path)).body == first.body


@pytest.mark.parametrize(
    "path",
    [
        "flatcontainer/nothing/index.json",
        "flatcontainer/farm.plum/9.9.9/farm.plum.9.9.9.nupkg",
        "flatcontainer/farm.plum/1.0.0/farm.plum.1.1.0.nupkg",
        "flatcontainer/farm.plum/1.0.0/pear.1.0.0.nupkg",
        "flatcontainer/farm.plum/what/farm.plum.what.nupkg",
        "flatcontainer/farm.plum/1.0.0/nuspec",
        "flatcontainer/farm.plum/1.0.0/other",
        "flatcontainer/farm.plum/1.0.0/..%2f..%2fx",
        "flatcontainer/..%2f..%2fx/index.json",
        "flatcontainer/farm.plum%00/index.json",
        "flatcontainer/farm..plum/index.json",
        "flatcontainer/" + "a" * 5000 + "/index.json",
        "registration-gz-semver2/nothing/index.json",
        "registration-gz-semver2/farm.plum/9.9.9.json",
        "registration-gz-semver2/farm.plum/what.json",
        "registration-gz-semver2/farm.plum/1.0.0",
        "registration-gz-semver2/farm.plum/page/1.0.0/1.1.0.json",
        "registration-other/farm.plum/index.json",
        "catalog/..%2findex.json",
        "catalog/index.xml",
        "catalog/data/..%2f..%2f/x.json",
        "catalog/data/%2e%2e/x.json",
        "what",
    ],
)
async def test_everything_else_is_not_found(path: str) -> None:
    reply = await server().get(f"/nuget/v3/{path}")
    assert reply.status == 404
    assert "x-nuget-warning" not in reply.headers


async def test_an_unknown_package_is_asked_for_once_in_a_while() -> None:
    ours = server()
    for _ in range(3):
        assert (await ours.get(f"{FLAT}/nothing/index.json")).status == 404
    assert ours.asked().count(f"{FEED}/registration/nothing/index.json") == 1
    assert ours.asked().count(f"{FEED}/v3/index.json") == 1


async def test_a_manifest_is_passed_on_and_a_readme_with_it() -> None:
    address = f"{FEED}/flat/farm.plum/1.0.0/readme"
    ours = server(more={address: UpstreamAnswer(200, b"# Plum", content_type="text/html")})
    reply = await ours.get(f"{FLAT}/Farm.Plum/1.0.0/Farm.Plum.nuspec")
    assert reply.body == orchard().bodies()[f"{FEED}/flat/farm.plum/1.0.0/farm.plum.nuspec"]
    assert reply.headers["content-type"].startswith("application/xml")
    readme = await ours.get(f"{FLAT}/farm.plum/1.0.0/readme")
    assert readme.body == b"# Plum"
    # Whatever the upstream calls it: a page of a stranger is not to be shown as one of ours.
    assert readme.headers["content-type"].startswith("text/markdown")
    assert readme.headers["content-disposition"] == "attachment"
    assert (await ours.get(f"{FLAT}/farm.plum/1.0.0/icon")).status == 404


async def test_a_refused_release_is_nowhere() -> None:
    ours = server(deny("farm.plum", "[1.1.0]"), more=found("Farm.Plum", "Pear"))
    assert (await read(ours, f"{FLAT}/farm.plum/index.json"))["versions"] == ["1.0.0", "1.2.0", "2.0.0-rc.1"]
    for form in ("registration-semver1", "registration-gz-semver1", "registration-gz-semver2"):
        assert "1.1.0" not in (await ours.get(f"/nuget/v3/{form}/farm.plum/index.json")).text
        assert (await ours.get(f"/nuget/v3/{form}/farm.plum/1.1.0.json")).status == 403
    for path in ("farm.plum.1.1.0.nupkg", "farm.plum.nuspec", "readme", "icon", "license"):
        refused = await ours.get(f"{FLAT}/farm.plum/1.1.0/{path}")
        assert refused.status == 403
        assert "denied packages" in refused.text
        # The one text of an answer that NuGet shows to its user.
        assert "denied packages" in refused.headers["x-nuget-warning"]
    hits = await read(ours, "/nuget/v3/query?q=fruit&prerelease=true&semVerLevel=2.0.0")
    plum = next(hit for hit in hits["data"] if hit["id"] == "Farm.Plum")
    assert [each["version"] for each in plum["versions"]] == ["1.0.0", "2.0.0-rc.1"]
    versions = await read(ours, "/nuget/v3/autocomplete?id=Farm.Plum&prerelease=true&semVerLevel=2.0.0")
    assert versions["data"] == ["1.0.0", "2.0.0-rc.1"]


async def test_a_package_that_is_refused_altogether_is_found_by_no_search() -> None:
    ours = server(deny("farm.plum"), more=found("Farm.Plum", "Pear"))
    hits = await read(ours, "/nuget/v3/query?q=fruit&prerelease=true&semVerLevel=2.0.0")
    assert [hit["id"] for hit in hits["data"]] == ["Pear"]
    refused = await ours.get(f"{FLAT}/farm.plum/index.json")
    assert (refused.status, "denied packages" in refused.text) == (403, True)


async def test_the_version_that_a_hit_shows_is_never_a_refused_one() -> None:
    ours = server(deny("farm.plum", "[2.0.0-a, )"), more=found("Farm.Plum"))
    hits = await read(ours, "/nuget/v3/query?q=fruit&prerelease=true&semVerLevel=2.0.0")
    assert hits["data"][0]["version"] == "1.1.0"


async def test_a_search_is_the_upstreams_with_our_addresses() -> None:
    ours = server(more=found("Farm.Plum", "Pear"))
    reply = await ours.get("/nuget/v3/query?q=fruit&skip=0&take=20&prerelease=true&semVerLevel=2.0.0")
    assert FEED not in reply.text
    hits = json.loads(reply.body)
    plum = hits["data"][0]
    base = f"{BASE}/v3/registration-gz-semver2/farm.plum"
    assert plum["registration"] == f"{base}/index.json"
    assert plum["versions"][0] == {"version": "1.0.0", "downloads": 7, "@id": f"{base}/1.0.0.json"}
    assert (plum["unknown"], plum["owners"], hits["totalHits"]) == ([1], ["farm"], 2)


async def test_a_search_answers_of_what_is_known_where_the_upstream_does_not() -> None:
    ours = server()
    await ours.get(f"{FLAT}/farm.plum/index.json")
    await ours.services.records.get(View(), key("farm.plum"))
    ours.off.add("nuget")
    hits = await read(ours, "/nuget/v3/query?q=plum")
    assert [(hit["id"], hit["version"]) for hit in hits["data"]] == [("Farm.Plum", "1.1.0")]
    assert [each["version"] for each in hits["data"][0]["versions"]] == ["1.0.0", "1.1.0"]
    ids = await read(ours, "/nuget/v3/autocomplete?q=plum")
    assert ids["data"] == ["Farm.Plum"]


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"data":5}', b'{"data":[5]}', b"\xff", b'{"data":[' + b"[" * 99_999]
)
async def test_a_search_that_the_upstream_answers_with_nonsense_is_answered_of_what_is_known(body: bytes) -> None:
    ours = server(more=dict.fromkeys((f"{FEED}/query?{query('plum')}",), body))
    await ours.services.records.get(View(), key("farm.plum"))
    hits = await read(ours, "/nuget/v3/query?q=plum")
    assert [hit["id"] for hit in hits["data"]] == ["Farm.Plum"]


async def test_hits_of_any_shape_are_passed_on_or_left_out() -> None:
    data = [
        {"id": "Farm.Plum", "version": "?", "versions": [{"version": "?"}, {"version": "1.1.0"}, {}]},
        {"id": "Pear", "versions": 5, "later": 1},
        {"id": 5},
        {"id": "../x"},
        {},
    ]
    answer = json.dumps({"totalHits": 5, "data": data, "more": True}).encode()
    ours = server(deny("farm.plum", "[1.1.0]"), more={f"{FEED}/query?{query('x')}": answer})
    document = await read(ours, "/nuget/v3/query?q=x")
    assert [hit["id"] for hit in document["data"]] == ["Farm.Plum", "Pear"]
    assert document["data"][1] == {"id": "Pear", "versions": [], "later": 1}
    assert document["more"] is True


async def test_versions_that_need_a_newer_client_are_found_by_those_alone() -> None:
    ours = server()
    await ours.services.records.get(View(), key("farm.plum"))
    ours.off.add("nuget")
    for asked, expected in (("", ["1.0.0", "1.1.0"]), ("&semVerLevel=2.0.0", ["1.0.0", "1.1.0", "2.0.0-rc.1"])):
        hits = await read(ours, f"/nuget/v3/query?q=plum&prerelease=true{asked}")
        assert [each["version"] for each in hits["data"][0]["versions"]] == expected


async def test_autocompletion_passes_ids_on_but_for_refused_ones() -> None:
    index = json.loads(orchard().bodies()[f"{FEED}/v3/index.json"])
    index["resources"].append({"@id": f"{FEED}/complete", "@type": "SearchAutocompleteService"})
    answer = json.dumps({"totalHits": 3, "data": ["Farm.Plum", "Pear", "Nothing"]}).encode()
    more: dict[str, MemoryAnswer] = {
        f"{FEED}/v3/index.json": json.dumps(index).encode(),
        f"{FEED}/complete?{query('p')}": answer,
    }
    ours = server(deny("farm.plum"), more=more)
    assert (await read(ours, "/nuget/v3/autocomplete?q=p"))["data"] == ["Pear"]
    assert (await read(ours, "/nuget/v3/autocomplete?id=nothing"))["data"] == []


@pytest.mark.parametrize("asked", ["take=x", "skip=-1", "take=1e9", "q=%ff"])
async def test_a_search_that_cannot_be_read_is_the_callers_fault(asked: str) -> None:
    assert (await server().get(f"/nuget/v3/query?{asked}")).status == 400


async def test_nothing_of_a_search_text_reaches_another_address() -> None:
    ours = server()
    await ours.get("/nuget/v3/query?q=..%2F..%2Fx%3Fy%26z%23%0d%0aHost:&take=5")
    (asked,) = [each for each in ours.asked() if "query" in each]
    assert asked.startswith(f"{FEED}/query?q=..%2F..%2Fx%3Fy%26z%23")
    assert "\n" not in asked


async def test_vulnerabilities_are_an_index_of_one_empty_part() -> None:
    ours = server()
    (part,) = await read(ours, "/nuget/v3/vulnerabilities/index.json")
    assert part["@id"] == f"{BASE}/v3/vulnerabilities/base.json"
    assert await read(ours, "/nuget/v3/vulnerabilities/base.json") == {}


async def test_signatures_are_the_upstreams_or_none() -> None:
    index = json.loads(orchard().bodies()[f"{FEED}/v3/index.json"])
    index["resources"].append({"@id": f"{FEED}/signatures.json", "@type": "RepositorySignatures/5.0.0"})
    told = {"allRepositorySigned": True, "signingCertificates": [{"subject": "x"}]}
    ours = server(
        more={
            f"{FEED}/v3/index.json": json.dumps(index).encode(),
            f"{FEED}/signatures.json": json.dumps(told).encode(),
        }
    )
    assert await read(ours, "/nuget/v3/repository-signatures/index.json") == told
    none = {"allRepositorySigned": False, "signingCertificates": []}
    assert await read(server(), "/nuget/v3/repository-signatures/index.json") == none


def test_over_https_signatures_are_announced() -> None:
    index = service_index(
        "https://packages.example/nuget", Places(owner="https://o.example/{owner}", abuse="https://a.example")
    )
    types = {each["@type"] for each in json.loads(index)["resources"]}
    assert {"RepositorySignatures/5.0.0", "OwnerDetailsUriTemplate/6.11.0", "ReportAbuseUriTemplate/3.0.0-rc"} <= types


async def test_the_catalog_is_passed_on_with_our_addresses() -> None:
    page = {"@id": f"{FEED}/catalog/index.json", "items": [{"@id": f"{FEED}/catalog/page0.json"}]}
    ours = server(more={f"{FEED}/catalog/index.json": json.dumps(page).replace(" ", "").encode()})
    document = await read(ours, "/nuget/v3/catalog/index.json")
    assert document["items"][0]["@id"] == f"{BASE}/v3/catalog/page0.json"
    leaf = await read(ours, "/nuget/v3/catalog/data/farm.plum/1.0.0.json")
    assert leaf["packageHashAlgorithm"] == "SHA512"


async def test_an_upstream_that_is_down_is_no_missing_package() -> None:
    down = UpstreamDown("feed.example cannot be reached", retry_after_s=7)
    for broken in (f"{FEED}/v3/index.json", f"{FEED}/registration/farm.plum/index.json"):
        reply = await server(more={broken: down}).get(f"{FLAT}/farm.plum/index.json")
        assert reply.status == 503
        assert reply.headers["retry-after"] == "7"
        assert "cannot be reached" in reply.headers["x-nuget-warning"]


async def test_a_registration_without_one_of_its_pages_is_no_smaller_registration() -> None:
    feed = orchard(page_size=1)
    answers = feed.bodies()
    del answers[f"{FEED}/registration/farm.plum/page/1.1.0/1.1.0.json"]
    ours = Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,))
    assert (await ours.get(f"{FLAT}/farm.plum/index.json")).status == 502


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"resources":[]}', b'{"resources":[{"@id":"file:///x","@type":"Y"}]}']
)
async def test_an_upstream_whose_address_is_no_service_index_is_bad(body: bytes) -> None:
    ours = server(more={f"{FEED}/v3/index.json": body})
    assert (await ours.get(f"{FLAT}/farm.plum/index.json")).status == 502


async def test_what_is_known_is_served_while_the_upstream_is_off() -> None:
    ours = server()
    await ours.get(f"{FLAT}/farm.plum/1.0.0/farm.plum.1.0.0.nupkg")
    await ours.get(f"{FLAT}/farm.plum/1.0.0/farm.plum.nuspec")
    ours.off.add("nuget")
    ours.now = type(START)(START + 10_000_000)
    assert (await read(ours, f"{FLAT}/farm.plum/index.json"))["versions"][0] == "1.0.0"
    for path in ("farm.plum.1.0.0.nupkg", "farm.plum.nuspec"):
        assert (await ours.get(f"{FLAT}/farm.plum/1.0.0/{path}")).status == 200
    assert (await ours.get(f"{FLAT}/pear/index.json")).status == 503


async def test_an_unchanged_registration_is_confirmed_by_its_validator() -> None:
    ours = server()
    await ours.get(f"{FLAT}/farm.plum/index.json")
    ours.now = type(START)(START + 600_000)
    await ours.get(f"{FLAT}/farm.plum/index.json")
    _, request = ours.upstream.requests[-1]
    assert (request.url, request.etag is not None) == (f"{FEED}/registration/farm.plum/index.json", True)


async def test_a_view_of_the_past_has_what_there_was_then() -> None:
    feed = make_feed()
    feed.publish("Plum", "1.0.0", published="2019-01-01T00:00:00Z")
    feed.publish("Plum", "1.1.0", published="2021-01-01T00:00:00Z")
    ours = server(feed=feed)
    document = await read(ours, "/@2020-01-01/nuget/v3/flatcontainer/plum/index.json")
    assert document["versions"] == ["1.0.0"]
    assert (await ours.get("/@2020-01-01/nuget/v3/flatcontainer/plum/1.1.0/plum.1.1.0.nupkg")).status != 200


async def test_a_feed_without_registrations_is_served_all_the_same() -> None:
    feed = orchard()
    feed.resources = ("PackageBaseAddress/3.0.0",)
    ours = server(feed=feed)
    assert (await read(ours, f"{FLAT}/pear/index.json"))["versions"] == ["0.5.0"]
    assert (await ours.get(f"{FLAT}/pear/0.5.0/pear.0.5.0.nupkg")).body == feed.nupkg("Pear", "0.5.0")
    registration = await read(ours, f"{SEMVER2}/pear/index.json")
    assert registration["items"][0]["items"][0]["catalogEntry"]["version"] == "0.5.0"


async def test_a_release_is_completed_from_manifest_and_catalog() -> None:
    ours = server()
    release = await ours.services.records.release(View(), key("farm.plum"), "1.1.0")
    assert [link.url for link in release.links if link.label == "repository"] == ["https://git.example/Farm.Plum"]
    assert release.artifacts[0].digests[0].algorithm == "sha512"
    assert release.artifacts[0].size_bytes == len(orchard().nupkg("Farm.Plum", "1.1.0"))
    assert facts(release).id == "Farm.Plum"
