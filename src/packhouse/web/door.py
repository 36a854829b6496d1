"""The pages for people: server-made, without scripts but for one, readable on a phone and in the dark."""

import logging
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.errors import NotAllowed, NotFound, PackhouseError
from packhouse.formats.compression import choose_coding, compress
from packhouse.http.answers import Answer, allow_script, html_answer, text_answer
from packhouse.http.problems import problem, status_of
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.projects import Projects
from packhouse.web.addresses import Addresses
from packhouse.web.dependents_page import load_dependents_page
from packhouse.web.forms import refused
from packhouse.web.package_page import load_package_page
from packhouse.web.people_door import PeopleDoor
from packhouse.web.rendering import read_script, render
from packhouse.web.search_page import load_search_page, page_number
from packhouse.web.source_project import source_project
from packhouse.web.wording import count

log = logging.getLogger(__name__)

_COMPRESSED_FROM_BYTES = 1024
_HTML = "text/html"


class _Served(Struct, frozen=True):
    """An ecosystem on the first page."""

    key: str
    title: str
    address: str
    setup: Sequence[str]
    known: str


class WebDoor:
    """Answers what no other mount does: the first page, the pages under /ui, and errors."""

    def __init__(self, ecosystems: Mapping[str, Services], projects: Projects | None = None) -> None:
        self._projects = projects
        self._ecosystems = ecosystems
        self._by_name = {
            name: services
            for services in ecosystems.values()
            for name in (*services.ecosystem.aliases, services.ecosystem.key)
        }
        self._people = PeopleDoor(ecosystems, self._page)

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer with a page; for an error too, where a browser asks."""
        addresses = Addresses(request.base)
        try:
            of_people = await self._people.open(request, segments, addresses)
            answer = of_people or await self._open(request, segments, addresses)
        except PackhouseError as error:
            if _HTML not in request.header(b"accept"):
                raise
            if status_of(error) >= 500:
                log.warning("answered %d: %s", status_of(error), error)
            answer = self._error(error, addresses)
        return _compressed(answer, request.header(b"accept-encoding"))

    async def _open(self, request: Request, segments: Sequence[str], addresses: Addresses) -> Answer:
        if request.method not in ("GET", "HEAD"):
            raise NotAllowed(f"{request.method[:20]} is not possible here", "use GET")
        match list(segments):
            case [] | ["ui"]:
                return await self._home(request, addresses)
            case ["robots.txt"]:
                return text_answer("User-agent: *\nDisallow: /\n")
            case ["ui", "search"]:
                page = await load_search_page(self._ecosystems, addresses, request.view, request.query)
                return self._page("search.html", addresses, page=page, text=page.text, chosen=page.ecosystem)
            case ["ui", "playground"]:
                return self._playground(addresses)
            case ["ui", ecosystem, *place] if place:
                return await self._of_package(request, addresses, ecosystem, place)
            case _:
                raise NotFound("there is nothing at this address")

    async def _of_package(self, request: Request, addresses: Addresses, ecosystem: str, place: Sequence[str]) -> Answer:
        match list(place):
            case [*name, "v", version, "dependents"] if name:
                return await self._dependents(request, addresses, ecosystem, "/".join(name), version)
            case [*name, "v", version] if name:
                return await self._package(request, addresses, ecosystem, "/".join(name), version)
            case _:
                return await self._package(request, addresses, ecosystem, "/".join(place), None)

    async def _home(self, request: Request, addresses: Addresses) -> Answer:
        served = []
        for services in self._ecosystems.values():
            ecosystem = services.ecosystem
            address = addresses.mount(ecosystem.mount)
            known = await services.search.count(request.view, ecosystem.key)
            setup = ecosystem.setup_hint(address)
            served.append(_Served(ecosystem.key, ecosystem.title, f"{address}/", setup, count(known, "package")))
        return self._page("home.html", addresses, served=served, base=addresses.base)

    async def _package(
        self, request: Request, addresses: Addresses, ecosystem: str, name: str, version: str | None
    ) -> Answer:
        services = self._services(ecosystem)
        number = page_number(request.query)
        page = await load_package_page(services, addresses, request.view, name, version, number)
        project = await source_project(self._projects, request.view, page.release)
        return self._page(
            "package.html", addresses, page=page, release=page.release, project=project, chosen=page.ecosystem
        )

    async def _dependents(
        self, request: Request, addresses: Addresses, ecosystem: str, name: str, version: str
    ) -> Answer:
        cursor = request.query.get("cursor", "")
        page = await load_dependents_page(self._services(ecosystem), addresses, request.view, name, version, cursor)
        return self._page("dependents.html", addresses, page=page, chosen=page.ecosystem)

    def _services(self, ecosystem: str) -> Services:
        services = self._by_name.get(ecosystem.lower())
        if services is None:
            raise NotFound(f"{ecosystem[:40]!r} is not served here")
        return services

    def _playground(self, addresses: Addresses) -> Answer:
        """Show the page that tries the API: the only one with a script, which is allowed by its hash."""
        script = read_script("playground.js")
        return allow_script(self._page("playground.html", addresses, script=script), script)

    def _error(self, error: PackhouseError, addresses: Addresses) -> Answer:
        status = status_of(error)
        page = self._page("error.html", addresses, status=status, message=error.message, hint=error.hint)
        return refused(page, error)

    def _page(self, template: str, addresses: Addresses, **values: object) -> Answer:
        ecosystems = [(services.ecosystem.key, services.ecosystem.title) for services in self._ecosystems.values()]
        frame: dict[str, object] = {"addresses": addresses, "ecosystems": ecosystems, "text": "", "chosen": ""}
        return html_answer(render(template, **frame | values))


def web_problem(error: PackhouseError) -> Answer:
    """Word an error for who is no browser."""
    return problem(error)


def _compressed(answer: Answer, accept_encoding: str) -> Answer:
    coding = choose_coding(accept_encoding) if len(answer.body) >= _COMPRESSED_FROM_BYTES else "identity"
    if coding == "identity":
        return msgspec.structs.replace(answer, vary="Accept, Accept-Encoding")
    return msgspec.structs.replace(
        answer,
        body=compress(answer.body, coding),
        headers=(*answer.headers, (b"content-encoding", coding.encode())),
        vary="Accept, Accept-Encoding",
    )
