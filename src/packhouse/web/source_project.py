"""What the page of a release shows of its source repository: only what is known already."""

from collections.abc import Collection

from msgspec import Struct

from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.services.project_packages import relations_in
from packhouse.services.projects import Projects
from packhouse.web.wording import count


class SourceProject(Struct, frozen=True):
    """A repository in a line."""

    id: str
    facts: tuple[str, ...]
    """Such as `80 stars`."""


async def source_project(projects: Projects | None, view: View, release: Release) -> SourceProject | None:
    """Look up the repository that a release names; nobody is asked, so that a page waits for no forge."""
    if projects is None:
        return None
    named = _named(release, projects.hosts)
    known = await projects.known(named) if named else None
    if known is None or (known.repository is not None and known.repository.private and not view.actor.signed_in):
        return None
    facts: list[str] = []
    if known.repository is not None:
        stars = known.repository.stars
        facts += [count(stars, "star")] if stars is not None else []
        facts += ["archived"] if known.repository.archived else []
        facts += [f"now {known.repository.id}"] if known.moved else []
    if known.scorecard is not None:
        facts.append(f"scorecard {known.scorecard.score:.1f} of 10")
    return SourceProject(known.id, tuple(facts)) if facts else None


def _named(release: Release, hosts: Collection[str]) -> str:
    found = (each.project for each in relations_in(release, hosts) if each.type == "source")
    return next(found, "")
