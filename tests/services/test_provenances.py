"""What is said of a release's files, and what is believed of it, over the registries of two ecosystems."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.domain.errors import ConfigError
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.provenance import Attested
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems import npm, pypi
from tests.assembled import Assembled
from tests.sigstore_authority import COMMIT, REPOSITORY, WORKFLOW, Authority, Claims, provenance

pytestmark = pytest.mark.anyio

AUTHORITY, STRANGER = Authority(), Authority()
NPM, PYPI = "http://npm.example", "http://pypi.example"
SHA512 = hashlib.sha512(b"pear").digest()
SHA256 = hashlib.sha256(b"pear").hexdigest()
PURL = "pkg:npm/%40farm/pear@1.2.3"
ATTESTATIONS = f"{NPM}/-/npm/v1/attestations/@farm%2fpear@1.2.3"
INTEGRITY = f"{PYPI}/integrity/pear/1.0/pear-1.0.tar.gz/provenance"
PUBLISH = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "pear-1.0.tar.gz", "digest": {"sha256": SHA256}}],
    "predicateType": "https://registry.example/attestations/publish/v1",
    "predicate": None,
}
PUBLISHER = {"kind": "GitHub", "repository": "farm/press", "workflow": "release.yml", "environment": None}
KEYED = {
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": {"publicKey": {"hint": "SHA256:x"}, "tlogEntries": []},
    "dsseEnvelope": {
        "payload": base64.b64encode(json.dumps(provenance(PURL, "sha512", SHA512.hex())).encode()).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": "AAAA", "keyid": "SHA256:x"}],
    },
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


def npm_server(document: bytes | None, root: SigstoreRoot | None) -> Assembled:
    """Make a server whose upstream has one release and says that it is attested."""
    dist = {
        "tarball": f"{NPM}/@farm/pear/-/pear-1.2.3.tgz",
        "integrity": f"sha512-{base64.b64encode(SHA512).decode()}",
        "attestations": {"url": ATTESTATIONS, "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}},
    }
    plain = {"tarball": f"{NPM}/@farm/pear/-/pear-1.2.2.tgz", "integrity": dist["integrity"]}
    packument = {
        "name": "@farm/pear",
        "dist-tags": {"latest": "1.2.3"},
        "versions": {
            "1.2.2": {"name": "@farm/pear", "version": "1.2.2", "dist": plain},
            "1.2.3": {"name": "@farm/pear", "version": "1.2.3", "dist": dist},
        },
    }
    answers = {f"{NPM}/@farm%2fpear": json.dumps(packument).encode()}
    if document is not None:
        answers[ATTESTATIONS] = document
    upstreams = [UpstreamRegistry("npm", "npm", NPM)]
    return Assembled(npm.ECOSYSTEM, npm.build_mount, answers, upstreams, provenance_root=root)


def pypi_server(document: bytes, root: SigstoreRoot | None) -> Assembled:
    """Likewise."""
    file = {
        "filename": "pear-1.0.tar.gz",
        "url": f"{PYPI}/files/pear-1.0.tar.gz",
        "hashes": {"sha256": SHA256},
        "provenance": INTEGRITY,
    }
    page = {"meta": {"api-version": "1.3"}, "name": "pear", "versions": ["1.0"], "files": [file]}
    answers = {f"{PYPI}/simple/pear/": json.dumps(page).encode(), INTEGRITY: document}
    upstreams = [UpstreamRegistry("pypi", "pypi", PYPI)]
    return Assembled(pypi.ECOSYSTEM, pypi.build_mount, answers, upstreams, provenance_root=root)


def document(*bundles: Any) -> bytes:  # noqa: ANN401 (any JSON)
    """Write bundles as npm's registry lists them."""
    return json.dumps({"attestations": [{"predicateType": "x", "bundle": bundle} for bundle in bundles]}).encode()


def integrity(bundle: dict[str, Any], publisher: dict[str, Any]) -> bytes:
    """Write a bundle as PyPI's integrity endpoint has it (PEP 740)."""
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    attestation = {
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
    }
    bundles = [{"publisher": publisher, "attestations": [attestation]}]
    return json.dumps({"version": 1, "attestation_bundles": bundles}).encode()


