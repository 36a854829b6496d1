"""/api/upstreams: how the upstreams are doing."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from packhouse.apis.admin.asking import time_of
from packhouse.domain.upstream import HostHealth, UpstreamRegistry
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route


class HostAnswer(Struct, frozen=True, rename="camel"):
    """One host that an upstream is on."""

    host: str
    state: str
    """closed (well), open (left alone after failures) or half-open (being tried again)."""
    failures: int
    last_error: str | None
    last_error_at: str | None
    last_success_at: str | None
    enforced_per_second: float | None
    """Requests a second that go out at most, whoever waits."""
    polite_per_second: float | None
    """Requests a second of those that nobody waits for."""


class UpstreamAnswer(Struct, frozen=True, rename="camel"):
    """One upstream."""

    name: str
    ecosystem: str
    url: str
    enabled: bool
    well_known: bool
    """False for one that the operator has added or given another address."""
    credentials: bool
    """Whether it is sent any; which ones is not told."""
    packages: tuple[str, ...]
    """Patterns of the names that are asked here and nowhere else."""
    hosts: tuple[HostAnswer, ...]


class UpstreamsAnswer(Struct, frozen=True, rename="camel"):
    """All of them, in the order in which they are asked."""

    upstreams: tuple[UpstreamAnswer, ...]


def upstream_routes(
    upstreams: Sequence[UpstreamRegistry], health: Callable[[], Sequence[HostHealth]], is_enabled: Callable[[str], bool]
) -> list[Route]:
    """List the addresses."""

    async def list_upstreams(request: Request) -> Answer:
        """List the upstreams with their health, limits and last errors."""
        del request
        hosts = health()
        return json_answer(UpstreamsAnswer(tuple(_upstream(each, hosts, is_enabled) for each in upstreams)))

    return [route("upstreams", GET=list_upstreams)]


def _upstream(
    registry: UpstreamRegistry, hosts: Sequence[HostHealth], is_enabled: Callable[[str], bool]
) -> UpstreamAnswer:
    return UpstreamAnswer(
        name=registry.name,
        ecosystem=registry.ecosystem,
        url=registry.url,
        enabled=is_enabled(registry.name),
        well_known=registry.well_known,
        credentials=registry.credentials is not None,
        packages=registry.packages,
        hosts=tuple(_host(each) for each in hosts if registry.name in each.upstreams),
    )


def _host(health: HostHealth) -> HostAnswer:
    return HostAnswer(
        host=health.host,
        state=health.state,
        failures=health.failures,
        last_error=health.last_error or None,
        last_error_at=time_of(health.last_error_at),
        last_success_at=time_of(health.last_success_at),
        enforced_per_second=health.enforced_per_s,
        polite_per_second=health.polite_per_s,
    )
