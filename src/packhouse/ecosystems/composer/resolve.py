"""Resolve as `composer update` does: one release into an empty project, or a project with its composer.json."""

from collections.abc import Mapping

from packhouse.domain.errors import Unresolvable
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.composer.candidates import read_version
from packhouse.ecosystems.composer.drawing import draw, draw_release
from packhouse.ecosystems.composer.explanation import explain, explain_release
from packhouse.ecosystems.composer.names import package_of
from packhouse.ecosystems.composer.platform import Environment
from packhouse.ecosystems.composer.pool import Loading, document_key
from packhouse.ecosystems.composer.project import Project, of_release
from packhouse.ecosystems.composer.solution import Conduct, Given, Solution, solve
from packhouse.resolver.universe import NotLoaded


class ManifestRun:
    """The resolution of a project under way."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.loading = Loading(project)
        self._is_cancelled = False

    def needed(self) -> frozenset[PackageKey]:
        """Name the documents of the next batch; of a package there is one of releases, and one of branches."""
        return self.loading.needed()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self.loading.load(records)

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def solve(self) -> Solution:
        """Choose; raise NotLoaded, Given where nothing fits, or TooHard."""
        missing = self.needed()
        if missing:
            raise NotLoaded(missing)
        conduct = Conduct(is_cancelled=lambda: self._is_cancelled)
        return solve(self.project, self.loading.loaded, self.loading.fixed, conduct)

    def resolve(self) -> Graph:
        """Draw what was chosen, or say why nothing could be; raise NotLoaded, or TooHard."""
        try:
            return draw(self.solve())
        except Given as given:
            root = self.project.root
            message = explain(given.clauses, self.project, self.loading)
            return Graph((Node(document_key(root.name), root.pretty, errors=(message,)),), (), message)


class Run:
    """The resolution of one release under way."""

    def __init__(self, key: PackageKey, version: str, environment: Environment) -> None:
        self._key = key
        self._version = version
        self._normal = read_version(version)
        self._run = ManifestRun(of_release(package_of(key.name), version, self._normal, environment))

    def needed(self) -> frozenset[PackageKey]:
        """Name the documents of the next batch, those of the release first."""
        return self._run.needed()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self._run.load(records)

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._run.cancel()

    def resolve(self) -> Graph:
        """Draw what comes with the release, or say why it cannot be installed; raise NotLoaded, or TooHard."""
        name = package_of(self._key.name)
        try:
            solution = self._run.solve()
        except Given as given:
            return explain_release(given.clauses, self._run.project, self._run.loading, (name, self._version))
        try:
            return draw_release(solution, name, self._normal)
        except ValueError:
            raise Unresolvable(f"{name} {self._version} is replaced by another package") from None
