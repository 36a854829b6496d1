"""A project in which a real client works, with a home folder and caches of its own."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.clients.programs import Client


class Said(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that it wrote."""
        return f"{self.out}\n{self.err}"


class Project:
    """A folder with a package.json; the client knows no registry but the given one, or its own if none is given."""

    def __init__(self, client: Client, folder: Path, registry: str, **fields: object) -> None:
        self.client = client
        self.folder = folder / "project"
        self.registry = registry
        self.home = folder / "home"
        self.folder.mkdir(parents=True)
        self.home.mkdir()
        manifest = {"name": "orchard", "version": "1.0.0", "private": True, "license": "MIT", **fields}
        (self.folder / "package.json").write_bytes(msgspec.json.encode(manifest))
        self._write_settings()
        if client.name == "yarn4":
            (self.folder / "yarn.lock").touch()  # marks the root of a project

    def install(self) -> Said:
        """Install what package.json asks for; the command must succeed."""
        return self.must(*self.client.install)

    def install_frozen(self) -> Said:
        """Install exactly what the lock file says; the command must succeed."""
        return self.must(*self.client.install_frozen)

    def must(self, *arguments: str) -> Said:
        """Run the client, which must succeed."""
        said = self.run(*arguments)
        assert said.code == 0, said.all
        return said

    def run(self, *arguments: str) -> Said:
        """Run the client."""
        done = subprocess.run(
            [*self.client.program, *arguments],
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def forget(self, *, lock: bool = False) -> None:
        """Remove everything that the client has installed or cached, and perhaps the lock file."""
        shutil.rmtree(self.folder / "node_modules", ignore_errors=True)
        shutil.rmtree(self.home)
        self.home.mkdir()
        if lock:
            (self.folder / self.client.lock).unlink()

    def lock(self) -> str:
        """Read the lock file."""
        return (self.folder / self.client.lock).read_text()

    def npm_lock(self) -> dict[str, Any]:
        """Read npm's lock file: facts by path, without the project itself."""
        packages: dict[str, Any] = msgspec.json.decode(self.lock())["packages"]
        packages.pop("")
        return packages

    def tree(self) -> dict[str, str]:
        """Describe what is installed: each file with its digest, each link with its target."""
        root = self.folder / "node_modules"
        found = {}
        for folder, folders, files in os.walk(root):
            # pnpm links the programs of dependencies at some installs and not at others, and which of two versions
            # it links for all to see is chance.
            if ".pnpm" in folder and (folder.endswith(".bin") or Path(folder) == root / ".pnpm" / "node_modules"):
                continue
            # Clients keep notes of their own in hidden files.
            for name in [*(each for each in files if not each.startswith(".")), *folders]:
                path = Path(folder, name)
                relative = str(path.relative_to(root))
                if path.is_symlink():
                    found[relative] = f"-> {path.readlink()}"
                elif path.is_file() and relative != ".pnpm/lock.yaml":
                    # pnpm's programs name the folder that they were installed into.
                    content = path.read_bytes().replace(os.fsencode(self.folder), b"")
                    found[relative] = hashlib.sha256(content).hexdigest()
        return found

    def _write_settings(self) -> None:
        """Each client reads its own file: npm and pnpm the first, Yarn 1 the second, Yarn 4 the third."""
        npm, yarn_1, yarn_4 = "ignore-scripts=true\n", "--ignore-scripts true\n", _YARN_4
        if self.registry:
            npm += f"registry={self.registry}\n"
            yarn_1 += f'registry "{self.registry}"\n'
            yarn_4 += f'npmRegistryServer: "{self.registry}"\n'
        (self.folder / ".npmrc").write_text(npm)
        (self.folder / ".yarnrc").write_text(yarn_1)
        (self.folder / ".yarnrc.yml").write_text(yarn_4)

    def _environ(self) -> dict[str, str]:
        own = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": str(self.home),
            "npm_config_globalconfig": str(self.home / "global.npmrc"),
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
            # A second attempt comes after ten seconds; servers of these tests do not fail by accident.
            "npm_config_fetch_retries": "0",
            "YARN_CACHE_FOLDER": str(self.home / "yarn"),
            "YARN_ENABLE_GLOBAL_CACHE": "false",
            "YARN_ENABLE_TELEMETRY": "false",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        if self.client.name == "yarn4":
            own["YARN_HTTP_RETRY"] = "0"
        return own


_KEPT = ("PATH", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
"""Variables of our own environment that clients need as well."""

_YARN_4 = """\
unsafeHttpWhitelist: ["127.0.0.1"]
nodeLinker: node-modules
checksumBehavior: throw
enableScripts: false
"""
