"""`packhouse resolve`."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from packhouse.apis.packages.messages import Resolution
from packhouse.apis.packages.questions import ResolveQuestion
from packhouse.cli.asking import ask
from packhouse.cli.configured import configured
from packhouse.cli.resolved import reasons, similar, write_dot, write_tree
from packhouse.cli.showing import harmless, print_heading, print_json, print_note, print_warning
from packhouse.cli.subject import parse_subject
from packhouse.config import Config
from packhouse.domain.errors import ConfigError
from packhouse.resolver.sentences import split_steps

if TYPE_CHECKING:
    from packhouse.domain.ecosystem import Ecosystem

_HINT = "name pkg:type/name@version, ecosystem/name@version, a manifest with or without its lock file, or their folder"
_FILE_BYTES = 8 << 20


@configured("host", "port", "public_url", "data", "offline")
def resolve(  # noqa: PLR0913 (a command has options)
    config: Config,
    *what: Annotated[str, Parameter(help="A package URL, ecosystem/name@version, or files of a project.")],
    as_of: Annotated[str, Parameter(help="Only what was published by this date, such as 2026-08-11.")] = "",
    env: Annotated[
        Sequence[str], Parameter(help="What differs from the usual environment, as name=value.", negative=())
    ] = (),
    ecosystem: Annotated[str | None, Parameter(help="Of the files, where they have several.")] = None,
    tree: Annotated[bool, Parameter(help="Print a tree; this is what it does anyway.", negative=())] = False,
    json: Annotated[bool, Parameter(help="Print the answer of the API.", negative=())] = False,
    dot: Annotated[bool, Parameter(help="Print a graph for Graphviz.", negative=())] = False,
    why: Annotated[str | None, Parameter(help="Tell how this package came in, and who decides its version.")] = None,
    server: Annotated[str | None, Parameter(help="Ask the server at this address.")] = None,
) -> int:
    """Tell what installing would install, as the ecosystem's own client chooses; the status is 1 if it would fail."""
    if sum((tree, json, dot, why is not None)) > 1:
        raise ConfigError("--tree, --json, --dot and --why are four answers", "choose one")
    question = _question(what, ecosystem, _environment(env))
    answer = ask(config, server, "resolve", question, Resolution, as_of)
    if json:
        print_json(answer)
    elif dot:
        print("\n".join(write_dot(answer)))
    elif why is not None:
        _print_why(answer, why)
    else:
        _print_tree(answer)
    return 1 if answer.error else 0


def _question(what: Sequence[str], ecosystem: str | None, environment: Mapping[str, str]) -> ResolveQuestion:
    if not what:
        raise ConfigError("nothing to resolve is named", _HINT)
    paths = [Path(each) for each in what]
    if all(path.exists() for path in paths):
        registry, files = _read_project(paths, ecosystem)
        return ResolveQuestion(registry=registry, files=files, environment=dict(environment))
    if len(what) > 1:
        missing = next(str(path) for path in paths if not path.exists())
        raise ConfigError(f"there is no file {missing}", _HINT)
    subject = parse_subject(what[0])
    return ResolveQuestion(
        registry=subject.registry, package=subject.package, version=subject.version, environment=dict(environment)
    )


def _environment(told: Sequence[str]) -> dict[str, str]:
    environment = {}
    for each in told:
        name, is_told, value = each.partition("=")
        if not is_told or not name:
            raise ConfigError(f"--env {each!r} tells nothing", "write --env name=value")
        environment[name] = value
    return environment


def _read_project(paths: Sequence[Path], wanted: str | None) -> tuple[str, dict[str, str]]:
    """Read the files of a project, and tell whose they are; raise ConfigError."""
    from packhouse.app import load_ecosystems

    known = {key: each for key, (each, _) in load_ecosystems().items() if each.begin_manifest is not None}
    if wanted is not None and wanted not in known:
        raise ConfigError(f"projects of {wanted!r} are not resolved", f"those of {', '.join(sorted(known))} are")
    found = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    owners = {
        key: files
        for key, each in sorted(known.items())
        if (wanted is None or key == wanted) and (files := _files_of(each, found))
    }
    if not owners:
        names = ", ".join(name for each in known.values() for name in each.manifests)
        raise ConfigError(f"{', '.join(map(str, paths))}: there is no manifest", f"manifests are {names}")
    if len(owners) > 1:
        raise ConfigError(f"there are manifests of {', '.join(owners)}", "choose with --ecosystem, or name one file")
    ((key, files),) = owners.items()
    return key, {file.name: _read(file) for file in files}


def _files_of(ecosystem: "Ecosystem", found: Sequence[Path]) -> list[Path]:
    return [file for file in found if any(fnmatchcase(file.name, name) for name in ecosystem.manifests)]


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _FILE_BYTES:
            raise ConfigError(f"{file} is longer than {_FILE_BYTES} bytes", "name the right file")
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", _HINT) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is no text", _HINT) from error


def _print_tree(answer: Resolution) -> None:
    root = answer.nodes[0]
    print_heading(root.package or "the project", root.version, None)
    for line in write_tree(answer):
        print(harmless(line))
    differing = ", ".join(f"{name}={value}" for name, value in answer.environment.items() if value)
    count = len(answer.nodes) - 1
    print_note(f"{count} {'release' if count == 1 else 'releases'}{f', for {differing}' if differing else ''}")
    for node in answer.nodes:
        for sentence in node.errors:
            if sentence != answer.error:
                print_warning(f"{f'{node.package} {node.version}'.strip() or 'the project'}: {sentence}")
    for step in split_steps(answer.error or ""):
        print_warning(step)


def _print_why(answer: Resolution, name: str) -> None:
    lines = list(reasons(answer, name))
    if not lines:
        near = ", ".join(similar(answer, name))
        hint = f"there is {near}" if near else "packhouse resolve --tree lists what would be"
        raise ConfigError(f"{name} is not among what would be installed", hint)
    for line in lines:
        print(harmless(line))
