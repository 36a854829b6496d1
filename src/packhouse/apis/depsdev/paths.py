"""The paths of the deps.dev API, read from the raw bytes: `+` is a plus, and `%3A` is never the colon of a verb."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from msgspec import UNSET, Struct

from packhouse.apis.depsdev.messages import AdvisoryKey, Message, PackageKey, ProjectKey, VersionKey
from packhouse.apis.depsdev.question_messages import (
    GetAdvisoryRequest,
    GetCapabilitiesRequest,
    GetDependenciesRequest,
    GetDependentsRequest,
    GetFindingsRequest,
    GetPackageRequest,
    GetProjectPackageVersionsRequest,
    GetProjectRequest,
    GetRequirementsRequest,
    GetSimilarlyNamedPackagesRequest,
    GetVersionRequest,
    Hash,
    PurlLookupRequest,
    QueryContainerImagesRequest,
    QueryRequest,
)
from packhouse.domain.errors import Invalid, NotFound
from packhouse.http.router import decode_segments

BATCHES = {
    b"versionbatch": "GetVersionBatch",
    b"findingsbatch": "GetFindingsBatch",
    b"projectbatch": "GetProjectBatch",
    b"purlbatch": "PurlLookupBatch",
}
"""What is asked with a body."""

_PACKAGE_VERBS: Mapping[str, Callable[[PackageKey], "Asked"]] = {
    "": lambda key: Asked("GetPackage", GetPackageRequest(key)),
    "findings": lambda key: Asked("GetFindings", GetFindingsRequest(package_key=key)),
    "similarlyNamedPackages": lambda key: Asked("GetSimilarlyNamedPackages", GetSimilarlyNamedPackagesRequest(key)),
}
_VERSION_VERBS: Mapping[str, Callable[[VersionKey], "Asked"]] = {
    "": lambda key: Asked("GetVersion", GetVersionRequest(key)),
    "requirements": lambda key: Asked("GetRequirements", GetRequirementsRequest(key)),
    "dependencies": lambda key: Asked("GetDependencies", GetDependenciesRequest(key)),
    "dependents": lambda key: Asked("GetDependents", GetDependentsRequest(key)),
    "capabilities": lambda key: Asked("GetCapabilities", GetCapabilitiesRequest(key)),
    "findings": lambda key: Asked("GetFindings", GetFindingsRequest(version_key=key)),
}
_PROJECT_VERBS: Mapping[str, Callable[[ProjectKey], "Asked"]] = {
    "": lambda key: Asked("GetProject", GetProjectRequest(key)),
    "packageversions": lambda key: Asked("GetProjectPackageVersions", GetProjectPackageVersionsRequest(key)),
}


class Asked(Struct, frozen=True):
    """A method and what it is asked; names are decoded, not yet canonical."""

    method: str
    request: Message | None
    """None where it stands in the body."""


def read_path(raw_path: bytes, taken: int, query: Mapping[str, str]) -> Asked:
    """Read the last `taken` segments of a raw path; raise NotFound for a path that the API does not have.

    Names may hold raw slashes, which the API itself does not accept: `packages/@scope/name/versions/1.0.0`.
    """
    parts = raw_path.split(b"/")
    if not parts[-1]:
        parts.pop()
    first, *rest = parts[-taken:] if taken else [b""]
    if not rest:
        if first in BATCHES:
            return Asked(BATCHES[first], None)
        if first == b"query":
            return Asked("Query", _query(query))
    read = _READERS.get(first)
    if read is None or not rest:
        raise _nothing()
    return read(rest)


def _system(rest: Sequence[bytes]) -> Asked:
    if len(rest) < 3 or rest[1] != b"packages":
        raise _nothing()
    system = _text(rest[:1])
    parts = rest[2:]
    split = _version_mark(parts)
    if split is None:
        parts, verb = _verb(parts, _PACKAGE_VERBS)
        return _PACKAGE_VERBS[verb](PackageKey(system, _text(parts)))
    parts, verb = _verb(parts, _VERSION_VERBS)
    return _VERSION_VERBS[verb](VersionKey(system, _text(parts[:split]), _text(parts[split + 1 :])))


def _project(rest: Sequence[bytes]) -> Asked:
    parts, verb = _verb(rest, _PROJECT_VERBS)
    return _PROJECT_VERBS[verb](ProjectKey(_text(parts)))


def _advisory(rest: Sequence[bytes]) -> Asked:
    return Asked("GetAdvisory", GetAdvisoryRequest(AdvisoryKey(_text(rest))))


def _purl(rest: Sequence[bytes]) -> Asked:
    return Asked("PurlLookup", PurlLookupRequest(_text(rest)))


def _images(rest: Sequence[bytes]) -> Asked:
    return Asked("QueryContainerImages", QueryContainerImagesRequest(_text(rest)))


_READERS: Mapping[bytes, Callable[[Sequence[bytes]], Asked]] = {
    b"systems": _system,
    b"projects": _project,
    b"advisories": _advisory,
    b"purl": _purl,
    b"querycontainerimages": _images,
}


def _version_mark(rest: Sequence[bytes]) -> int | None:
    """Find the `versions` between a name and a version: the last one that has both."""
    marks = [position for position in range(1, len(rest) - 1) if rest[position] == b"versions"]
    return marks[-1] if marks else None


def _verb(parts: Sequence[bytes], verbs: Mapping[str, object]) -> tuple[Sequence[bytes], str]:
    """Take a custom method off; any other colon belongs to the name."""
    before, colon, after = parts[-1].rpartition(b":")
    verb = after.decode("latin-1")
    return ([*parts[:-1], before], verb) if colon and verb in verbs and verb else (parts, "")


def _text(parts: Sequence[bytes]) -> str:
    return "/".join(decode_segments(b"/".join(parts)))


def _query(query: Mapping[str, str]) -> QueryRequest:
    """Read a query's parameters, in the spelling of JSON or of the definition."""
    given = {name.replace("version_key", "versionKey"): value for name, value in query.items()}
    fields = [given.get(f"versionKey.{field}", "") for field in ("system", "name", "version")]
    kind, value = given.get("hash.type", ""), given.get("hash.value", "")
    return QueryRequest(
        Hash(kind, _bytes(value)) if kind or value else UNSET,
        VersionKey(*fields) if any(fields) else UNSET,
    )


def _bytes(text: str) -> bytes:
    """Read base64 of either alphabet, or hexadecimal digits; some clients encode it twice for the address."""
    if "%" in text:
        text = unquote(text)
    plain = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (NotBase64, ValueError):
        raise Invalid("hash.value is no base64", "a plus is written %2B in a query") from None


def _nothing() -> NotFound:
    return NotFound("there is nothing at this address")
