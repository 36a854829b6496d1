"""What a source answers when asked for a package: everything but the bytes."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey
from packhouse.policy.decision import NOTHING_REFUSED, Verdict

Need = Literal["usual", "known", "confirmed"]
"""How new an answer must be: as for an install; whatever is known and not very old; asked for just now."""


class Snapshot(Struct, frozen=True):
    """A package's index document at one generation, as one view sees it."""

    origin: str
    key: PackageKey
    generation: int
    digest: str
    changed_at: Moment
    valid_until: Moment
    """Until then the same question has the same answer, and nobody needs to be asked."""
    stale: bool = False
    """True where the upstream could not confirm it."""
    verdict: Verdict = NOTHING_REFUSED
    parts: "tuple[Snapshot, ...]" = ()
    """The snapshots that a merged one is made of; empty for a plain one."""
