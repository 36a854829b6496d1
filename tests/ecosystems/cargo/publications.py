"""What cargo sends to publish a crate, made here; and a server to send it to."""

import json
from collections.abc import Mapping
from typing import Any

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.services.access import AccessRules
from packhouse.services.limits import LimitRules
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import CONFIG, INDEX
from tests.ecosystems.cargo.releases import pack

KNOWN_AS = "https://public.example/crates-index"
"""What cargo writes where it means its default registry."""
UPSTREAM = UpstreamRegistry("crates", "cargo", INDEX, known_as=KNOWN_AS)


def assembled(
    answers: Mapping[str, MemoryAnswer] | None = None,
    access: AccessRules | None = None,
    limits: LimitRules | None = None,
) -> Assembled:
    """Run a server in front of an upstream that has nothing but what is given."""
    told = {f"{INDEX}/config.json": CONFIG, **(answers or {})}
    return Assembled(
        ECOSYSTEM, build_mount, told, (UPSTREAM,), access=access or AccessRules(), limits=limits or LimitRules()
    )


def manifest(name: str, version: str, text: str = "") -> bytes:
    """Write a manifest; `text` may go on within the table of the package."""
    head = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
    return f'{head}description = "About {name}"\nlicense = "MIT"\n{text}\n'.encode()


def archive(name: str, version: str, text: str = "", files: Mapping[str, bytes] | None = None) -> bytes:
    """Make an archive with a manifest and a library."""
    made = {"Cargo.toml": manifest(name, version, text), "src/lib.rs": b"pub fn ripe() {}\n"}
    return pack(name, version, made | dict(files or {}))


def framed(metadata: object, crate: bytes) -> bytes:
    """Write the body of a request."""
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    return b"".join((len(text).to_bytes(4, "little"), text, len(crate).to_bytes(4, "little"), crate))


def publication(
    name: str,
    version: str,
    text: str = "",
    files: Mapping[str, bytes] | None = None,
    said: Mapping[str, object] | None = None,
) -> bytes:
    """Make all that is sent to publish a release; `said` is more of what cargo says beside the archive."""
    return framed({"name": name, "vers": version, **(said or {})}, archive(name, version, text, files))


async def publish(
    server: Assembled, token: str, name: str, version: str, text: str = "", said: Mapping[str, object] | None = None
) -> Reply:
    """Publish a release as cargo does, with the bare token."""
    return await put(server, token, publication(name, version, text, None, said))


async def put(server: Assembled, token: str, body: bytes) -> Reply:
    """Send a body to where releases are published."""
    headers = {"authorization": token} if token else {}
    sent = headers | {"content-length": str(len(body))}
    return await server.send("PUT", "/cargo/api/v1/crates/new", body, headers=sent)


async def must_publish(
    server: Assembled, token: str, name: str, version: str, text: str = "", said: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Publish a release, which must succeed; return the answer."""
    reply = await publish(server, token, name, version, text, said)
    assert reply.status == 200, reply.body
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


def detail(reply: Reply) -> str:
    """Read why something was refused."""
    (error,) = json.loads(reply.body)["errors"]
    return str(error["detail"])


async def lines(server: Assembled, path: str) -> list[dict[str, Any]]:
    """Read an index file, which must be there."""
    reply = await server.get(f"/cargo/index/{path}")
    assert reply.status == 200, reply.body
    return [json.loads(line) for line in reply.body.splitlines()]
