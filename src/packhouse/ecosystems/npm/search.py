"""The door at which `npm search`, pnpm and yarn knock."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Summary
from packhouse.domain.search import Standing, Weights
from packhouse.ecosystems.npm.search_text import read_search
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_MAX_RESULTS = 250
_DEFAULT_RESULTS = 20
_MAX_OFFSET = 1 << 40
"""Beyond all that there is; a page from there on is empty."""


class SearchRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [route("-/v1/search", GET=self.search)]

    async def search(self, request: Request) -> Answer:
        """Search what this server knows; the answer has the shape that npm and its web site read."""
        query = request.query
        text = query.get("text", "").strip()
        if not text:
            raise Invalid("there is nothing to search for", "say it in the parameter text, e.g. ?text=router")
        size = min(_number(query, "size", _DEFAULT_RESULTS), _MAX_RESULTS)
        offset = min(_number(query, "from", 0), _MAX_OFFSET)
        asked = read_search(text, _weights(query))
        found = await self._services.search.find(request.view, self._services.ecosystem.key, asked, offset, size)
        best = max((score for score, _ in found.hits), default=1.0) or 1.0
        objects = [
            {**_result(summary, standing, request.base), "score": _score(standing, score / best), "searchScore": score}
            for (score, summary), standing in zip(found.hits, found.standings, strict=True)
        ]
        return json_answer({"objects": objects, "total": found.total, "time": _iso(self._services.clock())})


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}={default}")
    return int(text[:12])


def _weights(query: Mapping[str, str]) -> Weights:
    """Read what counts how much; npm always sends all three."""
    given = {name: _weight(name, text) for name in Weights.__struct_fields__ if (text := query.get(name, ""))}
    return msgspec.structs.replace(Weights(), **given)


def _weight(name: str, text: str) -> float:
    try:
        value = float(text[:20])
    except ValueError:
        value = -1.0
    if not value >= 0.0:  # nor is it where it is no number
        raise Invalid(f"{name} must be a number from 0 to 1", f"e.g. {name}=0.5")
    return min(value, 1.0)


def _result(summary: Summary, standing: Standing, base: str) -> dict[str, object]:
    """Make a search result; npm fails on one without maintainers."""
    name = str(summary.key.name)
    maintainers = [_person(summary, person) for person in summary.maintainers]
    package: dict[str, object] = {
        "name": name,
        "scope": name[1:].partition("/")[0] if name.startswith("@") else "unscoped",
        "version": summary.version,
        "description": summary.description,
        "keywords": list(summary.keywords),
        "date": _iso(summary.published_at) if summary.published_at is not None else None,
        "links": {"npm": f"{base}/{name}", **summary.links},
        "publisher": _publisher(summary, maintainers),
        "maintainers": maintainers,
    }
    if summary.author:
        address = summary.emails.get(summary.author)
        package["author"] = {"name": summary.author} | ({"email": address} if address else {})
    if summary.licence:
        package["license"] = summary.licence
    flags: dict[str, object] = dict.fromkeys(summary.flags, True)
    flags.setdefault("insecure", 0)
    return {"package": package, "flags": flags, "downloads": {"all": standing.downloads}}


def _publisher(summary: Summary, maintainers: list[dict[str, str]]) -> dict[str, str]:
    """Name who published the version; old documents do not say, and then it was one of the maintainers."""
    if summary.publisher:
        return _person(summary, summary.publisher)
    return maintainers[0] if maintainers else {"username": "", "email": ""}


def _person(summary: Summary, name: str) -> dict[str, str]:
    return {"username": name, "email": summary.emails.get(name, "")}


def _score(standing: Standing, final: float) -> dict[str, object]:
    detail = {name: round(getattr(standing, name), 4) for name in Weights.__struct_fields__}
    return {"final": final, "detail": detail}


def _iso(moment: int) -> str:
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
