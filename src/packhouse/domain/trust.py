"""Builds that may publish without a secret of ours: whom a package trusts, and who has shown to be such a build."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey

IssuerKind = Literal["github", "gitlab"]
"""Whose claims an identity makes: each service words them its own way, wherever it is hosted."""


class Issuer(Struct, frozen=True):
    """A service that signs identities of builds; an operator decides which ones count."""

    name: str
    kind: IssuerKind
    url: str
    """What its identities call it, to the letter."""
    keys_url: str = ""
    """Where its public keys are, as a JWK Set (RFC 7517)."""
    keys_file: str = ""
    """A file that has them, where nothing is to be fetched."""
    audience: str = ""
    """Whom its identities must be for; empty for the audience of this server."""
    enabled: bool = True


class TrustedPublisher(Struct, frozen=True):
    """A workflow that may publish new versions of a package."""

    id: int
    """0 until it is stored."""
    origin: str
    """Of the package: that of the registry in which it is published."""
    package: PackageKey
    kind: IssuerKind
    owner: str
    """User, organisation or namespace that the repository is in."""
    repository: str
    """Its name in there."""
    workflow: str
    """The file of the workflow: its name alone (github), its path (gitlab)."""
    environment: str
    """Empty for any, or none."""
    owner_id: str
    """The owner's number, which no later owner of the same name has; empty until it is known."""
    created_at: Moment
    created_by: str
    """Whoever publishes by it publishes in the name of this user."""


class Identity(Struct, frozen=True):
    """What a build has shown to be, in words of ours: everything here was signed by an issuer."""

    kind: IssuerKind
    owner: str
    repository: str
    workflow: str
    environment: str
    owner_id: str
    facts: dict[str, str]
    """What is kept of it beside a release: the provider, and which run of what commit it was."""

    @property
    def path(self) -> str:
        """Name the repository with its owner."""
        return f"{self.owner}/{self.repository}"
