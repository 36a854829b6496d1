"""What is asked of a registry, and when it is asked for."""

import re

from msgspec.structs import replace

from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one, passed_on
from packhouse.ecosystems.gem.gem_document import versions_path
from packhouse.ecosystems.gem.lines import read_release
from packhouse.ecosystems.gem.record import find_moment
from packhouse.ecosystems.gem.served import check_list

VERSIONS = "versions"
"""The list of all gems with the MD5 of each info file."""
NAMES = "names"
SPECS = ("specs.4.8.gz", "latest_specs.4.8.gz", "prerelease_specs.4.8.gz")
"""Lists of name, version and platform for `gem list` and its like."""
QUICK = "quick/Marshal.4.8/"
_WHOLE = frozenset({VERSIONS, NAMES, *SPECS})
PART, WHOLE = b"+", b"="
"""What an answer to the question for the rest of the list begins with."""
_GZIP, _ZLIB, _MARSHAL = b"\x1f\x8b", b"\x78", b"\x04\x08"
"""How these formats begin."""
_REUSE_S = 3600
_is_rest = re.compile(rf"{VERSIONS}@([1-9][0-9]{{0,11}})").fullmatch
_ATTESTATIONS = "api/v1/attestations/"
# A path of ours becomes one of the upstream's: nothing in it may lead elsewhere.
_is_path = re.compile(
    r"(?:api/v[12]|quick/Marshal\.4\.8)(?:/(?!\.+(?:/|\?|$))[A-Za-z0-9_.@+~%-]+)+(?:\?[A-Za-z0-9_.~%&=+-]*)?"
).fullmatch


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for an info file."""
    return UpstreamRequest(f"{base_url}/info/{key.name}", accept="text/plain, */*;q=0.1")


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Fetch an info file; where there is none, find out whether the registry has any."""
    wanted = document(registry.url, key)
    (answer,) = yield (UpstreamRequest(wanted.url, accept=wanted.accept, conditional=True),)
    if answer.status == 404:
        (versions,) = yield (UpstreamRequest(f"{registry.url}/{VERSIONS}", reuse_s=_REUSE_S, method="HEAD"),)
        if versions.status == 404:
            hint = "a registry that has neither /versions nor /info/ is too old to be an upstream"
            raise UpstreamBad(f"the upstream {registry.name} has no compact index", hint)
    return passed_on(answer)


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Fetch a document beside the info files, by its path at the registry."""
    path = wanted.path
    begin = _is_rest(path)
    if begin:
        found = yield from _rest(registry, int(begin[1]))
        return found
    if path not in _WHOLE and not _is_path(path):
        raise NotFound(f"there is no {wanted}")
    base = registry.service("api") if path.startswith("api/") else registry.url
    accept = "application/json" if path.partition("?")[0].endswith(".json") else "*/*"
    found = yield from gather_one(UpstreamRequest(f"{base}/{path}", accept=accept))
    if not found.missing:
        _check(path, found.body)
    return found


def _check(path: str, body: bytes) -> None:
    """Raise UpstreamBad for what is no such document: a page of a proxy must not take the place of what is kept."""
    if path == VERSIONS:
        check_list(body)
    elif path in SPECS and not body.startswith((_GZIP, _MARSHAL)):
        raise UpstreamBad(f"what the upstream has as {path} is no list of releases")
    elif path.startswith(QUICK) and not body.startswith(_ZLIB):
        raise UpstreamBad(f"what the upstream has as {path} is no specification")


def rest_path(size_bytes: int) -> str:
    """Name what has been added to the list of all gems since it had this size."""
    return f"{VERSIONS}@{size_bytes}"


def _rest(registry: UpstreamRegistry, size_bytes: int) -> Gathering[Gathered]:
    """Fetch the end of the list, from the last byte that is known: PART and it, or WHOLE and all of the list."""
    url = f"{registry.url}/{VERSIONS}"
    (answer,) = yield (UpstreamRequest(url, conditional=True, begin_bytes=size_bytes - 1),)
    mark = PART if answer.status == 206 else WHOLE
    return replace(passed_on(answer), body=mark + answer.body)


def lasting(wanted: FurtherKey) -> bool:
    """Tell that the specification of a release never changes, nor who attested it when it was published."""
    return wanted.path.startswith((QUICK, _ATTESTATIONS))


def date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    """Find out when a release was published, where its line does not say."""
    url = f"{registry.service('api')}/{versions_path(key.name)}"
    # One document for all releases of the gem: the next question is answered from it.
    (answer,) = yield (UpstreamRequest(url, accept="application/json", reuse_s=_REUSE_S),)
    release = read_release(fragment.body)
    return find_moment(answer.body, *release) if answer.status == 200 and release else None


def release_page(base_url: str, name: str, version: str) -> str:
    """Write the address of a release's page."""
    return f"{base_url}/gems/{name}/versions/{version}" if version else f"{base_url}/gems/{name}"
