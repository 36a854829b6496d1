"""`packhouse provenance`."""

import base64
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from packhouse.cli.main import run
from tests.services.test_provenances import AUTHORITY, SHA512, STRANGER, built, document
from tests.sigstore_authority import COMMIT, REPOSITORY, WORKFLOW


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> list[str]:
    """Give the flags under which no server runs, one upstream answers, and one authority is trusted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    url = httpserver.url_for("").rstrip("/")
    dist = {"tarball": f"{url}/pear.tgz", "integrity": f"sha512-{base64.b64encode(SHA512).decode()}"}
    attested = dist | {"attestations": {"url": f"{url}/-/npm/v1/attestations/x"}}
    packument = {
        "name": "@farm/pear",
        "dist-tags": {"latest": "1.2.3"},
        "versions": {
            "1.2.2": {"name": "@farm/pear", "version": "1.2.2", "dist": dist},
            "1.2.3": {"name": "@farm/pear", "version": "1.2.3", "dist": attested},
        },
    }
    httpserver.expect_request("/@farm/pear").respond_with_json(packument)
    root = AUTHORITY.trusted_root(tmp_path)
    (tmp_path / "packhouse.toml").write_text(
        f"data = 'data'\nport = 1\n[provenance]\ntrusted_root = '{root}'\n[upstreams.npm]\nurl = '{url}'\n"
    )
    return ["--config", str(tmp_path / "packhouse.toml")]


def says(httpserver: HTTPServer, body: bytes) -> None:
    """Have the upstream give these attestations."""
    path = "/-/npm/v1/attestations/@farm/pear@1.2.3"
    httpserver.expect_request(path).respond_with_data(body, content_type="application/json")


def test_a_verified_build_is_shown_with_repository_commit_and_workflow(
    flags: list[str], httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    says(httpserver, document(AUTHORITY.attest(built())))
    assert run(["provenance", "show", "npm/@farm/pear", *flags]) == 0
    shown = "".join(capsys.readouterr().out.split())
    for words in (REPOSITORY, COMMIT, WORKFLOW, "1.2.3"):
        assert words in shown
    assert run(["provenance", "show", "pkg:npm/%40farm/pear@1.2.3", "--json", *flags]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verified"], told["statements"][0]["commit"]) == (True, COMMIT)


def test_what_is_forged_is_shown_as_that_and_fails(
    flags: list[str], httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    says(httpserver, document(STRANGER.attest(built())))
    assert run(["provenance", "show", "npm/@farm/pear@1.2.3", *flags]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "not verified" in shown
    assert "trusted root" in shown
    assert "claimed" in shown


def test_that_nothing_is_signed_is_said_and_fails(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["provenance", "show", "npm/@farm/pear@1.2.2", *flags]) == 1
    assert "nothing is signed" in capsys.readouterr().out
