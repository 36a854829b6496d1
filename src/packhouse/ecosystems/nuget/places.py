"""Where a feed has what: read from its service index, which is the address that people configure."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.package import NormalName

REUSE_S = 3600
"""How long a service index stands."""

_REGISTRATIONS = tuple(
    # Those with SemVer 2.0.0 releases first, and of the others the compressed ones.
    f"RegistrationsBaseUrl{each}"
    for each in ("/3.6.0", "/Versioned", "/3.4.0", "/3.0.0-rc", "/3.0.0-beta", "")
)
_SEARCHES = ("/3.5.0", "/Versioned", "/3.0.0-rc", "/3.0.0-beta", "")


class Places(Struct, frozen=True, array_like=True):
    """Base addresses without a slash at the end; empty for what a feed has not."""

    registration: str = ""
    flat: str = ""
    """The package base address: files, and lists of all versions."""
    search: str = ""
    autocomplete: str = ""
    catalog: str = ""
    """The folder of the catalog's index."""
    signatures: str = ""
    details: str = ""
    """A template with {id} and {version} in it."""
    owner: str = ""
    """A template with {owner} in it."""
    abuse: str = ""
    """A template with {id} and {version} in it."""


class _Resource(Struct):
    address: str = msgspec.field(name="@id")
    types: str | list[str] = msgspec.field(name="@type")


class _Service(Struct):
    resources: list[_Resource]


_decode = msgspec.json.Decoder(_Service).decode


def read_places(body: bytes) -> Places:
    """Read a service index; raise UpstreamBad if it is none."""
    try:
        resources = _decode(body.removeprefix(b"\xef\xbb\xbf")).resources
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamBad(
            f"the upstream's service index cannot be read: {error}",
            "its address is that of the feed's index.json, as NuGet.Config has it",
        ) from error
    known: dict[str, str] = {}
    for resource in resources:
        address = resource.address.strip()
        if address.lower().startswith(("http://", "https://")):
            for each in (resource.types,) if isinstance(resource.types, str) else resource.types:
                known.setdefault(each, address.rstrip("/"))
    catalog = _first(known, ("Catalog/3.0.0",))
    return Places(
        registration=_first(known, _REGISTRATIONS),
        flat=_first(known, ("PackageBaseAddress/3.0.0",)),
        search=_first(known, [f"SearchQueryService{each}" for each in _SEARCHES]),
        autocomplete=_first(known, [f"SearchAutocompleteService{each}" for each in _SEARCHES]),
        catalog=catalog.rpartition("/")[0] if catalog.endswith(".json") else catalog,
        signatures=_first(known, [f"RepositorySignatures/{each}" for each in ("5.0.0", "4.9.0", "4.7.0")]),
        details=_first(known, ("PackageDetailsUriTemplate/5.1.0",)),
        owner=_first(known, ("OwnerDetailsUriTemplate/6.11.0",)),
        abuse=_first(known, ("ReportAbuseUriTemplate/3.0.0-rc", "ReportAbuseUriTemplate/3.0.0-beta")),
    )


def file_name(name: NormalName, version: str) -> str:
    """Name a release's file, as every feed does."""
    return f"{name}.{version.lower()}.nupkg"


def file_address(flat: str, name: NormalName, version: str) -> str:
    """Give the address of a release's file below a package base address."""
    folder = quote(f"{name}/{version.lower()}")
    return f"{flat}/{folder}/{quote(file_name(name, version))}"


def registration_address(base: str, name: NormalName) -> str:
    """Give the address of a package's registration index."""
    return f"{base}/{quote(name)}/index.json"


def catalog_path(places: Places, address: str) -> str:
    """Give the path of a catalog document behind the catalog's folder; empty for one that is elsewhere."""
    folder = f"{places.catalog}/"
    path = address.partition("#")[0]
    return unquote(path.removeprefix(folder)) if places.catalog and path.startswith(folder) else ""


def _first(known: dict[str, str], types: Sequence[str] | Iterable[str]) -> str:
    return next((known[each] for each in types if each in known), "")
