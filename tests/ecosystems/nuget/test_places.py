"""The service index, and what is asked of a feed by it."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

import packhouse.ecosystems.nuget
from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import Gathered, Gathering
from packhouse.ecosystems.nuget import ECOSYSTEM
from packhouse.ecosystems.nuget.gatherings import further, gather, lasting
from packhouse.ecosystems.nuget.places import read_places
from tests.ecosystems.nuget.feeds import FEED, UPSTREAM, index_of, key, make_feed
from tests.ecosystems.nuget.test_insight import run

WHOLE = PackageKey("nuget", NormalName(""))


def test_the_registration_with_most_releases_is_taken_wherever_it_stands() -> None:
    resources: list[dict[str, object]] = []
    expected = ""
    for name in ("", "/3.0.0-beta", "/3.0.0-rc", "/3.4.0", "/Versioned", "/3.6.0"):
        expected = f"{FEED}/registration{name.replace('/', '-')}"
        resources.insert(0, {"@type": f"RegistrationsBaseUrl{name}", "@id": f"{expected}/"})
        assert read_places(json.dumps({"resources": resources}).encode()).registration == expected


def test_a_resource_may_have_several_types_and_addresses_that_are_none_do_not_count() -> None:
    resources: list[dict[str, object]] = [
        {"@type": "PackageBaseAddress/3.0.0", "@id": "file:///etc"},
        {"@type": ["Other", "PackageBaseAddress/3.0.0"], "@id": f"{FEED}/flat/", "comment": "x"},
        {"@type": "Catalog/3.0.0", "@id": f"{FEED}/catalog0/index.json"},
    ]
    places = read_places(b"\xef\xbb\xbf" + json.dumps({"resources": resources}).encode())
    assert (places.flat, places.catalog, places.search) == (f"{FEED}/flat", f"{FEED}/catalog0", "")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"resources":{}}', b'{"resources":[{}]}', b"\xff", b"[" * 99_999]
)
def test_what_is_no_service_index_is_bad(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        read_places(body)


def test_external_pages_are_asked_for_side_by_side() -> None:
    feed = make_feed(page_size=2)
    for number in range(9):
        feed.publish("Plum", f"1.{number}.0")
    answers = {address.removeprefix(FEED): body for address, body in feed.bodies().items()}
    batches: list[int] = []
    gathered, _ = run(_counted(gather(UPSTREAM, key("plum")), batches), answers)
    assert batches == [1, 1, 5]
    assert len(ECOSYSTEM.index.split(key("plum"), gathered.body).fragments) == 9


def _counted(gathering: Gathering[Gathered], batches: list[int]) -> Gathering[Gathered]:
    """Note how many requests go out side by side."""
    batch = next(gathering)
    while True:
        batches.append(len(batch))
        answers = yield batch
        try:
            batch = gathering.send(answers)
        except StopIteration as end:
            gathered: Gathered = end.value
            return gathered


def test_an_unlisted_release_has_the_date_of_its_catalog_entry() -> None:
    feed = make_feed()
    feed.publish("Plum", "1.0.0", listed=False)
    (fragment,) = index_of(feed, "plum").fragments
    assert fragment.published_at is None
    answers = {address.removeprefix(FEED): body for address, body in feed.bodies().items()}
    assert ECOSYSTEM.date is not None
    moment, asked = run(ECOSYSTEM.date(UPSTREAM, key("plum"), fragment), answers)
    assert moment == 1_577_836_800_000
    assert asked[-1].url == f"{FEED}/catalog/data/plum/1.0.0.json"
    for instead in (None, b"{", b"[]", b'{"created":5}'):
        broken = answers | {"/catalog/data/plum/1.0.0.json": instead}
        assert run(ECOSYSTEM.date(UPSTREAM, key("plum"), fragment), broken)[0] is None


@pytest.mark.parametrize(
    "address",
    [
        "\0/v3/catalog/../x.json",
        "\0/v3/catalog/data/%2e%2e/x.json",
        "http://elsewhere.example/x.json",
        "",
        "\0/v3/x.json",
    ],
)
def test_a_date_is_asked_of_the_catalog_alone(address: str) -> None:
    body = json.dumps({"catalogEntry": {"@id": address}}).replace("\\u0000", "\0").encode()
    assert ECOSYSTEM.date is not None
    moment, asked = run(ECOSYSTEM.date(UPSTREAM, key("plum"), Fragment("1.0.0", body)), _services())
    assert moment is None
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("name", "path", "address"),
    [
        ("farm.plum", "nuspec/1.0.0-Beta", f"{FEED}/flat/farm.plum/1.0.0-beta/farm.plum.nuspec"),
        ("farm.plum", "readme/1.0", f"{FEED}/flat/farm.plum/1.0.0/readme"),
        ("farm.plum", "catalog/data/2020.01.01/plum.1.0.0.json", f"{FEED}/catalog/data/2020.01.01/plum.1.0.0.json"),
        ("", "catalog/index.json", f"{FEED}/catalog/index.json"),
        ("", "search?q=a+b&take=5", f"{FEED}/query?q=a+b&take=5"),
    ],
)
def test_a_further_document_has_one_address(name: str, path: str, address: str) -> None:
    wanted = FurtherKey(PackageKey("nuget", NormalName(name)), path)
    _, asked = run(further(UPSTREAM, wanted), _services())
    assert asked[-1].url == address


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("farm.plum", "other/1.0.0"),
        ("farm.plum", "nuspec/../x"),
        ("farm.plum", "nuspec/"),
        ("farm.plum", "../x"),
        ("farm.plum", "catalog/../x.json"),
        ("", "catalog/../../x.json"),
        ("", "catalog/data/../../x.json"),
        ("", "catalog//x.json"),
        ("", "search?q=\r\nHost: x"),
        ("", "search?q=a#b"),
        ("", "nuspec/1.0.0"),
        ("", "signatures"),
        ("", ""),
    ],
)
def test_nothing_else_is_asked_for(name: str, path: str) -> None:
    wanted = FurtherKey(PackageKey("nuget", NormalName(name)), path)
    with pytest.raises(NotFound):
        run(further(UPSTREAM, wanted), _services())


def test_what_is_of_one_release_never_changes() -> None:
    assert lasting(FurtherKey(key("plum"), "nuspec/1.0.0"))
    assert lasting(FurtherKey(WHOLE, "catalog/data/2020.01.01/plum.1.0.0.json"))
    assert not lasting(FurtherKey(WHOLE, "catalog/index.json"))
    assert not lasting(FurtherKey(WHOLE, "search?q=x"))


def _services() -> dict[str, object]:
    return {"/v3/index.json": make_feed().bodies()[f"{FEED}/v3/index.json"]}


def test_every_function_that_is_imported_late_exists() -> None:
    folder = Path(packhouse.ecosystems.nuget.__file__).parent
    named = [
        match for path in folder.glob("*.py") for match in re.findall(r'deferred\("(\w+)", "(\w+)"\)', path.read_text())
    ]
    assert len(named) > 20
    for module, name in named:
        assert callable(getattr(import_module(f"packhouse.ecosystems.nuget.{module}"), name))


def test_a_package_that_the_feed_has_not_is_missing() -> None:
    gathered, _ = run(gather(UPSTREAM, key("plum")), _services())
    assert gathered.missing


@pytest.mark.parametrize(
    "registration",
    [
        b"<html>",
        b'{"items":5}',
        b'{"items":[{"@id":"http://feed.example/nowhere.json"}]}',
        b'{"items":[{"@id":"/relative"}]}',
        b'{"items":[{}]}',
        b'{"items":[' + b",".join(b'{"@id":"http://feed.example/%d"}' % number for number in range(2001)) + b"]}",
        b"\xff",
    ],
)
def test_a_registration_whose_pages_cannot_be_had_is_bad(registration: bytes) -> None:
    answers = _services() | {"/registration/plum/index.json": registration}
    with pytest.raises(UpstreamBad):
        run(gather(UPSTREAM, key("plum")), answers)


@pytest.mark.parametrize("index", [None, {"resources": []}])
def test_a_feed_without_a_place_for_packages_is_bad(index: object) -> None:
    with pytest.raises(UpstreamBad):
        run(gather(UPSTREAM, key("plum")), {"/v3/index.json": index})


def test_a_text_with_a_nul_is_bad_and_an_image_may_have_one() -> None:
    answers = _services() | dict.fromkeys(("/flat/plum/1.0.0/readme", "/flat/plum/1.0.0/icon"), b"\x89\0")
    with pytest.raises(UpstreamBad):
        run(further(UPSTREAM, FurtherKey(key("plum"), "readme/1.0.0")), answers)
    found, _ = run(further(UPSTREAM, FurtherKey(key("plum"), "icon/1.0.0")), answers)
    assert found.body == b"\x89\0"


def test_hints_name_our_addresses() -> None:
    assert ECOSYSTEM.install_hint("http://a.example/nuget", "Plum", "1.0.0") == (
        "dotnet add package Plum --version 1.0.0 --source http://a.example/nuget/v3/index.json",
    )
    assert any(
        "http://a.example/nuget/v3/index.json" in line for line in ECOSYSTEM.setup_hint("http://a.example/nuget")
    )
    assert ECOSYSTEM.document(f"{FEED}/v3/index.json", key("plum")).url == f"{FEED}/v3/index.json"
    assert ECOSYSTEM.release_page(FEED, "plum", "1.0.0") == FEED
