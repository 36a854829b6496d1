"""Records: what manifests of fifteen years say, as one model."""

import json
from typing import Any

import pytest

from packhouse.domain.release import Link, PackageRecord, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.facts import NpmFacts, facts
from packhouse.ecosystems.npm.index import INDEX
from packhouse.ecosystems.npm.packument import split
from tests.ecosystems.npm.packuments import encode, key_of, manifest, packument, recorded


def described(**fields: Any) -> Release:  # noqa: ANN401 (any JSON)
    record = record_of(packument("pad", "1.0.0", versions={"1.0.0": manifest("pad", "1.0.0", **fields)}))
    return record.release(0)


def record_of(document: dict[str, Any]) -> PackageRecord:
    return INDEX.describe(key_of(document["name"]), split(key_of(document["name"]), encode(document)))


def test_every_recorded_release_is_described_with_its_date_file_and_digest() -> None:
    for body in recorded().values():
        document = json.loads(body)
        key = key_of(document["name"])
        record = INDEX.describe(key, split(key, body))
        assert set(record.versions) == set(document["versions"])
        assert record.tags == document["dist-tags"]
        for position, version in enumerate(record.versions):
            release = record.release(position)
            given = document["versions"][version]
            assert release.version == version
            assert (release.published_at is None) == (version not in document.get("time", {}))
            assert [artifact.url for artifact in release.artifacts] == [given["dist"]["tarball"]]
            sha1 = {digest.value for digest in release.artifacts[0].digests if digest.algorithm == "sha1"}
            assert sha1 == {given["dist"]["shasum"]} or len(given["dist"]["shasum"]) != 40
            assert (position in record.deprecated) == bool(given.get("deprecated"))
            if isinstance(engines := given.get("engines"), dict):
                assert record.runtimes[position] == engines.get("node")
            names = [requirement.alias or requirement.name for requirement in release.requirements]
            fields = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
            assert names == [name for field in fields for name in given.get(field) or {}]


def test_versions_ascend_and_what_is_no_version_is_left_out() -> None:
    versions = ("1.10.0", "1.9.0", "2.0.0-beta.1", "nonsense", "v1.0", "2.0.0", "1.0.0+b", "1.0.0", "=0.1.0")
    document = packument("pad", *versions, **{"dist-tags": {"latest": "2.0.0", "odd": "nonsense"}})
    record = record_of(document)
    assert record.versions == ("=0.1.0", "1.0.0+b", "1.0.0", "1.9.0", "1.10.0", "2.0.0-beta.1", "2.0.0")
    assert [record.release(position).prerelease for position in range(7)] == [False] * 5 + [True, False]
    assert record.tags == {"latest": "2.0.0"}
    assert len(record.published_at) == len(record.runtimes) == 7


def test_requirements_stand_in_upstreams_order_with_scope_and_optionality() -> None:
    release = described(
        dependencies={"b": "^1.0.0", "a": "npm:real@2", "c": "latest"},
        devDependencies={"d": "github:u/r"},
        optionalDependencies={"c": "latest"},
        peerDependencies={"e": ">=1", "f": "*"},
        peerDependenciesMeta={"f": {"optional": True}, "e": {"optional": False}, "g": {"optional": True}, "x": 1},
    )
    assert release.requirements == (
        Requirement("b", "^1.0.0"),
        Requirement("real", "2", alias="a", raw="npm:real@2"),
        Requirement("c", "latest", kind="tag"),
        Requirement("d", "github:u/r", scope="dev", kind="git"),
        Requirement("c", "latest", optional=True, kind="tag"),
        Requirement("e", ">=1", scope="peer"),
        Requirement("f", "*", scope="peer", optional=True),
    )


@pytest.mark.parametrize(
    "wrong", [None, 7, "x", [], ["a"], [["a", "b"]], {"a": 1}, {"a": None}, {"a": {"b": "c"}}, True]
)
def test_fields_of_a_wrong_type_count_as_missing(wrong: object) -> None:
    fields = (
        *("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"),
        *("acceptDependencies", "hasInstallScript", "_hasShrinkwrap", "scripts", "homepage", "author", "repository"),
    )
    release = described(**dict.fromkeys(fields, 7 if wrong in ("x", True, ["a"]) else wrong))
    assert release.requirements == ()
    assert not release.links
    assert not release.authors
    assert facts(release) == NpmFacts()


@pytest.mark.parametrize(
    ("deprecated", "expected"),
    [("use left", "use left"), ("", None), (False, None), (None, None), (True, "deprecated"), (7, None), ([], None)],
)
def test_deprecation_is_a_text_and_an_empty_one_undoes_it(deprecated: object, expected: str | None) -> None:
    assert described(deprecated=deprecated).deprecated == expected
    versions = {"1.0.0": manifest("pad", "1.0.0", deprecated=deprecated)}
    record = record_of(packument("pad", "1.0.0", versions=versions))
    assert record.deprecated == (frozenset() if expected is None else frozenset({0}))


