"""The framework that is resolved for."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.nuget.compatibility import nearest
from packhouse.ecosystems.nuget.facts import Group
from packhouse.ecosystems.nuget.frameworks import UNSUPPORTED, Framework, parse_framework
from packhouse.ecosystems.nuget.usual import USUAL


class Environment(Struct, frozen=True):
    """What decides which dependencies of a release count."""

    framework: Framework
    fallbacks: tuple[Framework, ...] = ()
    """Frameworks whose dependencies count where there are none for the other, in this order (AssetTargetFallback)."""

    def choose(self, groups: Iterable[Group]) -> Group | None:
        """Choose the group of dependencies that counts; None where there is none for these frameworks."""
        known: dict[Framework, Group] = {}
        for group in groups:
            known.setdefault(parse_framework(group.framework), group)
        for framework in (self.framework, *self.fallbacks):
            found = nearest(framework, known)
            if found is not None:
                return known[found]
        return None


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told; raise Invalid for what is no framework."""
    values = {**USUAL, **told}
    fallbacks = [each for each in values["fallback"].replace(";", ",").split(",") if each.strip()]
    return Environment(_read(values["framework"]), tuple(_read(each) for each in fallbacks))


def _read(text: str) -> Framework:
    found = parse_framework(text)
    if found == UNSUPPORTED or found.is_special:
        raise Invalid(f"{text[:80]!r} is no target framework", "write e.g. net8.0, netstandard2.0 or net472")
    return found
