"""Our own answer to a composer.json, from recorded documents."""

from collections.abc import Mapping

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.composer.index import INDEX
from packhouse.ecosystems.composer.names import BRANCHES, package_of
from packhouse.ecosystems.composer.platform import Environment
from packhouse.ecosystems.composer.project import read_project
from packhouse.ecosystems.composer.resolve import ManifestRun
from packhouse.ecosystems.composer.solution import Given
from tests.agreement.composer.client import Answer, Project, World, is_branch


class Records:
    """Makes records of a world's packages, each when it is first asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[PackageKey, PackageRecord | None] = {}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Find a record, of a package or of its branches."""
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: PackageKey) -> PackageRecord | None:
        name = package_of(key.name)
        if name not in self._world:
            return None
        of_branches = key.name.endswith(BRANCHES)
        releases = [{"name": name, **each} for each in self._world[name] if is_branch(each) == of_branches]
        body = msgspec.json.encode({"packages": {name: releases}})
        return INDEX.describe(key, INDEX.split(key, body))


def key_of_package(name: str) -> PackageKey:
    """Make a key."""
    return PackageKey("composer", NormalName(name))


def read_all(project: Project, records: Records, platform: Mapping[str, str]) -> ManifestRun:
    """Read all that a project may lead to."""
    environment = Environment(
        platform,
        prefer_lowest="--prefer-lowest" in project.options,
        prefer_stable="--prefer-stable" in project.options,
    )
    run = ManifestRun(read_project(msgspec.json.encode(project.manifest), environment))
    while needed := run.needed():
        run.load({key: records.find(key) for key in needed})
    return run


def answer(project: Project, records: Records, platform: Mapping[str, str]) -> Answer:
    """Answer as composer would."""
    try:
        solution = read_all(project, records, platform).solve()
    except (Given, Invalid) as error:
        return Answer(error=str(error))
    listed = [(f"{each.name} {each.pretty}", each.name in solution.for_use) for each in solution.releases()]
    return Answer(
        tuple(sorted(line for line, for_use in listed if for_use)),
        tuple(sorted(line for line, for_use in listed if not for_use)),
    )
