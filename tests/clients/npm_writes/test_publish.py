"""Every client publishes, and what it published is installed by another."""

import json

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry

pytestmark = pytest.mark.client

PUBLISHERS = pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4", "yarn1"])


@PUBLISHERS
def test_what_a_client_publishes_is_whole(by: By, registry: Registry, name: str, program: str) -> None:
    by("ada", program).publish(name, "1.0.0", keywords=["fruit"])
    document = registry.packument(name)
    assert document["dist-tags"] == {"latest": "1.0.0"}
    assert [each["name"] for each in document["maintainers"]] == ["ada"]
    assert document["versions"]["1.0.0"]["keywords"] == ["fruit"]
    assert document["versions"]["1.0.0"]["_npmUser"] == {"name": "ada", "email": "ada@team.example"}
    assert document["readme"] == f"# {name}\n\nA pear.\n"
    registry.tarball(name, "1.0.0")


def test_what_is_published_is_installed_by_every_client(by: By, registry: Registry, name: str) -> None:
    by("ada").publish(name, "1.2.0", dependencies={"melon": "^1.0.0"})
    integrity = registry.packument(name)["versions"]["1.2.0"]["dist"]["integrity"]
    for program in ("npm", "pnpm12", "yarn1"):
        project = by("", program)
        (project.folder / "package.json").write_text(
            json.dumps({"name": "orchard", "version": "1.0.0", "private": True, "dependencies": {name: "^1.0.0"}})
        )
        project.install()
        assert integrity in project.lock(), program
        installed = json.loads((project.folder / "node_modules" / name / "package.json").read_text())
        assert installed["version"] == "1.2.0"
    project = by("", "yarn4")
    (project.folder / "package.json").write_text(json.dumps({"name": "orchard", "dependencies": {name: "^1.0.0"}}))
    project.install()
    assert (project.folder / "node_modules" / name / "index.js").read_text() == "module.exports = '1.2.0'\n"


@PUBLISHERS
def test_a_version_is_published_once(by: By, registry: Registry, scoped: str, program: str) -> None:
    author = by("ada", program)
    author.publish(scoped, "1.0.0", keywords=["first"])
    file = registry.tarball(scoped, "1.0.0")
    said = author.try_publish(scoped, "1.0.0", keywords=["second"])
    # pnpm says that there is nothing to do, and ends well.
    assert said.code != 0 or program == "pnpm12", said.all
    assert registry.tarball(scoped, "1.0.0") == file
    assert registry.packument(scoped)["versions"]["1.0.0"]["keywords"] == ["first"]


def test_the_server_says_so_where_npm_does_not_look_first(by: By, registry: Registry, name: str) -> None:
    author = by("ada")
    author.publish(name, "1.0.0")
    said = author.try_publish(name, "1.0.0", "--force", keywords=["second"])
    assert said.code == 1
    assert "You cannot publish over the previously published versions: 1.0.0." in said.err
    assert "keywords" not in registry.packument(name)["versions"]["1.0.0"]


def test_versions_of_one_package_come_from_different_clients(by: By, registry: Registry, scoped: str) -> None:
    by("ada", "npm").publish(scoped, "1.0.0")
    by("ada", "pnpm12").publish(scoped, "1.1.0")
    by("ada", "yarn4").publish(scoped, "1.2.0")
    by("ada", "yarn1").publish(scoped, "1.3.0")
    assert registry.versions(scoped) == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
    assert registry.tags(scoped) == {"latest": "1.3.0"}
    shown = json.loads(by("", "npm").must("view", scoped, "versions", "--json").out)
    assert shown == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4", "yarn1"])
