"""The fields that decide what an install does, spelt as npm spells them when it publishes.

Clients read them in the registry's document before an install and in package.json after it: where the two differ,
what was looked at is not what runs. Programs that publish send package.json as it is (yarn, pnpm 11) or normalised
(npm, pnpm 10), so both are brought to one spelling before they are compared. Observed with npm 11, pnpm 10 and 12,
yarn 1 and 4.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.names import split_scope
from packhouse.ecosystems.npm.package_json import PackageFacts
from packhouse.ecosystems.npm.versions import clean

_Fields = Mapping[str, Any]

DEPENDENCIES = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies", "acceptDependencies")
_ADDED_SCRIPTS = {"install": "node-gyp rebuild", "start": "node server.js"}
"""What npm adds for a `binding.gyp` or `server.js` in the folder, whether or not that file is packed as well."""
_HINT = "publish with npm, pnpm or yarn, which take it from the package.json that they pack"

# npm 0.x put the folder of commands in front; npm takes it away.
_bin_folder = re.compile(r"(?:\.[/\\])?node_modules[/\\].bin[\\/]").match
_shorthand = re.compile(r"(?![./@])([^\s@:/#]+/[^\s@:/#]+)").fullmatch
_hosted = re.compile(
    r"(?:(?:git\+)?(?:ssh|https?|git)://(?:[^@/]*@)?|[^@/:]+@)(github\.com|gitlab\.com|bitbucket\.org)[:/](.+?)(?:\.git)?",
).fullmatch


def read_scripts(fields: _Fields) -> dict[str, str]:
    """Read the scripts; those that are no text or empty are none."""
    scripts = fields.get("scripts")
    if not isinstance(scripts, dict):
        return {}
    return {
        name: script[match.end() :] if (match := _bin_folder(script)) else script
        for name, script in scripts.items()
        if isinstance(script, str) and script
    }


def read_commands(fields: _Fields) -> dict[str, str]:
    """Read `bin`: the files by command, none of which can lead out of the package."""
    commands = fields.get("bin")
    if isinstance(commands, str):
        commands = {split_scope(str(fields.get("name", "")))[1]: commands}
    elif isinstance(commands, list):
        commands = {posixpath.basename(file): file for file in commands if isinstance(file, str)}
    if not isinstance(commands, dict):
        return {}
    read = {}
    for name, file in commands.items():
        command = posixpath.basename(_within(name.replace(":", "/")))
        if command and isinstance(file, str) and (path := _within(file)):
            read[command] = path
    return read


def read_dependencies(fields: _Fields, field: str) -> dict[str, str]:
    """Read one of the objects of dependencies; raise Invalid if something else stands there."""
    dependencies = fields.get(field)
    if dependencies is None:
        return {}
    if not isinstance(dependencies, dict) or not all(isinstance(spec, str) for spec in dependencies.values()):
        raise Invalid(f"{field} is not an object of names and ranges", "correct package.json, and publish again")
    return dependencies


def check_same(sent: _Fields, facts: PackageFacts) -> None:
    """Raise Invalid if the published manifest differs where it matters from the package.json that was packed."""
    packed = facts.manifest
    if all(_is_same(sent.get(field), packed.get(field)) for field in _DECISIVE):
        return
    for field, read in _COMPARED.items():
        if read(sent) != read(packed) and not _is_tolerable(field, sent, facts):
            raise Invalid(f"{field} is another one in the manifest than in the archive's package.json", _HINT)


def _is_same(left: object, right: object) -> bool:
    # What is true equals 1.
    return left == right and type(left) is type(right)


def _is_tolerable(field: str, sent: _Fields, facts: PackageFacts) -> bool:
    """Know the differences that the programs themselves make."""
    packed = facts.manifest
    if field == "scripts":
        return read_scripts(sent) == _ADDED_SCRIPTS | read_scripts(packed) or any(
            read_scripts(sent) == {name: script} | read_scripts(packed) for name, script in _ADDED_SCRIPTS.items()
        )
    if field == "bin":
        return _is_folder_of_commands(read_commands(sent), facts)
    return False


def _is_folder_of_commands(commands: dict[str, str], facts: PackageFacts) -> bool:
    """Accept all files of `directories.bin` as commands, or some: programs disagree which."""
    directories = facts.manifest.get("directories")
    folder = directories.get("bin") if isinstance(directories, dict) else None
    if facts.manifest.get("bin") is not None or not isinstance(folder, str):
        return False
    start = f"{_within(folder)}/" if _within(folder) else ""
    return all(file.startswith(start) and posixpath.basename(file) == name for name, file in commands.items())


def _required(fields: _Fields) -> dict[str, str]:
    """Read what is required to run: an optional dependency of the same name counts for more."""
    optional = read_dependencies(fields, "optionalDependencies")
    # npm adds what is bundled without being required.
    required = dict.fromkeys(_bundled(fields), "*") | _specs(fields, "dependencies")
    return {name: spec for name, spec in required.items() if name not in optional}


def _specs(fields: _Fields, field: str) -> dict[str, str]:
    return {name: _spell(spec) for name, spec in read_dependencies(fields, field).items()}


def _spell(spec: str) -> str:
    """Spell the repository of a known host in one way."""
    if "/" not in spec or len(spec) > _LONGEST_REPOSITORY:
        return spec
    address, number_sign, commit = spec.partition("#")
    if match := _shorthand(address):
        return f"github:{match[1]}{number_sign}{commit}"
    if match := _hosted(address):
        return f"{match[1].partition('.')[0]}:{match[2]}{number_sign}{commit}"
    return spec


_LONGEST_REPOSITORY = 1000


def _bundled(fields: _Fields) -> frozenset[str]:
    found = fields.get("bundleDependencies", fields.get("bundledDependencies"))
    if found is True:
        return frozenset(read_dependencies(fields, "dependencies"))
    names = found if isinstance(found, list | dict) else ()
    return frozenset(name for name in names if isinstance(name, str))


def _name(fields: _Fields) -> object:
    name = fields.get("name")
    return name.strip() if isinstance(name, str) else name


def _version(fields: _Fields) -> object:
    version = fields.get("version")
    return clean(version, loose=True) if isinstance(version, str) else version


def _one_or_more(field: str) -> Callable[[_Fields], object]:
    return lambda fields: [value] if isinstance(value := fields.get(field), str) else value or []


def _as_it_is(field: str) -> Callable[[_Fields], object]:
    return lambda fields: fields.get(field) or None


def _of(field: str) -> Callable[[_Fields], object]:
    return lambda fields: _specs(fields, field)


def _within(path: str) -> str:
    """Take a path as one below the package's folder, from which nothing leads up."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")


_COMPARED: dict[str, Callable[[_Fields], object]] = {
    "name": _name,
    "version": _version,
    "dependencies": _required,
    **{field: _of(field) for field in DEPENDENCIES[1:]},
    "peerDependenciesMeta": _as_it_is("peerDependenciesMeta"),
    "bundleDependencies": _bundled,
    "scripts": read_scripts,
    "bin": read_commands,
    "license": _as_it_is("license"),
    "engines": _as_it_is("engines"),
    "os": _one_or_more("os"),
    "cpu": _one_or_more("cpu"),
    "libc": _one_or_more("libc"),
}
_DECISIVE = frozenset({*_COMPARED, "bundledDependencies"})
"""What is compared is read of these fields, so that where they are alike, it is."""
