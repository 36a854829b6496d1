"""A requirement as Maven's resolver sees it: which file is meant, by extension and classifier, and how it is used."""

from functools import lru_cache

from msgspec import Struct

from packhouse.ecosystems.maven.pom import Dependency

Thing = tuple[str, str, str, str]
"""Group, artifact, extension and classifier: what there can be only one of."""
Excluded = frozenset[tuple[str, str]]

# Extension and classifier of the types whose name is not their extension (MavenRepositorySystemUtils).
_TYPES = {
    "maven-plugin": ("jar", ""),
    "ejb": ("jar", ""),
    "ejb-client": ("jar", "client"),
    "test-jar": ("jar", "tests"),
    "javadoc": ("jar", "javadoc"),
    "java-source": ("jar", "sources"),
}
_WHOLE = frozenset({"war", "ear", "rar", "par"})
"""Types whose files have in them what they require."""


class Wish(Struct, frozen=True):
    """One requirement."""

    thing: Thing
    type: str
    version: str
    scope: str
    optional: bool | None
    """None where nothing is said."""
    excluded: Excluded
    has_path: bool
    """True where its file is one of the machine, which no POM describes."""

    @property
    def is_whole(self) -> bool:
        """Tell whether the file has in it what it requires."""
        return self.type in _WHOLE


@lru_cache(maxsize=1 << 15)
def read_wish(each: Dependency) -> Wish:
    """Read an entry of a POM."""
    extension, classifier = _TYPES.get(each.type, (each.type, ""))
    return Wish(
        thing=(each.group, each.artifact, extension, each.classifier or classifier),
        type=each.type,
        version=each.version or "",
        scope=each.scope or "",
        optional=None if each.optional is None else each.optional.lower() == "true",
        excluded=frozenset(each.exclusions),
        has_path=bool(each.system_path),
    )


def excludes(excluded: Excluded, thing: Thing) -> bool:
    """Tell whether a requirement is not wanted on this way."""
    group, artifact, _, _ = thing
    return bool(excluded) and (
        (group, artifact) in excluded
        or (group, "*") in excluded
        or ("*", artifact) in excluded
        or ("*", "*") in excluded
    )
