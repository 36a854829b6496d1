"""NuGet's own resolver, asked about many projects by one process, each with a feed of its own on loopback."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.clients.nuget.program import need_nuget
from tests.clients.registry import listening

VERSION = "NuGet 5.8.0 in mono"
_SOURCE = Path(__file__).with_name("Restore.cs")
_NO_SETTINGS = "<configuration><packageSources><clear /></packageSources></configuration>"
_NAMESPACE = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"


_TOLD = frozenset({"NU1101", "NU1102", "NU1103", "NU1106", "NU1107", "NU1108", "NU1605", "NU1608"})
"""What has to do with choosing; the others are about files, or advice."""


class Need(Struct, frozen=True, array_like=True):
    """A dependency as a manifest has it."""

    name: str
    range: str


class Group(Struct, frozen=True, array_like=True):
    """The dependencies for a framework."""

    framework: str
    needs: tuple[Need, ...] = ()


class Offer(Struct, frozen=True, array_like=True):
    """A release that a feed has."""

    name: str
    version: str
    groups: tuple[Group, ...] = ()


class Reference(Struct, frozen=True, omit_defaults=True):
    """A package that a project refers to."""

    name: str
    range: str
    private: str = ""
    """PrivateAssets, as in a project file; e.g. all."""


class Project(Struct, frozen=True, omit_defaults=True):
    """What is asked about."""

    framework: str
    references: tuple[Reference, ...]
    central: tuple[tuple[str, str], ...] = ()
    """Central versions by name; references then have theirs from there. None means that there are none."""
    is_central: bool = False
    fallback: tuple[str, ...] = ()
    """AssetTargetFallback."""
    lock_file: str = ""
    """packages.lock.json, where the project has one."""
    projects: tuple[tuple[str, tuple[Reference, ...]], ...] = ()
    """Projects that it refers to, with what they refer to."""


class Answer(Struct, frozen=True):
    """What NuGet chose and said."""

    lines: tuple[str, ...] = ()
    """`name version` of what was chosen; `name > name range` of what that requires."""
    said: tuple[str, ...] = ()
    """`code name` of each error or warning that has to do with choosing."""


World = Sequence[Offer]


def ask(asked: Iterable[tuple[Project, World]], folder: Path) -> list[Answer]:
    """Restore every project from its own world."""
    driver = build_driver(folder / "driver")
    feeds: dict[str, World] = {}
    with serving(feeds) as url:
        places: list[Path] = []
        for number, (project, world) in enumerate(asked):
            feeds[str(number)] = world
            place = folder / str(number)
            write_project(project, f"{url}/{number}/index.json", place)
            places.append(place)
        told = run_driver(driver, places, folder)
        assert len(told) == len(places), told[-1:]
        return [read_answer(place, said) for place, said in zip(places, told, strict=True)]


def build_driver(folder: Path) -> Path:
    """Compile the driver against nuget.exe, which must stand beside it under the name that it was built with."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(need_nuget(), folder / "NuGet.exe")
    driver = folder / "restore.exe"
    command = ["mcs", "-r:NuGet.exe", str(_SOURCE), f"-out:{driver}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return driver


def run_driver(driver: Path, places: Iterable[Path], home: Path) -> list[str]:
    """Let one process restore in all the folders; return what it says of each."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
    done = subprocess.run(
        ["mono", str(driver)],
        input="".join(f"{place}\n" for place in places),
        env=environ,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    return done.stdout.splitlines()


def write_project(project: Project, source: str, place: Path) -> None:
    """Write what the driver reads."""
    place.mkdir(parents=True)
    (place / "nuget.config").write_text(_NO_SETTINGS)
    specs = {}
    path = str(place / "project.csproj")
    others = {name: str(place / name / f"{name}.csproj") for name, _ in project.projects}
    for name, references in project.projects:
        specs[others[name]] = _spec(project, references, source, others[name], name, ())
    specs[path] = _spec(project, project.references, source, path, "project", tuple(others.values()))
    if project.lock_file:
        (place / "packages.lock.json").write_text(project.lock_file)
    (place / "spec.json").write_text(json.dumps({"format": 1, "restore": {path: {}}, "projects": specs}))


def _spec(
    project: Project, references: Iterable[Reference], source: str, path: str, name: str, others: Sequence[str]
) -> dict[str, Any]:
    folder = Path(path).parent
    framework = project.framework
    central = dict(project.central)
    dependencies: dict[str, dict[str, Any]] = {}
    for each in references:
        entry: dict[str, Any] = {"target": "Package", "version": each.range or central.get(each.name, "")}
        if each.private:
            entry["suppressParent"] = each.private
        if project.is_central:
            entry["versionCentrallyManaged"] = not each.range
        dependencies[each.name] = entry
    restore: dict[str, Any] = {
        "projectUniqueName": path,
        "projectName": name,
        "projectPath": path,
        "packagesPath": str(folder / "packages"),
        "outputPath": str(folder / "obj"),
        "projectStyle": "PackageReference",
        "originalTargetFrameworks": [framework],
        "sources": {source: {}},
        "frameworks": {framework: {"projectReferences": {each: {"projectPath": each} for each in others}}},
    }
    if project.lock_file:
        restore["restoreLockProperties"] = {"restorePackagesWithLockFile": "true"}
    told: dict[str, Any] = {"dependencies": dependencies}
    if project.is_central:
        restore["centralPackageVersionsManagementEnabled"] = True
        told["centralPackageVersions"] = central
    if project.fallback:
        told |= {"imports": list(project.fallback), "assetTargetFallback": True, "warn": True}
    return {"version": "1.0.0", "restore": restore, "frameworks": {framework: told}}


def read_answer(place: Path, said: str) -> Answer:
    """Read the assets file."""
    path = place / "obj" / "project.assets.json"
    if not path.exists():
        return Answer(said=(said.partition(" ")[2],))
    assets = json.loads(path.read_text())
    (target,) = assets["targets"].values()
    logs = {f"{log['code']} {log.get('libraryId', '')}" for log in assets.get("logs", ()) if log["code"] in _TOLD}
    return Answer(tuple(sorted(_lines(target))), tuple(sorted(logs)))


def _lines(target: Mapping[str, Any]) -> Iterator[str]:
    for library, told in target.items():
        name, _, version = library.partition("/")
        yield f"{name} {version}"
        for needed, text in told.get("dependencies", {}).items():
            yield f"{name} > {needed} {text}"


@contextmanager
def serving(feeds: Mapping[str, World]) -> Iterator[str]:
    """Put feeds on loopback, each below its own name."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = _answer(feeds, self.path, f"http://{self.headers['Host']}")
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        yield url


def _answer(feeds: Mapping[str, World], path: str, url: str) -> bytes | None:
    _, feed, *rest = path.split("/")
    if rest == ["index.json"]:
        resource = {"@id": f"{url}/{feed}/", "@type": "PackageBaseAddress/3.0.0"}
        return json.dumps({"version": "3.0.0", "resources": [resource]}).encode()
    offers = [each for each in feeds[feed] if each.name.lower() == rest[0]]
    if rest[1:] == ["index.json"]:
        return json.dumps({"versions": [each.version.lower() for each in offers]}).encode() if offers else None
    found = next((each for each in offers if each.version.lower() == rest[1]), None)
    return None if found is None else write_package(found)


def write_package(offer: Offer) -> bytes:
    """Write a package that has nothing but requirements, so that it does for every framework."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr(f"{offer.name}.nuspec", write_manifest(offer))
    return plain.getvalue()


def write_manifest(offer: Offer) -> str:
    """Write a release's manifest."""
    groups = "".join(
        f'<group targetFramework="{group.framework}">{_dependencies(group)}</group>'
        if group.framework
        else f"<group>{_dependencies(group)}</group>"
        for group in offer.groups
    )
    return (
        f'<?xml version="1.0"?><package xmlns="{_NAMESPACE}"><metadata><id>{offer.name}</id>'
        f"<version>{offer.version}</version><authors>A</authors><description>A</description>"
        f"<dependencies>{groups}</dependencies></metadata></package>"
    )


def _dependencies(group: Group) -> str:
    return "".join(f'<dependency id="{each.name}" version="{each.range}" />' for each in group.needs)
