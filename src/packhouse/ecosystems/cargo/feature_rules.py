"""Whether what the features of a release switch on is there: cargo passes over a release where it is not."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.crate_manifest import CrateManifest
from packhouse.ecosystems.cargo.written_names import check_feature, check_feature_name

_FAILED = "failed to parse `Cargo.toml` manifest file\n\n"


def check_features(manifest: CrateManifest, most: int) -> None:
    """Raise Invalid for features that are too many, wrongly written, or of things that are not there."""
    features = manifest.features
    if len(features) > most:
        raise Invalid(
            f"this registry only allows a maximum number of {most} features, but your crate is declaring"
            f" {len(features)} features."
        )
    for name, implied in features.items():
        check_feature_name(name)
        if len(implied) > most:
            raise Invalid(
                f"this registry only allows a maximum number of {most} features or dependencies that another feature"
                f' can enable, but the "{name}" feature of your crate is enabling {len(implied)} features or'
                " dependencies."
            )
        for each in implied:
            check_feature(each)
    known = _survey(((each.alias, each.optional, each.kind) for each in manifest.dependencies), features)
    for name, implied in features.items():
        for each in implied:
            known.check(name, each)
    known.check_reached()


def are_sound(features: Mapping[str, Sequence[str]], dependencies: Iterable[tuple[str, bool, str]]) -> bool:
    """Tell whether cargo can use a release with these features; dependencies by name, whether optional, and kind."""
    known = _survey(dependencies, features)
    try:
        for name, implied in features.items():
            for each in implied:
                if each not in features:
                    known.check(name, each)
        known.check_reached()
    except Invalid:
        return False
    return True


class _Known(Struct, frozen=True):
    """What there is to be switched on."""

    features: Collection[str]
    dependencies: frozenset[str]
    optional: frozenset[str]
    named: frozenset[str]
    """Optional dependencies that some feature names with `dep:`, so that they are no features themselves."""
    linked: frozenset[str]
    """Dependencies one of whose own features some feature switches on."""

    def check(self, feature: str, text: str) -> None:
        """Raise Invalid where a feature switches on what there is not."""
        start = f"{_FAILED}feature `{feature}` includes `{text}`"
        dependency, slash, _ = text.partition("/")
        if slash:
            name = dependency.removesuffix("?")
            if name not in self.dependencies:
                raise Invalid(f"{start}, but `{name}` is not a dependency")
            if name != dependency and name not in self.optional:
                raise Invalid(f"{start} with a `?`, but `{name}` is not an optional dependency")
        elif text.startswith("dep:"):
            name = text.removeprefix("dep:")
            if name not in self.dependencies:
                raise Invalid(f"{start}, but `{name}` is not listed as a dependency")
            if name not in self.optional:
                raise Invalid(f"{start}, but `{name}` is not an optional dependency")
        elif text not in self.features:
            self._check_implicit(start, text)

    def _check_implicit(self, start: str, name: str) -> None:
        if name not in self.dependencies:
            raise Invalid(f"{start} which is neither a dependency nor another feature")
        if name not in self.optional:
            raise Invalid(f"{start}, but `{name}` is not an optional dependency")
        if name in self.named:
            raise Invalid(f"{start}, but `{name}` is an optional dependency without an implicit feature")

    def check_reached(self) -> None:
        """Raise Invalid for an optional dependency that a feature of its name hides."""
        for name in sorted((self.optional & frozenset(self.features)) - self.named - self.linked):
            raise Invalid(
                f"{_FAILED}optional dependency `{name}` is not included in any feature",
                f"make sure that `dep:{name}` is included in one of features in the [features] table",
            )


def _survey(dependencies: Iterable[tuple[str, bool, str]], features: Mapping[str, Sequence[str]]) -> _Known:
    """Look through names, whether optional, and kinds of dependencies."""
    listed = tuple(dependencies)
    implied = [each for group in features.values() for each in group]
    return _Known(
        features=features.keys(),
        dependencies=frozenset(alias for alias, _, _ in listed),
        optional=frozenset(alias for alias, optional, kind in listed if optional and kind != "dev"),
        named=frozenset(each.removeprefix("dep:") for each in implied if each.startswith("dep:")),
        linked=frozenset(each.partition("/")[0].removesuffix("?") for each in implied if "/" in each),
    )
