"""Which parts of a crate's document are asked for."""

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.listing import Json

_PARTS = ("versions", "keywords", "categories", "badges", "downloads", "default_version", "full")


def read_includes(raw: str | None) -> frozenset[str]:
    """Read what is to be included; everything where nothing is said. Raise Invalid."""
    parts = frozenset(("full",) if raw is None else (each for each in raw.split(",") if each))
    if not parts <= set(_PARTS):
        named = ", ".join(f"'{each}'" for each in _PARTS[:-1])
        raise Invalid(f"invalid component for ?include= (expected {named}, or 'full')")
    return frozenset(_PARTS) if "full" in parts else parts


def include(document: Json, parts: frozenset[str]) -> Json:
    """Leave out what is not asked for; its field is there and says nothing."""
    if "full" in parts:
        return document
    crate = dict(document.get("crate") or {})
    versions: list[Json] | None = objects(document, "versions")
    if "versions" not in parts:
        crate["versions"] = None
        default = text(crate, "default_version")
        only = [each for each in versions or () if text(each, "num") == default]
        versions = only if "default_version" in parts else None
    for name in ("keywords", "categories"):
        if name not in parts:
            crate[name] = None
    if "downloads" not in parts:
        crate["recent_downloads"] = None
    shown = {name: document.get(name) if name in parts else None for name in ("keywords", "categories")}
    return {**document, "crate": crate, "versions": versions, **shown}
