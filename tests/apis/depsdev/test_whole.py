"""gRPC as a part of the whole server: its port, who may see what, hashes of real files."""

import hashlib
import os
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import trustme

from packhouse.app import Application
from packhouse.config import load
from packhouse.domain.errors import ConfigError
from tests.apis.depsdev.reflected import Reflected, client
from tests.asgi import call
from tests.clients.registry import Registry, serving_registry
from tests.faults.server import REPOSITORY, configure, running, write_settings

pytestmark = pytest.mark.anyio

CRATE = {"packageKey": {"system": "NPM", "name": "crate"}}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving_registry(Registry()) as served:
        served.publish("crate", "1.0.0", license="MIT")
        yield served


async def _code(alpha: Reflected, **call_: object) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await alpha.ask("GetPackage", CRATE, **call_)
    code: grpc.StatusCode = caught.value.code()
    return code


async def test_what_takes_a_user_takes_one_over_grpc_too(registry: Registry, tmp_path: Path) -> None:
    config = configure(tmp_path, registry.url, '[grpc]\nport = 0\n[access]\nupstream = "users"')
    async with running(config) as server:
        assert server.grpc_port
        people = server._people
        user = await people.accounts.add("ada", "ada@team.example", "correct horse battery")
        secret, _ = await people.tokens.create(user)
        elsewhere, _ = await people.tokens.create(user, networks=("192.0.2.0/24",))
        async with client(server.grpc_port) as alpha:
            assert await _code(alpha) is grpc.StatusCode.UNAUTHENTICATED
            wrong = (("authorization", "Bearer packhouse_wrong"),)
            assert await _code(alpha, metadata=wrong) is grpc.StatusCode.UNAUTHENTICATED
            # The address that counts is that of the client, and not the inner one.
            assert await _code(alpha, metadata=(("authorization", f"Bearer {elsewhere}"),)) is (
                grpc.StatusCode.UNAUTHENTICATED
            )
            package = await alpha.ask("GetPackage", CRATE, metadata=(("authorization", f"Bearer {secret}"),))
            assert package.package_key.name == "crate"


async def test_a_release_is_found_by_the_hash_of_its_file_once_somebody_knows_it(
    registry: Registry, tmp_path: Path
) -> None:
    config = configure(tmp_path, registry.url, "[grpc]\nport = 0")
    async with running(config) as server:
        assert server.grpc_port
        tarball = registry.tarball("crate", "1.0.0")
        async with client(server.grpc_port) as alpha:

            async def found(algorithm: str) -> list[str]:
                value = b64encode(hashlib.new(algorithm, tarball).digest()).decode()
                answer = await alpha.ask("Query", {"hash": {"type": algorithm.upper(), "value": value}})
                return [each.version.version_key.version for each in answer.results]

            assert await found("sha1") == []
            await alpha.ask("GetPackage", CRATE)
            assert await found("sha1") == ["1.0.0"]
            assert await found("sha512") == ["1.0.0"]
            assert await found("md5") == []
            assert (await call(server, "/npm/crate/-/crate-1.0.0.tgz")).status == 200
            for algorithm in ("md5", "sha1", "sha256", "sha512"):
                assert await found(algorithm) == ["1.0.0"]


async def test_that_its_port_is_taken_keeps_nobody_from_the_rest(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running(configure(tmp_path, registry.url, f"[grpc]\nport = {port}")) as server:
            assert server.grpc_port is None
            assert (await call(server, "/v3/systems/npm/packages/crate")).status == 200
    assert f"port {port} cannot be had" in caplog.text


@pytest.mark.parametrize(
    ("flags", "port"),
    [
        ({}, 7226),
        ({"port": "8000"}, 8001),
        ({"port": "0"}, None),
        ({"port": "65535"}, None),
        ({"grpc.port": "off"}, None),
        ({"grpc.port": "9000"}, 9000),
        ({"grpc.port": "0", "port": "0"}, 0),
        ({"grpc.port": "next", "port": "1"}, 2),
    ],
)
def test_the_port_is_the_one_above_unless_another_is_named(flags: dict[str, str], port: int | None) -> None:
    assert load(flags, {}).grpc_port == port


@pytest.mark.parametrize("port", ["above", "65536", "-1"])
def test_a_port_that_is_none_is_explained(port: str) -> None:
    with pytest.raises(ConfigError, match="next for the one above"):
        load({"grpc.port": port}, {})


def test_a_certificate_and_a_key_have_to_be_a_pair(tmp_path: Path) -> None:
    authority = trustme.CA()
    first, second = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    chain, key, other = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "other.pem"
    first.cert_chain_pems[0].write_to_path(str(chain))
    first.private_key_pem.write_to_path(str(key))
    second.private_key_pem.write_to_path(str(other))
    data = {"data": str(tmp_path / "data")}
    for flags, said in (
        ({"grpc.certificate": str(chain)}, "go together"),
        ({"grpc.certificate": str(chain), "grpc.key": str(tmp_path / "none.pem")}, "cannot be read"),
        ({"grpc.certificate": str(chain), "grpc.key": str(other)}, "are no pair"),
    ):
        with pytest.raises(ConfigError, match=said):
            Application(load(data | flags, {}))


def test_nothing_of_grpc_is_imported_before_the_first_client(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, "http://127.0.0.1:9", "[grpc]\nport = 0")
    code = """
import asyncio, sys
from pathlib import Path
from tests.faults.server import configure, running
from packhouse.config import load
async def main():
    async with running(load({}, {}, Path(sys.argv[1]))) as server:
        assert server.grpc_port
        print(sorted(each for each in sys.modules if each.split(".")[0] in ("grpc", "google", "packageurl")))
asyncio.run(main())
"""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])
    ran = subprocess.run(
        [sys.executable, "-c", code, str(settings)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip() == "[]", ran.stderr
