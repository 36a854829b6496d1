"""Real clients before npm's doors for people, on a server in memory with some users, packages and an organisation."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from msgspec import Struct

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.access_routes import AccessRoutes
from packhouse.ecosystems.npm.organisation_routes import OrganisationRoutes
from packhouse.ecosystems.npm.owner_routes import OwnerRoutes, change_maintainers
from packhouse.ecosystems.npm.routes import Reads
from packhouse.ecosystems.npm.star_routes import StarRoutes, set_star, set_star_by_document
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import require_user
from packhouse.services.assembly import Services
from tests.clients.programs import client
from tests.clients.project import Project
from tests.ecosystems.npm.doors import Doors

OPEN, SCOPED, CLOSED = "plum", "@acme/cider", "@acme/perry"
ORGANISATION = "acme"


class Around:
    """What clients ask for around the doors under test: who they are, users, and the packument as a whole."""

    def __init__(self, desk: Services) -> None:
        self._desk = desk
        self._reads = Reads(desk)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("-/whoami", GET=self.whoami),
            route("-/user/{id}", GET=self.user),
            route("{name}", GET=self._reads.packument, PUT=self.put),
            route("{name}/-rev/{rev}", PUT=self.put),
        ]

    async def whoami(self, request: Request) -> Answer:
        """Tell who asks."""
        return json_answer({"username": require_user(request.view.actor, write=False).user})

    async def user(self, request: Request, id: str) -> Answer:  # noqa: A002 (the parameter's name)
        """Tell name and address of a user."""
        del request
        user = await self._desk.people.accounts.get(id.removeprefix("org.couchdb.user:"))
        return json_answer({"_id": id, "name": user.name, "email": user.email})

    async def put(self, request: Request, name: str, rev: str | None = None) -> Answer:
        """Take maintainers where they are sent, and a star otherwise."""
        key = PackageKey("npm", NormalName(name))
        body = await request.read_body(1 << 20)
        if await self._desk.access.ownership(request.view, key) is None:
            return await set_star_by_document(self._desk, request, key, body)
        document = json.loads(body)
        if "maintainers" in document and rev is not None:
            names = [each["name"] for each in document["maintainers"]]
            return await change_maintainers(self._desk, request, key, names, rev)
        return await set_star(self._desk, request, key, starred=request.view.actor.user in document["users"])


class Served(Struct, frozen=True):
    """A server on the loopback interface."""

    doors: Doors
    url: str

    def token(self, user: str) -> str:
        """Give a token of a user, who is made where there is none of that name."""
        return asyncio.run(self.doors.server.token(user))


def _routes(services: Services) -> list[Route]:
    around = Around(services)
    return [
        *OwnerRoutes(services).routes(),
        *AccessRoutes(services).routes(),
        *OrganisationRoutes(services.people, services.access).routes(),
        *StarRoutes(services).routes(),
        *around.routes(),
    ]


@contextmanager
def _serving(doors: Doors) -> Iterator[str]:
    config = uvicorn.Config(doors.site, lifespan="off", log_config=None, access_log=False)
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/npm/"
        finally:
            running.should_exit = True
            thread.join()


async def _fill(doors: Doors) -> None:
    await doors.organisation(ORGANISATION, "ada", "dan")
    for user in ("bob", "eve"):
        await doors.server.token(user)
    await doors.publish(OPEN, "ada")
    await doors.publish(SCOPED, "ada")
    await doors.publish(CLOSED, "ada", restricted=True)


@pytest.fixture
def served() -> Iterator[Served]:
    """Run a server with packages of ada, who owns an organisation in which dan is a developer."""
    doors = Doors(_routes)
    asyncio.run(_fill(doors))
    with _serving(doors) as url:
        yield Served(doors, url)


As = Callable[..., Project]


@pytest.fixture
def by(served: Served, tmp_path: Path) -> As:
    """Give projects in which a client works for a user, one for each."""

    @cache
    def make(user: str, program: str = "npm") -> Project:
        project = Project(client(program), tmp_path / f"{user}-{program}", served.url)
        settings = project.folder / ".npmrc"
        token = f"{served.url.partition(':')[2]}:_authToken={served.token(user)}\n"
        settings.write_text(settings.read_text() + token)
        return project

    return make
