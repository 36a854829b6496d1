"""Choosing the release that meets a requirement, as npm-pick-manifest does."""

from collections.abc import Iterator

from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.npm.environment import Environment
from packhouse.ecosystems.npm.platform import suits_engines
from packhouse.ecosystems.npm.ranges import Range, parse_range
from packhouse.ecosystems.npm.versions import AscendingKeys, clean

ANYTHING = "*"


class Choice:
    """The releases of one package, to choose from in one environment."""

    def __init__(self, record: PackageRecord, environment: Environment) -> None:
        self.record = record
        self.environment = environment
        self._keys = AscendingKeys(record.versions)
        self._ranks: dict[int, int] = {}
        self._releases: dict[int, Release] = {}
        self._is_dated = environment.before is not None and bool(record.published_at)
        self._default = self._find(record.tags.get(environment.default_tag))

    def release(self, position: int) -> Release:
        """Decode a release, once."""
        release = self._releases.get(position)
        if release is None:
            release = self._releases[position] = self.record.release(position)
        return release

    def key(self, position: int) -> tuple[int | str, ...]:
        """Give the sort key of a version."""
        return self._keys[position]

    def by_tag(self, tag: str) -> int | None:
        """Find what a tag stands for; if that is too new, the highest release below it."""
        version = self.record.tags.get(tag)
        position = self._find(version)
        if position is None or self._is_old_enough(position):
            return position
        return self.by_range(f"<={version}", parse_range(f"<={version}"))

    def by_version(self, text: str) -> int | None:
        """Find exactly one version."""
        position = self._find(text)
        if position is None:
            position = self._find(clean(text, loose=True))
        return position if position is not None and self._is_old_enough(position) else None

    def by_range(self, text: str, wanted: Range) -> int | None:
        """Find what the default tag stands for, if it is in the range and flawless, else the best and then highest."""
        default = self._default
        if (
            default is not None
            and (text == ANYTHING or wanted.matches(self._keys[default]))
            and self._is_old_enough(default)
            and self._rank(default) == 0
        ):
            return default
        best: int | None = None
        best_rank = 4
        for position in self._matching(wanted):
            rank = self._rank(position)
            if rank == 0:
                return position
            if rank < best_rank:
                best, best_rank = position, rank
        return best

    def _matching(self, wanted: Range) -> Iterator[int]:
        for position in wanted.descending_positions(self._keys):
            if self._is_old_enough(position):
                yield position

    def _rank(self, position: int) -> int:
        """Say how gladly a release is taken, 0 being flawless: to run here counts more than not to be deprecated."""
        rank = self._ranks.get(position)
        if rank is None:
            rank = 0 if self._runs_here(position) else 2
            if position in self.record.deprecated:
                rank += 1
            self._ranks[position] = rank
        return rank

    def _runs_here(self, position: int) -> bool:
        environment = self.environment
        return suits_engines(self.release(position).runtimes, environment.node_version, environment.npm_version)

    def _is_old_enough(self, position: int) -> bool:
        before = self.environment.before
        if not self._is_dated or before is None:
            return True
        published_at = self.record.published_at[position]
        return published_at is None or published_at <= before

    def _find(self, version: str | None) -> int | None:
        if version is None:
            return None
        try:
            return self.record.versions.index(version)
        except ValueError:
            return None
