"""Worlds of real gems: recorded info files, and what lock files tell of gems for which there is none."""

import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from packhouse.ecosystems.gem.lines import read_line, read_release
from packhouse.ecosystems.gem.versions import is_prerelease
from tests.agreement.gem.client import Project
from tests.agreement.gem.recorded import make_record

REGISTRY = "dependabot-registry.tar.xz"
LOCKS = "dependabot-lockfiles.tar.xz"
_INFO = "/rubygems_responses/info-"
_KEPT = ("ruby", "rubygems")
_entry = re.compile(r"(?P<depth> {4}| {6})(?P<name>[^ (!]+)(?: \((?P<told>[^)]+)\))?!?").fullmatch
_is_plain = re.compile(r"\s*(?:#.*|gem\s+[^#]*|source\s.*|group\s.*\bdo|end|ruby\s.*|)\s*(?:#.*)?").fullmatch
_comes_from_elsewhere = re.compile(
    r"\b(?:git|github|path|gist|bitbucket|source)\s*(?:=>|:(?!:))|:(?:git|path)\b"
).search


def read_world(folder: Path) -> dict[str, list[str]]:
    """Put together the info files and the lock files of the shared data."""
    world: dict[str, dict[str, str]] = {}
    for path, text in read_files(folder / REGISTRY):
        if _INFO in path:
            name = path.rpartition("info-")[2]
            lines = {line.split(" ", 1)[0]: _thin(line) for line in text.splitlines() if read_release(line.encode())}
            world[name] = {**lines}
    recorded = frozenset(world)
    for path, text in read_files(folder / LOCKS):
        if path.endswith("/Gemfile.lock"):
            for name, told, needs in _locked(text):
                if told and name not in recorded:
                    world.setdefault(name, {})[told] = f"{told} {needs}|"
    # Bundler also sees what is installed beside it.
    for name, told, needs in installed():
        world.setdefault(name, {}).setdefault(told, f"{told} {needs}|")
    return {name: list(lines.values()) for name, lines in sorted(world.items())}


def installed() -> Iterator[tuple[str, str, str]]:
    """Give name, version and needs of the gems that are installed on this machine."""
    needs = (
        "s.runtime_dependencies.map { |d| d.name + ':' + d.requirement.requirements.map { |r| r.join(' ') }.join('&') }"
    )
    told = "s.full_name.delete_prefix(s.name + '-')"
    code = f"Gem::Specification.each {{ |s| puts [{told}, s.name, {needs}.join(',')].join(';') }}"
    run = subprocess.run(["ruby", "-e", code], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        told, name, needs = line.split(";")
        if name != "bundler":
            yield name, told, needs


def read_files(path: Path) -> Iterator[tuple[str, str]]:
    """Read the text files of an archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and ("Gemfile" in member.name or _INFO in member.name):
                yield member.name, file.read().decode("utf-8", "replace")


def read_projects(folder: Path, world: Mapping[str, list[str]]) -> Iterator[tuple[str, Project]]:
    """Give the roots: gems that are recorded, of several ages, and Gemfiles with and without their lock files."""
    for name, lines in world.items():
        if len(lines) > 1 or read_line(lines[0].encode()) is None:
            for version in _ages(name, lines):
                yield f"{name} {version}", Project(f'gem "{name}", "{version}"\n')
    files = dict(read_files(folder / LOCKS))
    seen: set[str] = set()
    for path, text in sorted(files.items()):
        if not path.endswith("/Gemfile") or not _is_wholly_plain(text):
            continue
        gems = "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip().startswith("gem "))
        title = path.split("/fixtures/")[-1].removesuffix("/Gemfile")
        if gems and gems not in seen:
            seen.add(gems)
            yield title, Project(gems)
            lock = files.get(f"{path}.lock", "")
            if lock.startswith("GEM\n"):
                yield f"{title}, locked", Project(gems, _at_example(lock))


def _ages(name: str, lines: list[str]) -> list[str]:
    record = make_record(name, lines)
    stable = [version for version in record.versions if not is_prerelease(version)]
    return list(dict.fromkeys(stable[len(stable) * share // 4 - 1] for share in (4, 2) if stable))


def _is_wholly_plain(text: str) -> bool:
    return all(_is_plain(line) for line in text.splitlines()) and not _comes_from_elsewhere(text)


def _at_example(lock: str) -> str:
    return re.sub(r"(?m)^  remote: .*$", "  remote: http://gems.example/", lock)


def _thin(line: str) -> str:
    """Leave out of a line what says nothing of dependencies."""
    needs, _, told = line.partition("|")
    return f"{needs}|{','.join(each for each in told.split(',') if each.partition(':')[0] in _KEPT)}"


def _locked(text: str) -> Iterator[tuple[str, str, str]]:
    """Give name, version and needs of each gem from a registry."""
    name = told = ""
    needs: list[str] = []
    for line in text.partition("GEM\n")[2].partition("\n\n")[0].splitlines():
        match = _entry(line)
        if match is None:
            continue
        if len(match["depth"]) == len("    "):
            if name:
                yield name, told, ",".join(needs)
            name, told, needs = match["name"], match["told"] or "", []
        else:
            needs.append(f"{match['name']}:{(match['told'] or '>= 0').replace(', ', '&')}")
    if name:
        yield name, told, ",".join(needs)
