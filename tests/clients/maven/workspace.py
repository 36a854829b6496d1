"""Projects that the real mvn builds: without any network but ours, with the plugins of the distribution."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients.maven.repository import write_pom

_PLUGINS = Path("/usr/share/maven-repo")
"""Where a distribution keeps Maven's plugins, as a repository."""
_DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin"

# The distribution's plugins have no checksums, so that `-C` would refuse them; ours are wanted for all else.
_SETTINGS = """<settings>
  <mirrors>
    <mirror><id>packhouse</id><mirrorOf>external:*,central</mirrorOf><url>{mirror}</url></mirror>
  </mirrors>
  <profiles><profile><id>strict</id>
    <repositories><repository><id>central</id><url>http://central.example/</url>
      <releases><checksumPolicy>fail</checksumPolicy></releases>
      <snapshots><enabled>true</enabled><checksumPolicy>fail</checksumPolicy></snapshots>
    </repository></repositories>
    <pluginRepositories><pluginRepository><id>own</id><url>{plugins}</url></pluginRepository></pluginRepositories>
  </profile></profiles>
  <activeProfiles><activeProfile>strict</activeProfile></activeProfiles>
</settings>
"""


class Workspace:
    """One project with a local repository of its own."""

    def __init__(self, folder: Path, mirror: str, needs: Sequence[str], more: str = "") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(write_pom("org.example.own:project", "1.0", needs, more))
        (folder / "settings.xml").write_text(_SETTINGS.format(mirror=mirror, plugins=_PLUGINS.as_uri()))

    def tree(self, *options: str) -> list[str]:
        """Resolve all dependencies; list them as `group:artifact:version:scope`."""
        out = self.folder / "tree.txt"
        out.unlink(missing_ok=True)
        done = self.run(f"{_DEPENDENCY}:{_version('maven-dependency-plugin')}:tree", f"-DoutputFile={out}", *options)
        assert done.returncode == 0, done.stdout[-4000:]
        lines = [re.sub(r"^[ |+\\-]+", "", line) for line in out.read_text().splitlines()[1:]]
        return [":".join(part for at, part in enumerate(line.split(":")) if at != 2) for line in lines]

    def resolve(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """Download every file that the project needs."""
        return self.run(f"{_DEPENDENCY}:{_version('maven-dependency-plugin')}:resolve", *options)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run mvn."""
        command = ["mvn", "-B", "-ntp", "-s", "settings.xml", f"-Dmaven.repo.local={self.local}", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=110, check=False)

    def forget(self) -> None:
        """Empty the local repository."""
        shutil.rmtree(self.local, ignore_errors=True)

    @property
    def local(self) -> Path:
        """The folder of the local repository."""
        return self.folder / "repository"


def need_maven() -> None:
    """Skip the test where mvn or its plugins are missing; fail in CI."""
    if shutil.which("mvn") is None or not (_PLUGINS / "org/apache/maven/plugins/maven-dependency-plugin").is_dir():
        reason = "mvn is needed, and its dependency plugin as the distribution has it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def _version(plugin: str) -> str:
    folder = _PLUGINS / "org/apache/maven/plugins" / plugin
    return max(each.name for each in folder.iterdir() if each.name[0].isdigit())
