"""Where a release comes from: signed statements about its files, and what came of checking them."""

from msgspec import Struct


class Publisher(Struct, frozen=True, omit_defaults=True):
    """Who published a file, as its registry says; what is empty is not told."""

    kind: str = ""
    """The registry's word for it: GitHub, GitLab, Google."""
    repository: str = ""
    """Host and path of the source repository, such as github.com/user/repo."""
    workflow: str = ""
    """The address of the workflow, without a ref."""
    email: str = ""


class Presented(Struct, frozen=True):
    """A signed statement as a registry presents it: nothing of it is believed yet."""

    bundle: bytes
    """A bundle of sigstore, as JSON."""
    names: tuple[str, ...]
    """What its subject may be called; one of them must be there."""
    publisher: Publisher = Publisher()


class Subject(Struct, frozen=True, omit_defaults=True):
    """What a statement is about."""

    name: str
    digests: dict[str, str] = {}
    """Hexadecimal, by algorithm."""


class Builder(Struct, frozen=True, omit_defaults=True):
    """Who signed a statement, as the certificate says that an authority issued."""

    issuer: str = ""
    """Who knew the signer: the address of an identity provider."""
    identity: str = ""
    """The signer: a workflow's address, or an e-mail address."""
    repository: str = ""
    """The address of the source repository."""
    commit: str = ""
    ref: str = ""
    """The branch or tag that was built, such as refs/tags/v1.2.3."""
    workflow: str = ""
    """The address of the workflow that was run, with its ref behind an @."""
    run: str = ""
    """The address of that run."""


class Attested(Struct, frozen=True, omit_defaults=True):
    """What came of one statement about one file of a release.

    Where it is verified, repository and commit are those of the certificate. Else they are what the statement claims,
    and anybody may have written it.
    """

    type: str
    """What kind of thing is said: the address of a predicate's type; empty where nothing can be read."""
    filename: str
    url: str = ""
    """Where the registry has it; empty for what is published here."""
    verified: bool = False
    reason: str = ""
    """Why it is not believed; empty where it is."""
    repository: str = ""
    """An address such as https://github.com/user/repo."""
    commit: str = ""
    builder: Builder = Builder()
    subjects: tuple[Subject, ...] = ()


class StoredAttestations(Struct, frozen=True):
    """What came of all statements about a release."""

    basis: str
    """A digest of all that the answer depends on: the files, and the root of trust."""
    checked_at: int
    attested: tuple[Attested, ...] = ()


SIGNED_FILE = "https://docs.sigstore.dev/about/bundle/#message-signature"
"""The type of what is signed without a statement: somebody vouches for the file, and says no more."""


def is_slsa(attested: Attested) -> bool:
    """Tell whether a statement says how something was built, in the words of SLSA."""
    return attested.type.startswith("https://slsa.dev/provenance/")


def is_publication(attested: Attested) -> bool:
    """Tell whether somebody says that they published a file (PEP 740), or has simply signed it."""
    return attested.type.endswith("/attestations/publish/v1") or attested.type == SIGNED_FILE
