"""For which SDKs packages are resolved, and what their constraints on these mean.

Source: pub's documentation of `environment`, and the rules of Dart 3: packages that know null safety and say `<3.0.0`
are taken to say `<4.0.0`; packages that say nothing are older than Dart 2.
"""

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pub.ranges import Constraint, parse_range
from packhouse.ecosystems.pub.usual import USUAL
from packhouse.ecosystems.pub.versions import version_key

DART, FLUTTER = "dart", "flutter"
_NULL_SAFETY = version_key("2.12.0-0")
_DART_3 = version_key("3.0.0")
_DART_4 = version_key("4.0.0")
_TITLES = {DART: "Dart", FLUTTER: "Flutter"}


class Environment(Struct, frozen=True):
    """What a graph is resolved for."""

    dart: str = USUAL[DART]
    flutter: str = USUAL[FLUTTER]

    def refusal(self, runtimes: Mapping[str, str], *, is_root: bool = False) -> str:
        """Say which SDK will not do, as what follows a package's name; empty where all do."""
        return _refusal(self, tuple(runtimes.items()), is_root)


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told; raise Invalid for what is no version."""
    unknown = told.keys() - USUAL.keys()
    if unknown:
        raise Invalid(f"an environment of pub has no {min(unknown)!r}")
    dart = told.get(DART) or USUAL[DART]
    flutter = told.get(FLUTTER, USUAL[FLUTTER])
    for version in (dart, flutter):
        if version:
            version_key(version)
    return Environment(dart, flutter)


@lru_cache(maxsize=4096)
def _refusal(here: Environment, runtimes: tuple[tuple[str, str], ...], is_root: bool) -> str:  # noqa: FBT001 (cached)
    wanted = dict(runtimes)
    if not is_root:
        wanted.setdefault(DART, "<2.0.0")
    sdks = {DART: here.dart, FLUTTER: here.flutter}
    for name, text in wanted.items():
        version = sdks.get(name, "")
        title = _TITLES.get(name, name.capitalize())
        if not version:
            return f"needs the {title} SDK, which is not there"
        if not _admits(name, text, version):
            return f"needs the {title} SDK {text}, and it is {version}"
    return ""


def _admits(name: str, text: str, version: str) -> bool:
    try:
        constraint = parse_range(text)
    except Invalid:
        return False
    if name == FLUTTER:  # its upper bounds have never counted
        constraint = Constraint(low=constraint.low, with_low=constraint.with_low)
    elif _knows_null_safety(constraint):
        constraint = Constraint(constraint.low, _DART_4, constraint.with_low)
    return constraint.admits(version_key(version))


def _knows_null_safety(constraint: Constraint) -> bool:
    if constraint.high != _DART_3 or constraint.with_high:
        return False
    return constraint.low is not None and constraint.low >= _NULL_SAFETY
