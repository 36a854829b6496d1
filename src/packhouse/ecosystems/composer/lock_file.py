"""A project with its composer.lock: what is locked is installed as it is, as by `composer install`."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.composer.candidates import Candidate, Link, read_entry
from packhouse.ecosystems.composer.drawing import draw
from packhouse.ecosystems.composer.explanation import explain
from packhouse.ecosystems.composer.platform import is_platform
from packhouse.ecosystems.composer.pool import Loading, document_key
from packhouse.ecosystems.composer.project import Project
from packhouse.ecosystems.composer.solution import Given, Solution, check

LOCK = "composer.lock"


class LockedRun:
    """The reading of a lock file: nothing is asked for, since it says all that is needed."""

    def __init__(self, project: Project, body: bytes) -> None:
        self.project = project
        told = _read(body)
        self._plain = [each for entry in _entries(told, "packages") for each in read_entry(entry)]
        self._dev = [each for entry in _entries(told, "packages-dev") for each in read_entry(entry)]
        self._aliases = [each for entry in _entries(told, "aliases") for each in self._alias(entry)]

    def needed(self) -> frozenset[PackageKey]:
        """Name no records."""
        return frozenset()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records, which say nothing here."""

    def cancel(self) -> None:
        """Do nothing: there is nothing to choose."""

    def resolve(self) -> Graph:
        """Draw what is locked, or say why it cannot be installed."""
        root = self.project.root
        locked = [*self._plain, *self._dev, *self._aliases]
        message = "; ".join(self._missing()) or self._conflict(locked)
        if message:
            return Graph((Node(document_key(root.name), root.pretty, errors=(message,)),), (), message)
        return draw(Solution(self.project, tuple(locked), frozenset(each.name for each in self._plain)))

    def _alias(self, entry: Mapping[str, Any]) -> Iterator[Candidate]:
        name, normal, pretty = (str(entry.get(field, "")) for field in ("package", "alias_normalized", "alias"))
        for candidate in [*self._plain, *self._dev]:
            if candidate.name == name and candidate.alias_of is None:
                yield candidate.alias(normal, pretty, of_root=True)

    def _missing(self) -> Iterator[str]:
        """Say what the project requires that is not locked: the lock file is older than it."""
        for_use = [*self._plain, *(each for each in self._aliases if each.base in self._plain)]
        everything = [*self._plain, *self._dev, *self._aliases]
        for link in self.project.plain.values():
            yield from _lacking(link, for_use)
        for name, link in self.project.requires.items():
            if self.project.plain.get(name) != link:
                yield from _lacking(link, everything)

    def _conflict(self, locked: list[Candidate]) -> str:
        """Hold what is locked against itself and the platform."""
        loading = Loading(self.project)
        platform = {name: link for name, link in self.project.requires.items() if is_platform(name)}
        try:
            check(msgspec.structs.replace(self.project, requires=platform), [*loading.fixed, *locked])
        except Given as given:
            return explain(given.clauses, self.project, loading)
        return ""


def _lacking(link: Link, locked: list[Candidate]) -> Iterator[str]:
    if is_platform(link.target) or any(each.meets(link.target, link.constraint) for each in locked):
        return
    there = next((each for each in locked if link.target in each.names), None)
    if there is None:
        yield f"{link.target} is required and is not in the {LOCK}"
    else:
        yield f"{link.target} is in the {LOCK} as {there.pretty}, which is not {link.text}"


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"the {LOCK} cannot be read: {error}") from None
    if not isinstance(told, dict) or not isinstance(told.get("packages"), list):
        raise Invalid(f"the {LOCK} lists no packages")
    return told


def _entries(told: Mapping[str, Any], field: str) -> Iterator[Mapping[str, Any]]:
    listed = told.get(field)
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict):
            raise Invalid(f"the {LOCK} has an odd entry in {field}")
        yield entry
