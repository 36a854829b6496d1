"""Which upstreams are asked for a package."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate

from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamRegistry


class Routing:
    """The upstreams of one ecosystem, in the order in which they are asked.

    A package that matches a pattern of some upstream is asked for there and nowhere else: its name must not even
    become known to the others, and nobody else can publish under it. Of several patterns the longest counts. Names are
    compared by what `identity` makes of them: clients ask for other spellings of a name by themselves.
    """

    def __init__(
        self, upstreams: Sequence[UpstreamRegistry], identity: Callable[[str], str] = lambda name: name
    ) -> None:
        self._identity = identity
        self._named = {registry.name: registry for registry in upstreams}
        self._claims = [
            (len(pattern), re.compile(translate(identity(pattern))), registry)
            for registry in upstreams
            for pattern in registry.packages
        ]
        self._open = tuple(registry for registry in upstreams if not registry.packages)

    def named(self, name: str) -> UpstreamRegistry:
        """Return an upstream by its name."""
        return self._named[name]

    def upstreams_of(self, key: PackageKey) -> tuple[UpstreamRegistry, ...]:
        """List the upstreams that may have a package; those without patterns for a document about a whole registry."""
        if not self._claims or not key.name:
            return self._open
        name = self._identity(key.name)
        found = [(length, registry) for length, pattern, registry in self._claims if pattern.match(name)]
        if not found:
            return self._open
        longest = max(length for length, _ in found)
        return tuple({registry.name: registry for length, registry in found if length == longest}.values())
