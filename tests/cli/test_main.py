import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from packhouse.cli.main import run


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    for name in ("npm_config_userconfig", "NPM_CONFIG_USERCONFIG", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_that_of_the_package(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out.strip() == version("packhouse")


def test_help_goes_to_stdout_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("serve", "doctor", "use", "upstream", "version"):
        assert f"  {command}: " in shown


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["serve", "--prot", "1"], "--port"),
        (["serve", "--port", "eighty"], "--port cannot be 'eighty'"),
        (["serve", "--config", "nowhere.toml"], "nowhere.toml"),
        (["sevre"], "sevre"),
        (["upstream", "off"], "NAME"),
    ],
)
def test_a_mistake_is_one_line_and_a_hint_on_stderr(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    written = capsys.readouterr()
    first, second = written.err.splitlines()
    assert named in first
    assert first.startswith("packhouse: ")
    assert second.startswith("hint: ")
    assert written.out == ""


def test_a_client_is_pointed_here_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    npmrc = tmp_path / ".npmrc"
    npmrc.write_bytes(b"registry=https://npm.example/")
    assert run(["use", "npm", "--port", "8000"]) == 0
    assert npmrc.read_bytes() == b"registry=http://127.0.0.1:8000/npm/\n"
    assert run(["use", "npm", "--undo"]) == 0
    assert npmrc.read_bytes() == b"registry=https://npm.example/"
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_an_unknown_client_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["use", "nmp"]) == 2
    assert "npm" in capsys.readouterr().err.splitlines()[1]


def test_an_upstream_is_switched_off_and_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    states = []
    for arguments in (["off", "npm"], ["on", "npm"]):
        assert run(["upstream", *arguments, *data]) == 0
        capsys.readouterr()
        assert run(["upstream", "list", *data]) == 0
        states.append(capsys.readouterr().out.splitlines()[0].split("\t")[:3])
    assert states == [["npm", "npm", "off"], ["npm", "npm", "on"]]


def test_a_server_loads_nothing_that_it_does_not_need() -> None:
    script = """
import json, os, sys
from packhouse.cli.main import build_app
import packhouse.cli.serve
from packhouse.config import load
load({"data": "data"}, {})
unneeded = {"rich", "tomlkit", "tomllib", "platformdirs", "sqlalchemy"}
print(json.dumps(sorted(unneeded & sys.modules.keys())))
"""
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(made.stdout) == []
