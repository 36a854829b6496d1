"""The files of a project: requirements.txt with constraints, pyproject.toml, and lock files of pip, uv and poetry."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.names import parse_name
from packhouse.ecosystems.pypi.requirements_file import Lines, read_lines
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


def read_manifest(files: Mapping[str, bytes]) -> Asked:
    """Read a project's files by their names; raise Invalid for one that is none."""
    kept = {name: version for file in _named(files, _LOCKS) for name, version in _locked(file, files[file])}
    project = _read_toml(_PROJECT, files[_PROJECT]) if _PROJECT in files else {}
    if isinstance(project.get("project"), dict):
        asked = _of_project(project)
    elif lists := list(_named(files, _LISTS)):
        asked = _of_lists(lists, files)
    elif kept:
        asked = Asked(tuple(read_wanted(f"{name}=={version}") for name, version in sorted(kept.items())))
    else:
        raise Invalid("nothing says what the project asks for", f"files that are read are {', '.join(MANIFESTS)}")
    return msgspec.structs.replace(asked, kept=kept)


def _of_lists(lists: Iterable[str], files: Mapping[str, bytes]) -> Asked:
    texts = {name: _text(name, body) for name, body in files.items() if not fnmatchcase(name, "*.lock")}
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


def _of_project(document: Mapping[str, Any]) -> Asked:
    """Read the dependencies of a project; its extras and groups are what others ask for by name."""
    project = document["project"]
    name = project.get("name", "")
    if not isinstance(name, str):
        raise Invalid("the name in pyproject.toml is no text")
    notes = []
    if "dependencies" in (project.get("dynamic") or ()):
        notes.append("its dependencies are made when it is built, and not written down")
    tool = document.get("tool")
    settings = tool.get("uv") if isinstance(tool, dict) else None
    limits = settings.get("constraint-dependencies") if isinstance(settings, dict) else None
    wanted = tuple(map(read_wanted, _texts(project.get("dependencies"))))
    own = parse_name(name) if name else ""
    extras = project.get("optional-dependencies")
    if any(each.name == own for each in wanted):
        wanted = tuple(_without_itself(own, wanted, extras if isinstance(extras, dict) else {}))
    version = project.get("version")
    return Asked(
        wanted,
        tuple(map(read_wanted, _texts(limits))),
        name=own,
        version=version if isinstance(version, str) else "",
        notes=tuple(notes),
    )


def _without_itself(own: str, wanted: Iterable[Wanted], extras: Mapping[str, object]) -> Iterator[Wanted]:
    """Put what extras of the project list in place of the project with these extras."""
    for each in wanted:
        if each.name != own:
            yield each
        for extra in sorted(each.extras) if each.name == own else ():
            yield from map(read_wanted, _texts(extras.get(extra)))


def _locked(name: str, body: bytes) -> Iterator[tuple[str, str]]:
    """List what a lock file has chosen, less the project itself and what comes from elsewhere than an index."""
    document = _read_toml(name, body)
    listed = document.get("packages" if name.startswith("pylock") else "package")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("version"), str):
            continue
        source = each.get("source")
        is_elsewhere = isinstance(source, dict) and not {"registry", "type"} & source.keys()
        is_elsewhere = is_elsewhere or bool({"vcs", "directory", "archive"} & each.keys())
        if not is_elsewhere and isinstance(each.get("name"), str):
            yield parse_name(each["name"]), each["version"]


def _named(files: Mapping[str, bytes], patterns: Iterable[str]) -> Iterator[str]:
    return (name for pattern in patterns for name in sorted(files) if fnmatchcase(name, pattern))


def _read_toml(name: str, body: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(name, body))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{name} cannot be read: {error}") from error


def _text(name: str, body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{name} is not UTF-8") from error


def _texts(values: object) -> list[str]:
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
