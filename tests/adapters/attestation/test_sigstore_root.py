"""Who is believed to have signed a bundle."""

import copy
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.domain.errors import Invalid
from packhouse.formats.sigstore_bundle import read_envelope
from tests.sigstore_authority import NOW, Authority, Claims, provenance

AUTHORITY, STRANGER = Authority(), Authority()
STATEMENT = provenance("pkg:pear@1.2.3", "sha512", "ab" * 64)
KINDS = ["intoto", "dsse"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


def written(bundle: dict[str, Any]) -> bytes:
    return json.dumps(bundle).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_authority_vouches_for_and_a_log_knows_of_is_believed(root: SigstoreRoot, kind: str) -> None:
    text = written(AUTHORITY.attest(STATEMENT, kind=kind))
    assert root(text) == read_envelope(text).payload == json.dumps(STATEMENT).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_an_unknown_authority_vouches_for_is_not_believed(root: SigstoreRoot, kind: str) -> None:
    with pytest.raises(Invalid, match="trusted root"):
        root(written(STRANGER.attest(STATEMENT, kind=kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_of_an_unknown_log_is_not_believed(root: SigstoreRoot, kind: str) -> None:
    mine, theirs = AUTHORITY.attest(STATEMENT, kind=kind), STRANGER.attest(STATEMENT, kind=kind)
    mine["verificationMaterial"]["tlogEntries"] = theirs["verificationMaterial"]["tlogEntries"]
    with pytest.raises(Invalid, match="trusted root"):
        root(written(mine))


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_of_another_statement_is_not_believed(root: SigstoreRoot, kind: str) -> None:
    # A swapped entry of the same log (CVE-2022-36056), and one of the same key and signature for another statement.
    mine, other = AUTHORITY.attest(STATEMENT, kind=kind), AUTHORITY.attest(STATEMENT, kind=kind)
    mine["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    for bundle in (mine, AUTHORITY.attest(STATEMENT, kind=kind, logged=STATEMENT | {"predicateType": "https://x"})):
        with pytest.raises(Invalid, match="trusted root"):
            root(written(bundle))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("late", [timedelta(minutes=11), timedelta(minutes=-1), timedelta(days=900)])
def test_a_certificate_that_had_expired_when_it_signed_is_not_believed(
    root: SigstoreRoot, kind: str, late: timedelta
) -> None:
    assert root(written(AUTHORITY.attest(STATEMENT, kind=kind, logged_at=NOW + timedelta(minutes=9))))
    with pytest.raises(Invalid, match="trusted root"):
        root(written(AUTHORITY.attest(STATEMENT, kind=kind, logged_at=NOW + late)))


def _changes(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Take away or change one thing at a time."""
    changed: dict[str, dict[str, Any]] = {}

    def change(name: str) -> dict[str, Any]:
        changed[name] = copy.deepcopy(bundle)
        return changed[name]

    entry = "tlogEntries"
    change("no entry")["verificationMaterial"][entry] = []
    change("two entries")["verificationMaterial"][entry] *= 2
    del change("no proof")["verificationMaterial"][entry][0]["inclusionProof"]
    del change("no promise")["verificationMaterial"][entry][0]["inclusionPromise"]
    change("another time")["verificationMaterial"][entry][0]["integratedTime"] = str(int(NOW.timestamp()) + 1)
    change("another place")["verificationMaterial"][entry][0]["logIndex"] = "1"
    change("another kind")["verificationMaterial"][entry][0]["kindVersion"]["kind"] = "hashedrekord"
    change("an unknown kind")["verificationMaterial"][entry][0]["kindVersion"] = {"kind": "x", "version": "0.0.2"}
    change("no signature")["dsseEnvelope"]["signatures"] = []
    change("another type")["dsseEnvelope"]["payloadType"] = "text/plain"
    change("another payload")["dsseEnvelope"]["payload"] = "e30="
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_missing_or_changed_is_not_believed(root: SigstoreRoot, kind: str) -> None:
    for name, bundle in _changes(AUTHORITY.attest(STATEMENT, kind=kind)).items():
        with pytest.raises(Invalid, match="trusted root"):
            pytest.fail(f"{name}: believed {root(written(bundle))!r}")


_TEXTS = {kind: written(AUTHORITY.attest(STATEMENT, kind=kind)) for kind in KINDS}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_bundle_that_was_tampered_with_says_the_same_or_is_invalid(root: SigstoreRoot, data: st.DataObject) -> None:
    text = bytearray(_TEXTS[data.draw(st.sampled_from(KINDS))])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        said = root(bytes(text))
    except Invalid:
        return
    assert said == json.dumps(STATEMENT).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"9" * 100_000, b"null", b"{}"]))
def test_what_is_no_bundle_is_invalid(root: SigstoreRoot, text: bytes) -> None:
    with pytest.raises(Invalid):
        root(text)


def test_the_public_root_is_the_one_that_comes_with_the_library() -> None:
    assert SigstoreRoot().basis() == SigstoreRoot().basis()
    with pytest.raises(Invalid, match="trusted root"):
        SigstoreRoot()(written(AUTHORITY.attest(STATEMENT, Claims())))


def test_nothing_of_it_is_loaded_before_something_is_checked(tmp_path: Path) -> None:
    code = "import sys, packhouse.app; print([name for name in sys.modules if name.split('.')[0] == 'sigstore'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"
