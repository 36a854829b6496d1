"""Users, tokens, grants and organisations from the command line."""

import io
import json
from pathlib import Path

import pytest

from packhouse.cli.main import run


def _run(*arguments: str, data: Path) -> int:
    return run([*arguments, "--data", str(data)])


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _add(data: Path, monkeypatch: pytest.MonkeyPatch, name: str = "ada", *more: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    return _run("user", "add", name, "--password-stdin", *more, data=data)


def test_a_user_is_added_listed_and_disabled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _add(tmp_path, monkeypatch, "ada", "--admin", "--email", "ada@team.example") == 0
    assert _run("user", "disable", "ada", data=tmp_path) == 0
    capsys.readouterr()
    assert _run("user", "list", "--json", data=tmp_path) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "ada", "email": "ada@team.example", "admin": True, "disabled": True}
    ]
    assert _add(tmp_path, monkeypatch, "ADA") == 1
    assert "taken" in capsys.readouterr().err


def test_the_password_is_never_an_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("user", "add", "ada", "--password", "secret", data=tmp_path) == 2
    assert _run("user", "add", "ada", data=tmp_path) == 2
    assert "--password-stdin" in capsys.readouterr().err


def test_a_token_is_shown_once_and_ended_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _add(tmp_path, monkeypatch)
    capsys.readouterr()
    assert _run("token", "create", "ada", "--allow", "publish:npm/@acme/*", "--days", "3", data=tmp_path) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("phk_")
    _run("token", "list", "ada", data=tmp_path)
    shown = capsys.readouterr().out
    assert secret not in shown
    assert secret[:8] in shown
    assert "publish:npm/@acme/*" in shown
    key = shown.split(secret[:8], 1)[0].split()[-1]
    assert _run("token", "revoke", "ada", key, data=tmp_path) == 0
    _run("token", "list", "ada", data=tmp_path)
    assert key not in capsys.readouterr().out
    assert _run("token", "revoke", "ada", key, data=tmp_path) == 1
    assert _run("token", "create", "ada", "--allow", "everything", data=tmp_path) == 2


def test_a_token_may_be_for_some_operations_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _add(tmp_path, monkeypatch)
    assert _run("token", "create", "ada", "--only", "yank", "--only", "update", data=tmp_path) == 0
    narrow = ("--allow", "publish:cargo/press-*", "--only", "create")
    assert _run("token", "create", "ada", *narrow, data=tmp_path) == 0
    capsys.readouterr()
    _run("token", "list", "ada", data=tmp_path)
    shown = " ".join(capsys.readouterr().out.split())
    assert "maintain:*/* (update, yank only)" in shown
    assert "publish:cargo/press-* (create only)" in shown
    assert _run("token", "create", "ada", "--only", "everything", data=tmp_path) == 2


def test_organisations_own_names_by_grants_and_everything_is_in_the_audit_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _add(tmp_path, monkeypatch)
    _add(tmp_path, monkeypatch, "bob")
    assert _run("org", "add", "acme", "--owner", "ada", "--names", "npm/@acme/*", data=tmp_path) == 0
    assert _run("org", "member", "acme", "bob", data=tmp_path) == 0
    assert _run("grant", "add", "user:bob", "maintainer", "cargo/acme-*", data=tmp_path) == 0
    assert _run("grant", "add", "bob", "maintainer", "cargo/acme-*", data=tmp_path) == 2
    capsys.readouterr()
    _run("grant", "list", data=tmp_path)
    grants = capsys.readouterr().out
    for words in ("org-admin:acme", "team:acme/developers", "user:bob", "npm/@acme/*", "cargo/acme-*"):
        assert words in grants
    assert _run("org", "remove-member", "acme", "ada", data=tmp_path) == 1
    _run("audit", "--json", data=tmp_path)
    assert [entry["action"] for entry in json.loads(capsys.readouterr().out.split("\n", 0)[0])][:3] == [
        "grant add",
        "org member",
        "org add",
    ]


def test_an_organisation_ends_with_its_grants_and_nobody_unknown_is_granted_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _add(tmp_path, monkeypatch)
    assert _run("org", "add", "acme", "--owner", "ada", "--names", "npm/@acme/*", data=tmp_path) == 0
    for nobody in ("user:bob", "org:other", "team:acme/press"):
        assert _run("grant", "add", nobody, "reader", "*/*", data=tmp_path) == 1
    assert _run("grant", "add", "anyone", "publisher", "*/*", data=tmp_path) == 1
    assert _run("org", "remove", "acme", data=tmp_path) == 0
    assert _run("org", "remove", "acme", data=tmp_path) == 1
    capsys.readouterr()
    _run("grant", "list", data=tmp_path)
    assert "acme" not in capsys.readouterr().out


def test_a_disabled_users_tokens_stay_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _add(tmp_path, monkeypatch)
    _run("token", "create", "ada", data=tmp_path)
    assert _run("user", "disable", "ada", data=tmp_path) == 0
    assert _run("user", "enable", "ada", data=tmp_path) == 0
    capsys.readouterr()
    _run("token", "list", "ada", data=tmp_path)
    assert "phk_" not in capsys.readouterr().out


def test_a_rotated_key_ends_and_stays_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("key", "rotate", data=tmp_path) == 0
    assert _run("key", "rotate", data=tmp_path) == 0
    capsys.readouterr()
    _run("key", "list", data=tmp_path)
    assert capsys.readouterr().out.count("SHA256:") == 2
