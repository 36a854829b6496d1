"""The real composer, asked in a folder of its own, about a repository of files."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

_TIMEOUT_S = 600
World = Mapping[str, Sequence[Mapping[str, Any]]]
"""The releases of each package, as its documents have them, the newest first."""


class Project(Struct, frozen=True):
    """What is asked about."""

    manifest: dict[str, Any]
    """The composer.json, without repositories."""
    options: tuple[str, ...] = ()
    """Of the command, e.g. --prefer-lowest."""


class Answer(Struct, frozen=True):
    """What composer chose."""

    packages: tuple[str, ...] = ()
    """`name version`, of those that are needed for use."""
    dev: tuple[str, ...] = ()
    error: str = ""
    """Where it gave up: what it wrote."""


def is_branch(release: Mapping[str, Any]) -> bool:
    """Tell whether a release stands in the document of branches."""
    version = str(release["version"])
    return version.startswith("dev-") or version.endswith("-dev")


def write_repository(world: World, folder: Path, *projects: Project) -> None:
    """Write a world as a repository of files; read in the order in which composer asks, unlike answers of a server."""
    for name, releases in (_missing(world, projects) | dict(world)).items():
        place = folder / "p2" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        for ending, kept in (("", False), ("~dev", True)):
            listed = [{"name": name, **each} for each in releases if is_branch(each) == kept]
            document = {"packages": {name: listed} if name in world else {}}
            place.with_name(f"{place.name}{ending}.json").write_text(json.dumps(document))
    packages = {"packages": [], "metadata-url": f"{folder}/p2/%package%.json"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "packages.json").write_text(json.dumps(packages))


def _missing(world: World, projects: Iterable[Project]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """List what is required and is not there: a folder has no other way to say so than an empty document."""
    requiring = [release for releases in world.values() for release in releases]
    requiring += [project.manifest for project in projects]
    names = (name for each in requiring for field in ("require", "require-dev") for name in each.get(field, {}))
    return {name.lower(): () for name in names if "/" in name and name not in world}


def ask(project: Project, repository: str, folder: Path) -> Answer:
    """Let composer write a lock file for a project that knows no other repository."""
    write_project(project, repository, folder)
    run = run_composer(folder, "update", "--no-install", "--no-plugins", "--no-scripts", *project.options)
    locked = folder / "composer.lock"
    if run.returncode or not locked.exists():
        return Answer(error=run.stderr.strip() or "no word")
    lock = msgspec.json.decode(locked.read_bytes())
    return Answer(_listed(lock["packages"]), _listed(lock["packages-dev"]))


def write_project(project: Project, repository: str, folder: Path) -> None:
    """Make a folder with a composer.json and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    repositories: list[dict[str, Any]] = [{"type": "composer", "url": repository}, {"packagist.org": False}]
    config = {**project.manifest.get("config", {}), "secure-http": False}
    manifest = {**project.manifest, "repositories": repositories, "config": config}
    (folder / "composer.json").write_text(json.dumps(manifest))


def platform() -> dict[str, str]:
    """Tell what is here: PHP, its extensions and libraries."""
    shown = json.loads(run_composer(Path("/"), "show", "--platform", "--format=json").stdout)
    return {each["name"]: each["version"] for each in shown["platform"]}


def version() -> str:
    """Name the client."""
    return " ".join(run_composer(Path("/"), "--version").stdout.split()[:3]).lower()


def run_composer(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command, without a cache."""
    return subprocess.run(
        [shutil.which("composer") or "composer", "--no-interaction", "--no-ansi", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "COMPOSER_ALLOW_SUPERUSER": "1",
            "COMPOSER_HOME": str(folder.parent / "composer-home"),
            "COMPOSER_CACHE_DIR": str(folder.parent / "composer-cache"),
            "COMPOSER_ROOT_VERSION": "",
            "COMPOSER_NO_AUDIT": "1",
        },
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


def _listed(packages: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted(f"{each['name']} {each['version']}" for each in packages))
