"""The list of crates and the search: first what is published here, then what the upstream's Web API has.

Where the upstream cannot answer, and for what only people here know (whom they follow, what they own), everything is
answered from what is known here: published or cached.
"""

import msgspec
from msgspec import Struct

from packhouse.domain.errors import NotFound, NotTold, UpstreamError
from packhouse.domain.package import PackageKey
from packhouse.domain.search import Position, SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import require_somebody
from packhouse.ecosystems.cargo.categories import Categories
from packhouse.ecosystems.cargo.crate_query import CrateQuery, read_crate_query
from packhouse.ecosystems.cargo.found_crates import FoundCrates
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.numbered_users import NumberedUsers
from packhouse.ecosystems.cargo.paging import MAX_PAGE, MAX_PER_PAGE, Seek, links_of
from packhouse.ecosystems.cargo.people import number_of, team_login
from packhouse.ecosystems.cargo.upstream_lists import UpstreamLists
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits

_ALONE_MS = 2_000
"""How long an upstream that could not answer is not asked for lists."""


class _Part(Struct, frozen=True):
    """What is answered."""

    crates: list[Json]
    total: int
    last: Position | int | None = None
    """What the next part comes behind, where there may be one."""


class CrateLists:
    """Answers `GET /crates`."""

    def __init__(self, services: Services, upstream: UpstreamLists, categories: Categories) -> None:
        self._services = services
        self._upstream = upstream
        self._categories = categories
        self._found = FoundCrates(services)
        self._alone_until = 0
        self._users = NumberedUsers(services.people.accounts)

    async def answer(self, request: Request) -> Answer:
        """Search, or list crates by what they have in common."""
        names = request.values("ids[]")
        asked = read_crate_query(request.query, names, self._categories.slugs)
        view = request.view
        owned = await self._personal(request, asked)
        if owned is not None:
            query = msgspec.structs.replace(asked.query, among=tuple(sorted({key.name for key in owned})))
            part = await self._local(view, asked, query)
        else:
            part = await self._all(view, asked)
        told = {name: value for name, value in request.query.items() if name in asked.told}
        meta = {"total": part.total, **links_of(asked.part, told, part.total, part.last)}
        return json_answer({"crates": part.crates, "meta": meta})

    async def _personal(self, request: Request, asked: CrateQuery) -> set[PackageKey] | None:
        """List what people here own or follow; None where it is not them who are asked about."""
        view, holdings = request.view, self._services.holdings
        found: list[set[PackageKey]] = []
        if asked.following:
            actor = require_somebody(request)
            found.append(set(await holdings.starred(view, actor.user)))
        if asked.user_id is not None:
            users = await self._users.find(asked.user_id)
            if users:
                found.append({key for each in users for key in await holdings.owned(view, each.name)})
        if asked.team_id is not None:
            everything = await holdings.owned(view, None)
            owned = {key for key, each in everything.items() if asked.team_id in map(_number_of_team, each.teams)}
            if owned:
                found.append(owned)
        return set.intersection(*found) if found else None

    async def _all(self, view: View, asked: CrateQuery) -> _Part:
        query = asked.query
        if asked.names is not None:
            return await self._local(view, asked, msgspec.structs.replace(query, among=asked.names))
        if isinstance(asked.part, Seek) and asked.part.after is not None:
            return await self._local(view, asked, query)
        somebody_elses = asked.user_id is not None or asked.team_id is not None
        if not self._services.upstreams or self._services.clock() < self._alone_until:
            return _Part([], 0) if somebody_elses else await self._local(view, asked, query)
        try:
            return await self._merged(view, asked)
        except (NotFound, NotTold, UpstreamError) as error:
            if isinstance(error, UpstreamError | NotTold):
                self._alone_until = self._services.clock() + _ALONE_MS
            return _Part([], 0) if somebody_elses else await self._local(view, asked, query)

    async def _merged(self, view: View, asked: CrateQuery) -> _Part:
        """Answer with all that is published here and matches, then with what the upstream lists."""
        offset, size = asked.part.offset, asked.part.size
        somebody_elses = asked.user_id is not None or asked.team_id is not None
        found = SearchHits(0, ())
        if not somebody_elses:
            key = self._services.ecosystem.key
            found = await self._services.search.find_hosted(view, key, asked.query, offset, size)
        ours = found.total
        begins, left = max(0, offset - ours), size - max(0, min(size, ours - offset))
        told = {name: value for name, value in asked.told.items() if name != "following"}
        if told.keys() <= {"q"} and asked.wanted:
            theirs = await self._upstream.search(view, asked.wanted, begins, left)
        else:
            theirs = await self._upstream.crates(view, told, begins, left)
        total = ours + theirs.total
        reached = offset + size
        more = reached < min(total, ours + MAX_PAGE * MAX_PER_PAGE)
        here = await self._found.write(view, found, asked.wanted)
        return _Part([*here, *theirs.entries], total, reached if more else None)

    async def _local(self, view: View, asked: CrateQuery, query: SearchQuery) -> _Part:
        part, key = asked.part, self._services.ecosystem.key
        found = await self._services.search.find(view, key, query, part.offset, part.size)
        crates = await self._found.write(view, found, asked.wanted)
        if query.order == "relevance":
            reached = part.offset + part.size
            return _Part(crates, found.total, reached if reached < found.total else None)
        return _Part(crates, found.total, found.last)


def _number_of_team(path: str) -> int:
    return number_of(str(team_login(path)))
