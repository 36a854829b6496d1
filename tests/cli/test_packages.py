"""`packhouse info`, `versions`, `deps` and `search`, with a server and without."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
import uvicorn
from pytest_httpserver import HTTPServer

from packhouse.cli.main import run
from packhouse.cli.showing import harmless
from packhouse.cli.subject import Subject, parse_subject
from packhouse.domain.errors import ConfigError
from tests.apis.packages.conftest import TELLING, serve


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


@pytest.fixture
def server() -> Iterator[str]:
    """Serve a few toys on a loopback address."""
    _, site = anyio.run(serve, TELLING)
    running = uvicorn.Server(uvicorn.Config(site, port=0, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


PACKUMENT = {
    "name": "thing",
    "dist-tags": {"latest": "1.1.0"},
    "time": {"1.0.0": "2025-01-01T00:00:00.000Z", "1.1.0": "2025-02-01T00:00:00.000Z"},
    "versions": {
        version: {
            "name": "thing",
            "version": version,
            "description": "does things",
            "dependencies": {"other": "^2.0.0"},
            "devDependencies": {"tester": "*"},
            "dist": {"tarball": f"http://upstream.example/thing-{version}.tgz", "integrity": "sha512-AAAA"},
        }
        for version in ("1.0.0", "1.1.0")
    },
}


@pytest.fixture
def alone(tmp_path: Path, httpserver: HTTPServer) -> list[str]:
    """Give the flags under which no server runs, and one upstream answers."""
    httpserver.expect_request("/thing").respond_with_json(PACKUMENT)
    (tmp_path / "packhouse.toml").write_text(
        f"data = 'data'\nport = 1\n[upstreams.npm]\nurl = '{httpserver.url_for('').rstrip('/')}'\n"
    )
    return ["--config", str(tmp_path / "packhouse.toml")]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("npm/thing", Subject("npm", "thing")),
        ("npm/thing@1.0.0", Subject("npm", "thing", "1.0.0")),
        ("node/@scope/thing", Subject("node", "@scope/thing")),
        ("npm/@scope/thing@latest", Subject("npm", "@scope/thing", "latest")),
        ("golang/go.example/x/mod@v1.2.3", Subject("golang", "go.example/x/mod", "v1.2.3")),
        ("maven/org.example:thing@1", Subject("maven", "org.example:thing", "1")),
        ("pkg:npm/%40scope/thing@1.0.0-rc%2B1", Subject("npm", "@scope/thing", "1.0.0-rc+1")),
        ("pkg:npm/JSONThing", Subject("npm", "JSONThing")),
        ("pkg:golang/go.example/X/mod@v1.2.3", Subject("golang", "go.example/X/mod", "v1.2.3")),
        ("pkg:maven/org.example/thing@1.0?type=jar", Subject("maven", "org.example:thing", "1.0")),
    ],
)
def test_a_package_is_named_as_people_name_it(text: str, subject: Subject) -> None:
    assert parse_subject(text) == subject


@pytest.mark.parametrize("text", ["", "thing", "npm/", "/thing", "npm/thing@", "pkg:", "pkg:npm", "pkg:nothing/thing"])
def test_what_names_no_package_is_explained(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_subject(text)
    assert raised.value.hint


def test_info_shows_a_package_of_the_server(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "plaything/crate", "--server", server]) == 0
    shown = capsys.readouterr().out
    first, second, *_ = shown.splitlines()
    assert (first.strip(), second.strip()) == ("crate 2.0.0", "Holds fruit")
    for words in (
        "Apache-2.0 AND MIT",
        "https://code.example/crate",
        "pkg:toy/crate",
        f"--from {server}/toy",
        "orchard",
    ):
        assert words in shown


def test_info_shows_what_is_wrong_with_a_version(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "toy/crate@1.0.0", "--server", f"{server}/"]) == 0
    assert "deprecated: use 2 Use box instead." in capsys.readouterr().out
    assert run(["info", "toy/crate@1.1.0", "--server", server]) == 0
    assert "yanked: leaks" in capsys.readouterr().out


def test_versions_are_shown_page_by_page(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["versions", "toy/many", "--page", "2", "--page-size", "3", "--server", server]) == 0
    shown = capsys.readouterr().out
    assert [word for word in shown.split() if word.startswith("1.0.")] == ["1.0.596", "1.0.595", "1.0.594"]
    assert "600 versions, page 2 of 200" in shown
    assert run(["versions", "toy/crate", "--server", server]) == 0
    shown = capsys.readouterr().out
    assert "latest, stable" in shown
    assert "pre-release, yanked" in shown


def test_deps_shows_every_scope(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deps", "toy/crate", "--server", server]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["runtime", "apple", "1.*"] in rows
    assert ["dev", "pear", ">2", "optional;", "with", "ripe;", "if", "on", "Mondays"] in rows
    assert run(["deps", "toy/apple", "--server", server]) == 0
    assert "requires nothing" in capsys.readouterr().out


def test_search_shows_what_the_registry_found(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "toy/fruit", "--page-size", "50", "--server", server]) == 0
    shown = capsys.readouterr().out
    assert ["crate", "2.0.0", "2025-12-22", "77", "Holds", "fruit"] in [line.split() for line in shown.splitlines()]
    assert "101 found, page 1, by orchard" in shown


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["info", "toy/crate"], "latest"),
        (["info", "toy/crate@2.0.0"], "files"),
        (["versions", "toy/crate"], "versions"),
        (["deps", "toy/crate"], "dependencies"),
        (["search", "toy/fruit", "--page-size", "50"], "packages"),
    ],
)
def test_json_is_the_answer_of_the_api(
    server: str, arguments: list[str], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--server", server, "--json"]) == 0
    assert field in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["info", "toy/crat"], 1, "Toy has no package crat"),
        (["info", "tox/crate"], 1, "there is no registry 'tox' here"),
        (["deps", "toy/crate@9"], 1, "toy/crate has no version '9'"),
        (["info", "toy/behind"], 1, "toy.example does not answer"),
        (["info", "crate"], 2, "'crate' names no package"),
        (["search", "toy"], 2, "'toy' is nothing to search for"),
        (["versions", "toy/crate", "--page", "0"], 2, "0 is no page or size of one"),
    ],
)
def test_what_cannot_be_told_is_an_error_on_stderr(
    server: str, arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--server", server]) == status
    written = capsys.readouterr()
    assert written.err.splitlines()[0] == f"packhouse: {message}"
    assert written.out == ""


def test_a_server_that_was_named_must_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "npm/thing", "--server", "http://127.0.0.1:1"]) == 1
    first, hint = capsys.readouterr().err.splitlines()
    assert first.startswith("packhouse: no Packhouse answers at http://127.0.0.1:1")
    assert "--server" in hint


def test_something_else_at_the_address_is_no_packhouse(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/packages/v1/package").respond_with_data("<h1>what?</h1>", status=404)
    assert run(["info", "npm/thing", "--server", httpserver.url_for("").rstrip("/")]) == 1
    assert "it answers 404" in capsys.readouterr().err


def test_a_purl_that_its_ecosystem_cannot_have_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "pkg:maven/thing"]) == 2
    assert len(capsys.readouterr().err.splitlines()) >= 1


def test_without_a_server_the_same_is_asked_in_this_process(
    alone: list[str], capsys: pytest.CaptureFixture[str], httpserver: HTTPServer
) -> None:
    assert run(["info", "pkg:npm/thing", "--json", *alone]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["latest"], found["description"]) == ("1.1.0", "does things")
    assert found["install"] == ["npm install thing --registry=http://127.0.0.1:1/npm/"]
    assert run(["versions", "npm/thing", "--json", *alone]) == 0
    assert [each["version"] for each in json.loads(capsys.readouterr().out)["versions"]] == ["1.1.0", "1.0.0"]
    assert run(["deps", "npm/thing@1.0.0", *alone]) == 0
    assert ["dev", "tester", "*"] in [line.split() for line in capsys.readouterr().out.splitlines()]
    # What was fetched once is in the data directory, as a server would have it.
    httpserver.clear()
    assert run(["info", "npm/thing", "--offline", *alone]) == 0
    assert "does things" in capsys.readouterr().out


def test_a_package_url_can_be_searched_for(
    alone: list[str], capsys: pytest.CaptureFixture[str], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/-/v1/search").respond_with_data("", status=404)
    assert run(["info", "npm/thing", *alone]) == 0
    capsys.readouterr()
    # The upstream of this test cannot be searched: what is known here is.
    assert run(["search", "pkg:npm/thing@1.0.0", "--json", *alone]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["query"], found["told_by"], [each["package"] for each in found["packages"]]) == (
        "thing",
        "here",
        ["thing"],
    )


def test_an_error_without_a_server_reads_the_same(alone: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deps", "npm/thing@9.0.0", *alone]) == 1
    assert capsys.readouterr().err.splitlines()[0] == "packhouse: npm/thing has no version '9.0.0'"


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b31m", "line\rother", "\u202eabc", "a\u2028b", "\x00"])
def test_a_package_cannot_steer_the_terminal(text: str) -> None:
    assert all(each.isprintable() for each in harmless(text))
    assert harmless("plain ünïcode\n\tmore [bold]") == "plain ünïcode\n\tmore [bold]"
