"""`packhouse resolve`: releases and projects, as a tree, as JSON, for Graphviz, and why something is there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

import packhouse
from packhouse.cli.main import run

PACKAGES: dict[str, dict[str, dict[str, str]]] = {
    "press": {"1.0.0": {"juice": "^1.0.0", "peel": "2"}, "1.1.0": {"juice": "^1.0.0", "nothing": "*"}},
    "juice": {"1.0.0": {"peel": "1"}, "1.2.0": {"peel": "1"}},
    "peel": {"1.0.0": {}, "2.0.0": {}},
}
DAYS = {"1.0.0": "2025-01-01", "1.1.0": "2025-02-01", "1.2.0": "2025-03-01", "2.0.0": "2025-01-15"}


@pytest.fixture
def alone(tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the flags under which no server runs, and one upstream answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, versions in PACKAGES.items():
        packument = {
            "name": name,
            "dist-tags": {"latest": list(versions)[-1]},
            "time": {version: f"{DAYS[version]}T00:00:00.000Z" for version in versions},
            "versions": {
                version: {
                    "name": name,
                    "version": version,
                    "dependencies": needs,
                    "dist": {"tarball": f"http://upstream.example/{name}-{version}.tgz", "integrity": "sha512-AAAA"},
                }
                for version, needs in versions.items()
            },
        }
        httpserver.expect_request(f"/{name}").respond_with_json(packument)
    httpserver.expect_request("/nothing").respond_with_data("", 404)
    (tmp_path / "packhouse.toml").write_text(
        f"data = 'data'\nport = 1\n[upstreams.npm]\nurl = '{httpserver.url_for('').rstrip('/')}'\n"
    )
    return ["--config", str(tmp_path / "packhouse.toml")]


def test_a_tree_shows_each_requirement_below_who_has_it(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "npm/press@1.0.0", *alone]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "press 1.0.0",
        "├── juice 1.2.0 [^1.0.0]",
        "│   └── peel 1.0.0 [1]",
        "└── peel 2.0.0 [2]",
    ]


def test_what_cannot_be_had_is_said_and_the_status_is_one_where_an_install_would_fail(
    alone: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["resolve", "npm/press@1.1.0", *alone])
    assert "there is no package nothing" in capsys.readouterr().out
    Path("package.json").write_text('{"dependencies": {"press": "9"}}')
    assert run(["resolve", "package.json", *alone]) == 1
    assert "no version of press is 9" in capsys.readouterr().out


def test_as_of_a_date_only_what_was_published_by_then_is_chosen(
    alone: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["resolve", "npm/press@1.0.0", "--as-of", "2025-01-20", *alone]) == 0
    assert "juice 1.0.0 [^1.0.0]" in capsys.readouterr().out
    assert run(["resolve", "npm/press@1.0.0", "--as-of", "yesterday", *alone]) == 1
    assert "is not a date" in capsys.readouterr().err


def test_json_is_the_answer_of_the_api(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "pkg:npm/press@1.0.0", "--json", "--env", "node=18.0.0", *alone]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["environment"]["node"] == "18.0.0"
    assert [f"{node['package']} {node['version']} {node['direct']}" for node in answer["nodes"]] == [
        "press 1.0.0 False",
        "juice 1.2.0 True",
        "peel 1.0.0 False",
        "peel 2.0.0 True",
    ]


def test_a_graph_can_be_drawn_by_graphviz(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "npm/press@1.0.0", "--dot", *alone]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("digraph dependencies {", "}")
    assert '  n0 -> n1 [label="^1.0.0"];' in lines


def test_why_names_who_asks_and_the_way_there(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "npm/press@1.0.0", "--why", "peel", *alone]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "peel 1.0.0 in node_modules/juice/node_modules/peel",
        "  juice 1.2.0 needs 1",
        "  by way of press 1.0.0 > juice 1.2.0 > peel 1.0.0",
        "peel 2.0.0 in node_modules/peel",
        "  press 1.0.0 needs 2",
        "  by way of press 1.0.0 > peel 2.0.0",
    ]
    assert run(["resolve", "npm/press@1.0.0", "--why", "pip", *alone]) == 2


def test_a_folder_is_a_project_and_its_lock_file_is_kept(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("project")
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "orchard", "dependencies": {"juice": "^1.0.0"}}')
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"juice": "^1.0.0"}},
            "node_modules/juice": {"version": "1.0.0", "dependencies": {"peel": "1"}},
            "node_modules/peel": {"version": "1.0.0"},
        },
    }
    (folder / "package-lock.json").write_text(json.dumps(lock))
    assert run(["resolve", "project", *alone]) == 0
    assert "juice 1.0.0 [^1.0.0]" in capsys.readouterr().out
    assert run(["resolve", "project/package.json", *alone]) == 0
    assert "juice 1.2.0 [^1.0.0]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to resolve is named"),
        (["npm/press", "--env", "node"], "tells nothing"),
        (["npm/press", "--env", "moon=full"], "has no 'moon'"),
        (["npm/press", "--env", "peers=none"], "peers cannot be 'none'"),
        (["npm/press", "--json", "--dot"], "choose one"),
        (["missing.json", "package.json"], "there is no file"),
        (["empty"], "there is no manifest"),
        (["both"], "choose with --ecosystem"),
        (["empty", "--ecosystem", "orchard"], "are not resolved"),
        (["broken"], "is no JSON"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    alone: list[str], capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    projects: dict[str, dict[str, str]] = {
        "empty": {},
        "both": {"package.json": "{}", "Cargo.toml": "[package]\nname = 'a'"},
        "broken": {"package.json": "{"},
    }
    for name, files in projects.items():
        Path(name).mkdir()
        for file, text in files.items():
            (Path(name) / file).write_text(text)
    assert run(["resolve", *arguments, *alone]) in (1, 2)
    told = capsys.readouterr().err
    assert said in told
    assert "hint" in told or said == "is no JSON"


def test_a_package_that_had_no_version_by_a_date_is_said_to_have_had_none(
    alone: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["resolve", "npm/press", "--as-of", "2020-01-01", *alone]) == 1
    assert "npm/press had no version by that date" in capsys.readouterr().err


def test_a_part_of_a_name_is_told_which_names_there_are(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "npm/press@1.0.0", "--why", "uice", *alone]) == 2
    assert "hint: there is juice" in capsys.readouterr().err


def test_a_reader_that_stops_reading_is_no_failure_of_ours(alone: list[str]) -> None:
    command = [sys.executable, "-m", "packhouse", "resolve", "npm/press@1.0.0", *alone]
    source = str(Path(packhouse.__file__).parent.parent)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source}
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(60) in {1, 141}  # 1 where the heading met it first
