"""Package URLs as the API takes them: without qualifiers and subpath."""

from urllib.parse import unquote

from msgspec import Struct

from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import NormalName, PackageKey


class Meant(Struct, frozen=True):
    """What a package URL names; without a version it is the package."""

    target: Target
    version: str


def read_purl(systems: Systems, text: str) -> Meant:
    """Read a package URL; raise Invalid for what is none, NotFound for a type that is not served here."""
    from packageurl import PackageURL  # noqa: PLC0415 (start-up time)

    try:
        # Its own rules for names are not those of the registries: some would turn one package into another.
        found = PackageURL.from_string(text, normalize_purl=False)
    except ValueError as error:
        raise Invalid(f"this is no package URL: {error}", "write pkg:type/name@version") from None
    if found.qualifiers or found.subpath:
        raise Invalid("a package URL has neither qualifiers nor a subpath here")
    services = systems.find(found.type)
    # A type is no alias: `pkg:cargo/…`, and never the system's name, unless they are the same.
    if services is None or services.ecosystem.key != found.type.lower():
        raise NotFound("package type not found")
    ecosystem = services.ecosystem
    namespace, name = unquote(found.namespace or ""), unquote(found.name)
    if ecosystem.purl_name is not None:
        canonical: NormalName = ecosystem.purl_name(namespace, name)
    else:
        canonical = ecosystem.parse_name(f"{namespace}/{name}" if namespace else name)
    return Meant(Target(services, PackageKey(ecosystem.key, canonical)), unquote(found.version or ""))