@pytest.mark.parametrize(
    ("engines", "expected"),
    [
        ({"node": ">=18", "npm": ">=9", "odd": 7}, {"node": ">=18", "npm": ">=9"}),
        (["node >=0.6", "npm", "", 7], {"node": ">=0.6", "npm": "*"}),
        ("node >= 0.4", {"node": ">= 0.4"}),
        ("", {}),
        (None, {}),
        (7, {}),
    ],
)
def test_engines_are_an_object_or_as_old_packages_wrote_them(engines: object, expected: dict[str, str]) -> None:
    assert described(engines=engines).runtimes == expected


def test_facts_that_only_npm_has() -> None:
    release = described(
        dependencies={"a": "1", "b": "2"},
        bundleDependencies=True,
        os="linux",
        cpu=["x64", "!arm", 7],
        libc=["glibc"],
        bin="cli.js",
        _hasShrinkwrap=True,
        scripts={"postinstall": "node x"},
        acceptDependencies={"a": "2"},
        funding="https://fund.example",
    )
    found = facts(release)
    assert (found.os, found.cpu, found.libc) == (("linux",), ("x64", "!arm"), ("glibc",))
    assert (found.bundled, found.bin, found.accepted) == (("a", "b"), {"pad": "cli.js"}, {"a": "2"})
    assert (found.has_shrinkwrap, found.has_install_script) == (True, True)
    assert found.bundle is None
    assert facts(described(bundledDependencies=["a", 7])).bundled == ("a",)
    assert facts(described(bundleDependencies={"a": "1"}, bundledDependencies=["b"])).bundled == ("a",)
    assert facts(described(bundleDependencies=False, dependencies={"a": "1"})).bundled == ()
    assert facts(described(hasInstallScript=True)).has_install_script
    assert facts(described(bin={"x": "a.js", "y": 7})).bin == {"x": "a.js"}


def test_description_people_and_keywords() -> None:
    release = described(
        description="Pads",
        author="Ann <ann@x.example> (https://ann.example)",
        maintainers=[{"name": "bob", "email": "bob@x.example"}, "Cid", {"url": "x"}, 7],
        keywords=["pad", " left ", "", 7],
    )
    assert release.description == "Pads"
    assert release.authors == (Person("Ann", "ann@x.example", "https://ann.example"),)
    assert release.maintainers == (Person("bob", "bob@x.example"), Person("Cid"))
    assert release.keywords == ("pad", "left")
    assert described(keywords="pad, left").keywords == ("pad", "left")
    assert described(description={"x": 1}).description is None


def test_numbers_beyond_all_bounds_do_not_hide_the_digests() -> None:
    body = encode(packument("pad", "1.0.0")).replace(b'"shasum"', b'"unpackedSize":1e400,"shasum"')
    release = INDEX.describe(key_of("pad"), split(key_of("pad"), body)).release(0)
    assert len(release.artifacts[0].digests) == 2


def test_a_summary_is_that_of_the_tag_latest() -> None:
    document = packument(
        description="Pads",
        keywords=["pad"],
        maintainers=[{"name": "bob"}],
        license="MIT",
        repository={"type": "git", "url": "git+https://github.com/u/r.git"},
        homepage="javascript:alert(1)",
        bugs={"url": "https://github.com/u/r/issues"},
    )
    index = split(key_of("pad"), encode(document))
    summary = INDEX.summary(key_of("pad"), index)
    assert summary is not None
    assert (summary.version, summary.description, summary.keywords) == ("1.1.0", "Pads", ("pad",))
    assert (summary.maintainers, summary.licence) == (("bob",), "MIT")
    assert summary.published_at == index.fragments[1].published_at
    assert summary.links == {"repository": "https://github.com/u/r", "bugs": "https://github.com/u/r/issues"}


def test_links_keep_upstreams_text_of_the_repository_and_add_the_page() -> None:
    release = described(
        homepage="https://pad.example",
        repository={"type": "git", "url": "git+ssh://git@github.com/u/r.git"},
        bugs="https://pad.example/bugs",
        funding=["https://fund.example", {"url": "https://more.example"}, {"url": "javascript:x"}],
    )
    assert release.links == (
        Link("homepage", "https://pad.example"),
        Link("repository", "git+ssh://git@github.com/u/r.git"),
        Link("source", "https://github.com/u/r"),
        Link("issues", "https://pad.example/bugs"),
        Link("funding", "https://fund.example"),
        Link("funding", "https://more.example"),
    )
