"""A server in a process of its own with some people, and what its registry API tells of the outcome."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import anyio
from msgspec import Struct

from packhouse.app import open_store, server_key
from packhouse.config import load
from packhouse.domain.package import Moment
from packhouse.services.people import people
from tests.ecosystems.npm.test_publishing import document
from tests.faults.server import serving, write_settings
from tests.people import QUICK

PEOPLE = ("ada", "bob", "eve")
ORGANISATION = "acme"
"""Of the first of them, with the scope of its name."""
PASSWORD = "correct horse battery"
_NOW = Moment(1_767_225_600_000)


class Answer(Struct, frozen=True):
    """What the registry said."""

    status: int
    body: bytes

    def document(self) -> Any:  # noqa: ANN401 (any JSON)
        """Decode the body."""
        return json.loads(self.body)


class Registry(Struct, frozen=True):
    """A server, and a token of everybody."""

    url: str
    data: Path
    tokens: Mapping[str, str]

    def send(self, method: str, path: str, user: str = "", body: object = None, **headers: str) -> Answer:
        """Send a request, as somebody or as nobody."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if user:
            sent["authorization"] = f"Bearer {self.tokens[user]}"
        raw = None if body is None else json.dumps(body).encode()
        if raw is not None:
            sent["content-type"] = "application/json"
        request = Request(self.url + path, raw, sent, method=method)  # noqa: S310 (an address of our own)
        try:
            with urlopen(request, timeout=30) as reply:  # noqa: S310 (as above)
                return Answer(reply.status, reply.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.read())

    def publish(self, name: str, version: str, user: str = "ada", tag: str = "latest", **fields: Any) -> None:  # noqa: ANN401
        """Publish a version without any client, where the client's part is not what is tested."""
        path = name.replace("/", "%2f")
        answer = self.send("PUT", path, user, document(name, version, tag=tag, access="public", **fields))
        assert answer.status == 201, answer.body

    def packument(self, name: str, user: str = "") -> dict[str, Any]:
        """Read a package's document, which must be there."""
        answer = self.send("GET", quote(name, safe="@"), user)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.document()
        return found

    def versions(self, name: str, user: str = "") -> list[str]:
        """List a package's versions."""
        return list(self.packument(name, user)["versions"])

    def tags(self, name: str, user: str = "") -> dict[str, str]:
        """Read a package's tags."""
        tags: dict[str, str] = self.packument(name, user)["dist-tags"]
        return tags

    def status(self, name: str, user: str = "") -> int:
        """Tell how a package's document is answered."""
        return self.send("GET", quote(name, safe="@"), user).status

    def tarball(self, name: str, version: str, user: str = "") -> bytes:
        """Fetch a file from where the document says it is, and hold it against its digests."""
        dist = self.packument(name, user)["versions"][version]["dist"]
        assert dist["tarball"].startswith(self.url), dist["tarball"]
        answer = self.send("GET", dist["tarball"].removeprefix(self.url), user)
        assert answer.status == 200, answer.body
        sha512 = base64.b64encode(hashlib.sha512(answer.body).digest()).decode()
        assert dist["integrity"] == f"sha512-{sha512}"
        assert dist["shasum"] == hashlib.sha1(answer.body).hexdigest()  # noqa: S324 (the protocol's field)
        return answer.body


@contextmanager
def serving_people(folder: Path, upstream: str, settings: str = "") -> Iterator[Registry]:
    """Run a server on which everybody has an account and a token."""
    path = write_settings(folder, upstream, f"access.registration = true\n{settings}")
    tokens = anyio.run(settle, path)
    with serving(path) as (_, port):
        yield Registry(f"http://127.0.0.1:{port}/npm/", folder / "data", tokens)


async def settle(settings: Path) -> dict[str, str]:
    """Make accounts and a token of each, before the server starts."""
    config = load({}, {}, settings)
    store = open_store(config)
    try:
        made = people(store, server_key(config), lambda: _NOW, passwords=QUICK)
        tokens = {}
        for name in PEOPLE:
            user = await made.accounts.add(name, f"{name}@team.example", PASSWORD)
            tokens[name], _ = await made.tokens.create(user, "of tests")
        await made.organisations.create(ORGANISATION, PEOPLE[0], [("npm", f"@{ORGANISATION}/*")])
        return tokens
    finally:
        store.close()
