import subprocess
import sys

import pytest

from tests.clients.conftest import WANTED, MakeProject, Server
from tests.clients.programs import Client
from tests.clients.registry import Registry
from tests.faults.server import serving, write_settings

pytestmark = pytest.mark.client


def test_an_install_gives_the_tree_that_the_upstream_gives(
    each_client: Client, upstream: Registry, server: Server, make_project: MakeProject
) -> None:
    direct = make_project(each_client, upstream.url + "/", **WANTED, bench="4.0.0")
    ours = make_project(each_client, server.registry, **WANTED, bench="4.0.0")
    direct.install()
    ours.install()
    assert ours.tree() == direct.tree()
    assert any(path.endswith("plum/package.json") for path in ours.tree())
    assert (ours.folder / "node_modules" / ".bin" / "press").exists()


def test_a_frozen_install_from_our_lock_file_gives_the_same_tree(
    each_client: Client, server: Server, make_project: MakeProject
) -> None:
    project = make_project(each_client, server.registry, **WANTED, bench="4.0.0")
    project.install()
    installed, lock = project.tree(), project.lock()
    project.forget()
    project.install_frozen()
    assert project.tree() == installed
    assert project.lock() == lock


def test_a_lock_file_leads_to_us_and_nowhere_else(
    each_client: Client, upstream: Registry, server: Server, make_project: MakeProject
) -> None:
    project = make_project(each_client, server.registry, **WANTED, bench="4.0.0")
    project.install()
    lock = project.lock()
    assert upstream.url not in lock
    if each_client.name in {"pnpm", "yarn4"}:
        # They write an address only where it is not the registry's usual one.
        assert "http" not in lock
    else:
        assert f"{server.registry}plum/-/plum-1.2.3.tgz" in lock
        assert f"{server.registry}@farm/basket/-/basket-2.1.0.tgz" in lock


def test_what_was_installed_once_installs_again_without_the_upstream(
    each_client: Client, upstream: Registry, make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("warm")
    settings = write_settings(folder, upstream.url, '[cache]\nindex_fresh = "1s"\nindex_stale = "1s"\n')
    with serving(settings) as (_, port):
        project = make_project(each_client, f"http://127.0.0.1:{port}/npm/", **WANTED, bench="4.0.0")
        project.install()
        installed = project.tree()
    command = [sys.executable, "-m", "packhouse", "upstream", "off", "npm", "--config", str(settings)]
    subprocess.run(command, check=True, capture_output=True)
    upstream.asked.clear()
    with serving(settings) as (_, port):
        again = make_project(each_client, f"http://127.0.0.1:{port}/npm/", **WANTED, bench="4.0.0")
        again.install()
        assert again.tree() == installed
        assert upstream.asked == []


def test_a_deprecated_release_is_installed_with_its_warning(
    npm: Client, server: Server, make_project: MakeProject
) -> None:
    project = make_project(npm, server.registry, rope="*")
    assert "use twine" in project.install().err
    assert project.npm_lock()["node_modules/rope"]["version"] == "0.3.0"


def test_an_optional_package_for_another_system_stands_in_the_lock_but_not_in_the_tree(
    npm: Client, server: Server, make_project: MakeProject
) -> None:
    project = make_project(npm, server.registry, **{"cider-press": "1.4.0"})
    project.install()
    assert project.npm_lock()["node_modules/frost-fan"]["optional"] is True
    assert "frost-fan/package.json" not in project.tree()


def test_a_peer_is_installed_beside_who_needs_it(npm: Client, server: Server, make_project: MakeProject) -> None:
    project = make_project(npm, server.registry, **{"cider-press": "1.4.0"})
    project.install()
    assert project.npm_lock()["node_modules/bench"]["peer"] is True
