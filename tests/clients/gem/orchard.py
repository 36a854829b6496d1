"""A project in which the real gem and bundler work, with a home folder of its own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.clients.project import Said

DEFAULT = "https://gems.example/"
"""What a Gemfile names; nobody answers there."""


class Orchard:
    """A folder with a Gemfile; gem and bundler take everything from the given source."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        self.source = source
        self.folder.mkdir(parents=True)
        self.home.mkdir()

    def want(self, *lines: str, source: str = "") -> None:
        """Write the Gemfile."""
        text = "\n".join([f'source "{source or self.source}"', *lines])
        (self.folder / "Gemfile").write_text(text + "\n")

    def gem(self, *arguments: str) -> Said:
        """Run gem."""
        return self._run("gem", *arguments)

    def must_gem(self, *arguments: str) -> Said:
        """Run gem, which must succeed."""
        return _checked(self.gem(*arguments))

    def bundle(self, *arguments: str) -> Said:
        """Run bundler."""
        return self._run("bundle", *arguments)

    def must_bundle(self, *arguments: str) -> Said:
        """Run bundler, which must succeed."""
        return _checked(self.bundle(*arguments))

    def installed(self) -> set[str]:
        """List what gem has installed, by full name."""
        return {path.stem for path in (self.home / "gems").rglob("specifications/*.gemspec")}

    def bundled(self) -> set[str]:
        """List what bundler has installed, by full name."""
        return {path.stem for path in (self.folder / "vendor").rglob("specifications/*.gemspec")}

    def locked(self) -> dict[str, str]:
        """Read versions by name from the lock file."""
        text = (self.folder / "Gemfile.lock").read_text()
        return dict(re.findall(r"^ {4}([^ ]+) \(([^)]+)\)$", text, re.MULTILINE))

    def forget(self, *, lock: bool = False, cache: bool = True) -> None:
        """Remove what was installed, and perhaps what bundler has kept of the index, and the lock file."""
        shutil.rmtree(self.home / "gems", ignore_errors=True)
        shutil.rmtree(self.folder / "vendor", ignore_errors=True)
        if cache:
            shutil.rmtree(self.home / ".bundle" / "cache", ignore_errors=True)
        if lock:
            (self.folder / "Gemfile.lock").unlink(missing_ok=True)

    def kept_list(self) -> bytes:
        """Read the list of all gems that bundler has kept."""
        (path,) = (self.home / ".bundle" / "cache" / "compact_index").glob("*/versions")
        return path.read_bytes()

    def _run(self, *command: str) -> Said:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environ(), capture_output=True, text=True, timeout=300, check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def _environ(self) -> dict[str, str]:
        return {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE") if name in os.environ} | {
            "HOME": str(self.home),
            "GEM_HOME": str(self.home / "gems"),
            "BUNDLE_PATH": str(self.folder / "vendor"),
            "BUNDLE_USER_HOME": str(self.home / ".bundle"),
            # A second attempt comes later; servers of these tests do not fail by accident.
            "BUNDLE_RETRY": "0",
            "BUNDLE_JOBS": "2",
            "BUNDLE_SILENCE_ROOT_WARNING": "1",
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }


def _checked(said: Said) -> Said:
    assert said.code == 0, said.all
    return said
