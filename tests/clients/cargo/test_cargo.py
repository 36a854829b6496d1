"""The real cargo, in front of generated crates."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.clients.cargo.conftest import CrateServer, MakeWorkspace, crate_server
from tests.clients.cargo.crates import Crates, need, pack, serving_crates
from tests.clients.cargo.workspace import Workspace

pytestmark = pytest.mark.client

WANTED = {"press": "1", "c": '{ version = "1", features = ["with"] }'}
LOCKED = {
    "press": "1.4.0",
    "plum": "1.2.3",
    "Basket_Case": "0.3.0",
    "zip": "2.0.1+zip.1.5",
    "c": "1.0.0",
    "ab": "1.0.0",
}


def switch(server: CrateServer, state: str) -> None:
    """Switch the upstream off or on, and wait until the server has noticed."""
    command = [sys.executable, "-m", "packhouse", "upstream", state, "crates", "--config", str(server.settings)]
    subprocess.run(command, check=True, capture_output=True)
    wanted = 503 if state == "off" else 404
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{server.index}ne/ve/never{time.time_ns()}", timeout=10).close()  # noqa: S310 (our own server)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == wanted:
                    return
        time.sleep(0.1)
    pytest.fail("the server has not noticed the switch")


def test_a_build_is_the_same_directly_and_through_us_cold_warm_and_without_upstream(
    crates: Crates, server: CrateServer, make_workspace: MakeWorkspace
) -> None:
    direct = make_workspace(f"{crates.url}/index/", **WANTED)
    direct.must("build")
    assert direct.locked() == LOCKED
    lock = (direct.folder / "Cargo.lock").read_text()

    ours = make_workspace(server.index, **WANTED)
    ours.must("build")
    assert (ours.folder / "Cargo.lock").read_text() == lock
    asked = len(crates.asked)
    ours.forget(lock=True)
    ours.must("build")
    assert (ours.folder / "Cargo.lock").read_text() == lock
    assert len(crates.asked) == asked  # warm: the upstream is not asked again

    switch(server, "off")
    ours.forget(lock=True)
    ours.must("build")
    assert (ours.folder / "Cargo.lock").read_text() == lock
    ours.forget()
    ours.must("build", "--locked")
    assert "Unsupported upgrade" not in server.log()


def test_the_lock_file_names_no_address_of_ours(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index, plum="1")
    ours.must("generate-lockfile")
    assert "127.0.0.1" not in (ours.folder / "Cargo.lock").read_text()


def test_a_second_look_is_answered_without_bodies(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index, press="1")
    ours.must("fetch")
    (ours.folder / "Cargo.lock").unlink()
    said = ours.run("fetch", CARGO_HTTP_DEBUG="true", CARGO_LOG="network=trace")
    assert said.code == 0
    answers = re.findall(r"HTTP/1\.1 (\d+)", said.err)
    assert answers.count("304") == 4  # press, plum, Basket_Case, zip
    assert answers.count("200") == 1  # config.json, for which cargo never shows a validator


def test_a_prerelease_is_taken_only_where_it_is_asked_for(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index, plum=">=1")
    ours.must("fetch")
    assert ours.locked() == {"plum": "1.2.3"}
    ours.want(plum="2.0.0-beta.1")
    ours.must("fetch")
    assert ours.locked() == {"plum": "2.0.0-beta.1"}


def test_a_yanked_release_stays_in_lock_files_and_is_chosen_by_nobody_else(
    crates: Crates, server: CrateServer, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    locked = make_workspace(server.index, plum="1")
    locked.must("fetch")
    crates.yank("plum", "1.2.3")
    with crate_server(tmp_path / "later", f"{crates.url}/index") as later:
        fresh = make_workspace(later.index, plum="1")
        fresh.must("fetch")
        assert fresh.locked() == {"plum": "1.2.0"}
        again = Workspace(tmp_path / "again", later.index, plum="1")
        (again.folder / "Cargo.lock").write_text((locked.folder / "Cargo.lock").read_text())
        again.must("fetch", "--locked")
        assert again.locked() == {"plum": "1.2.3"}


def test_a_refused_release_is_not_chosen_and_in_a_lock_file_stops_the_fetch(
    crates: Crates, server: CrateServer, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    before = make_workspace(server.index, plum="1")
    before.must("fetch")
    denied = '[policy]\ndeny = ["cargo/plum@=1.2.3", "cargo/Basket-Case"]\n'
    with crate_server(tmp_path / "strict", f"{crates.url}/index", denied) as strict:
        ours = make_workspace(strict.index, plum="1")
        ours.must("fetch")
        assert ours.locked() == {"plum": "1.2.0"}

        (ours.folder / "Cargo.lock").write_text((before.folder / "Cargo.lock").read_text())
        ours.forget()
        said = ours.run("fetch", "--locked")
        assert said.code != 0
        assert "plum" in said.err

        # However the list spells it, it is the same crate.
        ours.want(Basket_Case="0.3")
        said = ours.run("fetch")
        assert said.code != 0
        assert "on the list of denied packages" in said.err


def test_a_file_of_a_refused_release_is_not_handed_out_whatever_the_index_said(
    crates: Crates, server: CrateServer, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    ours = make_workspace(server.index, plum="1")
    ours.must("generate-lockfile")  # the index is known to the client, the file is not
    with crate_server(tmp_path / "strict", f"{crates.url}/index", '[policy]\ndeny = ["cargo/plum@=1.2.3"]\n') as strict:
        path = "api/v1/crates/plum/1.2.3/download"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(strict.base + path, timeout=30)  # noqa: S310
        with refused.value as answer:
            assert answer.code == 403
            (problem,) = msgspec.json.decode(answer.read())["errors"]
            assert "on the list of denied packages" in problem["detail"]
    assert crates.asked.count(crates.file_path("plum", "1.2.3")) == 0


def test_an_unknown_crate_is_named_by_cargo(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index, **{"no-such_fruit": "1"})
    said = ours.run("fetch")
    assert said.code != 0
    assert "no matching package named `no-such_fruit` found" in said.err


def test_cargo_finds_the_spelling_that_was_meant(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index)
    said = ours.run("add", "Basket-Case")
    assert said.code == 0, said.all
    assert "Basket_Case" in said.all


def test_an_upstream_that_is_off_is_no_unknown_crate(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    switch(server, "off")
    said = make_workspace(server.index, plum="1").run("fetch")
    assert said.code != 0
    assert "switched off" in said.err
    assert "no matching package" not in said.err


def test_a_file_changed_upstream_is_neither_fetched_nor_kept(
    crates: Crates, server: CrateServer, make_workspace: MakeWorkspace
) -> None:
    path = crates.file_path("plum", "1.2.3")
    crates.instead[path] = pack("plum", "1.2.3", (), "pub fn worm() {}\n")
    ours = make_workspace(server.index, plum="1")
    said = ours.run("fetch")
    assert said.code != 0
    assert "plum" in said.err
    del crates.instead[path]
    ours.must("fetch")


def test_cargo_searches_through_us_and_names_its_refusals(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace(server.index, plum="1")
    ours.must("fetch")
    registry = ("--registry", "packhouse")
    found = ours.must("search", "plum", *registry)
    # `max_version`, which cargo prints, is the highest of all: the public registry counts pre-releases, too.
    assert 'plum = "2.0.0-beta.1"' in found.out
    said = ours.run("owner", "--list", "plum", *registry, "--token", "secret")
    assert said.code != 0
    assert "404" in said.err  # the test's registry has no Web API


def test_information_about_a_crate_is_shown(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    said = make_workspace(server.index).must("info", "plum@1.2.3", "--registry", "packhouse")
    assert "version: 1.2.3" in said.out


def test_packhouse_use_points_cargo_at_the_server_and_back(server: CrateServer, make_workspace: MakeWorkspace) -> None:
    ours = make_workspace("", press="1")
    mine = ours.home / "config.toml"
    mine.write_text("[build]\njobs = 2 # mine\n")
    use = [sys.executable, "-m", "packhouse", "use", "cargo", "--port", str(server.port)]
    environ = {"CARGO_HOME": str(ours.home), "HOME": str(ours.home), "PATH": "/usr/bin:/bin"}
    subprocess.run(use, check=True, env=environ, capture_output=True, cwd=ours.home)
    ours.must("fetch")
    assert ours.locked()["press"] == "1.4.0"
    subprocess.run([*use[:5], "--undo"], check=True, env=environ, capture_output=True, cwd=ours.home)
    assert mine.read_text() == "[build]\njobs = 2 # mine\n"


def test_a_private_registry_that_wants_a_token_is_read_beside_the_public_one(
    crates: Crates, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    private = Crates()
    private.token = "farm-secret"
    # What cargo writes where a private crate needs a public one.
    public = "https://github.com/rust-lang/crates.io-index"
    private.publish("farm-press", "1.0.0", need("plum", "^1.2", registry=public), need("farm-tools", "^1"))
    private.publish("farm-tools", "1.1.0")
    with serving_crates(private):
        acme = '[upstreams.acme]\necosystem = "cargo"\npackages = ["farm-*"]\nscheme = "none"\n'
        acme += f'secret_variable = "FARM_TOKEN"\nurl = "{private.url}/index"\n'
        environ = {"FARM_TOKEN": "farm-secret"}
        with crate_server(tmp_path / "both", f"{crates.url}/index", acme, environ) as both:
            ours = make_workspace(both.index, **{"farm-press": "1"})
            ours.must("build")
            assert ours.locked() == {"farm-press": "1.0.0", "farm-tools": "1.1.0", "plum": "1.2.3"}
            assert make_workspace(both.index, **{"farm-unknown": "1"}).run("fetch").code != 0
        assert not [path for path in crates.asked if "farm" in path]  # no private name becomes known
        with crate_server(tmp_path / "wrong", f"{crates.url}/index", acme, {"FARM_TOKEN": "wrong"}) as wrong:
            said = make_workspace(wrong.index, **{"farm-press": "1"}).run("fetch")
            assert said.code != 0
            assert "no matching package" not in said.err


def test_a_view_of_the_past_resolves_as_it_did_then(
    crates: Crates, server: CrateServer, make_workspace: MakeWorkspace
) -> None:
    crates.publish("plum", "1.9.0", pubtime="2025-06-01T00:00:00Z")
    for path, expected in (("/@2024-01-01/cargo/index/", "1.2.3"), ("/cargo/index/", "1.9.0")):
        ours = make_workspace(f"http://127.0.0.1:{server.port}{path}", plum="1")
        ours.must("build")
        assert ours.locked() == {"plum": expected}


def test_young_releases_are_passed_over_where_a_minimum_age_is_set(
    crates: Crates, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    crates.publish("plum", "1.9.0", pubtime=now)
    with crate_server(tmp_path / "patient", f"{crates.url}/index", '[policy]\nminimum_age = "3d"\n') as patient:
        ours = make_workspace(patient.index, plum="1")
        ours.must("fetch")
        assert ours.locked() == {"plum": "1.2.3"}
