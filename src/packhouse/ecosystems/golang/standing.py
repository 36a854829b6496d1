"""How a module stands: what its newest go.mod says of all its versions, and which of them `@latest` means.

Source: the module reference, sections on version queries, retractions and deprecation.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.golang.gomod import Retraction, parse_go_mod
from packhouse.ecosystems.golang.versions import (
    INCOMPATIBLE,
    is_prerelease,
    is_pseudo,
    is_version,
    pseudo_moment,
    version_key,
)
from packhouse.formats.semver import Key

LATEST = "latest"


class Standing(Struct, frozen=True, array_like=True):
    """What the go.mod of a module's newest version says."""

    newest: str = ""
    """The version whose go.mod it is; empty where there is none."""
    compatible: bool = False
    """True where versions with +incompatible do not count, since another version has a go.mod."""
    deprecated: str | None = None
    retractions: tuple[Retraction, ...] = ()


def make_standing(versions: Collection[str], files: Mapping[str, bytes]) -> Standing:
    """Make it of the go.mod files of the versions that `telling` names."""
    chosen = choose_latest(versions)
    last = last_compatible(versions)
    compatible = last in files and chosen.endswith(INCOMPATIBLE) and not _is_made_up(files[last])
    if compatible:
        chosen = choose_latest(_compatible(versions))
    read = parse_go_mod(files.get(chosen, b""))
    return Standing(chosen, compatible, read.deprecated, read.retractions)


def telling(versions: Collection[str]) -> tuple[str, ...]:
    """Name the versions whose go.mod files tell how a module stands."""
    chosen = choose_latest(versions)
    if not chosen.endswith(INCOMPATIBLE):
        return (chosen,) if chosen else ()
    # Versions with +incompatible count only if the last one without has no go.mod of its own.
    return tuple(dict.fromkeys(filter(None, (chosen, last_compatible(versions), choose_latest(_compatible(versions))))))


def choose_latest(versions: Iterable[str]) -> str:
    """Choose the newest: of releases, else of pre-releases, else of commits; empty where there is none."""
    return max(filter(is_version, versions), key=_rank, default="")


def last_compatible(versions: Iterable[str]) -> str:
    """Name the highest version without +incompatible, pre-releases included; empty where there is none."""
    return max(filter(is_version, _compatible(versions)), key=version_key, default="")


def retracted_by(standing: Standing) -> Callable[[str], str | None]:
    """Make a function that gives the reason for which a version was taken back, None where it was not."""
    intervals: list[tuple[Key, Key, str]] = []
    for each in standing.retractions:
        try:
            intervals.append((version_key(each.low), version_key(each.high), each.rationale))
        except Invalid:
            continue

    def find(version: str) -> str | None:
        key = version_key(version) if intervals else ()
        return next((rationale for low, high, rationale in intervals if low <= key <= high), None)

    return find


def choose_standing(standing: Standing, versions: Collection[str]) -> str:
    """Choose what `@latest` means: the newest that is not retracted; empty where there is none."""
    retracted = retracted_by(standing)
    counting = _compatible(versions) if standing.compatible else versions
    return choose_latest(each for each in counting if is_version(each) and retracted(each) is None)


def choose_default(record: PackageRecord) -> str:
    """Choose of a record what `@latest` means."""
    latest = record.tags.get(LATEST, "")
    left = [version for position, version in enumerate(record.versions) if position not in record.yanked]
    return latest if latest in left else choose_latest(_like(latest, left))


def retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    """Move `latest` where its version is not left."""
    latest = tags.get(LATEST, "")
    if latest and latest not in versions:
        latest = choose_latest(_like(latest, versions))
    return {LATEST: latest} if latest else {}


def encode(standing: Standing) -> bytes:
    """Write it as the head of an index."""
    return msgspec.msgpack.encode(standing)


def decode(head: bytes) -> Standing:
    """Read it from the head of an index."""
    return _decode(head) if head else Standing()


_decode = msgspec.msgpack.Decoder(Standing).decode


def _like(latest: str, versions: Iterable[str]) -> Iterable[str]:
    """Leave out versions with +incompatible where the latest was none of them."""
    return versions if latest.endswith(INCOMPATIBLE) or not latest else _compatible(versions)


def _compatible(versions: Iterable[str]) -> list[str]:
    return [version for version in versions if not version.endswith(INCOMPATIBLE)]


def _rank(version: str) -> tuple[int, int, Key]:
    key = version_key(version)
    if is_pseudo(version):
        return 0, pseudo_moment(version) or 0, key
    return (1 if is_prerelease(version) else 2), 0, key


def _is_made_up(body: bytes) -> bool:
    """Tell whether a go.mod only names the module: proxies make such a one where there is none."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    return len(lines) == 1 and lines[0].startswith(b"module ")
