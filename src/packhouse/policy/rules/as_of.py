"""Time travel: a release that was not yet published does not exist yet."""

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.policy.decision import Objection
from packhouse.policy.rules.age import age_since


class AsOf:
    """Refuses what was published after a moment, and what has no date."""

    name = "as-of"
    dated = True

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def object(self, key: PackageKey, release: Fragment, now: Moment) -> Objection | None:
        """Object to what the moment did not know."""
        del key, now
        since = age_since(release)
        if since is not None and since <= self._moment:
            return None
        return Objection(self.name, "it was not published yet at the date asked for")

    def identity(self) -> str:
        """Name the moment."""
        return f"{self.name}:{self._moment}"
