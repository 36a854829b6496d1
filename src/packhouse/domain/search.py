"""What is searched for, and what whoever asks may be shown."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment

Facet = tuple[str, str]
"""Something exact that a package has: a kind and a folded value.

Kinds are `keyword`, `maintainer`, `author`, `flag`, `category`, and `requires`, whose value is the name as it stands.
"""

Order = Literal["relevance", "alphabetical", "downloads", "recent-downloads", "recent-updates", "new"]


Position = tuple[int | str, int]
"""Where a result stands in an order: what it is ordered by, and a number that the index gave it."""


class Weights(Struct, frozen=True):
    """How much each counts beside how well the words match: 0 for not at all, 1 for most."""

    quality: float = 0.65
    popularity: float = 0.98
    maintenance: float = 0.5


class SearchQuery(Struct, frozen=True):
    """A question; all that it names must hold."""

    text: str = ""
    """Words that each must be found; empty where only the rest counts."""
    facets: tuple[tuple[tuple[Facet, ...], ...], ...] = ()
    """Each a list of alternatives, an alternative what must be there together."""
    without: tuple[Facet, ...] = ()
    """None of them may be there."""
    begins: str = ""
    """What the name must begin with, folded."""
    among: tuple[str, ...] | None = None
    """The only names that count, as they stand; None for any."""
    favours_exact: bool = True
    """A package of exactly this name is the first result."""
    weights: Weights = Weights()
    order: Order = "relevance"
    """What the first result has most of; all but `relevance` leave out what is only nearly what was asked for."""
    after: Position | None = None
    """Results begin behind this one, which is quicker than an offset; in all orders but `relevance`."""
    now: Moment = Moment(0)
    """When it is asked: what was published lately is maintained."""

    @property
    def chooses(self) -> bool:
        """Tell whether anything is asked for; where nothing is, everything is listed in all orders but one."""
        narrowed = self.text.strip() or self.facets or self.begins or self.among is not None
        return bool(narrowed) or self.order != "relevance"


class SearchScope(Struct, frozen=True):
    """Where one asker may look; decided before the search, so that its total counts nothing hidden."""

    hosted: str
    """The origin of what is published here: it hides packages of the same name elsewhere, shown or not."""
    upstreams: tuple[str, ...] = ()
    """Other origins, of those that have a package the first counts."""
    everything_hosted: bool = True
    """Whether packages published here that are not restricted are shown."""
    readable: frozenset[str] = frozenset()
    """Names of further packages published here that are shown: restricted ones, for those who may see them."""
    patterns: tuple[tuple[str, ...], ...] = ()
    """Lists of globs: the name of a package of an upstream must match one of each; empty for no condition."""
    reserved: tuple[str, ...] = ()
    """Globs of names that no upstream is asked for."""


class Standing(Struct, frozen=True):
    """What is known of a package beside its words; all but the count between 0 and 1."""

    origin: str
    downloads: int = 0
    """Files of it that this server has handed out."""
    recent: int = 0
    """Those of the last 90 days."""
    created_at: Moment = Moment(0)
    """When the package was new, as far as that is known."""
    quality: float = 0.0
    popularity: float = 0.0
    maintenance: float = 0.0
