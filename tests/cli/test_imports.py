"""Names, capabilities and images from the command line."""

import json
import lzma
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.feeds.names import read_names
from packhouse.cli.main import run
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.name_import import ListedName

RECORDED = Path(__file__).parents[1] / "ecosystems" / "cases" / "golang" / "capslock" / "isatty-0.0.20.json.xz"
CHAIN = f"sha256:{'ab' * 32}"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _report(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, object]:
    status = run([*map(str, arguments), "--json"])
    report: dict[str, object] = json.loads(capsys.readouterr().out)
    assert status == (1 if report["failed"] else 0)
    return report


def test_a_list_is_imported_and_then_says_nothing_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "names.tsv.xz"
    path.write_bytes(lzma.compress(b"# the most used\nlodash\t5000\nleft-pad\t70\n\nplain\n"))
    command = ("names", "import", "--data", tmp_path, "--ecosystem", "npm", path)
    assert _report(capsys, *command) == {"read": 3, "written": 3, "failed": []}
    assert _report(capsys, *command) == {"read": 3, "written": 0, "failed": []}
    assert run(["names", "list", "--data", str(tmp_path)]) == 0
    assert "npm" in capsys.readouterr().out


def test_a_document_may_have_a_list_for_each_ecosystem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "top.json"
    lists = {"top_pypi_packages": {"packages": ["Requests", "numpy"]}, "top_rubygems": ["rake"], "top_pears": ["x"]}
    path.write_text(json.dumps(lists))
    report = _report(capsys, "names", "import", "--data", tmp_path, path)
    assert (report["read"], report["written"]) == (4, 3)
    assert report["failed"] == [{"where": "top.json/top_pears#0", "reason": "no ecosystem is named for it"}]


def test_lines_that_are_none_are_named_and_the_rest_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(b"lodash\tmany\n\xff\xfe\n@@\t5\nlodash\t-3\nleft-pad\t" + b"9" * 40 + b"\nleft-pad\t7\n")
    report = _report(capsys, "names", "import", "--data", tmp_path, "--ecosystem", "npm", path)
    assert (report["read"], report["written"]) == (6, 1)
    assert isinstance(report["failed"], list)
    assert len(report["failed"]) == 5
    assert run(["names", "import", "--data", str(tmp_path), "--ecosystem", "npm", str(path)]) == 1
    assert "failed: names.txt:1: 'many' is no number of downloads" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["names", "import"],
        ["names", "import", "no-such-file"],
        ["names", "import", "--ecosystem", "pears", __file__],
        ["images", "import"],
        ["images", "import", "no-such-file"],
        ["capabilities", "import"],
        ["capabilities", "import", "no-such-file"],
        ["capabilities", "make"],
        ["capabilities", "make", "npm/lodash@1.0.0"],
        ["capabilities", "make", "golang/example.com/pear"],
    ],
)
def test_what_is_misused_is_said(tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*arguments, "--data", str(tmp_path)]) == 2
    assert "hint:" in capsys.readouterr().err


def test_capabilities_are_imported_and_what_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "found"
    folder.mkdir()
    (folder / "good.json.xz").write_bytes(RECORDED.read_bytes())
    (folder / "bad.json").write_text('{"capabilityInfo": 5}')
    (folder / "other.json").write_text("{}")
    report = _report(capsys, "capabilities", "import", "--data", tmp_path, folder)
    assert (report["read"], report["written"]) == (3, 1)
    assert isinstance(report["failed"], list)
    assert [each["where"] for each in report["failed"]] == ["bad.json", "other.json"]


def test_images_are_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "images.jsonl"
    path.write_text(json.dumps({"repository": "library/pear", "chains": [CHAIN]}))
    command = ("images", "import", "--data", tmp_path, path)
    assert _report(capsys, *command) == {"read": 1, "written": 1, "failed": []}
    assert _report(capsys, *command) == {"read": 1, "written": 0, "failed": []}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(body=st.binary(max_size=120), name=st.sampled_from(["n.tsv", "n.json", "n.json.gz", "n.tsv.xz"]))
def test_any_bytes_are_names_or_faults(tmp_path: Path, body: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    assert all(isinstance(each, ListedName | FeedFault) for each in read_names([path]))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put programs on the path that answer as the real ones did, and note how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    answer = tmp_path / "answer.json"
    answer.write_bytes(lzma.decompress(RECORDED.read_bytes()))
    noted = tmp_path / "noted"
    for name, does in (("go", ":"), ("capslock", f"cat '{answer}'")):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho \"{name} $* GOPROXY=$GOPROXY\" >> '{noted}'\n{does}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return noted


def test_capabilities_are_made_with_the_code_of_the_server_that_is_named(
    tmp_path: Path, programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = "pkg:golang/github.com/mattn/go-isatty@v0.0.20"
    server = "http://packhouse.example/"
    assert run(["capabilities", "make", subject, "--server", server, "--data", str(tmp_path)]) == 0
    assert "kinds of capabilities: 1" in capsys.readouterr().out
    fetched, analysed = programs.read_text().splitlines()
    assert fetched == ("go get github.com/mattn/go-isatty/...@v0.0.20 GOPROXY=http://packhouse.example/go")
    assert analysed.startswith("capslock -packages=github.com/mattn/go-isatty/... -output=json")


def test_a_release_that_cannot_be_analysed_is_named_and_the_others_are_made(
    tmp_path: Path, programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (programs.parent / "bin" / "go").write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    subject = "golang/github.com/mattn/go-isatty@v0.0.20"
    assert run(["capabilities", "make", subject, "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "failed: github.com/mattn/go-isatty v0.0.20: go has failed: no such module" in said.err
