"""/api/changes: what has happened to packages since a number, in all ecosystems."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.apis.admin.asking import number, page_size, time_of
from packhouse.apis.admin.packages import find_ecosystem
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.change_log import ChangeLog, LoggedChange

LONGEST_S = 60
_DIGITS = 18


class ChangeAnswer(Struct, frozen=True, rename="camel"):
    """Something that has happened to a package."""

    sequence: int
    at: str | None
    kind: str
    """package_seen, package_removed, package_back, release_seen, release_published, release_yanked,
    release_deprecated, release_changed, release_removed, tag_moved or access_changed."""
    ecosystem: str
    name: str
    purl: str
    version: str
    """Empty where it is about the whole package."""
    tag: str
    """The tag that was moved; empty for anything else."""
    hosted: bool
    """Whether the package is published here."""


class ChangesAnswer(Struct, frozen=True, rename="camel"):
    """Changes, oldest first."""

    changes: tuple[ChangeAnswer, ...]
    next: int
    """What to send as `since` for those that follow."""


def change_routes(log: ChangeLog, services: Mapping[str, Services], longest_s: int = LONGEST_S) -> list[Route]:
    """List the address."""

    async def changes(request: Request) -> Answer:
        """List what has changed since a number; where there is nothing new, wait for it as long as is asked."""
        ecosystem = request.query.get("ecosystem", "")
        if ecosystem:
            find_ecosystem(services, ecosystem)
        wait_s = min(number(request, "wait", 0), longest_s)
        since = number(request, "since", 0, _DIGITS)
        page = await log.wait(request.view, since, page_size(request), wait_s, ecosystem)
        return json_answer(ChangesAnswer(tuple(_change(services, each) for each in page.changes), page.next))

    return [route("changes", GET=changes)]


def _change(services: Mapping[str, Services], change: LoggedChange) -> ChangeAnswer:
    event = change.event
    return ChangeAnswer(
        sequence=event.sequence,
        at=time_of(event.at),
        kind=change.kind,
        ecosystem=event.key.ecosystem,
        name=event.key.name,
        purl=services[event.key.ecosystem].ecosystem.purl(event.key.name, event.version),
        version=event.version,
        tag=event.detail.get("tag", "") if change.kind == "tag_moved" else "",
        hosted=event.origin.startswith("hosted:"),
    )
