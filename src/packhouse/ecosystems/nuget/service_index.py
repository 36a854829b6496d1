"""Our service index: every resource that a client may look for, at our address, under every name that it has had.

Clients take the first `@type` that they know. nuget.exe 5.8 asks for names that the documentation no longer lists, and
fails without them. All addresses are below the folder of the index, so that clients send credentials at once.
"""

from collections.abc import Iterator

import msgspec

from packhouse.ecosystems.nuget import hives
from packhouse.ecosystems.nuget.places import Places

PLAIN, GZIPPED, SEMVER2 = hives.HIVES.values()

_RESOURCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        f"{hives.FLAT}/",
        ("PackageBaseAddress/3.0.0",),
        "Files, and the list of all versions of a package: {id}/index.json, {id}/{version}/{id}.{version}.nupkg",
    ),
    (
        f"{PLAIN}/",
        ("RegistrationsBaseUrl", "RegistrationsBaseUrl/3.0.0-beta", "RegistrationsBaseUrl/3.0.0-rc"),
        "Metadata of packages, without SemVer 2.0.0 releases",
    ),
    (f"{GZIPPED}/", ("RegistrationsBaseUrl/3.4.0",), "Metadata of packages, compressed, without SemVer 2.0.0 releases"),
    (
        f"{SEMVER2}/",
        ("RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/Versioned"),
        "Metadata of packages, compressed, with all releases",
    ),
    (
        hives.SEARCH,
        tuple(f"SearchQueryService{each}" for each in ("", "/3.0.0-beta", "/3.0.0-rc", "/3.5.0")),
        "Search",
    ),
    (
        hives.AUTOCOMPLETE,
        tuple(f"SearchAutocompleteService{each}" for each in ("", "/3.0.0-beta", "/3.0.0-rc", "/3.5.0")),
        "Ids that begin with a text, and the versions of an id",
    ),
    (f"{hives.VULNERABILITIES}/index.json", ("VulnerabilityInfo/6.7.0",), "Known vulnerabilities of packages"),
    (
        f"{hives.FLAT}/{{lower_id}}/{{lower_version}}/readme",
        ("ReadmeUriTemplate/6.13.0",),
        "Readme of a release",
    ),
)


def service_index(base: str, upstream: Places) -> bytes:
    """Write the index; `upstream` says what is there to be passed on, and where its pages for people are."""
    resources = [_resource(f"{base}/{path}", name, comment) for path, names, comment in _RESOURCES for name in names]
    resources += (_resource(*each) for each in _passed_on(base, upstream))
    return msgspec.json.encode({"version": "3.0.0", "resources": resources})


def _passed_on(base: str, upstream: Places) -> Iterator[tuple[str, str, str]]:
    if upstream.catalog:
        yield f"{base}/{hives.CATALOG}/index.json", "Catalog/3.0.0", "The upstream's record of all changes"
    if base.startswith("https://"):
        # The protocol wants it over HTTPS, and clients refuse a feed that announces it otherwise.
        for version in ("4.7.0", "4.9.0", "5.0.0"):
            yield f"{base}/{hives.SIGNATURES}", f"RepositorySignatures/{version}", "Certificates of the upstream"
    if upstream.details:
        yield upstream.details, "PackageDetailsUriTemplate/5.1.0", "Pages of packages for people"
    if upstream.owner:
        yield upstream.owner, "OwnerDetailsUriTemplate/6.11.0", "Pages of owners for people"
    if upstream.abuse:
        yield upstream.abuse, "ReportAbuseUriTemplate/3.0.0-rc", "Page to report a package"


def _resource(address: str, name: str, comment: str) -> dict[str, str]:
    return {"@id": address, "@type": name, "comment": comment}
