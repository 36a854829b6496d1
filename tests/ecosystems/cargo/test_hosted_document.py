"""The Web API's document of a crate that is published here."""

import json
from typing import Any

import pytest

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.domain.release import Release
from packhouse.ecosystems.cargo.crate_document import crate_path, read_crate
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line
from packhouse.ecosystems.cargo.hosted_document import Deed, PackedFile, add_release, with_yank, without_release
from packhouse.ecosystems.cargo.index import INDEX
from packhouse.ecosystems.cargo.index_line import write_line
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.record import complete
from tests.ecosystems.cargo.crates import key, recorded_crate
from tests.ecosystems.cargo.releases import DAY, manifest_of, recorded_release

PACKED = PackedFile("ab" * 32, 1234)
ADA = Deed("ada", Moment(DAY), "Ada L.")
BOB = Deed("bob", Moment(DAY + 1500))
FIELDS = (
    "id name updated_at created_at versions keywords categories badges downloads recent_downloads default_version"
    " num_versions yanked max_version max_stable_version newest_version description homepage documentation repository"
    " links exact_match trustpub_only"
)
VERSION_FIELDS = (
    "id crate num dl_path readme_path updated_at created_at downloads features yanked yank_message lib_links license"
    " links crate_size published_by audit_actions checksum rust_version has_lib bin_names edition description homepage"
    " documentation repository linecounts trustpub_data"
)


def document_of(*versions: str) -> Json:
    """Make the document of some releases, a second apart."""
    document: Json | None = None
    for number, version in enumerate(versions):
        manifest = manifest_of(
            f'[package]\nname = "Pear"\nversion = "{version}"\ndescription = "Pear {version}"\nlicense = "MIT"'
        )
        document = add_release(document, manifest, PACKED, Deed("ada", Moment(DAY + number * 1000)))
    assert document is not None
    json.dumps(document)
    return document


def test_a_document_has_the_fields_of_the_public_registrys() -> None:
    document = document_of("1.0.0")
    assert set(document["crate"]) == set(FIELDS.split())
    assert set(document["versions"][0]) == set(VERSION_FIELDS.split())
    recorded: dict[str, Any] = json.loads(recorded_crate("utf8-ranges"))
    assert set(recorded["crate"]) <= set(document["crate"])
    assert set(recorded["versions"][0]) <= set(document["versions"][0])


def test_a_release_says_what_its_manifest_does() -> None:
    manifest = recorded_release("Pear_Tree-1.2.3")[3]
    document = add_release(None, manifest, PACKED, ADA)
    crate, version = document["crate"], document["versions"][0]
    assert (crate["id"], crate["keywords"], crate["categories"]) == (
        "Pear_Tree",
        ["fruit", "tree"],
        ["science", "algorithms::x"],
    )
    assert [each["keyword"] for each in document["keywords"]] == ["fruit", "tree"]
    assert crate["created_at"] == crate["updated_at"] == version["created_at"] == "2023-11-14T22:13:20.000000Z"
    assert version["features"] == {
        "default": ["std"],
        "more": ["plum-alias/std", "tree"],
        "std": [],
        "tree": ["dep:fig", "plum-alias?/std"],
    }
    assert (version["license"], version["rust_version"], version["edition"]) == ("MIT OR Apache-2.0", "1.70", "2021")
    assert (version["has_lib"], version["bin_names"]) == (True, ["one", "two"])
    assert (version["crate_size"], version["checksum"]) == (1234, "ab" * 32)
    assert version["published_by"]["login"] == "ada"
    assert version["audit_actions"] == [
        {"action": "publish", "user": version["published_by"], "time": version["created_at"]}
    ]


def test_capitals_make_no_other_keyword() -> None:
    manifest = manifest_of('keywords = ["Fruit", "fruit", "tree"]')
    assert add_release(None, manifest, PACKED, ADA)["crate"]["keywords"] == ["fruit", "tree"]


