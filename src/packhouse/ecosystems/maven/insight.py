"""What Maven's registries tell beside their files: a search, where one is known.

They count no downloads that they tell, and publish no owners: the people of a release are those of its POM.
"""

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, NotTold, UpstreamBad
from packhouse.domain.insight import Hit, Hits
from packhouse.domain.package import Moment
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.maven.names import make_name

_MAX_ROWS = 200
"""As many as the search gives at once."""


class _Found(Struct):
    g: str
    a: str
    latestVersion: str = ""  # noqa: N815 (the field's own name)
    timestamp: int | None = None


class _Response(Struct):
    docs: list[_Found]
    numFound: int = 0  # noqa: N815 (the field's own name)


class _Document(Struct):
    response: _Response


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search by the protocol of Central's search, where the registry has one."""
    base = registry.urls.get("search")
    if base is None:
        raise NotTold(f"the upstream {registry.name} cannot be searched", "ask for what went through this server")
    query = urlencode({"q": text, "start": offset, "rows": min(limit, _MAX_ROWS), "wt": "json"})
    (answer,) = yield (UpstreamRequest(f"{base}/solrsearch/select?{query}", accept="application/json"),)
    if answer.status == 404:
        return Hits((), 0)
    try:
        response = msgspec.json.decode(answer.body, type=_Document).response
    except msgspec.MsgspecError as error:
        raise UpstreamBad(f"the search of {registry.name} answered with something else: {error}") from error
    return Hits(tuple(_hits(response.docs)), response.numFound)


def _hits(found: list[_Found]) -> Iterator[Hit]:
    for each in found:
        try:
            name = make_name(each.g, each.a)
        except Invalid:
            continue
        yield Hit(name, each.latestVersion, published_at=Moment(each.timestamp) if each.timestamp else None)
