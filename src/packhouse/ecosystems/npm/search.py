"""The door at which `npm search`, pnpm and yarn knock."""

from datetime import UTC, datetime

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Summary
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_MAX_RESULTS = 250
_DEFAULT_RESULTS = 20
_MAX_OFFSET = 10_000


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
        found = await self._services.search.find(request.view, self._services.ecosystem.key, text, offset, size)
        best = max((score for score, _ in found.hits), default=1.0) or 1.0
        now = _iso(self._services.clock())
        objects = [_result(summary, score, score / best) for score, summary in found.hits]
        return json_answer({"objects": objects, "total": found.total, "time": now})


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}={default}")
    return int(text[:12])


def _result(summary: Summary, score: float, share: float) -> dict[str, object]:
    """Make a search result; npm fails on one without maintainers."""
    name = str(summary.key.name)
    package: dict[str, object] = {"name": name}
    package["scope"] = name[1:].partition("/")[0] if name.startswith("@") else "unscoped"
    maintainers = [{"username": person, "email": ""} for person in summary.maintainers]
    package |= {
        "version": summary.version,
        "description": summary.description,
        "keywords": list(summary.keywords),
        "date": _iso(summary.published_at) if summary.published_at is not None else None,
        "links": dict(summary.links),
        "publisher": maintainers[0] if maintainers else {"username": "", "email": ""},
        "maintainers": maintainers,
    }
    if summary.licence:
        package["license"] = summary.licence
    detail = {"quality": share, "popularity": share, "maintenance": share}
    return {"package": package, "score": {"final": share, "detail": detail}, "searchScore": score}


def _iso(moment: int) -> str:
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