def test_a_tag_leaves_latest_where_it_was(by: By, registry: Registry, scoped: str, program: str) -> None:
    author = by("ada", program)
    author.publish(scoped, "1.0.0", "--tag", "next")
    assert registry.tags(scoped) == {"next": "1.0.0", "latest": "1.0.0"}
    author.publish(scoped, "2.0.0-beta.1", "--tag", "next")
    assert registry.tags(scoped) == {"next": "2.0.0-beta.1", "latest": "1.0.0"}


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_restricted_is_for_those_who_may_see_it(by: By, registry: Registry, program: str) -> None:
    name = f"@farm/secret-{program}"
    by("ada", program).publish(name, "1.0.0", "--access", "restricted")
    assert registry.versions(name, "ada") == ["1.0.0"]
    assert registry.status(name, "bob") == registry.status(name) == 404
    assert by("ada", program).must("view", name, "version").out.strip() == "1.0.0"
    said = by("bob", program).run("view", name, "version")
    assert said.code != 0
    assert "1.0.0" not in said.out
    # Publishing again does not open it up.
    by("ada", program).publish(name, "1.1.0", "--access", "public")
    assert registry.status(name) == 404


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4", "yarn1"])
def test_a_stranger_cannot_publish_a_further_version(by: By, registry: Registry, scoped: str, program: str) -> None:
    by("ada").publish(scoped, "1.0.0")
    said = by("eve", program).try_publish(scoped, "6.6.6")
    assert said.code != 0
    # Yarn 1 prints the status only.
    assert "you may not publish" in said.all or program == "yarn1", said.all
    said = by("", program).try_publish(scoped, "6.6.7")
    assert said.code != 0
    assert registry.versions(scoped) == ["1.0.0"]
    assert registry.tags(scoped) == {"latest": "1.0.0"}


def test_a_packed_file_is_published_as_it_is(by: By, registry: Registry, name: str) -> None:
    author = by("ada")
    author.manifest(name, "1.0.0")
    file = json.loads(author.must("pack", "--json").out)[0]["filename"]
    author.must("publish", "--access", "public", f"./{file}")
    packed = (author.folder / file).read_bytes()
    assert registry.tarball(name, "1.0.0") == packed
    # And what another packs from the registry is the same file.
    other = by("")
    fetched = json.loads(other.must("pack", f"{name}@1.0.0", "--json").out)[0]["filename"]
    assert (other.folder / fetched).read_bytes() == packed


def test_all_workspaces_are_published_at_once(by: By, registry: Registry) -> None:
    author = by("ada")
    names = ["quince", "@farm/quince"]
    for number, name in enumerate(names):
        folder = author.folder / f"packages/{number}"
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
    (author.folder / "package.json").write_text(
        json.dumps({"name": "orchard", "version": "1.0.0", "private": True, "workspaces": ["packages/*"]})
    )
    author.must("publish", "--workspaces", "--access", "public")
    assert [registry.versions(name) for name in names] == [["1.0.0"], ["1.0.0"]]
    assert registry.status("orchard") == 404


def test_pnpm_publishes_a_workspace_and_its_references(by: By, registry: Registry) -> None:
    author = by("ada", "pnpm12")
    for folder, name, needs in (("a", "@farm/rhubarb", {}), ("b", "crumble", {"@farm/rhubarb": "workspace:^"})):
        path = author.folder / "packages" / folder
        path.mkdir(parents=True)
        (path / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", "dependencies": needs}))
    (author.folder / "pnpm-workspace.yaml").write_text("packages: ['packages/*']\n")
    author.install()
    author.must("--recursive", "publish", "--no-git-checks", "--access", "public")
    assert registry.packument("crumble")["versions"]["1.0.0"]["dependencies"] == {"@farm/rhubarb": "^1.0.0"}
    registry.tarball("@farm/rhubarb", "1.0.0")


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4"])
def test_a_dry_run_publishes_nothing(by: By, registry: Registry, scoped: str, program: str) -> None:
    by("ada", program).publish(scoped, "1.0.0", "--dry-run")
    assert registry.status(scoped) == 404


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_a_manifest_that_says_deprecated_is_still_published(
    by: By, registry: Registry, scoped: str, program: str
) -> None:
    author = by("ada", program)
    author.publish(scoped, "1.0.0")
    author.publish(scoped, "2.0.0", deprecated="take plums")
    assert registry.versions(scoped) == ["1.0.0", "2.0.0"]
    assert registry.packument(scoped)["versions"]["2.0.0"]["deprecated"] == "take plums"
    registry.tarball(scoped, "2.0.0")


def test_the_name_of_an_upstream_package_is_not_taken(by: By, registry: Registry) -> None:
    said = by("ada").try_publish("melon", "9.0.0")
    assert said.code == 1
    assert "would hide" in said.err
    assert registry.versions("melon") == ["1.0.0"]


def test_provenance_outside_of_a_build_is_the_clients_refusal(by: By, registry: Registry, name: str) -> None:
    said = by("ada").try_publish(name, "1.0.0", "--provenance")
    assert said.code == 1
    assert registry.status(name) == 404
