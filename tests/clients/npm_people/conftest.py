"""Real clients before npm's doors for people, on a server in memory with some users, packages and an organisation."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from msgspec import Struct

from packhouse.ecosystems.npm.routes import build_mount
from tests.clients.programs import client
from tests.clients.project import Project
from tests.ecosystems.npm.doors import Doors

OPEN, SCOPED, CLOSED = "plum", "@acme/cider", "@acme/perry"
ORGANISATION = "acme"


class Served(Struct, frozen=True):
    """A server on the loopback interface."""

    doors: Doors
    url: str

    def token(self, user: str) -> str:
        """Give a token of a user, who is made where there is none of that name."""
        return asyncio.run(self.doors.server.token(user))


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
    doors = Doors(lambda services: build_mount(services).door)
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
