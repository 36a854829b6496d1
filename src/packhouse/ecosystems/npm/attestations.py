"""Attestations of a release: how it was built, by who built it, and that it was published here, by this server.

A provenance is checked when it is published: its statement must be about just this release and this file, and its
signature must be that of the certificate beside it. Who issued that certificate, and whether a public log knows of it,
is checked only where the operator has given a root of trust (`TrustRoot`); without one an attestation is kept as
it was given and marked as not verified, and clients that check attestations do all of that themselves.
"""

import base64
import re
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.index import BASE
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.bundles import STATEMENT_TYPE, check_unambiguous, read_bundle, signed_bytes
from packhouse.ecosystems.npm.paths import document_path
from packhouse.services.signing import SigningKeys

ATTESTATIONS_PATH = "-/npm/v1/attestations"
PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
"""The predicate by which a registry says that it published a release."""
_STATEMENTS = frozenset({"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"})
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_is_predicate = re.compile(r"https?://[!-~]{1,500}").fullmatch

Trust = Callable[[bytes], bytes]
"""Checks who signed a bundle, and returns the statement that was signed; raises Invalid if it cannot be believed."""


class Attestation(Struct, frozen=True):
    """One attestation as it is kept."""

    predicate_type: str
    """What kind of thing it says, e.g. https://slsa.dev/provenance/v1."""
    bundle: Raw
    """As it was given."""
    verified: bool = False
    """Whether it was traced to the operator's root of trust, or is our own."""


class _Subject(Struct):
    name: str
    digest: dict[str, str]


class _Statement(Struct):
    type: str = msgspec.field(name="_type")
    subject: list[_Subject]
    predicateType: str  # noqa: N815 (wire)


class ServedAttestation(Struct, frozen=True):
    """One entry of the document of attestations."""

    predicateType: str  # noqa: N815 (wire)
    bundle: Raw


class AttestationsDocument(Struct, frozen=True):
    """What is served at `/-/npm/v1/attestations/name@version`."""

    attestations: tuple[ServedAttestation, ...]


class Provenance(Struct, frozen=True):
    """What `dist.attestations` says of a provenance."""

    predicateType: str  # noqa: N815 (wire)


class DistAttestations(Struct, frozen=True, omit_defaults=True):
    """The value of `dist.attestations`."""

    url: str
    """Begins with BASE as a character; as a raw byte it must come behind that of `dist.tarball` in a fragment."""
    provenance: Provenance | None = None


_decode_statement = msgspec.json.Decoder(_Statement).decode


def check_provenance(text: bytes, name: str, version: str, sha512: str, trust: Trust | None = None) -> Attestation:
    """Accept the bundle that came with a release; raise Invalid or TooLarge if it is not about it.

    Takes milliseconds, and seconds the first time that a root of trust is used: call it in a thread.
    """
    bundle = read_bundle(text)
    predicate = _check_statement(bundle.payload, name, version, sha512)
    if predicate == PUBLISH:
        raise Invalid("only the registry can attest that it published a release")
    if trust is not None and trust(text) != bundle.payload:
        raise Invalid("the attestation can be read in two ways")
    return Attestation(predicate, Raw(text), verified=trust is not None)


def purl_of(name: str, version: str) -> str:
    """Write the package URL that statements are about, character for character as clients compare it."""
    return f"pkg:npm/{name.replace('@', '%40', 1) if name.startswith('@') else name}@{version}"


def attestations_document(attestations: Sequence[Attestation]) -> AttestationsDocument:
    """List attestations as clients read them, each bundle in the bytes that were given."""
    return AttestationsDocument(tuple(ServedAttestation(each.predicate_type, each.bundle) for each in attestations))


def dist_attestations(name: str, version: str, attestations: Sequence[Attestation]) -> DistAttestations | None:
    """Say in a manifest where the attestations are; None if there are none."""
    if not attestations:
        return None
    url = f"{BASE.decode()}/{ATTESTATIONS_PATH}/{document_path(name)}@{version}"
    given = next((each.predicate_type for each in attestations if each.predicate_type != PUBLISH), None)
    return DistAttestations(url, None if given is None else Provenance(given))


async def attest_publication(
    keys: SigningKeys, name: str, version: str, sha512: str, registry: str, published_at: Moment
) -> Attestation:
    """Attest, with this server's own key, that it published a file as a release.

    There is no entry of a public log in it, since private releases are nobody else's business. npm demands one of
    every attestation that it checks, so this must not stand in a document that npm reads beside a provenance.
    """
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": purl_of(name, version), "digest": {"sha512": sha512}}],
        "predicateType": PUBLISH,
        "predicate": {"name": name, "version": version, "registry": registry},
    }
    payload = msgspec.json.encode(statement)
    signature = await keys.sign(signed_bytes(STATEMENT_TYPE, payload), published_at)
    bundle = {
        "mediaType": _BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": signature.keyid}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": _base64(payload),
            "payloadType": STATEMENT_TYPE,
            "signatures": [{"sig": _base64(signature.value), "keyid": signature.keyid}],
        },
    }
    return Attestation(PUBLISH, Raw(msgspec.json.encode(bundle)), verified=True)


def _check_statement(payload: bytes, name: str, version: str, sha512: str) -> str:
    """Raise Invalid unless a statement is about one file, and that is this one; return its predicate's type."""
    check_unambiguous(payload)
    try:
        statement = _decode_statement(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"what the attestation says is no statement: {error}") from error
    if statement.type not in _STATEMENTS:
        raise Invalid("what the attestation says is no in-toto statement")
    if not _is_predicate(statement.predicateType):
        raise Invalid("the attestation does not tell by an address what kind of thing it says")
    if len(statement.subject) != 1:
        raise Invalid("the attestation must be about one file")
    (subject,) = statement.subject
    expected = purl_of(name, version)
    if subject.name != expected:
        raise Invalid(f"the attestation is about {subject.name[:300]!r}, not about {expected}")
    if subject.digest.get("sha512") != sha512:
        raise Invalid(f"the attestation of {expected} is of another file")
    return statement.predicateType


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
