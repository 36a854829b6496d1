import os
import socket
import stat
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from packhouse.adapters.upstream.defaults import DEFAULTS
from packhouse.cli.doctor import check_client, check_directory, check_environment, check_server
from packhouse.cli.main import run
from packhouse.config import load
from packhouse.domain.ecosystem import ClientSetting
from packhouse.ecosystems.npm import client as npm_client

NPM = ClientSetting("npm", npm_client.use, npm_client.undo, npm_client.current)


def test_a_directory_is_made_and_written(tmp_path: Path) -> None:
    (finding,) = check_directory(tmp_path / "new" / "data")
    assert finding.grade != "fail"
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_directory_that_cannot_be_written_fails_with_advice(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a directory")
    (finding,) = check_directory(tmp_path / "data")
    assert finding.grade == "fail"
    assert "--data" in finding.advice


def test_a_variable_that_is_no_setting_is_pointed_out(tmp_path: Path) -> None:
    config = load({"data": str(tmp_path)}, {})
    findings = check_environment(config, {"PACKHOUSE_PRT": "1", "PACKHOUSE_PORT": "1", "PATH": ""})
    assert [each.sentence for each in findings if each.grade == "note"] == [
        "the variable PACKHOUSE_PRT is no setting and has no effect"
    ]


def test_a_server_that_does_not_run_is_told_how_to_start() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        (finding,) = check_server(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert finding.grade == "note"
    assert "packhouse serve" in finding.advice


def test_a_server_that_runs_is_found() -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        (finding,) = check_server(f"http://127.0.0.1:{server.server_port}")
        thread.join()
    assert finding.grade == "ok"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a program called npm that answers its version."""
    path = tmp_path / "bin" / "npm"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho 11.0.0\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.lower().startswith("npm_config_"):
            monkeypatch.delenv(name)
    return path


@pytest.mark.usefixtures("program")
def test_a_client_that_points_elsewhere_is_told_how_to_point_here(tmp_path: Path) -> None:
    address = "http://127.0.0.1:7225/npm/"
    (finding,) = check_client(NPM, address)
    assert (finding.grade, finding.advice) == ("note", "packhouse use npm")
    assert "11.0.0" in finding.sentence
    npm_client.use(address, tmp_path, {})
    assert check_client(NPM, address)[0].grade == "ok"


def test_a_client_that_is_not_installed_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.grade for each in check_client(NPM, "http://127.0.0.1:7225/npm/")] == ["note"]


def test_a_client_is_asked_for_its_version_by_its_own_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "mvn-like"
    program.write_text("#!/bin/sh\necho ----\necho tool $1 3.8.7\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    setting = ClientSetting("maven", npm_client.use, npm_client.undo, program="mvn-like", version=("version",))
    (finding,) = check_client(setting, "http://127.0.0.1:7225/maven/")
    assert "tool version 3.8.7" in finding.sentence


def test_the_doctor_fails_where_something_must_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").write_text("a file, not a directory")
    assert run(["doctor", "--offline", "--data", "data", "--port", "1"]) == 1
    written = capsys.readouterr().out
    assert "fail  data directory: " in written
    assert "-> make it writable" in written


def test_the_doctor_is_content_with_a_new_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--deep", "--offline", "--data", "data", "--port", "1"]) == 0
    assert "ok    stored data: " in capsys.readouterr().out


def test_an_upstream_that_cannot_be_reached_is_a_failure_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "packhouse.toml").write_text(
        "data = 'data'\nport = 1\n[upstream]\nretries = 0\n[upstreams.npm]\nurl = 'http://127.0.0.1:1'\n"
        + "".join(f"[upstreams.{each.name}]\nenabled = false\n" for each in DEFAULTS if each.name != "npm")
    )
    assert run(["doctor"]) == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("fail")]
    assert [line.partition(":")[0] for line in failed] == ["fail  upstream npm"]
