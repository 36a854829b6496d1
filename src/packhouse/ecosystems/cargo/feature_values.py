"""What the features of a release switch on: `other`, `dep:name`, `name/feature`, `name?/feature`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from packhouse.domain.requirement import Requirement
from packhouse.resolver.demands import Unfit

DEFAULT = "default"
_DEPENDENCY = "dep:"


class Value(NamedTuple):
    """One entry of a feature's list."""

    feature: str = ""
    """A feature of the same release; empty where the entry is of a dependency."""
    dependency: str = ""
    """The name of a dependency in its release."""
    inner: str = ""
    """The feature of the dependency that is switched on; empty for the dependency alone."""
    weak: bool = False
    """True where the dependency has to be switched on by something else."""


@lru_cache(maxsize=32_768)
def read_value(text: str) -> Value:
    """Read one entry."""
    name, slash, inner = text.partition("/")
    if slash:
        return Value(dependency=name.removesuffix("?"), inner=inner, weak=name.endswith("?"))
    if text.startswith(_DEPENDENCY):
        return Value(dependency=text.removeprefix(_DEPENDENCY))
    return Value(feature=text)


def dependency_name(requirement: Requirement) -> str:
    """Give the name by which a release calls what it requires."""
    return requirement.alias or requirement.name


class FeatureTable:
    """The features of one release, those included that optional dependencies are without being written down."""

    __slots__ = ("_features", "_implicit", "optional")

    def __init__(self, features: Mapping[str, Sequence[str]], requirements: Iterable[Requirement]) -> None:
        self._features = features
        self.optional = frozenset(dependency_name(each) for each in requirements if each.optional)
        self._implicit: Collection[str] = ()
        if self.optional:
            named = {
                text.removeprefix(_DEPENDENCY)
                for group in features.values()
                for text in group
                if text.startswith(_DEPENDENCY)
            }
            self._implicit = self.optional - named - features.keys()

    def __contains__(self, feature: str) -> bool:
        return feature in self._features or feature in self._implicit

    def __iter__(self) -> Iterator[str]:
        return iter((*self._features, *self._implicit))

    def values(self, feature: str) -> Sequence[Value]:
        """Read the list of a feature; raise KeyError if there is none."""
        if feature in self._implicit:
            return (Value(dependency=feature),)
        return [read_value(text) for text in self._features[feature]]

    def close(self, wanted: Iterable[str]) -> tuple[frozenset[str], dict[str, set[str]]]:
        """Follow features; return all of them, and what is asked of each dependency that they name.

        What a weak one names is chosen too, so that it suits whatever is switched on later; only the feature of the
        dependency's own name is left alone. Raise Unfit for a feature that there is not.
        """
        features: set[str] = set()
        dependencies: dict[str, set[str]] = {}
        waiting = list(wanted)
        while waiting:
            feature = waiting.pop()
            if feature in features:
                continue
            features.add(feature)
            try:
                values = self.values(feature)
            except KeyError:
                raise Unfit(feature) from None
            for value in values:
                if value.feature:
                    waiting.append(value.feature)
                    continue
                asked = dependencies.setdefault(value.dependency, set())
                if value.inner:
                    asked.add(value.inner)
                    if not value.weak and value.dependency in self.optional and value.dependency in self:
                        waiting.append(value.dependency)
        return frozenset(features), dependencies
