"""What a command is asked about, as people write it: a package URL, or ecosystem/name with or without @version."""

from msgspec import Struct

from packhouse.domain.errors import ConfigError

_HINT = "write ecosystem/name, ecosystem/name@version or a package URL such as pkg:type/name@version"


class Subject(Struct, frozen=True):
    """A package or release, by the names that were written."""

    registry: str
    package: str
    version: str | None = None


def parse_subject(text: str) -> Subject:
    """Read what was written; raise ConfigError if it names no package."""
    if text.startswith("pkg:"):
        return _parse_purl(text)
    registry, _, rest = text.partition("/")
    at = rest.find("@", 1)  # a name may begin with one
    name, version = (rest, None) if at < 0 else (rest[:at], rest[at + 1 :])
    if not registry or not name or version == "":
        raise ConfigError(f"{text!r} names no package", _HINT)
    return Subject(registry, name, version)


def _parse_purl(text: str) -> Subject:
    from urllib.parse import unquote

    from packageurl import PackageURL

    from packhouse.app import load_ecosystems
    from packhouse.domain.errors import Invalid

    try:
        # Its own rules for names are not those of the registries: some would turn one package into another.
        found = PackageURL.from_string(text, normalize_purl=False)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no package URL: {error}", _HINT) from error
    known = load_ecosystems()
    if found.type.lower() not in known:
        raise ConfigError(f"there is no ecosystem {found.type!r}", f"known are {', '.join(sorted(known))}")
    ecosystem, _ = known[found.type.lower()]
    namespace, name = unquote(found.namespace or ""), unquote(found.name)
    if ecosystem.purl_name is not None:
        try:
            name = ecosystem.purl_name(namespace, name)
        except Invalid as error:
            raise ConfigError(error.message, error.hint) from error
    elif namespace:
        name = f"{namespace}/{name}"
    return Subject(ecosystem.key, name, unquote(found.version) if found.version else None)


def from_one(number: int) -> int:
    """Check a page or its size; raise ConfigError for less than 1."""
    if number < 1:
        raise ConfigError(f"{number} is no page or size of one", "pages and their sizes count from 1")
    return number
