"""Answers that are kept ready: never one of a time when more was to be seen."""

from collections.abc import Sequence

import pytest

from packhouse.domain.package import Moment
from packhouse.http.answers import Answer
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready, wall_clock
from packhouse.http.request import Request
from packhouse.http.site import Mount, Site
from tests.asgi import call

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("others", [0, 20_000])
async def test_an_answer_is_not_kept_if_its_package_became_restricted_while_it_was_made(others: int) -> None:
    ready = Ready(1 << 20)
    made = []

    async def door(request: Request, segments: Sequence[str]) -> Answer:
        del request, segments
        made.append("")
        if len(made) == 1:  # the package is looked at here, and then somebody changes it
            ready.forget("toy/secret")
            for number in range(others):
                ready.forget(f"toy/{number}")
        return Answer(body=b"all of it", valid_until=Moment(wall_clock() + 60_000), about="toy/secret")

    mount = Mount(door)
    site = Site({"toy": mount}, mount, PublicAddress(None, ()), ("default",), ready)
    for _ in range(3):
        assert (await call(site, "/toy/secret")).status == 200
    assert len(made) == 2  # not after the first, which may be of the time before


async def test_a_change_of_another_package_keeps_nothing_from_being_ready() -> None:
    ready = Ready(1 << 20)
    made = []

    async def door(request: Request, segments: Sequence[str]) -> Answer:
        del request, segments
        made.append("")
        ready.forget("toy/other")
        return Answer(body=b"all of it", valid_until=Moment(wall_clock() + 60_000), about="toy/open")

    mount = Mount(door)
    site = Site({"toy": mount}, mount, PublicAddress(None, ()), ("default",), ready)
    for _ in range(3):
        await call(site, "/toy/open")
    assert len(made) == 1
