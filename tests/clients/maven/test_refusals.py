"""The real mvn, where something is refused, wrong or out of reach."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clients.maven.conftest import MakeWorkspace
from tests.clients.maven.repository import Repository, serving_repository
from tests.clients.maven.server import serving_maven

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]


def test_a_denied_release_is_not_chosen_from_a_range_and_not_handed_out(
    upstream: Repository, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    rules = '[policy]\ndeny = ["maven/org.example:plum@[1.10]"]\n'
    with serving_maven(tmp_path / "server", upstream.url, rules) as server:
        ranged = make_workspace(server.url, "org.example:plum:[1.0,2.0-alpha)")
        assert ranged.tree() == ["org.example:plum:1.2:compile"]
        pinned = make_workspace(server.url, "org.example:plum:1.10").resolve()
        assert pinned.returncode != 0
        assert re.search(r"status(?: code)?: 403", errors_of(pinned)), errors_of(pinned)


def test_a_release_that_is_too_young_is_not_chosen(tmp_path: Path, make_workspace: MakeWorkspace) -> None:
    repository = Repository()
    repository.publish("org.example:plum", "1.0")
    repository.publish("org.example:plum", "1.1", changed="Fri, 01 Jan 2100 00:00:00 GMT")
    with (
        serving_repository(repository),
        serving_maven(tmp_path / "server", repository.url, '[policy]\nminimum_age = "3d"\n') as server,
    ):
        assert make_workspace(server.url, "org.example:plum:[1.0,)").tree() == ["org.example:plum:1.0:compile"]


def test_an_upstream_that_is_down_is_an_error_and_not_a_missing_file(
    tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    repository = Repository()
    repository.publish("org.example:plum", "1.0")
    with serving_repository(repository), serving_maven(tmp_path / "server", repository.url) as server:
        repository.down = True
        workspace = make_workspace(server.url, "org.example:plum:1.0")
        failed = workspace.resolve()
        assert failed.returncode != 0
        assert re.search(r"status(?: code)?: 503", errors_of(failed)), errors_of(failed)
        assert "Could not find artifact" not in failed.stdout
        repository.down = False
        for _ in range(10):  # the server leaves an upstream alone for a while after failures
            if server.status("org/example/plum/1.0/plum-1.0.pom") == 200:
                break
            time.sleep(2)
        done = workspace.resolve("-U")
        assert done.returncode == 0, done.stdout[-3000:]


def test_a_file_that_was_changed_on_its_way_is_not_installed(tmp_path: Path, make_workspace: MakeWorkspace) -> None:
    repository = Repository()
    repository.publish("org.example:plum", "1.0")
    repository.files["org/example/plum/1.0/plum-1.0.jar"] = b"something else"
    with serving_repository(repository), serving_maven(tmp_path / "server", repository.url) as server:
        workspace = make_workspace(server.url, "org.example:plum:1.0")
        done = workspace.resolve()
        assert done.returncode != 0
        assert re.search(r"status(?: code)?: 502", errors_of(done)), errors_of(done)
        assert not list(workspace.local.glob("org/example/plum/1.0/*.jar"))


def test_use_points_mvn_at_the_server_and_undo_away_from_it(
    upstream: Repository, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    with serving_maven(tmp_path / "server", upstream.url) as server:
        workspace = make_workspace("http://never.example/", "org.example:plum:1.2")
        home = tmp_path / "home"
        (home / ".m2").mkdir(parents=True)
        settings = home / ".m2" / "settings.xml"
        text = (workspace.folder / "settings.xml").read_text()
        text = text[: text.index("  <mirrors>")] + text[text.index("  <profiles>") :]
        settings.write_text(text)
        use = [sys.executable, "-m", "packhouse", "use", "maven", "--config", str(server.settings)]
        environ = {"HOME": str(home), "PACKHOUSE_PORT": str(server.port), "PATH": "/usr/bin:/bin"}
        subprocess.run(use, check=True, env=environ, capture_output=True)
        (workspace.folder / "settings.xml").write_bytes(settings.read_bytes())
        assert workspace.tree() == ["org.example:plum:1.2:compile"]
        subprocess.run([*use, "--undo"], check=True, env=environ, capture_output=True)
        assert settings.read_text() == text


def errors_of(done: "subprocess.CompletedProcess[str]") -> str:
    return "\n".join(line for line in done.stdout.splitlines() if "ERROR" in line)
