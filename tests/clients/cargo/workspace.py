"""A project in which the real cargo works, with a home folder and caches of its own."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from tests.clients.project import Said


class Workspace:
    """A program that depends on some crates; cargo takes them from the given index, or its default if none is given."""

    def __init__(self, folder: Path, index: str, **dependencies: str) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        self.index = index
        (self.folder / "src").mkdir(parents=True)
        self.home.mkdir()
        (self.folder / "src" / "main.rs").write_text("fn main() {}\n")
        self.want(**dependencies)
        if index:
            (self.home / "config.toml").write_text(
                f'[source.crates-io]\nreplace-with = "packhouse"\n[registries.packhouse]\nindex = "sparse+{index}"\n'
            )

    def want(self, **dependencies: str) -> None:
        """Write the manifest; `_` in a name stands for itself, values are requirements or inline tables."""
        lines = [
            f"{name} = {wanted if wanted.startswith('{') else repr(wanted)}" for name, wanted in dependencies.items()
        ]
        head = '[package]\nname = "orchard"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n'
        (self.folder / "Cargo.toml").write_text(head + "\n".join(lines) + "\n")

    def run(self, *arguments: str, **variables: str) -> Said:
        """Run cargo."""
        done = subprocess.run(
            ["cargo", *arguments],
            cwd=self.folder,
            env=self._environ() | variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def must(self, *arguments: str) -> Said:
        """Run cargo, which must succeed."""
        said = self.run(*arguments)
        assert said.code == 0, said.all
        return said

    def forget(self, *, lock: bool = False) -> None:
        """Remove everything that cargo has fetched, and perhaps the lock file."""
        shutil.rmtree(self.home / "registry", ignore_errors=True)
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        if lock:
            (self.folder / "Cargo.lock").unlink()

    def locked(self) -> dict[str, str]:
        """Read versions by name from the lock file, without the project itself."""
        packages = tomllib.loads((self.folder / "Cargo.lock").read_text())["package"]
        return {each["name"]: each["version"] for each in packages if "source" in each}

    def _environ(self) -> dict[str, str]:
        kept = ("PATH", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "RUSTUP_HOME")
        # The compiler is found by its own settings at home; only cargo's are ours.
        return {name: os.environ[name] for name in (*kept, "HOME") if name in os.environ} | {
            "CARGO_HOME": str(self.home),
            "CARGO_TERM_COLOR": "never",
            # A second attempt comes later; servers of these tests do not fail by accident.
            "CARGO_NET_RETRY": "0",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
