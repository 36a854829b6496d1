"""For what gems are resolved: a Ruby, its RubyGems, Bundler, and a platform."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.platforms import check_platform
from packhouse.ecosystems.gem.usual import USUAL
from packhouse.ecosystems.gem.versions import parse_segments

RUBY_ITSELF = "Ruby\0"
RUBYGEMS_ITSELF = "RubyGems\0"
BUNDLER = "bundler"


class Environment(Struct, frozen=True):
    """What a graph is resolved for."""

    ruby: str = USUAL["ruby"]
    rubygems: str = USUAL["rubygems"]
    bundler: str = USUAL["bundler"]
    platform: str = USUAL["platform"]

    def versions(self) -> dict[str, str]:
        """Give the version of what is there already, by the names that requirements on it have."""
        return {RUBY_ITSELF: self.ruby, RUBYGEMS_ITSELF: self.rubygems, BUNDLER: self.bundler}


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told; raise Invalid for what is no version or no platform."""
    values = {name: told.get(name) or usual for name, usual in USUAL.items()}
    unknown = told.keys() - USUAL.keys()
    if unknown:
        raise Invalid(f"an environment of RubyGems has no {min(unknown)!r}")
    for name in ("ruby", "rubygems", "bundler"):
        parse_segments(values[name])
    check_platform(values["platform"])
    return Environment(**values)
