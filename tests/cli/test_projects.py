"""Projects from the command line."""

import json
from pathlib import Path

import pytest

from packhouse.cli.main import run

CARD = {"date": "2026-08-11", "repo": {"name": "github.com/orchard/crate"}, "score": 6.4, "checks": []}
YAML = "homepage: https://crate.example\nmain_repo: https://github.com/orchard/crate.git\nlanguage: c\n"
FACTS = {"project": "github.com/orchard/crate", "lines": 2000, "covered": 500, "date": "2026-08-11"}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _run(data: Path, *arguments: str) -> int:
    return run(["projects", *arguments, "--data", str(data)])


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Write a scorecard, a project of OSS-Fuzz and its coverage into a folder."""
    folder = tmp_path / "feed"
    (folder / "projects" / "crate").mkdir(parents=True)
    (folder / "cards.jsonl").write_text(json.dumps(CARD) + "\n")
    (folder / "coverage.json").write_text(json.dumps(FACTS))
    (folder / "projects" / "crate" / "project.yaml").write_text(YAML)
    return folder


def test_what_was_imported_is_shown(tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert _run(data, "import", str(feed)) == 0
    assert capsys.readouterr().out.split() == ["read", "3", "stored", "3"]
    assert _run(data, "show", "https://github.com/Orchard/Crate.git") == 0
    shown = capsys.readouterr().out
    assert "6.4 of 10, 2026-08-11" in shown
    assert "500 of 2,000 lines" in shown
    assert _run(data, "show", "--json", "github.com/orchard/crate") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["fuzzing"]["name"] == "crate"
    assert found["fuzzing"]["config_url"].endswith("/crate")


def test_an_unreadable_record_is_named_and_makes_the_status_1(
    tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (feed / "cards.jsonl").write_text("{}\n" + json.dumps(CARD) + "\n")
    assert _run(tmp_path / "data", "import", str(feed)) == 1
    assert "failed: cards.jsonl:1: " in capsys.readouterr().err


def test_what_is_not_known_or_no_repository_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert _run(data, "show", "github.com/orchard/none") == 1
    assert "nothing is known of github.com/orchard/none" in capsys.readouterr().err
    assert _run(data, "show", "crate") == 2
    assert "is no repository" in capsys.readouterr().err
    assert _run(data, "import") == 2
    assert _run(data, "import", str(tmp_path / "nowhere")) == 2


def test_offline_nothing_is_refreshed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path / "data", "refresh", "--offline", "github.com/orchard/crate") == 2
    assert "no forge may be asked" in capsys.readouterr().err
    assert _run(tmp_path / "data", "refresh") == 2


def test_what_is_refreshed_is_shown_or_counted(tmp_path: Path, feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Nobody is asked about a host that is no forge's: all that is known of it was imported.
    (feed / "cards.jsonl").write_text(json.dumps(CARD | {"repo": {"name": "git.example/orchard/crate"}}) + "\n")
    (feed / "coverage.json").unlink()
    (feed / "projects" / "crate" / "project.yaml").unlink()
    data = tmp_path / "data"
    assert _run(data, "import", str(feed)) == 0
    capsys.readouterr()
    assert _run(data, "refresh", "git.example/orchard/crate") == 0
    assert "6.4 of 10" in capsys.readouterr().out
    assert _run(data, "refresh", "--known") == 0
    assert capsys.readouterr().out.split() == ["answered", "0"]
