"""What an ecosystem may support: one entry a row of docs/reference/ecosystems.md, read from the `Ecosystem` value.

Each cell that is not empty is backed by a test, named in tests/ecosystems/cases/<ecosystem>/cells.toml.
"""

from collections.abc import Callable

from packhouse.domain.ecosystem import Ecosystem

NOTHING = "no"

_REFUSED = "required: refused without one"
_FIRST = "held to the first download where the upstream gives none"


def _yes(value: object) -> str:
    return "yes" if value is not None else NOTHING


CAPABILITIES: dict[str, tuple[str, Callable[[Ecosystem], str]]] = {
    "mount": ("address of its clients", lambda each: f"`/{each.mount}/`"),
    "names": ("names, and package URLs both ways", lambda each: f"`pkg:{each.key}/`"),
    "versions": ("order of versions, ranges", lambda each: f"from `{each.sample_version}`"),
    "index": ("index document, in upstream's bytes", lambda each: ", ".join(each.index.forms)),
    "files": ("files without a digest", lambda each: _FIRST if each.digests == "first-use" else _REFUSED),
    "refusals": ("a refused release is nowhere", lambda _: "yes"),
    "dates": ("publish date", lambda each: "in the index" if each.date is None else "in the index, or asked for"),
    "offline": ("served while the upstream is off", lambda _: "yes"),
    "record": ("record", lambda each: "of the index" if each.complete is None else "completed from further documents"),
    "further": ("documents beside the index", lambda each: _yes(each.further)),
    "upstreams": (
        "several upstreams",
        lambda each: "put together" if each.merges else "the first that has a package answers alone",
    ),
    "downloads": (
        "downloads as the registry counts",
        lambda each: NOTHING if each.insight.downloads is None else ", ".join(each.insight.periods) or "total",
    ),
    "owners": ("owners as the registry tells", lambda each: _yes(each.insight.owners)),
    "packages_of": ("packages of an owner", lambda each: _yes(each.insight.packages_of)),
    "search": ("search of the registry", lambda each: _yes(each.insight.search)),
    "clients": (
        "`packhouse use`",
        lambda each: ", ".join(f"`{setting.client}`" for setting in each.clients) or NOTHING,
    ),
    "credentials": ("credentials from the client's own store", lambda each: _yes(each.credentials)),
    "graph": ("resolved graph", lambda each: _yes(each.begin_resolution)),
}
"""By key: what the row is called, and how its cell is read."""
