"""The door, which is made when somebody first knocks: what answers requests is not imported at start-up."""

from collections.abc import Sequence

from msgspec.structs import replace

from packhouse.domain.errors import PackhouseError
from packhouse.http.answers import Answer, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import Door
from packhouse.http.site import Mount
from packhouse.services.assembly import Services


def build_mount(services: Services) -> Mount:
    """Make the mount."""
    made: list[Door] = []

    async def door(request: Request, segments: Sequence[str]) -> Answer:
        if not made:
            from packhouse.ecosystems.gem.routes import build_door  # noqa: PLC0415 (start-up time)

            made.append(build_door(services))
        return await made[0](request, segments)

    return Mount(door, _problem)


def _problem(error: PackhouseError) -> Answer:
    """Say it in plain text, as the public registry does."""
    return replace(text_answer(str(error), status_of(error)), headers=error_headers(error))
