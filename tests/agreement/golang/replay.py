"""Our own answer to a go.mod, from recorded go.mod files."""

from collections.abc import Mapping

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.ecosystems.golang.main_module import MainModule, read_main
from packhouse.ecosystems.golang.names import unescape
from packhouse.ecosystems.golang.resolve import ManifestRun, build_list, module_graph
from tests.agreement.golang.client import Answer, Project

Files = Mapping[str, bytes]
"""go.mod files by `path@version`."""


def resolve(main: MainModule, files: Files, directories: Mapping[str, bytes] | None = None) -> ManifestRun:
    """Resolve to the end."""
    run = ManifestRun(main, directories)
    while wanted := run.wanted():
        run.take({each: files.get(_place(each)) for each in wanted})
    return run


def answer(project: Project, files: Files) -> Answer:
    """Answer as the go command would."""
    directories = {path: text.encode() for path, text in project.directories.items()}
    try:
        run = resolve(read_main(project.go_mod.encode()), files, directories)
    except Invalid as invalid:
        return Answer(error=str(invalid))
    if error := run.resolve().error:
        return Answer(error=error)
    return Answer(tuple(module_graph(run)), tuple(build_list(run)))


def _place(wanted: FurtherKey) -> str:
    return f"{wanted.key.name}@{unescape(wanted.path.removesuffix('.mod'))}"