def test_a_licence_of_which_there_is_only_a_file_is_a_non_standard_one() -> None:
    manifest = recorded_release("plum-0.1.0-alpha.1+build.5")[3]
    assert add_release(None, manifest, PACKED, ADA)["versions"][0]["license"] == "non-standard"


def test_a_crate_is_as_its_latest_release_and_named_as_its_first() -> None:
    document = document_of("1.0.0", "2.0.0-rc.1", "1.1.0", "0.9.0")
    crate = document["crate"]
    assert [each["num"] for each in document["versions"]] == ["2.0.0-rc.1", "1.1.0", "1.0.0", "0.9.0"]
    assert crate["versions"] == [each["id"] for each in document["versions"]]
    assert crate["description"] == "Pear 0.9.0"
    assert (crate["created_at"][-10:], crate["updated_at"][-10:]) == ("20.000000Z", "23.000000Z")
    assert (crate["max_version"], crate["max_stable_version"]) == ("2.0.0-rc.1", "1.1.0")
    assert (crate["newest_version"], crate["default_version"], crate["num_versions"]) == ("0.9.0", "1.1.0", 4)


def test_yanking_notes_who_and_why_and_names_another_version() -> None:
    before = document_of("1.0.0", "1.1.0")
    document = with_yank(before, "1.1.0", BOB, yanked=True, message="rotten")
    version = document["versions"][0]
    assert (version["yanked"], version["yank_message"]) == (True, "rotten")
    assert version["updated_at"] == "2023-11-14T22:13:21.500000Z"
    assert [(each["action"], each["user"]["login"]) for each in version["audit_actions"]] == [
        ("publish", "ada"),
        ("yank", "bob"),
    ]
    assert document["crate"]["default_version"] == "1.0.0"
    assert not document["crate"]["yanked"]
    assert with_yank(document, "1.1.0", ADA, yanked=True, message="rotten") is document
    both = with_yank(document, "1.0.0", BOB, yanked=True)
    assert both["crate"]["yanked"]
    assert both["crate"]["max_version"] == "0.0.0"
    back = with_yank(document, "1.1.0", ADA, yanked=False, message="no matter")
    assert back["versions"][0]["yank_message"] is None
    assert back["crate"]["default_version"] == "1.1.0"
    with pytest.raises(NotFound):
        with_yank(before, "1.2.0", BOB, yanked=True)


def test_a_release_that_was_removed_is_named_nowhere() -> None:
    document = without_release(document_of("1.0.0", "1.1.0"), "1.1.0")
    assert "1.1.0" not in json.dumps(document["versions"])
    assert document["crate"]["default_version"] == "1.0.0"
    assert len(document["crate"]["versions"]) == 1
    assert without_release(document, "1.0.0")["crate"]["versions"] == []


def test_a_record_of_index_and_document_is_complete() -> None:
    manifest = recorded_release("Pear_Tree-1.2.3")[3]
    pear = key("pear_tree")
    index = add_line(pear, EMPTY, write_line(manifest, (None,) * len(manifest.dependencies), "ab" * 32, Moment(DAY)))
    document = with_yank(add_release(None, manifest, PACKED, ADA), "1.2.3", BOB, yanked=True, message="rotten")
    body = json.dumps(document).encode()
    assert read_crate(body) is not None
    release = INDEX.describe(pear, index).release(0)
    found = complete(pear, release, {FurtherKey(pear, crate_path("pear_tree")): body})
    assert isinstance(found, Release)
    assert found.description == "A pear\nwith two lines"
    assert [each.spdx for each in found.licences] == ["MIT OR Apache-2.0"]
    assert {each.label: each.url for each in found.links} == {
        "homepage": "https://home.example/",
        "documentation": "https://docs.example/",
        "repository": "https://code.example/pear",
    }
    assert found.keywords == ("fruit", "tree")
    assert found.artifacts[0].size_bytes == 1234
    assert [each.name for each in found.maintainers] == ["Ada L."]
    assert found.runtimes == {"rust": "1.70"}
