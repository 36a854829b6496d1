"""Who is asked about source repositories."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.upstream import CredentialSource

ForgeKind = Literal["github", "gitlab", "bitbucket", "scorecard", "oss-fuzz"]


class Forge(Struct, frozen=True):
    """One service with an API that tells of repositories."""

    name: str
    kind: ForgeKind
    """Which API it speaks."""
    url: str
    """Base address of the API without a trailing slash."""
    host: str = ""
    """The first part of the ids of its projects; empty for a service that knows projects of several forges."""
    enabled: bool = True
    credentials: CredentialSource | None = None
