"""The real Gradle resolves through the server, by the script that `packhouse use gradle` writes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from packhouse.ecosystems.maven import gradle
from tests.clients.maven.repository import Repository
from tests.clients.maven.server import Server

pytestmark = [pytest.mark.client, pytest.mark.timeout(400)]

_BUILD = """
apply plugin: 'java'
repositories {{ maven {{ url '{theirs}' }} }}
configurations {{ wanted }}
dependencies {{ wanted 'org.example.press:cider-press:1.4.0', 'org.example:plum:1.+' }}
task list {{ doLast {{ configurations.wanted.files.each {{ println 'got ' + it.name }} }} }}
"""


def need_gradle() -> str:
    program = shutil.which("gradle")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("gradle is needed", pytrace=False)
        pytest.skip("gradle is needed")
    return program


def test_gradle_resolves_files_and_dynamic_versions(server: Server, upstream: Repository, tmp_path: Path) -> None:
    program = need_gradle()
    project = tmp_path / "project"
    project.mkdir()
    (project / "build.gradle").write_text(_BUILD.format(theirs="http://nowhere.example/repository"))
    (project / "settings.gradle").write_text("rootProject.name = 'project'\n")
    environ = os.environ | {"GRADLE_USER_HOME": str(tmp_path / "gradle")}
    gradle.use(server.url, tmp_path, environ)
    command = [program, "--no-daemon", "--console=plain", "-q", "list"]
    done = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    got = {line.removeprefix("got ") for line in done.stdout.splitlines() if line.startswith("got ")}
    # Of two wishes for one package Gradle takes the newest.
    assert got == {"cider-press-1.4.0.jar", "basket-2.1.jar", "plum-1.10.jar"}
