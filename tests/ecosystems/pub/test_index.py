"""The document of a package: taken apart, put together, described."""

import json
import tarfile
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import BASE
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Licence, Link, Person
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pub import ECOSYSTEM
from packhouse.ecosystems.pub.index import INDEX
from tests.shared import shared_path

OURS = b"http://our.example/pub"
RECORDED = "dependabot/dependabot-core/pub/spec/fixtures/pub_dev_responses/simple"
PAD = PackageKey("pub", NormalName("pad"))


def recorded(name: str) -> bytes:
    """Read what the registry answered for a package."""
    with tarfile.open(shared_path("data", "fixtures", "dependabot-registry.tar.xz")) as archive:
        file = archive.extractfile(f"{RECORDED}/{name}.json")
        assert file is not None
        return file.read()


def entry(version: str, **more: object) -> dict[str, Any]:
    """Write the entry of a release."""
    return {
        "version": version,
        "pubspec": {"name": "pad", "version": version},
        "archive_url": f"https://pub.example/api/archives/pad-{version}.tar.gz",
        "archive_sha256": "ab" * 32,
        "published": "2026-01-01T00:00:00Z",
        **more,
    }


def document(*entries: dict[str, Any], **more: object) -> bytes:
    """Write the document of the package pad; the last release is the latest."""
    return json.dumps({"name": "pad", **more, "latest": entries[-1], "versions": list(entries)}).encode()


def _joined(body: bytes, *left: str, key: PackageKey = PAD) -> dict[str, Any]:
    index = INDEX.split(key, body)
    kept = [each for each in index.fragments if not left or each.version in left]
    found: dict[str, Any] = json.loads(INDEX.forms["package"].join(index, kept).replace(BASE, OURS))
    return found


@pytest.mark.parametrize("name", ["retry", "protobuf", "collection", "meta", "path", "lints"])
def test_a_recorded_document_comes_back_as_it_was_but_for_the_archives_addresses(name: str) -> None:
    body = recorded(name)
    expected = json.loads(body)
    for each in (expected["latest"], *expected["versions"]):
        assert each["archive_url"].endswith(f"/api/archives/{name}-{quote(each['version'])}.tar.gz")
        each["archive_url"] = f"{OURS.decode()}/api/archives/{name}-{quote(each['version'])}.tar.gz"
    joined = _joined(body, key=PackageKey("pub", NormalName(name)))
    assert joined == expected
    assert list(joined["versions"][0]) == list(expected["versions"][0])


def test_fields_that_nobody_knows_survive_in_their_own_bytes() -> None:
    body = document(entry("1.0.0")).replace(b'"archive_sha256"', b'"new":  [1.50, {"x" : null}], "archive_sha256"')
    body = body.replace(b'"name"', b'"future": {"a":  1e2},"name"', 1)
    index = INDEX.split(PAD, body)
    joined = INDEX.forms["package"].join(index, index.fragments)
    assert b'[1.50, {"x" : null}]' in joined
    assert b'"future":{"a":  1e2}' in joined


def test_latest_is_chosen_anew_where_it_was_refused_and_never_dangles() -> None:
    body = document(entry("1.0.0"), entry("1.1.0", retracted=True), entry("2.0.0-dev"), entry("1.2.0"))
    assert _joined(body)["latest"]["version"] == "1.2.0"
    assert _joined(body, "1.0.0", "1.1.0", "2.0.0-dev")["latest"]["version"] == "1.0.0"
    assert _joined(body, "1.1.0", "2.0.0-dev")["latest"]["version"] == "2.0.0-dev"
    index = INDEX.split(PAD, body)
    assert json.loads(INDEX.forms["package"].join(index, ())) == {"name": "pad", "versions": []}
    assert INDEX.retag({"latest": "1.2.0"}, ["1.0.0", "2.0.0-dev"]) == {"latest": "1.0.0"}
    assert INDEX.retag({"latest": "1.2.0"}, []) == {}


def test_an_archive_is_found_by_its_name_with_address_and_digest() -> None:
    index = INDEX.split(PAD, document(entry("1.0.0"), entry("1.0.0+1")))
    located = INDEX.locate(PAD, index, "pad-1.0.0+1.tar.gz")
    assert located is not None
    assert located.artifact.url == "https://pub.example/api/archives/pad-1.0.0+1.tar.gz"
    assert str(located.artifact.digests[0]) == f"sha256:{'ab' * 32}"
    assert INDEX.locate(PAD, index, "pad-2.0.0.tar.gz") is None


