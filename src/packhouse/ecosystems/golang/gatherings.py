"""What is asked of a module proxy, of the checksum database and of the site."""

from urllib.parse import quote

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.golang import checksums, site
from packhouse.ecosystems.golang.index import collect, read_lines
from packhouse.ecosystems.golang.names import escape, unescape
from packhouse.ecosystems.golang.record import AT_LATEST, info_of
from packhouse.ecosystems.golang.standing import make_standing, telling
from packhouse.ecosystems.golang.versions import is_version, pseudo_moment, read_time

_REUSE_S = 3600
_MAX_QUERY = 300
_SAFE = "/!~+@:"
"""Stands as it is in addresses: proxies on a plain store of files do not all decode a %2B."""


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for the list of a module."""
    return UpstreamRequest(f"{base_url}/{_quoted(key.name)}/@v/list")


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Fetch the list, and the go.mod that tells how the module stands: the newest one.

    Where that cannot be had, the list is no worse.
    """
    request = document(registry.url, key)
    (listed,) = yield (msgspec.structs.replace(request, conditional=True),)
    if listed.status == 404:
        return Gathered(missing=True)
    versions = [version for version, _ in read_lines(key, listed.body)]
    wanted = telling(versions)
    files: dict[str, bytes] = {}
    if wanted:
        answers = yield tuple(
            UpstreamRequest(_file(registry, key, f"{escape(version)}.mod"), optional=True, reuse_s=_REUSE_S)
            for version in wanted
        )
        answered = zip(wanted, answers, strict=True)
        files = {version: answer.body for version, answer in answered if answer.status == 200}
    body = collect(listed.body, make_standing(versions, files))
    return Gathered(body, listed.content_type, listed.etag, listed.last_modified)


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for `.info`, `.mod`, `@latest`, a document of the checksum database, or the site's page of a version."""
    if not wanted.key.name:
        return checksums.gather(registry, wanted)
    if wanted.path == AT_LATEST:
        return gather_one(UpstreamRequest(f"{registry.url}/{_quoted(wanted.key.name)}/@latest"))
    if wanted.path.startswith(site.PREFIX):
        return site.gather(registry, wanted)
    query, _, kind = wanted.path.rpartition(".")
    if kind not in {"info", "mod"} or not _is_query(query):
        raise NotFound(f"there is no {wanted}")
    request = UpstreamRequest(_file(registry, wanted.key, wanted.path))
    if kind == "mod":
        # The one of the newest version has just been asked for along with the list.
        request = msgspec.structs.replace(request, reuse_s=_REUSE_S)
    return gather_one(request)


def is_lasting(wanted: FurtherKey) -> bool:
    """Tell what never changes: `.info` and `.mod` of a whole version, and most of the checksum database."""
    if not wanted.key.name:
        return checksums.is_lasting(wanted)
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
    if not is_version(fragment.version):
        return None
    (answer,) = yield (UpstreamRequest(_file(registry, key, info_of(key, fragment.version).path)),)
    if answer.status == 404:
        return None
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return read_time(found.get("Time")) if isinstance(found, dict) else None


def _file(registry: UpstreamRegistry, key: PackageKey, path: str) -> str:
    return f"{registry.url}/{_quoted(key.name)}/@v/{quote(path, safe=_SAFE)}"


def _quoted(name: str) -> str:
    return quote(escape(name), safe=_SAFE)


def _is_query(text: str) -> bool:
    """Tell whether a text may be a version, a branch or a commit, in its escaped form."""
    parts = text.split("/")
    return (
        len(text) <= _MAX_QUERY
        and text.isascii()
        and text.isprintable()
        and not any(letter in text for letter in "?#\\% ")
        and all(part.strip(".") for part in parts)
    )
