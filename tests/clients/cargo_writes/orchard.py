"""A folder in which the real cargo works for one user, with a home and caches of its own."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from tests.clients.project import Said

HEAD = 'edition = "2021"\ndescription = "About fruit"\nlicense = "MIT"\n'


class Orchard:
    """Some crates, and a user of a registry that is called `packhouse`."""

    def __init__(self, folder: Path, index: str, token: str, *, replaced: bool) -> None:
        self.folder = folder / "work"
        self.home = folder / "home"
        self.folder.mkdir(parents=True)
        self.home.mkdir()
        source = '[source.crates-io]\nreplace-with = "packhouse"\n' if replaced else ""
        # A closed registry is told the token by cargo's own store, which has to be allowed by name.
        provider = '[registry]\nglobal-credential-providers = ["cargo:token"]\n'
        registries = f'[registries.packhouse]\nindex = "sparse+{index}"\n'
        (self.home / "config.toml").write_text(source + provider + registries)
        if token:
            self.sign_in(token)

    def sign_in(self, token: str) -> None:
        """Store a token as `cargo login` does."""
        (self.home / "credentials.toml").write_text(f'[registries.packhouse]\ntoken = "{token}"\n')

    def crate(self, name: str, version: str, text: str = "", source: str = "", folder: str = "") -> Path:
        """Write a library; `text` goes on within the table of the package."""
        path = self.folder / (folder or name)
        (path / "src").mkdir(parents=True, exist_ok=True)
        (path / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "{version}"\n{HEAD}{text}\n')
        plain = f'pub fn version() -> &\'static str {{ "{name} {version}" }}\n'
        (path / "src" / "lib.rs").write_text(source or plain)
        (path / "README.md").write_text(f"# {name}\n\nAll *about* it.\n")
        return path

    def program(self, name: str, text: str, source: str = "fn main() {}\n") -> Path:
        """Write a program."""
        path = self.crate(name, "0.1.0", text)
        (path / "src" / "lib.rs").unlink()
        (path / "src" / "main.rs").write_text(source)
        return path

    def run(self, path: Path, *arguments: str, typed: str = "") -> Said:
        """Run cargo in a folder."""
        done = subprocess.run(
            ["cargo", *arguments],
            cwd=path,
            env=self._environ(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def must(self, path: Path, *arguments: str, typed: str = "") -> Said:
        """Run cargo, which must succeed."""
        said = self.run(path, *arguments, typed=typed)
        assert said.code == 0, said.all
        return said

    def publish(self, path: Path, *arguments: str) -> Said:
        """Publish the crate in a folder, which must succeed; it is built by cargo before."""
        return self.must(path, "publish", "--allow-dirty", "--registry", "packhouse", *arguments)

    def locked(self, path: Path) -> dict[str, str]:
        """Read versions by name from a lock file, without the project itself."""
        packages = tomllib.loads((path / "Cargo.lock").read_text())["package"]
        return {each["name"]: each["version"] for each in packages if "source" in each}

    def sources(self, path: Path) -> dict[str, str]:
        """Read from a lock file where each package comes from."""
        packages = tomllib.loads((path / "Cargo.lock").read_text())["package"]
        return {each["name"]: each["source"] for each in packages if "source" in each}

    def forget(self) -> None:
        """Remove everything that cargo has fetched."""
        shutil.rmtree(self.home / "registry", ignore_errors=True)

    def _environ(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "RUSTUP_HOME", "SSL_CERT_FILE")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "CARGO_HOME": str(self.home),
            "CARGO_TERM_COLOR": "never",
            "CARGO_NET_RETRY": "0",
            # Built by one machine of few cores, in one folder.
            "CARGO_BUILD_JOBS": "2",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
