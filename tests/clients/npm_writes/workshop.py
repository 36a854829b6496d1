"""A project whose packages are published."""

import json
import re
from contextlib import AbstractContextManager
from pathlib import Path

from tests.clients.npm_writes.terminal import Terminal, at_terminal
from tests.clients.programs import Client
from tests.clients.project import Project, Said

_TOKEN = re.compile(r"""(?:_authToken ?= ?|npmAuthToken: )["']?([A-Za-z0-9_]+)""")
# What was published a moment ago is not installed by Yarn, unless it is told to.
_YARN_4 = "npmMinimalAgeGate: 0\n"
_YARN_4_TOKEN = 'npmAlwaysAuth: true\nnpmAuthToken: "{}"\n'


class Workshop(Project):
    """A project that publishes, with a token where one is given."""

    def __init__(self, client: Client, folder: Path, registry: str, token: str = "") -> None:
        super().__init__(client, folder, registry)
        self.environ: dict[str, str] = {}
        """Further variables."""
        with (self.folder / ".yarnrc.yml").open("a") as file:
            file.write(_YARN_4)
        if token:
            self.sign_in(token)

    def sign_in(self, token: str) -> None:
        """Write a token where the client looks for it."""
        with (self.folder / ".npmrc").open("a") as file:
            file.write(f"{self.registry.partition(':')[2]}:_authToken={token}\n")
        with (self.folder / ".yarnrc.yml").open("a") as file:
            file.write(_YARN_4_TOKEN.format(token))

    def manifest(self, name: str, version: str, **fields: object) -> None:
        """Write a package."""
        found = {"name": name, "version": version, "description": "a pear", "license": "MIT", "main": "index.js"}
        (self.folder / "package.json").write_text(json.dumps(found | fields))
        (self.folder / "index.js").write_text(f"module.exports = {version!r}\n")
        (self.folder / "README.md").write_text(f"# {name}\n\nA pear.\n")
        if self.client.name == "yarn4":
            self.install()  # which it wants before it publishes

    def publish(self, name: str, version: str, *options: str, **fields: object) -> Said:
        """Publish a version, by whatever the client calls it; that must succeed."""
        said = self.try_publish(name, version, *options, **fields)
        assert said.code == 0, said.all
        return said

    def try_publish(self, name: str, version: str, *options: str, **fields: object) -> Said:
        """Publish a version, which may fail."""
        self.manifest(name, version, **fields)
        access = () if "--access" in options else ("--access", "public")
        return self.run(*_publish_command(self.client.name, version), *access, *options)

    def talk(self, *arguments: str) -> AbstractContextManager[Terminal]:
        """Run the client at a terminal, where it can ask."""
        return at_terminal([*self.client.program, *arguments], self.folder, self._environ())

    def token(self) -> str:
        """Read the token that the client has kept."""
        for path in (self.home / ".npmrc", self.home / ".config/pnpm/auth.ini", self.home / ".yarnrc.yml"):
            if path.exists() and (found := _TOKEN.search(path.read_text())):
                return found[1]
        return ""

    def _environ(self) -> dict[str, str]:
        # Yarn 1 takes another home than HOME's where it is run by root, unless that root is a fake one.
        return super()._environ() | {"FAKEROOTKEY": "1"} | self.environ


def _publish_command(client: str, version: str) -> tuple[str, ...]:
    if client == "yarn4":
        return ("npm", "publish")
    if client == "yarn1":
        return ("publish", "--new-version", version, "--non-interactive")
    if client.startswith("pnpm"):
        return ("publish", "--no-git-checks")
    return ("publish",)
