"""The real nuget.exe installs through the server."""

from pathlib import Path

import pytest

from packhouse.ecosystems.nuget.client import undo, use
from tests.clients.nuget.conftest import MakeWorkspace
from tests.clients.nuget.feed import Feed
from tests.clients.nuget.server import Server, serving_nuget

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]

TREE = {
    "Cider-Press.1.4.0": "Cider-Press 1.4.0",
    "Farm.Basket.2.1.0": "Farm.Basket 2.1.0",
    "Farm.Plum.1.2.0": "Farm.Plum 1.2.0",
    "Rope.0.3.0": "Rope 0.3.0",
}
_PACKAGES = """<?xml version="1.0" encoding="utf-8"?>
<packages>
  <package id="Farm.Plum" version="1.3.0" targetFramework="net45" />
  <package id="Rope" version="0.3.0" targetFramework="net45" />
</packages>
"""


def test_an_install_is_the_same_directly_cold_warm_and_without_upstream(
    upstream: Feed, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    direct = make_workspace(upstream.index)
    done = direct.install("Cider-Press")
    assert direct.installed() == TREE, done.said
    with serving_nuget(tmp_path / "server", upstream.index) as server:
        through = make_workspace(server.index)
        done = through.install("Cider-Press")
        assert through.installed() == TREE, done.said
        through.forget()
        upstream.asked.clear()
        through.install("Cider-Press")
        assert through.installed() == TREE
        assert upstream.asked == []
        server.switch_off()
        through.forget()
        done = through.install("Cider-Press")
        assert through.installed() == TREE, done.said


def test_a_restore_installs_the_listed_versions_unlisted_ones_too(
    server: Server, upstream: Feed, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(server.index)
    (workspace.folder / "packages.config").write_text(_PACKAGES)
    done = workspace.run("restore", "packages.config", "-PackagesDirectory", str(workspace.packages))
    assert done.code == 0, done.said
    assert workspace.installed() == {"Rope.0.3.0": "Rope 0.3.0", "Farm.Plum.1.3.0": "Farm.Plum 1.3.0"}
    installed = workspace.packages / "Farm.Plum.1.3.0" / "Farm.Plum.1.3.0.nupkg"
    assert installed.read_bytes() == upstream.nupkg("Farm.Plum", "1.3.0")


@pytest.mark.parametrize("options", [(), ("-PreRelease",), ("-Version", "1.2"), ("-DependencyVersion", "Highest")])
def test_what_is_chosen_is_what_is_chosen_directly(
    server: Server, upstream: Feed, make_workspace: MakeWorkspace, options: tuple[str, ...]
) -> None:
    chosen = []
    for source in (upstream.index, server.index):
        workspace = make_workspace(source)
        workspace.install("farm.plum" if "-DependencyVersion" not in options else "Farm.Basket", *options)
        chosen.append(workspace.installed())
    assert chosen[0] == chosen[1] != {}


def test_a_search_finds_what_the_upstream_finds(server: Server, make_workspace: MakeWorkspace) -> None:
    done = make_workspace().run("search", "farm", "-Source", server.index)
    assert done.code == 0, done.said
    assert "Farm.Plum | 1.2.1" in done.said
    assert "Farm.Basket | 2.1.0" in done.said
    assert "Rope" not in done.said


def test_a_package_that_does_not_exist_fails_as_it_does_directly(
    server: Server, upstream: Feed, make_workspace: MakeWorkspace
) -> None:
    said = []
    for source in (upstream.index, server.index):
        done = make_workspace(source).install("Farm.Nothing")
        assert done.code != 0
        said.append([line.strip() for line in done.said.splitlines() if "Farm.Nothing" in line and "/" not in line])
    assert said[0] == said[1] != []


def test_a_refused_release_is_not_installed(upstream: Feed, tmp_path: Path, make_workspace: MakeWorkspace) -> None:
    settings = '[policy]\ndeny = ["nuget/farm.plum@[1.2.0, 1.3.0]"]'
    with serving_nuget(tmp_path / "server", upstream.index, settings) as server:
        workspace = make_workspace(server.index)
        workspace.install("Farm.Plum")
        assert list(workspace.installed()) == ["Farm.Plum.1.0.0"]
        workspace.forget()
        (workspace.folder / "packages.config").write_text(_PACKAGES)
        done = workspace.run("restore", "packages.config", "-PackagesDirectory", str(workspace.packages))
        assert done.code != 0
        assert list(workspace.installed()) == ["Rope.0.3.0"]


def test_packhouse_use_points_nuget_at_the_server(
    server: Server, upstream: Feed, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace()
    workspace.run("sources", "list")  # writes the user's file, as the first use of NuGet does
    environ = {"XDG_CONFIG_HOME": str(workspace.home / ".config")}
    use(f"{server.mount}/", workspace.home, environ)
    upstream.asked.clear()
    done = workspace.install("Farm.Plum", "-Version", "1.0.0")
    assert list(workspace.installed()) == ["Farm.Plum.1.0.0"], done.said
    assert server.index in done.said
    assert workspace.run("sources", "list").said.count(server.mount) == 1
    undo(workspace.home, environ)
    assert server.mount not in workspace.run("sources", "list").said
