"""Registrations, taken apart and put together."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import BASE, Index
from packhouse.ecosystems.nuget.collected import Collected, pack_collected
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.registration import split
from tests.clients.nuget.feed import Feed
from tests.ecosystems.nuget.feeds import (
    FEED,
    PLACES,
    RECORDED,
    RECORDED_PLACES,
    collect,
    index_of,
    key,
    make_feed,
    recorded,
)

OURS = "http://ours.example/nuget"


def joined(index: Index, form: str = "registration-gz-semver2", without: tuple[str, ...] = ()) -> dict[str, Any]:
    body = INDEX.forms[form].join(index, [each for each in index.fragments if each.version not in without])
    document: dict[str, Any] = json.loads(body.replace(BASE, OURS.encode()))
    return document


def versions(document: dict[str, Any]) -> list[str]:
    return [leaf["catalogEntry"]["version"] for page in document["items"] for leaf in page["items"]]


def plums(*names: str, page_size: int = 64) -> Feed:
    feed = make_feed(page_size=page_size)
    for version in names:
        feed.publish("Plum", version)
    return feed


@pytest.mark.parametrize("name", ["newtonsoft.json", "castle.core", "nuget.server.core"])
def test_a_recorded_registration_is_the_upstreams_bytes_but_for_addresses(name: str) -> None:
    collected = recorded(name)
    index = split(key(name), pack_collected(collected))
    body = INDEX.forms["registration-gz-semver2"].join(index, index.fragments)
    expected = collected.registration
    for base, ours in (
        (RECORDED_PLACES.registration, "v3/registration-gz-semver2"),
        (RECORDED_PLACES.flat, "v3/flatcontainer"),
        (RECORDED_PLACES.catalog, "v3/catalog"),
    ):
        expected = expected.replace(f'"{base}/'.encode(), b'"' + BASE + f"/{ours}/".encode())
    assert body == expected
    assert RECORDED.encode() not in body


def test_recorded_pages_that_stand_outside_are_put_in() -> None:
    collected = recorded("serilog")
    assert len(collected.pages) == 10
    index = split(key("serilog"), pack_collected(collected))
    document = joined(index)
    assert [page["count"] for page in document["items"]] == [len(page["items"]) for page in document["items"]]
    assert versions(document) == [fragment.version for fragment in index.fragments]
    assert len(index.fragments) == 593
    assert RECORDED not in json.dumps(document)


def test_every_recorded_release_has_its_date() -> None:
    for name in ("newtonsoft.json", "castle.core", "serilog"):
        index = split(key(name), pack_collected(recorded(name)))
        unlisted = [each for each in index.fragments if b'"listed":false' in each.body]
        assert [each for each in index.fragments if each.published_at is None] == unlisted


def test_unknown_fields_survive_at_every_level() -> None:
    feed = plums("1.0.0", "1.1.0")
    feed.publish("Plum", "1.2.0", later={"kept": [1, 2.50]})
    collected = Collected(
        PLACES,
        registration=feed.bodies()[f"{FEED}/registration/plum/index.json"]
        .replace(b'{"@id"', b'{"first":1e5,"@id"', 1)
        .replace(b'"lower"', b'"page-field":"\\u00e4","lower"'),
    )
    index = split(key("plum"), pack_collected(collected))
    body = INDEX.forms["registration-gz-semver2"].join(index, index.fragments[1:])
    for field in (b'"first":1e5', b'"page-field":"\\u00e4"', b'"later":{"kept":[1,2.5]}'):
        assert field in body


def test_every_address_of_a_file_leads_to_us() -> None:
    feed = plums("1.0.0-Beta.1")
    leaf = joined(index_of(feed, "plum"))["items"][0]["items"][0]
    address = f"{OURS}/v3/flatcontainer/plum/1.0.0-beta.1/plum.1.0.0-beta.1.nupkg"
    assert leaf["packageContent"] == leaf["catalogEntry"]["packageContent"] == address
    assert leaf["@id"] == f"{OURS}/v3/registration-gz-semver2/plum/1.0.0-beta.1.json"


def test_addresses_elsewhere_are_kept_for_us_and_hidden_from_clients() -> None:
    feed = plums("1.0.0", "1.1.0")
    body = feed.bodies()[f"{FEED}/registration/plum/index.json"]
    elsewhere = "http://files.example/download?plum=1.0.0&x=%2B"
    usual = f"{FEED}/flat/plum/1.0.0/plum.1.0.0.nupkg"
    body = body.replace(usual.encode(), elsewhere.encode()).replace(b"/registration/plum", b"/other/plum")
    index = split(key("plum"), pack_collected(Collected(PLACES, registration=body)))
    text = json.dumps(joined(index))
    assert FEED not in text
    assert "files.example" not in text
    located = INDEX.locate(key("plum"), index, "Plum.1.0.0.nupkg")
    assert located is not None
    assert located.artifact.url == elsewhere
    other = INDEX.locate(key("plum"), index, "plum.1.1.0.nupkg")
    assert other is not None
    assert other.artifact.url == f"{FEED}/flat/plum/1.1.0/plum.1.1.0.nupkg"


@pytest.mark.parametrize(
    "name", ["plum.1.0.1.nupkg", "pear.1.0.0.nupkg", "plum.1.0.0.zip", "1.0.0.nupkg", "plum..nupkg", ""]
)
def test_a_file_that_no_release_owns_is_not_found(name: str) -> None:
    assert INDEX.locate(key("plum"), index_of(plums("1.0.0"), "plum"), name) is None


def test_pages_are_counted_and_bounded_anew_when_releases_are_left_out() -> None:
    feed = plums("1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0", page_size=2)
    document = joined(index_of(feed, "plum"), without=("1.1.0", "1.2.0", "2.0.0"))
    assert document["count"] == len(document["items"]) == 2
    assert [(page["lower"], page["upper"], page["count"]) for page in document["items"]] == [
        ("1.0.0", "1.0.0", 1),
        ("2.1.0", "2.1.0", 1),
    ]
    assert document["items"][0]["@id"] == f"{OURS}/v3/registration-gz-semver2/plum/page/1.0.0/1.0.0.json"


def test_old_hives_are_without_what_old_clients_cannot_read() -> None:
    feed = plums("1.0.0", "1.1.0-beta", "1.1.0-beta.1", "1.2.0+build")
    feed.publish("Plum", "1.3.0", {"net6.0": {"Pear": "[1.0.0-rc.1, )"}})
    feed.publish("Plum", "1.4.0", {"net6.0": {"Pear": "[1.0.0-rc, 2.0.0)"}})
    index = index_of(feed, "plum")
    for form in ("registration", "registration-gz"):
        document = joined(index, form)
        assert versions(document) == ["1.0.0", "1.1.0-beta", "1.4.0"]
        assert document["items"][0]["count"] == 3
    assert len(versions(joined(index))) == 6
    assert "/v3/registration-semver1/plum/1.0.0.json" in json.dumps(joined(index, "registration"))


def test_the_list_of_versions_has_all_of_them_as_addresses_have_them() -> None:
    feed = plums("2.0", "1.0.0-Beta.1+abc", "1.10.0")
    feed.publish("Plum", "1.2.0.0", listed=False)
    assert joined(index_of(feed, "plum"), "flat") == {"versions": ["1.0.0-beta.1", "1.2.0", "1.10.0", "2.0.0"]}


def test_a_feed_that_only_lists_versions_has_a_registration_all_the_same() -> None:
    flat = b'{"versions":["1.0.0","1.1.0-a","what"]}'
    index = split(key("plum"), pack_collected(Collected(PLACES, flat=flat)))
    document = joined(index)
    assert versions(document) == ["1.0.0", "1.1.0-a"]
    assert (document["count"], document["items"][0]["lower"], document["items"][0]["upper"]) == (1, "1.0.0", "1.1.0-a")
    located = INDEX.locate(key("plum"), index, "plum.1.1.0-a.nupkg")
    assert located is not None
    assert located.artifact.url == f"{FEED}/flat/plum/1.1.0-a/plum.1.1.0-a.nupkg"


def test_a_release_that_cannot_be_served_is_left_out_alone() -> None:
    feed = plums("1.0.0", "nonsense", "1.0", "1.1.0")
    body = feed.bodies()[f"{FEED}/registration/plum/index.json"]
    twice = body.replace(
        b'"packageContent":"http://feed.example/flat/plum/1.1.0', b'"packageContent":"x","packageContent":"y', 1
    )
    index = split(key("plum"), pack_collected(Collected(PLACES, registration=twice)))
    assert [fragment.version for fragment in index.fragments] == ["1.0.0"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"items":5}',
        b'{"items":[5]}',
        b'{"items":[{}]}',
        b'{"items":[{"@id":"http://feed.example/x"}]}',
        b'{"items":[{"@id":7}]}',
        b'{"items":[{"items":7}]}',
        b'{"items":[{"items":[{"catalogEntry":{"id":"pear","version":"1.0.0"}}]}]}',
        b'{"items":[],"x":"\0"}',
        b'{"items":' + b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_registration_of_the_package_is_bad(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        split(key("plum"), pack_collected(Collected(PLACES, registration=body)))


@pytest.mark.parametrize("flat", [b"", b"{}", b'{"versions":{}}', b'{"versions":[1]}', b'{"versions":["1\0"]}'])
def test_what_is_no_list_of_versions_is_bad(flat: bytes) -> None:
    with pytest.raises(UpstreamBad):
        split(key("plum"), pack_collected(Collected(PLACES, flat=flat)))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_registration_or_bad(body: bytes) -> None:
    for kept in (body, pack_collected(Collected(PLACES, registration=body or b"x"))):
        try:
            split(key("plum"), kept)
        except UpstreamBad:
            continue


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "items",
                        "@id",
                        "catalogEntry",
                        "id",
                        "version",
                        "packageContent",
                        "dependencyGroups",
                        "dependencies",
                        "range",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_registration_or_bad(value: object) -> None:
    document = {
        "items": [
            {
                "items": [
                    {
                        "catalogEntry": {"id": "plum", "version": "1.0.0"} | (value if isinstance(value, dict) else {}),
                        "x": value,
                    }
                ]
            }
        ]
    }
    for each in (document, value):
        try:
            index = split(key("plum"), pack_collected(Collected(PLACES, registration=json.dumps(each).encode())))
        except UpstreamBad:
            continue
        joined(index)
        INDEX.describe(key("plum"), index)
        INDEX.summary(key("plum"), index)


def test_a_large_registration_is_still_one_document() -> None:
    feed = plums(*(f"1.0.{number}" for number in range(300)), page_size=64)
    index = split(key("plum"), collect(feed, "plum"))
    assert len(index.fragments) == 300
    assert joined(index)["count"] == 5
