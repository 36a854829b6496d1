from collections.abc import Iterator

import msgspec
import pytest

from tests.clients.conftest import MakeProject, Server
from tests.clients.programs import Client
from tests.clients.project import Project
from tests.clients.registry import Registry, pack
from tests.faults.server import serving, write_settings

pytestmark = pytest.mark.client

SENTENCE = "on the list of denied packages"


@pytest.fixture(scope="module")
def strict(upstream: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that refuses one release of a package, and all of another."""
    folder = tmp_path_factory.mktemp("strict")
    settings = '[policy]\ndeny = ["npm/plum@1.2.3", "npm/rope"]\n'
    with serving(write_settings(folder, upstream.url, settings)) as (_, port):
        yield Server(port, folder / "data")


def lock(project: Project, name: str, version: str, resolved: str, integrity: str) -> None:
    """Write a lock file as npm would, made when nothing was refused."""
    wanted = {name: version}
    manifest = {"name": "orchard", "version": "1.0.0", "dependencies": wanted}
    entry = {"version": version, "resolved": resolved, "integrity": integrity}
    packages = {"": manifest, f"node_modules/{name}": entry}
    document = {**manifest, "lockfileVersion": 3, "requires": True, "packages": packages}
    (project.folder / "package.json").write_bytes(msgspec.json.encode(manifest))
    (project.folder / "package-lock.json").write_bytes(msgspec.json.encode(document))


def test_a_refused_release_is_not_chosen(each_client: Client, strict: Server, make_project: MakeProject) -> None:
    project = make_project(each_client, strict.registry, plum="^1.0.0")
    project.install()
    installed = msgspec.json.decode((project.folder / "node_modules/plum/package.json").read_bytes())
    assert installed["version"] == "1.2.0"


def test_latest_never_names_a_refused_release(npm: Client, strict: Server, make_project: MakeProject) -> None:
    project = make_project(npm, strict.registry)
    assert project.must("view", "plum", "dist-tags.latest").out.strip() == "1.2.0"


def test_a_refused_release_in_a_lock_file_stops_the_install_with_our_sentence(
    npm: Client, upstream: Registry, strict: Server, make_project: MakeProject
) -> None:
    project = make_project(npm, strict.registry)
    path = upstream.tarball_path("plum", "1.2.3")[1:]
    lock(project, "plum", "1.2.3", strict.registry + path, upstream.integrity("plum", "1.2.3"))
    said = project.run("ci")
    assert said.code == 1
    assert "E403" in said.err
    assert "plum" in said.err
    assert SENTENCE in said.err
    assert not (project.folder / "node_modules" / "plum").exists()


def test_a_package_refused_altogether_stops_the_install(
    each_client: Client, strict: Server, make_project: MakeProject
) -> None:
    said = make_project(each_client, strict.registry, rope="*").run(*each_client.install)
    assert said.code != 0
    assert "rope" in said.all
    # pnpm and Yarn 4 print the status alone.
    assert (SENTENCE if each_client.name in {"npm", "yarn1"} else "403") in said.all


def test_a_file_changed_upstream_is_neither_installed_nor_kept(
    each_client: Client, upstream: Registry, make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    path = upstream.tarball_path("plum", "1.2.0")
    changed = pack({"name": "plum", "version": "1.2.0", "main": "index.js", "worm": "A" * 200})
    with serving(write_settings(folder, upstream.url)) as (_, port):
        project = make_project(each_client, f"http://127.0.0.1:{port}/npm/", plum="1.2.0")
        upstream.instead[path] = changed
        try:
            said = project.run(*each_client.install)
        finally:
            del upstream.instead[path]
        assert said.code != 0
        assert not (project.folder / "node_modules" / "plum" / "package.json").exists()
        kept = [file for file in (folder / "data").rglob("*") if file.is_file()]
        assert kept
        assert not any(changed[-64:] in file.read_bytes() for file in kept)
        project.forget()
        project.install()
        assert (project.folder / "node_modules" / "plum" / "package.json").exists()
