"""What clients may change by sending a package's document back, and what becomes of the index."""

from msgspec import Struct

from packhouse.domain.index import Index
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.hosted import (
    deprecate,
    remove_releases,
    stars_of,
    with_maintainers,
    with_stars,
    with_tags,
)
from packhouse.ecosystems.npm.tags import tags_of


class Publish(Struct, frozen=True, tag=True):
    """It brings a file: a version is published, and whatever else the document says is merged."""


class Deprecate(Struct, frozen=True, tag=True):
    """Warn of versions, by version; an empty message takes the warning back."""

    messages: dict[str, str]


class Star(Struct, frozen=True, tag=True):
    """The actor likes the package, or no longer."""

    starred: bool


class Maintainers(Struct, frozen=True, tag=True):
    """Replace the maintainers."""

    people: tuple[tuple[str, str], ...]
    """Names with e-mail addresses."""


class RemoveReleases(Struct, frozen=True, tag=True):
    """Remove some versions, and leave these tags."""

    versions: frozenset[str]
    tags: dict[str, str]


class Tags(Struct, frozen=True, tag=True):
    """Replace all tags."""

    tags: dict[str, str]


class Nothing(Struct, frozen=True, tag=True):
    """Everything is as the document wants it."""


Change = Publish | Deprecate | Star | Maintainers | RemoveReleases | Tags | Nothing
"""One of them for each document."""


def apply_change(index: Index, change: Change, actor: str, now: Moment) -> Index:
    """Make the index that a change leads to; a publication is not decided here, and changes nothing."""
    match change:
        case Deprecate(messages):
            return deprecate(index, messages, now)
        case Star(starred):
            others = stars_of(index) - {actor}
            return with_stars(index, others | {actor} if starred else others)
        case Maintainers(people):
            return with_maintainers(index, people, now)
        case RemoveReleases(versions, tags):
            return _retagged(remove_releases(index, versions, now), tags, now)
        case Tags(tags):
            return _retagged(index, tags, now)
        case Publish() | Nothing():
            return index


def _retagged(index: Index, tags: dict[str, str], now: Moment) -> Index:
    before = tags_of(index)
    return index if tags == before else with_tags(index, dict.fromkeys(before) | tags, now)
