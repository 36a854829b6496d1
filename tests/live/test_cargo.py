"""A real build of many crates through Packhouse, from the public registry."""

import time
from pathlib import Path

import pytest

from tests.clients.cargo.conftest import CrateServer
from tests.clients.cargo.test_cargo import switch
from tests.clients.cargo.workspace import Workspace
from tests.faults.server import serving

pytestmark = [pytest.mark.live, pytest.mark.client, pytest.mark.timeout(1800)]

WANTED = {
    "axum": "0.7",
    "reqwest": '{ version = "0.12", default-features = false, features = ["json", "rustls-tls"] }',
    "clap": '{ version = "4", features = ["derive"] }',
    "tracing-subscriber": "0.3",
}


def test_a_build_of_many_crates_is_the_same_directly_and_through_us_and_without_upstream(tmp_path: Path) -> None:
    direct = workspace(tmp_path / "direct", "")
    took = {"direct": timed(direct, "fetch")}
    lock = (direct.folder / "Cargo.lock").read_text()
    assert len(direct.locked()) > 100

    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "packhouse.toml").write_text('data = "data"\n')
    with serving(folder / "packhouse.toml") as (_, port):
        server = CrateServer(port, folder)
        ours = workspace(tmp_path / "ours", server.index)
        took["cold"] = timed(ours, "fetch")
        assert (ours.folder / "Cargo.lock").read_text() == lock
        assert fetched(ours) == fetched(direct)
        took["build"] = timed(ours, "build")
        ours.forget(lock=True)
        took["warm"] = timed(ours, "fetch")
        assert (ours.folder / "Cargo.lock").read_text() == lock
        switch(server, "off")
        ours.forget(lock=True)
        took["without upstream"] = timed(ours, "fetch")
        assert (ours.folder / "Cargo.lock").read_text() == lock
        assert fetched(ours) == fetched(direct)
        ours.must("build", "--locked")
    times = ", ".join(f"{how} {seconds:.1f} s" for how, seconds in took.items())
    print(f"\n{len(direct.locked())} crates: {times}")  # noqa: T201 (shown by ARGS=-s)


def workspace(folder: Path, index: str) -> Workspace:
    return Workspace(folder, index, **WANTED)


def fetched(made: Workspace) -> dict[str, bytes]:
    """Read the files of all crates that were fetched."""
    cache = made.home / "registry" / "cache"
    return {path.name: path.read_bytes() for path in cache.rglob("*.crate")}


def timed(made: Workspace, command: str) -> float:
    begun = time.perf_counter()
    made.must(command)
    return time.perf_counter() - begun
