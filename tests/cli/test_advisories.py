"""Advisories from the command line."""

import json
from pathlib import Path

import pytest

from packhouse.cli.main import run

BODY = {
    "id": "GHSA-1",
    "modified": "2026-08-01T00:00:00Z",
    "aliases": ["CVE-1"],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "npm", "name": "left-pad"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}],
        },
        {"package": {"ecosystem": "Go", "name": "stdlib"}, "versions": ["1.20.1"]},
    ],
}
OTHER = {"id": "MAL-1", "affected": [{"package": {"ecosystem": "npm", "name": "left-pad"}, "versions": ["1.1.0"]}]}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Write two records into a folder."""
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "GHSA-1.json").write_text(json.dumps(BODY))
    (folder / "MAL-1.json").write_text(json.dumps(OTHER))
    return folder


def _run(data: Path, *arguments: str) -> int:
    return run(["advisories", *arguments, "--data", str(data)])


def _report(data: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    _run(data, "import", "--json", *arguments)
    report = json.loads(capsys.readouterr().out)
    return {name: value for name, value in report.items() if value}


def test_a_folder_is_imported_and_then_has_nothing_new(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _report(tmp_path, capsys, str(feed)) == {"source": "osv", "read": 2, "new": 2}
    assert _report(tmp_path, capsys, str(feed)) == {"source": "osv", "read": 2, "unchanged": 2}
    assert _report(tmp_path, capsys, str(feed), "--again") == {"source": "osv", "read": 2, "changed": 2}
    assert _run(tmp_path, "import", str(feed), "--again", "--whole") == 2
    assert _run(tmp_path, "list") == 0
    assert "osv" in capsys.readouterr().out


def test_the_whole_of_a_source_drops_what_is_gone(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _report(tmp_path, capsys, str(feed), "--source", "farm")
    (feed / "MAL-1.json").unlink()
    whole = _report(tmp_path, capsys, str(feed), "--source", "farm", "--whole")
    assert whole == {"source": "farm", "read": 1, "unchanged": 1, "dropped": 1}


def test_what_cannot_be_read_is_printed_and_is_a_failure(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (feed / "bad.json").write_text("{")
    assert _run(tmp_path, "import", str(feed)) == 1
    assert "failed: bad.json: this is no OSV record" in capsys.readouterr().err
    assert _run(tmp_path, "show", "MAL-1") == 0


def test_a_record_is_shown_by_its_id_and_by_an_alias(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _report(tmp_path, capsys, str(feed))
    for name in ("GHSA-1", "CVE-1"):
        assert _run(tmp_path, "show", name) == 0
        assert json.loads(capsys.readouterr().out) == BODY
    assert _run(tmp_path, "show", "GHSA-2") == 1


@pytest.mark.parametrize("subject", ["npm/left-pad@1.1.0", "pkg:npm/left-pad@1.1.0", "node/left-pad@1.1.0"])
def test_a_release_is_matched_attacks_first(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str], subject: str
) -> None:
    _report(tmp_path, capsys, str(feed))
    assert _run(tmp_path, "match", subject, "--json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["id"], first["malicious"]) == ("MAL-1", True)
    assert (second["id"], second["fixed_versions"], second["score"]) == ("GHSA-1", ["1.2.0"], 9.8)
    assert _run(tmp_path, "match", subject) == 0
    assert "malicious" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["1.20.1", "v1.20.1", "go1.20.1"])
def test_releases_of_go_itself_are_matched_in_every_spelling(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    _report(tmp_path, capsys, str(feed))
    assert _run(tmp_path, "match", f"golang/stdlib@{version}", "--json") == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["GHSA-1"]


def test_a_release_that_nothing_is_known_of_is_no_failure(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _report(tmp_path, capsys, str(feed))
    assert _run(tmp_path, "match", "npm/left-pad@1.2.0") == 0
    assert "No advisory is about it." in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [("match", "npm/left-pad"), ("match", "bread/rye@1"), ("match", "npm/Ä Ö@1"), ("import",), ("import", "nowhere")],
)
def test_what_makes_no_sense_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert _run(tmp_path, *arguments) == 2
    assert "packhouse: " in capsys.readouterr().err
