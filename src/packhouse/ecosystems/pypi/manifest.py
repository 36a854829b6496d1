"""The files of a project: requirements.txt with constraints, pyproject.toml, and lock files of pip, uv and poetry."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.lock_files import locked, read_toml, text_of
from packhouse.ecosystems.pypi.markers import normal_extra
from packhouse.ecosystems.pypi.names import parse_name
from packhouse.ecosystems.pypi.requirements_file import Lines, read_lines
from packhouse.ecosystems.pypi.targets import Target
from packhouse.ecosystems.pypi.usual import MANIFESTS
from packhouse.ecosystems.pypi.wanted import Wanted, read_wanted

_PROJECT = "pyproject.toml"
_LISTS = ("requirements*.txt", "requirements*.in")
_LIMITS = ("constraints*.txt",)
_LOCKS = ("pylock*.toml", "uv.lock", "poetry.lock")


class Asked(Struct, frozen=True):
    """What a user asks for."""

    wanted: tuple[Wanted, ...] = ()
    constraints: tuple[Wanted, ...] = ()
    kept: Mapping[str, str] = {}
    """Versions that a lock file has chosen."""
    name: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()
    """What of the files is not followed, a sentence each."""
    allows_prereleases: bool = False


def read_manifest(files: Mapping[str, bytes], target: Target) -> Asked:
    """Read a project's files by their names, with the extras and groups that are told; raise Invalid for what is none.

    A table `project` comes before lists of requirements, and these before what a lock file alone says.
    """
    project = read_toml(_PROJECT, files[_PROJECT]) if _PROJECT in files else {}
    is_project = isinstance(project.get("project"), dict)
    asked = _of_project(project, target) if is_project or "dependency-groups" in project else None
    if asked is None and (told := sorted(target.extras | target.groups)):
        raise Invalid(f"no {_PROJECT} says what {told[0]!r} is", "leave extras and groups out of the environment")
    kept = {name: version for file in _named(files, _LOCKS) for name, version in locked(file, files[file], target)}
    if asked is None or not (is_project or target.groups):
        if lists := list(_named(files, _LISTS)):
            asked = _of_lists(lists, files)
        elif kept:
            asked = Asked(tuple(read_wanted(f"{name}=={version}") for name, version in sorted(kept.items())))
    if asked is None:
        raise Invalid("nothing says what the project asks for", f"files that are read are {', '.join(MANIFESTS)}")
    return msgspec.structs.replace(asked, kept=kept)


def _of_lists(lists: Iterable[str], files: Mapping[str, bytes]) -> Asked:
    texts = {name: text_of(name, body) for name, body in files.items() if not fnmatchcase(name, "*.lock")}
    lines = Lines()
    for name in lists:
        read_lines(name, texts, lines)
    for name in _named(files, _LIMITS):
        read_lines(name, texts, lines, is_limit=True)
    return Asked(
        tuple(lines.wanted),
        tuple(lines.constraints),
        notes=tuple(dict.fromkeys(lines.notes)),
        allows_prereleases=lines.allows_prereleases,
    )


def _of_project(document: Mapping[str, Any], target: Target) -> Asked:
    """Read the dependencies of a project with the extras and groups of it that are told."""
    project = _table(document, "project")
    name = project.get("name", "")
    if not isinstance(name, str):
        raise Invalid("the name in pyproject.toml is no text")
    notes = []
    if "dependencies" in (project.get("dynamic") or ()):
        notes.append("its dependencies are made when it is built, and not written down")
    lines = [
        *_texts(project.get("dependencies")),
        *_listed("extra", _table(project, "optional-dependencies"), target.extras),
        *_listed("group", _table(document, "dependency-groups"), target.groups),
    ]
    own = parse_name(name) if name else ""
    extras = _by_name(_table(project, "optional-dependencies"))
    version = project.get("version")
    return Asked(
        tuple(_without_itself(own, list(map(read_wanted, lines)), extras)),
        tuple(map(read_wanted, _texts(_table(_table(document, "tool"), "uv").get("constraint-dependencies")))),
        name=own,
        version=version if isinstance(version, str) else "",
        notes=tuple(notes),
    )


def _listed(kind: str, table: Mapping[str, object], told: Iterable[str]) -> Iterator[str]:
    """List the lines of extras or groups; a group may include others (PEP 735)."""
    known = _by_name(table)
    queue = sorted(told)
    for name in queue:
        if name not in known:
            hint = f"known are {', '.join(sorted(known))}" if known else f"it has no {kind}s"
            raise Invalid(f"the project has no {kind} {name[:80]!r}", hint)
        lines = known[name]
        for each in lines if isinstance(lines, list) else ():
            if isinstance(each, str):
                yield each
            elif isinstance(each, dict) and isinstance(each.get("include-group"), str):
                included = normal_extra(each["include-group"])
                # The queue grows while it is walked, each group being in it once.
                queue.extend(() if included in queue else (included,))


def _without_itself(own: str, wanted: list[Wanted], extras: Mapping[str, object]) -> Iterator[Wanted]:
    """Put what extras of the project list in place of the project with these extras."""
    seen: set[str] = set()
    for each in wanted:
        if not own or each.name != own:
            yield each
            continue
        new = sorted(each.extras - seen)
        seen.update(new)
        # The list grows while it is walked: an extra may ask for others.
        wanted.extend(read_wanted(line) for extra in new for line in _texts(extras.get(extra)))


def _by_name(table: Mapping[str, object]) -> dict[str, object]:
    return {normal_extra(name): lines for name, lines in table.items()}


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _named(files: Mapping[str, bytes], patterns: Iterable[str]) -> Iterator[str]:
    return (name for pattern in patterns for name in sorted(files) if fnmatchcase(name, pattern))


def _texts(values: object) -> list[str]:
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
