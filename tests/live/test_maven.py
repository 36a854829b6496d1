"""Builds from the public central repository, through a server that knows nothing yet."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.clients.maven.repository import write_pom
from tests.clients.maven.server import Server
from tests.faults.server import serving

pytestmark = [pytest.mark.live, pytest.mark.client, pytest.mark.timeout(1200)]

_MORE = (
    "<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>"
    "</properties>"
)
_WANTED = ("com.google.guava:guava:33.4.0-jre", "org.slf4j:slf4j-api:[2.0.7,2.0.9]", "junit:junit:4.13.2:test")
_SOURCE = "package own; public class Own { Object list = com.google.common.collect.ImmutableList.of(1); }\n"


def project(folder: Path, mirror: str) -> Path:
    (folder / "src/main/java/own").mkdir(parents=True)
    (folder / "src/main/java/own/Own.java").write_text(_SOURCE)
    (folder / "pom.xml").write_text(write_pom("org.example.own:project", "1.0", _WANTED, _MORE))
    text = f"<mirror><id>packhouse</id><mirrorOf>external:*</mirrorOf><url>{mirror}</url></mirror>" if mirror else ""
    (folder / "settings.xml").write_text(f"<settings><mirrors>{text}</mirrors></settings>")
    return folder


def mvn(folder: Path, *arguments: str) -> float:
    command = ["mvn", "-B", "-ntp", "-C", "-s", "settings.xml", f"-Dmaven.repo.local={folder / 'local'}", *arguments]
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return time.monotonic() - began


def jars(folder: Path) -> set[str]:
    return {path.name for path in (folder / "local").rglob("*.jar")}


def test_a_build_is_the_same_directly_cold_and_without_upstream(tmp_path: Path) -> None:
    if shutil.which("mvn") is None:
        pytest.skip("mvn is needed")
    direct = project(tmp_path / "direct", "")
    took = {"direct": mvn(direct, "dependency:go-offline", "package")}
    settings = tmp_path / "packhouse.toml"
    settings.write_text('data = "data"\n')
    with serving(settings) as (_, port):
        server = Server(port, settings)
        through = project(tmp_path / "through", server.url)
        took["cold"] = mvn(through, "dependency:go-offline", "package")
        assert jars(through) == jars(direct)
        shutil.rmtree(through / "local")
        took["warm"] = mvn(through, "dependency:go-offline", "package")
        server.switch_off("central", "google", "jenkins")
        shutil.rmtree(through / "local")
        took["off"] = mvn(through, "dependency:go-offline", "package")
        assert jars(through) == jars(direct)
    print({name: round(seconds, 1) for name, seconds in took.items()})  # noqa: T201 (the figures of a live run)
