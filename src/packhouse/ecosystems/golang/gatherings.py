"""What is asked of a module proxy beside its lists."""

import re
from urllib.parse import quote

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.golang.names import escape, unescape
from packhouse.ecosystems.golang.record import LATEST, info_of, read_time
from packhouse.ecosystems.golang.versions import is_version, pseudo_moment

_is_file = re.compile(r"[a-z0-9!._~+/@:-]+\.(?:info|mod)", re.ASCII).fullmatch
_is_sumdb = re.compile(r"[a-z0-9.-]+/(?:supported|latest|lookup/[^?#]+|tile/[0-9]+/[0-9a-z/.x]+)", re.ASCII).fullmatch
_TILE = re.compile(r"sumdb/[^/]+/tile/.*[0-9](?:\.p/[0-9]+)?", re.ASCII)


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for the list of a module."""
    return UpstreamRequest(f"{base_url}/{quote(escape(key.name), safe='/!~')}/@v/list")


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for `.info`, `.mod`, `@latest`, a document of the checksum database, or the site's page of a version."""
    module = quote(escape(wanted.key.name), safe="/!~")
    if not wanted.key.name:
        kind, _, rest = wanted.path.partition("/")
        if kind != "sumdb" or "sumdb" not in registry.urls or not _is_sumdb(rest) or ".." in rest:
            raise NotFound(f"there is no {wanted}")
        return gather_one(UpstreamRequest(f"{registry.urls['sumdb']}/{rest.partition('/')[2]}"))
    if wanted.path == LATEST:
        return gather_one(UpstreamRequest(f"{registry.url}/{module}/@latest"))
    if wanted.path.startswith("site/"):
        if "site" not in registry.urls:
            raise NotFound(f"there is no {wanted}")
        version = quote(wanted.path.removeprefix("site/"), safe="")
        url = f"{registry.urls['site']}/v1/module/{module}?version={version}&licenses=true"
        return gather_one(UpstreamRequest(url, "application/json"))
    if not _is_file(wanted.path) or ".." in wanted.path:
        raise NotFound(f"there is no {wanted}")
    return gather_one(UpstreamRequest(f"{registry.url}/{module}/@v/{quote(wanted.path, safe='/!~')}"))


def is_lasting(wanted: FurtherKey) -> bool:
    """Tell what never changes: `.info` and `.mod` of a whole version, and full tiles of the checksum database."""
    if not wanted.key.name:
        return _TILE.fullmatch(wanted.path) is not None or "/lookup/" in wanted.path
    stem, _, kind = wanted.path.rpartition(".")
    if kind not in {"info", "mod"}:
        return False
    try:
        return is_version(unescape(stem))
    except Invalid:
        return False


def find_date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    """Read the time that `.info` gives: that of the commit, which is all that a proxy tells."""
    if (moment := pseudo_moment(fragment.version)) is not None:
        return moment
    path = quote(info_of(key, fragment.version).path, safe="!~")
    url = f"{registry.url}/{quote(escape(key.name), safe='/!~')}/@v/{path}"
    (answer,) = yield (UpstreamRequest(url),)
    if answer.status == 404:
        return None
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return read_time(found.get("Time")) if isinstance(found, dict) else None
