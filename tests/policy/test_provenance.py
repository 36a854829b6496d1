"""What is read of a statement before anything of it is believed."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.digest import Digest
from packhouse.domain.provenance import Attested, Presented, Publisher
from packhouse.formats.build_certificate import read_claims
from packhouse.policy.provenance import canonical, conclude, read, relations
from tests.sigstore_authority import COMMIT, REPOSITORY, WORKFLOW, Authority, Claims, provenance

AUTHORITY = Authority()
NAME, SHA512, SHA256 = "pkg:pear@1.2.3", "ab" * 64, "cd" * 32
DIGESTS = (Digest("sha1", "00" * 20), Digest("sha512", SHA512))
STATEMENT = provenance(NAME, "sha512", SHA512)


def presented(statement: dict[str, Any], claims: Claims = Claims(), publisher: Publisher = Publisher()) -> Presented:  # noqa: B008 (frozen)
    return Presented(json.dumps(AUTHORITY.attest(statement, claims)).encode(), (NAME,), publisher)


def judge(statement: dict[str, Any], claims: Claims = Claims(), publisher: Publisher = Publisher()) -> Attested:  # noqa: B008 (frozen)
    """Take the signature for good."""
    found = read(presented(statement, claims, publisher), "pear.tgz", "", DIGESTS)
    return conclude(found, found.payload, "")


def test_certificate_and_statement_agree() -> None:
    found = judge(STATEMENT)
    assert (found.verified, found.reason) == (True, "")
    assert (found.repository, found.commit, found.builder.workflow) == (REPOSITORY, COMMIT, WORKFLOW)


def test_older_certificates_are_read_as_well_and_only_those_of_the_issuer_that_wrote_them() -> None:
    older = Claims(older=True)
    found = judge(STATEMENT, older)
    assert (found.verified, found.repository, found.commit) == (True, REPOSITORY, COMMIT)
    assert (found.builder.ref, found.builder.workflow) == ("refs/tags/v1.2.3", WORKFLOW)
    foreign = judge(STATEMENT, older._replace(issuer="https://issuer.example"))
    assert (foreign.verified, "its certificate none" in foreign.reason) == (False, True)


def test_nothing_is_verified_that_was_not_checked_or_was_read_in_two_ways() -> None:
    found = read(presented(STATEMENT), "pear.tgz", "", DIGESTS)
    assert found.reason == ""
    assert (conclude(found, None, "").verified, conclude(found, None, "").reason) == (False, "it was not checked")
    assert conclude(found, None, "no").reason == "no"
    assert conclude(found, b"{}", "").reason == "it can be read in two ways"


@pytest.mark.parametrize(
    ("told", "same"),
    [
        ({"sha512": SHA512}, True),
        ({"sha512": SHA512.upper()}, True),
        ({"sha512": SHA512, "sha1": "ff" * 20}, True),
        ({"sha512": SHA512, "sha256": SHA256}, True),
        ({"sha256": SHA256}, False),
        ({"sha1": "00" * 20}, False),
        ({}, False),
    ],
)
def test_a_file_is_known_by_its_strongest_digest(told: dict[str, str], same: bool) -> None:  # noqa: FBT001
    assert judge(STATEMENT | {"subject": [{"name": NAME, "digest": told}]}).verified is same


def test_one_of_several_subjects_will_do_if_name_and_digest_are_its_own() -> None:
    other, mine = {"name": "pkg:plum@1", "digest": {"sha512": SHA512}}, STATEMENT["subject"][0]
    assert judge(STATEMENT | {"subject": [other, mine]}).verified
    crossed = [other, {"name": NAME, "digest": {"sha512": "00" * 64}}]
    assert not judge(STATEMENT | {"subject": crossed}).verified


def _slsa_02(uri: str, commit: str) -> dict[str, Any]:
    source = {"configSource": {"uri": uri, "digest": {"sha1": commit}}}
    return STATEMENT | {"predicateType": "https://slsa.dev/provenance/v0.2", "predicate": {"invocation": source}}


@pytest.mark.parametrize(
    ("statement", "believed"),
    [
        (_slsa_02(f"git+{REPOSITORY}@refs/tags/v1.2.3", COMMIT), True),
        (_slsa_02(f"git+{REPOSITORY}.git@refs/tags/v1.2.3", COMMIT), True),
        (_slsa_02(REPOSITORY.upper().replace("HTTPS", "https"), COMMIT), True),
        (_slsa_02("git+https://github.com/evil/press@refs/tags/v1.2.3", COMMIT), False),
        (_slsa_02(f"git+{REPOSITORY}@refs/tags/v1.2.3", "0" * 40), False),
        (STATEMENT | {"predicate": {"buildDefinition": {"externalParameters": {"source": REPOSITORY}}}}, True),
        (STATEMENT | {"predicate": {"buildDefinition": {"externalParameters": {"source": "https://evil"}}}}, False),
        # Nothing that contradicts: the certificate says it all.
        (STATEMENT | {"predicate": None}, True),
        (STATEMENT | {"predicate": [7]}, True),
        (STATEMENT | {"predicate": {"buildDefinition": {"resolvedDependencies": [None, {"uri": 7}]}}}, True),
    ],
)
def test_a_statement_may_not_name_another_source_than_its_certificate(
    statement: dict[str, Any],
    believed: bool,  # noqa: FBT001
) -> None:
    found = judge(statement)
    assert found.verified is believed
    if believed:
        assert (found.repository, found.commit) == (REPOSITORY, COMMIT)


def test_a_publisher_is_held_against_the_certificate() -> None:
    workflow = WORKFLOW.partition("@")[0]
    assert judge(STATEMENT, publisher=Publisher("GitHub", "github.com/Farm/Press", workflow)).verified
    assert not judge(STATEMENT, publisher=Publisher("GitHub", "github.com/farm/other")).verified
    assert not judge(STATEMENT, publisher=Publisher("GitHub", "github.com/farm/press", f"{workflow}x")).verified
    assert not judge(STATEMENT, publisher=Publisher("Google", email="a@farm.example")).verified


@pytest.mark.parametrize("repository", ["https://github.com/Farm/Press", "git+https://github.com/farm/press.git/"])
def test_a_repository_has_one_form(repository: str) -> None:
    assert canonical(repository) == "github.com/farm/press"


def test_only_what_is_verified_relates_a_release_to_a_repository_and_slsa_first() -> None:
    publication = "https://index.example/attestations/publish/v1"
    told = [
        Attested(publication, "a", verified=True, repository="https://github.com/farm/press"),
        Attested("https://slsa.dev/provenance/v1", "a", verified=True, repository="https://github.com/Farm/press"),
        Attested("https://slsa.dev/provenance/v1", "a", repository="https://github.com/evil/press"),
        Attested("https://other.example", "a", verified=True, repository="https://github.com/farm/other"),
        Attested(publication, "a", verified=True, repository="nowhere"),
    ]
    found = relations("1.0", told)
    assert [(each.project, each.provenance) for each in found] == [
        ("github.com/farm/press", "slsa"),
        ("github.com/farm/press", "publish"),
    ]


_TEXT = presented(STATEMENT).bundle
_CERTIFICATE = base64.b64decode(json.loads(_TEXT)["verificationMaterial"]["certificate"]["rawBytes"])


def _mangled(data: st.DataObject, whole: bytes) -> bytes:
    text = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    return bytes(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_a_registry_presents_is_read_or_told_to_be_unreadable(data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        text = _mangled(data, _TEXT)
    else:
        bundle = json.loads(_TEXT)
        mangled = base64.b64encode(_mangled(data, _CERTIFICATE)).decode()
        bundle["verificationMaterial"]["certificate"]["rawBytes"] = mangled
        text = json.dumps(bundle).encode()
    found = read(Presented(text, (NAME,)), "pear.tgz", "", DIGESTS)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Attested).filename == "pear.tgz"
    assert not conclude(found, None, "").verified


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_certificate_is_read_or_a_value_error(data: st.DataObject) -> None:
    try:
        claims = read_claims(_mangled(data, _CERTIFICATE))
    except ValueError:
        return
    assert set(claims) == {"identity", "issuer", "repository", "commit", "ref", "workflow", "run"}


@pytest.mark.parametrize("half", [{"subject": [{"name": "\ud800", "digest": {}}]}, {"predicate": "\ud800"}])
def test_half_a_character_is_not_read(half: dict[str, Any]) -> None:
    found = judge(STATEMENT | half)
    assert "cannot be read" in found.reason
    assert msgspec.json.encode(found)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_a_predicate_may_be_anything(predicate: object) -> None:
    bundle = json.loads(_TEXT)
    payload = base64.b64encode(json.dumps(STATEMENT | {"predicate": predicate}).encode()).decode()
    bundle["dsseEnvelope"]["payload"] = payload
    found = read(Presented(json.dumps(bundle).encode(), (NAME,)), "pear.tgz", "", DIGESTS)
    assert found.type == "https://slsa.dev/provenance/v1" or found.reason
