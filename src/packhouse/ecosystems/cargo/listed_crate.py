"""What a list shows of a crate's releases: kept with its summary, so that a list reads no index files."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.listing import Json, Ranked, best_of_ranked, iso, links_of_crate
from packhouse.formats.semver import Key


class ListedCrate(Struct, frozen=True, array_like=True):
    """The fields of a crate that follow from its index file."""

    name: str
    """As the first release spells it."""
    created_at: str
    updated_at: str
    num_versions: int
    yanked: bool
    max_version: str
    max_stable_version: str | None
    newest_version: str
    default_version: str | None

    def json(self) -> Json:
        """Write them as the Web API does."""
        return {
            "id": self.name,
            **msgspec.structs.asdict(self),
            "versions": None,
            "keywords": None,
            "categories": None,
            "badges": [],
            "links": links_of_crate(self.name),
            "trustpub_only": False,
        }


def list_crate(name: str, ascending: Sequence[tuple[Key, Fragment, bool]]) -> bytes:
    """Keep what a list shows of releases in ascending order, each with whether it is yanked; nothing of none."""
    if not ascending:
        return b""
    ranked = [Ranked(order, each.version, yanked, each.published_at or 0) for order, each, yanked in ascending]
    best = best_of_ranked(ranked)
    # What has no date is as old as can be.
    dates = [Moment(int(each.at)) for each in ranked]
    chosen = best["default_version"]
    yanked = any(each.yanked for each in ranked if each.version == chosen)
    listed = ListedCrate(
        name=name,
        created_at=iso(min(dates)),
        updated_at=iso(max(dates)),
        num_versions=len(ranked),
        yanked=yanked,
        **best,
    )
    return _encode(listed)


def read_listed(listed: bytes) -> ListedCrate | None:
    """Read what was kept; None for nothing."""
    return _decode(listed) if listed else None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ListedCrate).decode
