"""A server with the deps.dev API on top of a few toys."""

from collections.abc import Sequence

import pytest

from packhouse.apis.depsdev.door import DepsDevDoor, depsdev_problem
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.package import Moment
from packhouse.domain.release import Licence, Link, Release
from packhouse.http.answers import Answer, text_answer
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.request import Request
from packhouse.http.site import Mount, Site
from packhouse.services.assembly import Services
from tests.apis.universe import NOW, clock, needs, record, services_of


def _ago(days: int, more_ms: int = 0) -> Moment:
    return Moment(NOW - days * 86_400_000 + more_ms)


RECORDS = (
    record(
        "crate",
        [
            Release("1.0.0", _ago(30), deprecated="use 2"),
            Release("1.1.0", _ago(20), yanked=""),
            Release(
                "2.0.0",
                _ago(10, 999),
                requirements=needs("apple 1.*", "pear *"),
                description="Holds fruit",
                licences=(Licence("Apache 2", "Apache-2.0"), Licence("SEE LICENSE IN box")),
                links=(
                    Link("repository", "git+ssh://git@github.com/Orchard/Crate.js.git"),
                    Link("homepage", "https://orchard.example/"),
                    Link("issues", "https://gitlab.com/orchard/group/crate/-/issues"),
                    Link("funding", "https://money.example"),
                ),
            ),
            Release("3.0.0-rc", None),
        ],
        latest="2.0.0",
    ),
    record("apple", [Release("1.0.0", NOW, needs("leaf *", "nothing 9.*")), Release("2.0.0", NOW)]),
    record("pear", [Release("1.0.0", NOW, needs("leaf 1.*", "apple 1.0.0"))]),
    record("leaf", [Release("1.0.0", NOW)]),
    record("@colors/colors", [Release("1.5.0", NOW), Release("1.6.0", NOW)]),
    record("org.apache.logging.log4j:log4j-core", [Release("2.20.0", NOW)]),
    record("github.com/user/repo", [Release("v2.0.0+incompatible", NOW)]),
    record("odd:dependencies", [Release("1.0.0:requirements", NOW), Release("1.0.0", NOW)]),
    record("versions", [Release("1.0.0", NOW)]),
    record("@x/versions", [Release("versions", NOW)]),
)


@pytest.fixture
async def services() -> Services:
    """Put every service on top of the toys."""
    return await services_of(RECORDS, down=("behind",))


@pytest.fixture
def site(services: Services) -> Site:
    """Serve both editions, as the real server mounts them."""
    return site_of(services)


def site_of(services: Services) -> Site:
    """Mount both editions for one ecosystem."""
    return site_over(Insights({services.ecosystem.key: services}))


def site_over(insights: Insights) -> Site:
    """Mount both editions."""
    mounts = {
        "v3": Mount(DepsDevDoor(insights, "v3"), depsdev_problem),
        "v3alpha": Mount(DepsDevDoor(insights, "v3alpha"), depsdev_problem),
    }
    return Site(mounts, Mount(_root), PublicAddress(None, ()), ("default", "team"), Ready(1 << 20, clock))


async def _root(request: Request, segments: Sequence[str]) -> Answer:
    del request, segments
    return text_answer("not the API", 404)
