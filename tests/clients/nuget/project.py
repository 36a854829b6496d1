"""Projects with package references, restored by the resolver behind `dotnet restore`."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.clients.nuget.workspace import Done

FRAMEWORK = "netstandard2.0"
_NO_SETTINGS = "<configuration><packageSources><clear /></packageSources></configuration>"
_SOURCE = Path(__file__).with_name("Restore.cs")


def build_restore(program: Path, folder: Path) -> Path:
    """Compile the driver against nuget.exe, which must stand beside it under the name that it was built with."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, folder / "NuGet.exe")
    driver = folder / "restore.exe"
    command = ["mcs", "-r:NuGet.exe", str(_SOURCE), f"-out:{driver}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return driver


class Project:
    """One project and the folder of its packages."""

    def __init__(self, folder: Path, driver: Path, source: str, needs: Mapping[str, str]) -> None:
        self.folder = folder
        self._driver = driver
        (folder / "home").mkdir(parents=True)
        (folder / "nuget.config").write_text(_NO_SETTINGS)
        (folder / "spec.json").write_text(json.dumps(self._spec(source, needs)))

    def restore(self) -> Done:
        """Resolve and install."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "home")}
        command = ["mono", str(self._driver), "spec.json", str(self.folder)]
        done = subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=110, check=False
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def resolved(self) -> list[str]:
        """List what was chosen, each as `id/version`."""
        assets = json.loads((self.folder / "obj" / "project.assets.json").read_text())
        (target,) = assets["targets"].values()
        return sorted(target)

    def hashes(self) -> dict[str, str]:
        """Tell the SHA-512 of each file as the client has computed it."""
        assets = json.loads((self.folder / "obj" / "project.assets.json").read_text())
        return {name: library["sha512"] for name, library in assets["libraries"].items()}

    def _spec(self, source: str, needs: Mapping[str, str]) -> object:
        path = str(self.folder / "project.csproj")
        dependencies = {name: {"target": "Package", "version": text} for name, text in needs.items()}
        restore = {
            "projectUniqueName": path,
            "projectName": "project",
            "projectPath": path,
            "packagesPath": str(self.folder / "packages"),
            "outputPath": str(self.folder / "obj"),
            "projectStyle": "PackageReference",
            "originalTargetFrameworks": [FRAMEWORK],
            "sources": {source: {}},
            "frameworks": {FRAMEWORK: {"projectReferences": {}}},
        }
        project = {"version": "1.0.0", "restore": restore, "frameworks": {FRAMEWORK: {"dependencies": dependencies}}}
        return {"format": 1, "restore": {path: {}}, "projects": {path: project}}
