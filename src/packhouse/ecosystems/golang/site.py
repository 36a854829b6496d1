"""The API of the site that documents modules: licences, repository, search.

Source: its own OpenAPI document. Not every upstream has such a site.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from packhouse.domain.errors import Invalid, NotFound, NotTold, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.insight import Hit, Hits
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Licence
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.golang.names import parse_name

SERVICE = "site"
PREFIX = "site?"
"""Begins the paths of its documents; no version, branch or commit has a question mark."""
_JSON = "application/json"
_MAX_HITS = 500


def page_of(key: PackageKey, version: str) -> FurtherKey:
    """Name what the site says of a version."""
    return FurtherKey(key, f"{PREFIX}{version}")


def gather(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for a module at a version."""
    if SERVICE not in registry.urls:
        raise NotFound(f"there is no {wanted}")
    query = urlencode({"version": wanted.path.removeprefix(PREFIX), "licenses": "true"})
    # The site writes paths with their capitals.
    url = f"{registry.urls[SERVICE]}/v1/module/{quote(wanted.key.name, safe='/~')}?{query}"
    return gather_one(UpstreamRequest(url, _JSON))


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search for packages, of which the modules are told."""
    if SERVICE not in registry.urls:
        raise NotTold(f"the upstream {registry.name} cannot be searched", "ask for what went through this server")
    if limit <= 0 or not text.strip():
        return Hits(())
    # The site goes on by tokens of its own, so that the pages before are asked for as well.
    query = urlencode({"q": text, "limit": min(offset + limit, _MAX_HITS)})
    (answer,) = yield (UpstreamRequest(f"{registry.urls[SERVICE]}/v1/search?{query}", _JSON),)
    if answer.status == 404:
        return Hits((), 0)
    found = read_object(answer.body).get("items")
    if not isinstance(found, list):
        raise UpstreamBad(f"the search of {registry.name} answered with something else")
    return Hits(tuple(_hits(found))[offset : offset + limit])


def read_licences(page: Mapping[str, Any]) -> Iterator[Licence]:
    """Read the licences that the site has found in a module's files, each once."""
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    files = [each for each in _list(page.get("licenses")) if isinstance(each, dict)]
    found = [name for file in files for name in _list(file.get("types")) if isinstance(name, str) and name]
    return (Licence(name, to_spdx(name)) for name in dict.fromkeys(found))


def read_object(body: bytes | None) -> dict[str, Any]:
    """Read a JSON object; an empty one where it is none."""
    try:
        found = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _hits(found: list[Any]) -> Iterator[Hit]:
    """Make a hit of the first package of each module."""
    told: set[str] = set()
    for each in found:
        path = each.get("modulePath") if isinstance(each, dict) else None
        if not isinstance(path, str) or path in told:
            continue
        told.add(path)
        version, synopsis = each.get("version"), each.get("synopsis")
        try:
            name = parse_name(path)
        except Invalid:  # the standard library, and what is no module
            continue
        yield Hit(
            name,
            version if isinstance(version, str) else "",
            synopsis if isinstance(synopsis, str) else "",
        )
