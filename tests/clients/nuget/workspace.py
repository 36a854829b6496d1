"""Folders in which nuget.exe works, each with settings and caches of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

_PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources><clear /><add key="ours" value="{source}" protocolVersion="3" /></packageSources>
</configuration>
"""


class Done(Struct, frozen=True):
    """What a program did."""

    code: int
    said: str


class Workspace:
    """One folder with a project's settings, and a home that nobody else uses."""

    def __init__(self, folder: Path, program: Path, source: str = "") -> None:
        self.folder = folder
        self.home = folder / "home"
        self.packages = folder / "packages"
        self._program = program
        self.home.mkdir(parents=True)
        if source:
            (folder / "nuget.config").write_text(_PROJECT.format(source=source))

    def forget(self) -> None:
        """Remove everything that was installed or kept."""
        for path in (self.packages, self.home):
            shutil.rmtree(path, ignore_errors=True)
        self.home.mkdir()

    def run(self, *arguments: str) -> Done:
        """Run nuget.exe."""
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "TMPDIR": str(self.home),
            "NUGET_PACKAGES": str(self.home / "global"),
            "MONO_TLS_PROVIDER": "legacy",
        }
        command = ["mono", str(self._program), *arguments, "-NonInteractive"]
        done = subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=110, check=False
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def install(self, name: str, *options: str) -> Done:
        """Install a package and what it needs into the folder of packages."""
        return self.run("install", name, "-OutputDirectory", str(self.packages), *options)

    def installed(self) -> dict[str, str]:
        """List what is installed: the content of each package, by folder."""
        return {path.name: (path / "content" / "fruit.txt").read_text() for path in sorted(self.packages.glob("*"))}
