"""The words of resolvers that choose one release for each slot, by trial and error."""

from collections.abc import Hashable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol


class Candidate:
    """A release that may be chosen; there is only one object for each."""

    __slots__ = ("claim", "name", "slot", "version")

    def __init__(self, name: str, version: str, slot: Hashable, claim: str | None = None) -> None:
        self.name = name
        self.version = version
        self.slot = slot
        """Of all candidates with the same slot only one is chosen."""
        self.claim = claim
        """What only one candidate of all may have, whatever its slot."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


class Demand:
    """What a release asks for; there is only one object for all that ask the same."""

    __slots__ = ("name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        """The range as written."""

    def __str__(self) -> str:
        return f"{self.name} {self.text}"


Features = frozenset[str]
NO_FEATURES: Features = frozenset()


class Asked(NamedTuple):
    """A demand of one release, with what it takes to meet it."""

    demand: Demand
    features: Features
    """What else is wanted of whatever is chosen."""
    options: Sequence[Candidate]
    """What would do, the best first."""


class Opened(NamedTuple):
    """What choosing a candidate leads to."""

    features: Features
    """All that is switched on in it."""
    asked: tuple[Asked, ...]
    """Those with the fewest options first."""


class Unfit(Exception):
    """A candidate has not what is wanted of it; the text says what."""


class How(Enum):
    """In which way a chosen release is in the way of another."""

    SLOT = "slot"
    CLAIM = "claim"
    FEATURE = "feature"
    DEEPER = "deeper"
    """Not the candidate itself, but something that it needs."""
    HELD = "held"
    """What is chosen needs something, and whatever meets that is in the way."""


class Blame(NamedTuple):
    """Why a candidate could not be chosen on account of one that is."""

    how: How
    tried: Candidate
    """The candidate that was refused."""
    detail: str = ""
    demand: Demand | None = None
    """What the refused candidate needs and cannot get."""


class Catalogue(Protocol):
    """Where candidates come from."""

    def open(self, candidate: Candidate, wanted: Features) -> Opened:
        """Tell what a candidate with these features asks for; raise Unfit, or NotLoaded."""

    def wanted(self, candidate: Candidate, demand: Demand, features: Features) -> Features:
        """Tell what a demand switches on in a candidate."""

    def options(self, demand: Demand) -> Sequence[Candidate]:
        """List what would meet a demand, the best first; raise NotLoaded."""
