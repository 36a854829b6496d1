"""Real clients audit what they installed, and check the signatures of it."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from packhouse.domain.package import Moment
from tests.assembled import START
from tests.clients.programs import client
from tests.clients.project import Project
from tests.ecosystems.npm.auditing import Signed
from tests.ecosystems.npm.test_audit import ROT

RANGES = {"apple": "1.0.0", "@farm/pear": "2.0.0"}


@contextmanager
def serving(signed: Signed) -> Iterator[str]:
    """Put a server in memory on the loopback interface, and give its address."""
    config = uvicorn.Config(signed.server._site, lifespan="off", log_config=None, access_log=False)
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/npm/"
        finally:
            running.should_exit = True
            thread.join()


async def _publish(signed: Signed) -> None:
    for name, version in RANGES.items():
        await signed.publish(name, version)


@pytest.fixture
def signed() -> Signed:
    """Make a registry with two signed releases, one of which is not sound."""
    made = Signed([ROT])
    asyncio.run(_publish(made))
    return made


# Yarn 1 is not among them: whatever registry it is given, it sends its audits to the one that is built into it.
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("npm", ("audit", "--json")),
        ("pnpm", ("audit", "--json")),
        ("pnpm12", ("audit", "--json")),
        ("yarn4", ("npm", "audit", "--json", "--all")),
    ],
)
def test_an_audit_names_what_is_unsound(name: str, arguments: tuple[str, ...], signed: Signed, tmp_path: Path) -> None:
    with serving(signed) as registry:
        project = Project(client(name), tmp_path, registry, dependencies=RANGES)
        project.install()
        said = project.run(*arguments)
        assert said.code != 0, said.all
        assert "Apples rot" in said.out, said.all
        assert "advisories.example/1101" in said.out, said.all
        signed.findings.clear()
        assert "Apples rot" not in project.must(*arguments).out
    assert {str(key) for _, asked in signed.asked for key, _ in asked} == {"npm/apple", "npm/@farm/pear"}


def test_signatures_of_this_server_are_believed(signed: Signed, tmp_path: Path) -> None:
    with serving(signed) as registry:
        project = Project(client("pnpm12"), tmp_path, registry, dependencies=RANGES)
        project.install()
        assert "2 packages have verified registry signatures" in project.must("audit", "signatures").out


def test_after_a_rotation_old_and_new_signatures_are_believed(signed: Signed, tmp_path: Path) -> None:
    async def rotate() -> None:
        later = Moment(START + 86_400_000)
        await signed.keys.rotate(later)
        await signed.publish("plum", "1.0.0", published_at=later)

    asyncio.run(rotate())
    with serving(signed) as registry:
        project = Project(client("pnpm12"), tmp_path, registry, dependencies=RANGES | {"plum": "1.0.0"})
        project.install()
        assert "3 packages have verified registry signatures" in project.must("audit", "signatures").out


def test_a_release_that_is_dated_after_the_end_of_its_key_is_not_believed(signed: Signed, tmp_path: Path) -> None:
    async def rotate() -> None:
        await signed.keys.rotate(Moment(START - 86_400_000))

    asyncio.run(rotate())
    with serving(signed) as registry:
        project = Project(client("pnpm12"), tmp_path, registry, dependencies=RANGES)
        project.install()
        said = project.run("audit", "signatures")
        assert said.code != 0, said.all


def test_a_signature_of_another_version_is_not_believed(signed: Signed, tmp_path: Path) -> None:
    asyncio.run(signed.publish("apple", "1.0.0", forge=True))
    with serving(signed) as registry:
        project = Project(client("pnpm12"), tmp_path, registry, dependencies=RANGES)
        project.install()
        said = project.run("audit", "signatures", "--json")
        assert said.code != 0, said.all
        assert [each["name"] for each in json.loads(said.out)["invalid"]] == ["apple"]
