"""What the index says of a package, as far as resolving asks for it."""

from collections.abc import Callable, Mapping

from msgspec import Struct


class Listed(Struct, frozen=True):
    """What the index says of a package."""

    versions: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}


class Unlisted(Exception):
    """The index of a package is needed that was not fetched yet."""

    def __init__(self, group: str, artifact: str) -> None:
        super().__init__(f"{group}:{artifact}")
        self.package = group, artifact


Packages = Callable[[str, str], Listed]
"""Tells what the index says of a package, by group and artifact; raises Unlisted where that is not known yet."""
