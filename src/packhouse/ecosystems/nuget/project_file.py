"""Projects with package references, their central versions and their lock file."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName
from packhouse.ecosystems.nuget.catalogue import Neighbour, Wish, read_wish
from packhouse.ecosystems.nuget.environment import read_environment
from packhouse.ecosystems.nuget.frameworks import Framework
from packhouse.ecosystems.nuget.lock_file import LOCK, read_locked
from packhouse.ecosystems.nuget.msbuild import Evaluation, Metadata
from packhouse.ecosystems.nuget.resolve import ProjectRun, Resolution
from packhouse.ecosystems.nuget.usual import MANIFESTS

_PROJECTS = tuple(name for name in MANIFESTS if name.startswith("*"))
_PROPS = ("Directory.Build.props", "Directory.Packages.props")
_STANDARD = {(1, 0): "1.6.1", (2, 0): "2.0.3"}


class Project(Struct, frozen=True):
    """What a project file says."""

    name: str
    framework: Framework
    wishes: tuple[Wish, ...]
    pins: tuple[Wish, ...] = ()
    """Central versions that count wherever their packages are required."""
    private: tuple[Wish, ...] = ()
    """What of it does not count for who refers to this project."""
    neighbours: tuple[str, ...] = ()
    """File names of the projects that it refers to."""
    version: str = "1.0.0"
    notes: tuple[str, ...] = ()


def begin(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ProjectRun:
    """Begin to resolve a project: the first of several, the others being what it refers to; raise Invalid."""
    names = [name for name in files if any(fnmatchcase(name, pattern) for pattern in _PROJECTS)]
    if not names:
        raise Invalid("there is no project file", f"project files are called {', '.join(_PROJECTS)}")
    projects = {name: read_project(name, files, environment) for name in names}
    referred = {each for project in projects.values() for each in project.neighbours}
    top = next((name for name in names if name not in referred), names[0])
    project = projects[top]
    surroundings = read_environment({**environment, "framework": str(project.framework)})
    direct, neighbours, notes = _gather(top, projects)
    locked = read_locked(files[LOCK], project.framework, project.wishes, project.pins) if LOCK in files else None
    resolution = Resolution(
        project.wishes, surroundings, pins=project.pins, locked=locked, neighbours=neighbours, direct=direct
    )
    return ProjectRun(project.name, resolution, (*project.notes, *notes))


def _gather(top: str, projects: Mapping[str, Project]) -> tuple[tuple[str, ...], list[Neighbour], list[str]]:
    """Find all projects that are referred to; note those whose files are not here."""
    notes: list[str] = []
    found: dict[str, Neighbour] = {}
    front = [top]
    for name in front:
        for other in projects[name].neighbours:
            if other not in projects:
                notes.append(f"the project {other} is not here, nor what it requires")
            elif other not in found and other != top:
                front.append(other)
                found[other] = _neighbour(projects[other], projects)
    direct = tuple(projects[each].name for each in projects[top].neighbours if each in projects)
    return direct, list(found.values()), notes


def _neighbour(project: Project, projects: Mapping[str, Project]) -> Neighbour:
    others = tuple(read_wish(projects[each].name, "") for each in project.neighbours if each in projects)
    flowing = [wish for wish in project.wishes if wish not in project.private]
    return Neighbour(project.name, (*flowing, *others), project.private, project.version)


def read_project(name: str, files: Mapping[str, bytes], environment: Mapping[str, str]) -> Project:
    """Read a project file for one of its frameworks, together with what stands beside it; raise Invalid."""
    framework = _framework(_evaluate(name, files, {}), environment)
    evaluation = _evaluate(name, files, {"TargetFramework": str(framework)})
    return _project(name, framework, evaluation, files[name])


def _evaluate(name: str, files: Mapping[str, bytes], given: Mapping[str, str]) -> Evaluation:
    stem = name.rpartition(".")[0]
    evaluation = Evaluation({"MSBuildProjectName": stem, **given})
    for each in (*_PROPS, name):
        if each in files:
            evaluation.read(each, files[each])
    return evaluation


def _framework(evaluation: Evaluation, environment: Mapping[str, str]) -> Framework:
    told = evaluation.property("TargetFrameworks") or evaluation.property("TargetFramework")
    listed = [each.strip() for each in told.split(";") if each.strip()]
    if not listed and (version := evaluation.property("TargetFrameworkVersion")):
        listed = [f".NETFramework,Version={version}"]
    known = [read_environment({"framework": each}).framework for each in listed]
    wanted = read_environment(environment).framework
    if not known or wanted in known:
        return wanted
    if "framework" in environment:
        raise Invalid(f"the project is not for {wanted}", f"it is for {', '.join(map(str, known))}")
    return known[0]


def _project(name: str, framework: Framework, evaluation: Evaluation, body: bytes) -> Project:
    is_central = evaluation.is_on("ManagePackageVersionsCentrally")
    central = {key.lower(): told.get("version", "") for key, told in evaluation.all_of("PackageVersion")}
    references = dict(evaluation.all_of("PackageReference"))
    if is_central:
        for key, told in evaluation.all_of("GlobalPackageReference"):
            references[key] = {"privateassets": "all", **told}
    wishes: list[Wish] = []
    private: list[Wish] = []
    for key, told in references.items():
        wish = read_wish(key, _version(key, told, central if is_central else None))
        wishes.append(wish)
        if _is_private(told):
            private.append(wish)
    implicit = [] if evaluation.is_on("DisableImplicitFrameworkReferences") else [*_implicit(framework, body)]
    wishes += [wish for wish in implicit if wish.name not in {each.name for each in wishes}]
    pins: Iterable[Wish] = ()
    if is_central and evaluation.is_on("CentralPackageTransitivePinningEnabled"):
        direct = {wish.name for wish in wishes}
        pins = (read_wish(key, text) for key, text in central.items() if NormalName(key) not in direct)
    return Project(
        name=evaluation.property("PackageId") or evaluation.property("AssemblyName") or name.rpartition(".")[0],
        framework=framework,
        wishes=tuple(wishes),
        pins=tuple(pins),
        private=tuple(private),
        neighbours=tuple(_file_name(each) for each, _ in evaluation.all_of("ProjectReference")),
        version=evaluation.property("Version") or evaluation.property("VersionPrefix") or "1.0.0",
        notes=tuple(dict.fromkeys(evaluation.notes)),
    )


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _version(key: str, told: Metadata, central: Mapping[str, str] | None) -> str:
    if central is None:
        return told.get("version", "")
    return told.get("versionoverride") or central.get(key.lower(), "") or told.get("version", "")


def _is_private(told: Metadata) -> bool:
    words = {each.strip().lower() for each in told.get("privateassets", "").split(";")}
    return "all" in words


def _implicit(framework: Framework, body: bytes) -> Iterator[Wish]:
    """List what the SDK itself adds: the packages that older frameworks come in."""
    if b"Microsoft.NET.Sdk" not in body:
        return
    major, minor = framework.version[:2]
    if framework.identifier == "netstandard" and (major, minor) < (2, 1):
        yield read_wish("NETStandard.Library", _STANDARD[major, 0])
    elif framework.identifier == "netcoreapp" and major < 3:
        yield read_wish("Microsoft.NETCore.App", f"{major}.{minor}.0")
