"""What is asked of an upstream."""

from urllib.parse import quote

import msgspec

from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one, passed_on
from packhouse.ecosystems.pypi.index import HTML, JSON

_METADATA = ".metadata "
"""Stands between the name of a file and the address of its metadata."""
_MOST_PARTS = 3
"""A wheel's end, the whole list of its members, and the metadata."""
_ACCEPT = f"{JSON}, {HTML};q=0.2, text/html;q=0.1"


def simple_url(registry: UpstreamRegistry, name: str = "") -> str:
    """Address a page: an upstream is named by its root or, as pip has it, by its /simple itself."""
    base = registry.url if registry.url.endswith(("/simple", "/+simple")) else f"{registry.url}/simple"
    return f"{base}/{name}/" if name else f"{base}/"


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Ask for a project's page; HTML is turned into the JSON form, so that one reader serves both."""
    url = simple_url(registry, key.name)
    (answer,) = yield (UpstreamRequest(url, _ACCEPT, conditional=True),)
    if answer.status == 404:
        return Gathered(missing=True)
    document = answer.body
    if "json" not in answer.content_type.lower() and document.lstrip()[:1] != b"{":
        document = _from_html(key, document, url)
    body = url.encode() + b"\n" + document
    return Gathered(body, answer.content_type, answer.etag, answer.last_modified)


def _from_html(key: PackageKey, body: bytes, url: str) -> bytes:
    from packhouse.ecosystems.pypi.links import read_page  # noqa: PLC0415 (start-up time)

    if b"\0" in body:
        raise UpstreamBad(f"the upstream's page of {key} holds a NUL")
    files, meta = read_page(body, url)
    document = {"meta": {"api-version": meta.get("repository-version", "1.0")}, "name": key.name, "files": files}
    status = {field: meta[name] for field, name in _STATUS.items() if name in meta}
    return msgspec.json.encode(document | ({"project-status": status} if status else {}))


_STATUS = {"status": "project-status", "reason": "project-status-reason"}


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for the list of all projects, a project's JSON document, a file's metadata, or its provenance."""
    root = registry.url.removesuffix("/simple").removesuffix("/+simple")
    name, path = wanted.key.name, wanted.path
    if not name and path in {"simple.json", "simple.html"}:
        return gather_one(UpstreamRequest(simple_url(registry), JSON if path.endswith("json") else "text/html"))
    if name and path == "json":
        return gather_one(UpstreamRequest(f"{root}/pypi/{name}/json", "application/json"))
    if name and path.endswith("/json") and path.count("/") == 1:
        version = quote(path.removesuffix("/json"), safe="!+")
        return gather_one(UpstreamRequest(f"{root}/pypi/{name}/{version}/json", "application/json"))
    if name and _METADATA in path:
        return _gather_metadata(_address_of(registry, path))
    if name and path.startswith("integrity/") and path.endswith("/provenance") and ".." not in path:
        accept = "application/vnd.pypi.integrity.v1+json"
        return gather_one(UpstreamRequest(f"{root}/integrity/{name}/{quote(path.removeprefix('integrity/'))}", accept))
    raise NotFound(f"there is no {wanted}")


def _gather_metadata(address: str) -> Gathering[Gathered]:
    """Ask for the metadata beside a file; where there is none, read it out of the end of the file, if it is a wheel."""
    (answer,) = yield (UpstreamRequest(address, conditional=True),)
    wheel = address.removesuffix(".metadata")
    if answer.status != 404 or not wheel.endswith(".whl"):
        return passed_on(answer)
    from packhouse.ecosystems.pypi.wheel_tail import TAIL_BYTES, Need, read_tail  # noqa: PLC0415 (start-up time)

    (answer,) = yield (UpstreamRequest(wheel, begin_bytes=-TAIL_BYTES),)
    for _ in range(_MOST_PARTS):
        found = read_tail(answer.body) if answer.status != 404 else None
        if not isinstance(found, Need):
            return Gathered(missing=True) if found is None else Gathered(found, "text/plain; charset=utf-8")
        (answer,) = yield (UpstreamRequest(wheel, begin_bytes=found.begin),)
    return Gathered(missing=True)


def _address_of(registry: UpstreamRegistry, path: str) -> str:
    """Read the address in the name of a file's metadata: that of the file, as the index has it, and `.metadata`."""
    address = path.partition(_METADATA)[2]
    if address.startswith("/"):
        return f"{registry.url}{address}"
    if not address.startswith(("http://", "https://")):
        raise NotFound(f"there is no {path}")
    return address


def is_lasting(wanted: FurtherKey) -> bool:
    """Tell what never changes: a file's metadata, and its provenance."""
    return wanted.path.startswith("integrity/") or _METADATA in wanted.path
