"""A source repository, and what is known of it."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment

FactKind = Literal["repository", "scorecard", "fuzzing"]
"""Of whom something is known: the forge itself, OpenSSF Scorecard, OSS-Fuzz."""
FACT_KINDS: tuple[FactKind, ...] = ("repository", "scorecard", "fuzzing")

RelationType = Literal["source", "issues"]
Provenance = Literal["slsa", "publish", "origin", "metadata"]
"""How it is known that a release comes from a repository: by an attestation of the build, by one of the publisher, by
where the registry itself has fetched the code, or only by what the release says of itself."""
PROVENANCES: tuple[Provenance, ...] = ("slsa", "publish", "origin", "metadata")
"""The surest first."""


class Repository(Struct, frozen=True, omit_defaults=True):
    """What a forge says of a repository."""

    id: str
    """Host and path in small letters, as the forge calls it now."""
    stars: int | None = None
    """None where the forge counts none."""
    forks: int | None = None
    open_issues: int | None = None
    licence: str = ""
    """An SPDX identifier, `non-standard` for a licence that is none of SPDX's, or empty."""
    description: str = ""
    homepage: str = ""
    archived: bool = False
    private: bool = False
    """Only who has credentials for it sees it."""


class Check(Struct, frozen=True, omit_defaults=True):
    """One check of a scorecard."""

    name: str
    score: int
    """0 to 10; -1 where it could not be made."""
    reason: str = ""
    details: tuple[str, ...] = ()
    about: str = ""
    url: str = ""


class Scorecard(Struct, frozen=True, omit_defaults=True):
    """How carefully a repository is kept, as OpenSSF Scorecard has found."""

    date: Moment
    score: float
    checks: tuple[Check, ...] = ()
    repository: str = ""
    commit: str = ""
    scorer_version: str = ""
    scorer_commit: str = ""
    metadata: tuple[str, ...] = ()


class Fuzzing(Struct, frozen=True, omit_defaults=True):
    """How much of a repository OSS-Fuzz reaches."""

    name: str = ""
    """What OSS-Fuzz calls the project."""
    lines: int = 0
    covered: int = 0
    date: Moment | None = None
    config_url: str = ""


class Project(Struct, frozen=True):
    """All that is known of a repository."""

    id: str
    """Under which it was asked for."""
    repository: Repository | None = None
    scorecard: Scorecard | None = None
    fuzzing: Fuzzing | None = None
    fetched_at: Moment | None = None
    """When its forge was last asked."""

    @property
    def moved(self) -> bool:
        """Tell whether the forge has it under another name by now."""
        return self.repository is not None and self.repository.id != self.id


class Relation(Struct, frozen=True, order=True):
    """That a release belongs to a repository."""

    project: str
    version: str
    type: RelationType = "source"
    provenance: Provenance = "metadata"