def test_the_record_has_what_a_pubspec_says() -> None:
    pubspec = {
        "name": "pad",
        "description": " Pads \n",
        "homepage": "https://pad.example",
        "repository": "javascript:alert(1)",
        "issue_tracker": "https://pad.example/issues",
        "funding": ["https://fund.example"],
        "author": "Ann <ann@pad.example>",
        "topics": ["text"],
        "environment": {"sdk": "^3.0.0", "flutter": ">=3.10.0"},
        "dependencies": {
            "meta": "^1.0.0",
            "anything": None,
            "flutter": {"sdk": "flutter"},
            "forked": {"git": {"url": "https://git.example/x.git"}},
            "inner": {"hosted": "https://other.example", "version": "^2.0.0"},
        },
        "dev_dependencies": {"test": "^1.16.0"},
    }
    record = INDEX.describe(
        PAD,
        INDEX.split(
            PAD, document(entry("1.0.0"), entry("1.1.0", pubspec=pubspec), isDiscontinued=True, replacedBy="quilt")
        ),
    )
    assert (record.versions, record.tags, record.description) == (("1.0.0", "1.1.0"), {"latest": "1.1.0"}, "Pads")
    release = record.release(1)
    assert release.links == (
        Link("homepage", "https://pad.example"),
        Link("issues", "https://pad.example/issues"),
        Link("funding", "https://fund.example"),
    )
    assert release.authors == (Person(name="Ann", email="ann@pad.example"),)
    assert release.runtimes == {"dart": "^3.0.0", "flutter": ">=3.10.0"}
    assert (release.deprecated, release.successor) == ("discontinued, replaced by quilt", "quilt")
    assert [(each.name, each.range, each.scope, each.kind) for each in release.requirements] == [
        ("meta", "^1.0.0", "runtime", "range"),
        ("anything", "any", "runtime", "range"),
        ("flutter", "any", "system", "unknown"),
        ("forked", "any", "runtime", "git"),
        ("inner", "^2.0.0", "runtime", "range"),
        ("test", "^1.16.0", "dev", "range"),
    ]
    assert isinstance(release.requirements[0], Requirement)
    assert record.release(0).published_at == 1_767_225_600_000


def test_retracted_releases_are_yanked_and_pre_releases_are_told_apart() -> None:
    record = INDEX.describe(
        PAD, INDEX.split(PAD, document(entry("1.0.0"), entry("2.0.0-dev"), entry("1.5.0", retracted=True)))
    )
    assert record.versions == ("1.0.0", "1.5.0", "2.0.0-dev")
    assert (record.yanked, record.prereleases) == (frozenset({1}), frozenset({2}))


def test_licence_and_publisher_complete_a_release() -> None:
    record = INDEX.describe(PAD, INDEX.split(PAD, document(entry("1.0.0"))))
    assert ECOSYSTEM.complete is not None
    wanted = ECOSYSTEM.complete(PAD, record.release(0), {})
    assert wanted == frozenset({FurtherKey(PAD, "score"), FurtherKey(PAD, "publisher")})
    score = {"tags": ["license:bsd-3-clause", "license:fsf-libre", "license:osi-approved", "sdk:dart"]}
    documents = {
        FurtherKey(PAD, "score"): msgspec.json.encode(score),
        FurtherKey(PAD, "publisher"): b'{"publisherId":"pad.example"}',
    }
    release = ECOSYSTEM.complete(PAD, record.release(0), documents)
    assert not isinstance(release, frozenset)
    assert release.licences == (Licence("BSD-3-Clause", "BSD-3-Clause"),)
    assert release.maintainers == (Person(name="pad.example"),)
    nothing = ECOSYSTEM.complete(PAD, record.release(0), dict.fromkeys(wanted))
    assert nothing == record.release(0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\0",
        b'{"name":"other","versions":[]}',
        b'{"name":"pad","versions":{}}',
        b'{"name":"pad","versions":[{}]}',
        b'{"name":"pad","versions":[{"version":"../1","archive_url":"x"}]}',
        b'{"name":"pad","versions":[{"version":"1","archive_url":"a\\nb"}]}',
        b'{"name":"pad","versions":[{"version":"1","archive_url":"a"},{"version":"1","archive_url":"a"}]}',
        b'{"name":"pad","versions":[{"version":"","archive_url":"a"}]}',
        b'{"name":"pad","latest":' + b"[" * 100_000,
    ],
)
def test_a_document_that_is_not_one_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        INDEX.split(PAD, body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["description", "topics", "dependencies", "environment", "author", "funding"]), _json
    )
)
def test_any_pubspec_can_be_described_and_summarised(pubspec: dict[str, Any]) -> None:
    index = INDEX.split(PAD, document(entry("1.0.0", pubspec=pubspec)))
    assert INDEX.describe(PAD, index).versions == ("1.0.0",)
    summary = INDEX.summary(PAD, index)
    assert summary is not None
    assert summary.version == "1.0.0"
