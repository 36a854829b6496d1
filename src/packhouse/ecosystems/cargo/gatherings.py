"""What is asked of a registry, and when it is asked for."""

import re

from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.cargo.crate_document import crate_path, read_crate
from packhouse.ecosystems.cargo.index import with_places
from packhouse.ecosystems.cargo.lines import parse_moment
from packhouse.ecosystems.cargo.names import index_path, parse_name
from packhouse.ecosystems.cargo.places import CONFIG, Places, read_places

_REUSE_S = 3600
# A path of ours becomes one of the upstream's: nothing in it may lead elsewhere.
_PATH = r"[A-Za-z0-9_-]+(?:/(?!\.+(?:/|\?|$))[A-Za-z0-9_.+%~-]+)*(?:\?[A-Za-z0-9_.~%&=-]*)?"
_LASTING = r"crates/[^/]+/[^/]+/dependencies"


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for an index file."""
    # The format's own documentation names plain text.
    return UpstreamRequest(f"{base_url}/{index_path(key.name)}", accept="text/plain, */*;q=0.1")


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Fetch an index file, together with where the registry has its files."""
    wanted = document(registry.url, key)
    conditional = UpstreamRequest(wanted.url, accept=wanted.accept, conditional=True)
    config, answer = yield (_config_request(registry), conditional)
    if config.status == 404:
        raise _no_index(registry)
    if answer.status == 404:
        return Gathered(missing=True)
    body = with_places(read_places(config.body), answer.body)
    return Gathered(body, answer.content_type, answer.etag, answer.last_modified)


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Fetch a document of the Web API, by its path behind `/api/v1/`."""
    if not re.fullmatch(_PATH, wanted.path):
        raise NotFound(f"there is no {wanted}")
    api = yield from find_api(registry)
    request = api_request(api, wanted.path)
    if wanted.path.endswith("/readme"):
        # Who asks for JSON is told where the page is, who asks for a page is sent there.
        request = UpstreamRequest(request.url, accept="text/html")
    found = yield from gather_one(request)
    return found


def lasting(wanted: FurtherKey) -> bool:
    """Tell that what a release depends on never changes."""
    return re.fullmatch(_LASTING, wanted.path) is not None


def date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    """Find out when a release of an index file without dates was published."""
    api = yield from find_api(registry)
    # One document for all releases of the crate: the next question is answered from it.
    request = api_request(api, crate_path(key.name))
    (answer,) = yield (UpstreamRequest(request.url, accept=request.accept, reuse_s=_REUSE_S),)
    found = read_crate(answer.body) if answer.status == 200 else None
    release = found.releases.get(fragment.version) if found else None
    return parse_moment(release.created_at) if release else None


def find_api(registry: UpstreamRegistry) -> Gathering[str]:
    """Find the Web API: where the operator or, failing that, the registry itself says; raise NotFound without one."""
    named = registry.urls.get("api")
    if named:
        return named
    (config,) = yield (_config_request(registry),)
    if config.status == 404:
        raise _no_index(registry)
    places: Places = read_places(config.body)
    if not places.api:
        raise NotFound(f"the upstream {registry.name} has no Web API")
    return places.api.rstrip("/")


def api_request(api: str, path: str) -> UpstreamRequest:
    """Ask the Web API for something."""
    return UpstreamRequest(f"{api}/api/v1/{path}", accept="application/json")


def release_page(base_url: str, name: str, version: str) -> str:
    """Write the address of the index file that a release is in: the only page that an index has."""
    del version
    return f"{base_url}/{index_path(parse_name(name))}"


def _config_request(registry: UpstreamRegistry) -> UpstreamRequest:
    return UpstreamRequest(
        f"{registry.url}/{CONFIG}", accept="text/plain, application/json, */*;q=0.1", reuse_s=_REUSE_S
    )


def _no_index(registry: UpstreamRegistry) -> UpstreamBad:
    return UpstreamBad(f"the upstream {registry.name} has no {CONFIG}", "its URL must be that of a sparse index")