async def attested(server: Assembled, name: str = "@farm/pear", version: str = "1.2.3") -> list[Attested]:
    services = server.services
    key = PackageKey(services.ecosystem.key, NormalName(name))
    release = await services.records.release(View(), key, version)
    return list(await services.provenances.list(View(), key, release))


def built(**instead: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    return provenance(PURL, "sha512", SHA512.hex(), **instead)


async def test_a_build_is_told_as_its_certificate_has_it(root: SigstoreRoot) -> None:
    server = npm_server(document(AUTHORITY.attest(built())), root)
    (found,) = await attested(server)
    assert (found.verified, found.reason) == (True, "")
    assert found.type == "https://slsa.dev/provenance/v1"
    assert (found.repository, found.commit) == (REPOSITORY, COMMIT)
    assert found.builder.workflow == WORKFLOW
    assert found.url == ATTESTATIONS
    assert found.filename == "pear-1.2.3.tgz"
    assert [(each.name, each.digests) for each in found.subjects] == [(PURL, {"sha512": SHA512.hex()})]


async def test_nobody_is_asked_before_somebody_wants_to_know_and_only_once(root: SigstoreRoot) -> None:
    server = npm_server(document(AUTHORITY.attest(built())), root)
    assert (await server.get("/npm/@farm%2fpear")).status == 200
    assert ATTESTATIONS not in server.asked()
    key = PackageKey("npm", NormalName("@farm/pear"))
    assert list(await server.services.provenances.known(View(), key, "1.2.3")) == []
    first = await attested(server)
    assert await attested(server) == first == list(await server.services.provenances.known(View(), key, "1.2.3"))
    assert server.asked().count(ATTESTATIONS) == 1
    assert await attested(server, version="1.2.2") == []


async def test_what_is_known_outlasts_an_upstream_that_is_down(root: SigstoreRoot) -> None:
    server = npm_server(document(AUTHORITY.attest(built())), root)
    first = await attested(server)
    server.off.add("npm")
    server.now = Moment(server.now + 48 * 3_600_000)
    assert await attested(server) == first


async def test_an_upstream_that_is_down_or_has_none_says_nothing(root: SigstoreRoot) -> None:
    assert await attested(npm_server(None, root)) == []
    server = npm_server(document(AUTHORITY.attest(built())), root)
    assert (await server.get("/npm/@farm%2fpear")).status == 200
    server.off.add("npm")
    assert await attested(server) == []
    server.off.clear()
    server.now = Moment(server.now + 60_000)
    assert [each.verified for each in await attested(server)] == [True]


FORGED = {
    "of an unknown authority": (STRANGER.attest(built()), "trusted root"),
    "of another release": (AUTHORITY.attest(provenance("pkg:npm/pear@1.2.3", "sha512", SHA512.hex())), "another file"),
    "of another file": (AUTHORITY.attest(provenance(PURL, "sha512", "00" * 64)), "another file"),
    "of a weaker digest alone": (AUTHORITY.attest(provenance(PURL, "sha1", "00" * 20)), "another file"),
    "of no digest": (AUTHORITY.attest(built(subject=[{"name": PURL, "digest": {}}])), "another file"),
    "with a subject too many": (AUTHORITY.attest(built(subject=[{"name": "x", "digest": {}}] * 101)), "101 things"),
    "of another repository than its certificate": (
        AUTHORITY.attest(built(), Claims(repository="https://github.com/evil/press")),
        "it names the repository",
    ),
    "of another commit than its certificate": (AUTHORITY.attest(built(), Claims(commit="0" * 40)), "names the commit"),
    "of no repository": (AUTHORITY.attest(built(), Claims(repository="")), "its certificate none"),
    "signed with a key": (KEYED, "signed with a key"),
    "of no type": (AUTHORITY.attest(built(predicateType="")), "cannot be read"),
    "no statement": (AUTHORITY.attest({"_type": "https://in-toto.io/Statement/v1"}), "cannot be read"),
    "no bundle": ({"strange": 1}, "cannot be read"),
    "a number": (7, "cannot be read"),
    "nothing": (None, "cannot be read"),
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_forged_is_told_as_not_verified_and_why(name: str, root: SigstoreRoot) -> None:
    bundle, reason = FORGED[name]
    (found,) = await attested(npm_server(document(bundle), root))
    assert not found.verified
    assert reason in found.reason


async def test_verified_builds_and_no_others_relate_a_release_to_its_repository(root: SigstoreRoot) -> None:
    server = npm_server(document(AUTHORITY.attest(built()), STRANGER.attest(built(), Claims())), root)
    await attested(server)
    (related,) = await server.store.list_project_relations("github.com/farm/press", 10)
    assert (related.place.key.name, related.relation.version) == ("@farm/pear", "1.2.3")
    assert (related.relation.type, related.relation.provenance) == ("source", "slsa")
    forged = npm_server(document(STRANGER.attest(built())), root)
    await attested(forged)
    assert list(await forged.store.list_project_relations("github.com/farm/press", 10)) == []


async def test_one_that_is_forged_does_not_hide_the_one_beside_it(root: SigstoreRoot) -> None:
    bundles = (KEYED, AUTHORITY.attest(built()), STRANGER.attest(built()))
    assert [each.verified for each in await attested(npm_server(document(*bundles), root))] == [False, True, False]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"attestations":7}',
        b'{"attestations":[7]}',
        b"[" * 100_000,
        b'{"attestations":[{"bundle":' + b"[" * 50_000 + b"]" * 50_000 + b"}]}",
        b'{"attestations":[{"bundle":"' + b"x" * (2 << 20) + b'"}]}',
        b'{"attestations":[' + b'{"bundle":{}},' * 5000 + b'{"bundle":{}}]}',
        b'\xff\xfe{"attestations":[]}',
    ],
)
async def test_a_document_that_is_none_is_told_and_nothing_of_it_is_believed(body: bytes, root: SigstoreRoot) -> None:
    found = await attested(npm_server(body, root))
    assert len(found) <= 16
    assert not any(each.verified for each in found)
    assert all(each.reason for each in found)


