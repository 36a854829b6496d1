"""Our own answer to requirements, from a recorded index."""

from collections.abc import Mapping, Sequence

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.pypi.manifest import Asked as OurAsked
from packhouse.ecosystems.pypi.resolve import ManifestRun
from packhouse.ecosystems.pypi.targets import read_target
from packhouse.ecosystems.pypi.wanted import read_wanted
from tests.agreement.pypi.recorded import Answer, File, World, make_record


class Index:
    """A world as a server would know it."""

    def __init__(self, world: World, newest: str = "") -> None:
        self._world = world
        self._newest = newest
        self._records: dict[PackageKey, PackageRecord | None] = {}
        self.metadata = {name: text.encode() for name, text in world.metadata.items()}

    def record(self, key: PackageKey) -> PackageRecord | None:
        """Return a project's record; None where it has no page."""
        if key not in self._records:
            files = self._world.pages.get(key.name)
            kept = None if files is None else [file for file in files if self._is_old(file)]
            self._records[key] = make_record(key.name, kept) if kept is not None else None
        return self._records[key]

    def document(self, further: FurtherKey) -> bytes | None:
        """Return a file's metadata; of a source, where its JSON document is asked for."""
        filename = further.path.partition(".metadata ")[0]
        found = self.metadata.get(filename)
        if found is None and further.path.endswith("/json"):
            stem = f"{further.key.name}=={further.path.removesuffix('/json')}"
            found = self.metadata.get(stem)
        return found

    def _is_old(self, file: File) -> bool:
        return not self._newest or file.moment < self._newest


def resolve(
    requirements: Sequence[str], index: Index, environment: Mapping[str, str], constraints: Sequence[str] = ()
) -> ManifestRun:
    """Resolve to the end."""
    asked = OurAsked(tuple(map(read_wanted, requirements)), tuple(map(read_wanted, constraints)))
    run = ManifestRun(asked, read_target(environment))
    drive(run, index)
    return run


def drive(run: ManifestRun, index: Index) -> None:
    """Hand a run what it asks for."""
    while True:
        if packages := run.needed():
            run.load({key: index.record(key) for key in packages})
        elif documents := run.wanted():
            run.take({each: index.document(each) for each in documents})
        else:
            return


def answer(
    requirements: Sequence[str], index: Index, environment: Mapping[str, str], constraints: Sequence[str] = ()
) -> Answer:
    """Answer as the client would."""
    try:
        run = resolve(requirements, index, environment, constraints)
    except (Invalid, Unresolvable) as error:
        return Answer(error=error.message)
    graph = run.resolve()
    if graph.error:
        return Answer(error=graph.error)
    return Answer(sorted(f"{node.package.name}=={node.version}" for node in graph.nodes[1:]))
