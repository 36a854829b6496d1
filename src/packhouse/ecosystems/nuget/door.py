"""The door that nuget.exe, dotnet and Visual Studio knock at; what is behind it is imported when they first do."""

from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import PackhouseError
from packhouse.http.answers import Answer, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_MAX_WARNING = 1000


def build_mount(services: Services) -> Mount:
    """Make the door of one server."""
    routed: list[RoutedDoor] = []

    async def door(request: Request, segments: Sequence[str]) -> Answer:
        if not routed:
            from packhouse.ecosystems.nuget.routes import build_door  # noqa: PLC0415 (start-up time)

            routed.append(build_door(services))
        return await routed[0](request, segments)

    return Mount(door, nuget_problem)


def nuget_problem(error: PackhouseError) -> Answer:
    """Word an error for NuGet, which shows its users no body, but the header for warnings."""
    status = status_of(error)
    headers = error_headers(error)
    if status != 404:
        # A package that one feed has not is no reason for a warning: another has it.
        sentence = " ".join(str(error).split()).encode("ascii", "replace")
        headers += ((b"x-nuget-warning", sentence[:_MAX_WARNING]),)
    return msgspec.structs.replace(text_answer(f"{error}\n", status), headers=headers)