async def test_without_a_root_nothing_is_verified(tmp_path: Path) -> None:
    (found,) = await attested(npm_server(document(AUTHORITY.attest(built())), None))
    assert (found.verified, found.repository) == (False, REPOSITORY)
    assert "no root of trust" in found.reason
    broken = SigstoreRoot(tmp_path / "missing.json")
    with pytest.raises(ConfigError):
        broken.basis()
    (found,) = await attested(npm_server(document(AUTHORITY.attest(built())), broken))
    assert not found.verified
    assert "cannot be checked here" in found.reason


async def test_another_root_has_everything_checked_anew(root: SigstoreRoot, tmp_path: Path) -> None:
    server = npm_server(document(AUTHORITY.attest(built())), root)
    assert [each.verified for each in await attested(server)] == [True]
    other = SigstoreRoot(STRANGER.trusted_root(tmp_path))
    second = npm_server(document(AUTHORITY.attest(built())), other)
    second.services.provenances._store = server.store  # the same store, at the next start
    assert [each.verified for each in await attested(second)] == [False]


async def test_a_publication_is_told_with_its_source(root: SigstoreRoot) -> None:
    server = pypi_server(integrity(AUTHORITY.attest(PUBLISH), PUBLISHER), root)
    (found,) = await attested(server, "pear", "1.0")
    assert (found.verified, found.reason) == (True, "")
    assert (found.repository, found.commit, found.url) == (REPOSITORY, COMMIT, INTEGRITY)


@pytest.mark.parametrize(
    "publisher",
    [
        PUBLISHER | {"repository": "evil/press"},
        PUBLISHER | {"workflow": "other.yml"},
        {"kind": "GitLab", "repository": "farm/press"},
        {"kind": "Google", "email": "someone@farm.example"},
    ],
)
async def test_a_publication_by_another_publisher_is_not_believed(
    publisher: dict[str, Any], root: SigstoreRoot
) -> None:
    (found,) = await attested(pypi_server(integrity(AUTHORITY.attest(PUBLISH), publisher), root), "pear", "1.0")
    assert not found.verified
    assert "publisher" in found.reason


@pytest.mark.parametrize("version", [0, 2, "1", None])
async def test_a_provenance_of_another_version_is_not_guessed_at(version: object, root: SigstoreRoot) -> None:
    body = json.loads(integrity(AUTHORITY.attest(PUBLISH), PUBLISHER)) | {"version": version}
    found = await attested(pypi_server(json.dumps(body).encode(), root), "pear", "1.0")
    assert [each.verified for each in found] == [False]
