"""Our own answer to a project, from recorded POMs."""

from collections.abc import Mapping, Sequence

from packhouse.domain.ecosystem import DocumentRun
from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record
from packhouse.ecosystems.maven.drawing import tree_lines
from packhouse.ecosystems.maven.resolve import ManifestRun
from packhouse.ecosystems.maven.versions import version_key
from packhouse.ecosystems.maven.wishes import Thing
from packhouse.resolver.nearest import Conflict
from tests.agreement.maven.client import Answer, write_pom
from tests.agreement.maven.universes import World


class Shelf:
    """A world, as the server would give it to a resolution."""

    def __init__(self, world: World) -> None:
        self._poms = {_path(key): (key, text.encode()) for key, text in world.poms.items()}
        self._versions = world.versions
        self.read: set[str] = set()
        """POMs that were asked for and are there."""

    def feed(self, run: DocumentRun) -> None:
        """Give a resolution all that it asks for."""
        while True:
            packages = run.needed()
            documents = run.wanted()
            if not packages and not documents:
                return
            run.load({each: self._record(each) for each in packages})
            run.take({each: self.document(each) for each in documents})

    def document(self, key: FurtherKey) -> bytes | None:
        """Return a POM, None where there is none."""
        found = self._poms.get(f"{key.key.name}/{key.path}")
        if found is None:
            return None
        self.read.add(found[0])
        return found[1]

    def _record(self, key: PackageKey) -> PackageRecord | None:
        versions: Sequence[str] | None = self._versions.get(key.name)
        if versions is None:
            return None
        tags = {"latest": versions[-1], "release": versions[-1]}
        return build_record(key, [Release(version) for version in sorted(versions, key=version_key)], tags=tags)


def begin(
    number: int,
    project: str,
    environment: Mapping[str, str] | None = None,
    pinned: Mapping[Thing, str] | None = None,
) -> ManifestRun:
    """Begin to resolve a project."""
    return ManifestRun(write_pom(number, project).encode(), environment or {}, pinned)


def answer(number: int, project: str, shelf: Shelf, environment: Mapping[str, str] | None = None) -> Answer:
    """Answer as mvn would: it resolves for the build, and again for the tree."""
    run = begin(number, project, environment)
    try:
        shelf.feed(run)
        if error := run.resolve().error:
            return Answer(error=error)
        again = begin(number, project, environment, run.pins())
        shelf.feed(again)
        if error := again.resolve().error:
            return Answer(error=error)
        return Answer(tuple(tree_lines(again.reduce())))
    except Invalid as invalid:
        return Answer(error=str(invalid))
    except Conflict as conflict:
        return Answer(error=str(conflict))


def _path(key: str) -> str:
    group, artifact, version = key.split(":")
    return f"{group}:{artifact}/{version}/{artifact}-{version}.pom"
