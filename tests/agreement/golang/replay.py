"""Our own answer to a go.mod, from recorded go.mod files."""

from collections.abc import Mapping

from packhouse.domain.further import FurtherKey
from packhouse.ecosystems.golang.main_module import MainModule, read_main
from packhouse.ecosystems.golang.names import unescape
from packhouse.ecosystems.golang.resolve import ManifestRun, build_list, module_graph
from tests.agreement.golang.client import Answer

Files = Mapping[str, bytes]
"""go.mod files by `path@version`."""


def resolve(main: MainModule, files: Files) -> ManifestRun:
    """Resolve to the end."""
    run = ManifestRun(main)
    while wanted := run.wanted():
        run.take({each: files.get(_place(each)) for each in wanted})
    return run


def answer(go_mod: str, files: Files) -> Answer:
    """Answer as the go command would."""
    run = resolve(read_main(go_mod.encode()), files)
    if error := run.resolve().error:
        return Answer(error=error)
    return Answer(tuple(module_graph(run)), tuple(build_list(run)))


def _place(wanted: FurtherKey) -> str:
    return f"{wanted.key.name}@{unescape(wanted.path.removesuffix('.mod'))}"
