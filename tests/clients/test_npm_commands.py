import json

import pytest

from tests.clients.conftest import MakeProject, Server
from tests.clients.programs import Client
from tests.clients.project import Project
from tests.clients.registry import Registry

pytestmark = pytest.mark.client


@pytest.fixture
def project(npm: Client, server: Server, make_project: MakeProject) -> Project:
    return make_project(npm, server.registry)


def test_view_shows_what_the_registry_says_of_a_package(project: Project, server: Server) -> None:
    shown = json.loads(project.must("view", "plum", "--json").out)
    assert shown["versions"] == ["1.0.0", "1.2.0", "1.2.3", "2.0.0-beta.1"]
    assert shown["dist-tags"] == {"latest": "1.2.3", "next": "2.0.0-beta.1"}
    assert shown["dist"]["tarball"] == f"{server.registry}plum/-/plum-1.2.3.tgz"
    assert shown["maintainers"] == ["grower <grower@farm.example>"]


def test_view_of_a_range_shows_every_version_in_it(project: Project) -> None:
    assert json.loads(project.must("view", "plum@^1.2.0", "version", "--json").out) == ["1.2.0", "1.2.3"]


def test_view_of_a_scoped_package_and_of_a_tag_work(project: Project) -> None:
    assert project.must("view", "@farm/basket", "dependencies.plum").out.strip() == "1.0.0"
    assert project.must("view", "plum@next", "version").out.strip() == "2.0.0-beta.1"


def test_dist_tag_ls_lists_the_tags(project: Project) -> None:
    assert project.must("dist-tag", "ls", "plum").out.split("\n")[:2] == ["latest: 1.2.3", "next: 2.0.0-beta.1"]


def test_ping_is_answered(project: Project, server: Server) -> None:
    said = project.must("ping", "--json")
    assert json.loads(said.out)["registry"] == server.registry


def test_search_finds_what_has_been_asked_for(project: Project) -> None:
    project.must("view", "plum", "version")
    found = json.loads(project.must("search", "plum", "--json").out)
    assert [(each["name"], each["version"]) for each in found] == [("plum", "1.2.3")]
    table = project.must("search", "fruit").out
    assert "plum" in table
    assert "A ripe plum" in table


def test_outdated_compares_the_tree_with_the_registry(npm: Client, server: Server, make_project: MakeProject) -> None:
    project = make_project(npm, server.registry, plum="1.2.0", **{"cider-press": "^1.0.0"})
    project.install()
    said = project.run("outdated", "--json")
    shown = {name: (facts["current"], facts["wanted"], facts["latest"]) for name, facts in json.loads(said.out).items()}
    assert said.code == 1
    assert shown == {"plum": ("1.2.0", "1.2.0", "1.2.3"), "cider-press": ("1.4.0", "1.4.0", "2.0.0")}


def test_pack_brings_the_very_file_of_the_upstream(project: Project, upstream: Registry) -> None:
    project.must("pack", "@farm/basket@2.0.0")
    file = project.folder / "farm-basket-2.0.0.tgz"
    assert file.read_bytes() == upstream.tarball("@farm/basket", "2.0.0")


def test_explain_and_ls_agree_with_what_was_installed(npm: Client, server: Server, make_project: MakeProject) -> None:
    project = make_project(npm, server.registry, **{"@farm/basket": "2.1.0"})
    project.install()
    listed = json.loads(project.must("ls", "--all", "--json").out)
    basket = listed["dependencies"]["@farm/basket"]
    assert basket["resolved"] == f"{server.registry}@farm/basket/-/basket-2.1.0.tgz"
    assert basket["dependencies"]["plum"]["version"] == "1.0.0"


def test_an_unknown_package_is_a_clear_e404(project: Project) -> None:
    for arguments in (["install", "no-such-fruit"], ["view", "no-such-fruit"], ["install", "@farm/no-such"]):
        said = project.run(*arguments)
        assert said.code == 1
        assert "E404" in said.err
        assert arguments[1] in said.err
        assert not (project.folder / "package-lock.json").exists()


def test_an_unknown_version_is_named_by_npm(project: Project) -> None:
    said = project.run("install", "plum@^7.0.0")
    assert said.code == 1
    assert "ETARGET" in said.err
    assert "plum@^7.0.0" in said.err


def test_a_second_look_is_answered_without_a_body(project: Project, upstream: Registry) -> None:
    project.must("view", "rope", "version")
    again = project.must("view", "rope", "version", "--prefer-online", "--loglevel=http")
    assert "(cache revalidated)" in again.err
    assert upstream.asked.count("/rope") == 1
