"""The door of /api: how the upstreams are doing, everything about people, and what no other API tells."""

from collections.abc import Callable, Sequence

from packhouse.apis.admin.audit import AuditRoutes
from packhouse.apis.admin.description import Description
from packhouse.apis.admin.grants import GrantRoutes
from packhouse.apis.admin.organisations import OrganisationRoutes
from packhouse.apis.admin.session import SessionRoutes
from packhouse.apis.admin.tokens import TokenRoutes
from packhouse.apis.admin.upstreams import upstream_routes
from packhouse.apis.admin.users import UserRoutes
from packhouse.domain.upstream import HostHealth, UpstreamRegistry
from packhouse.http.router import Route, RoutedDoor, route
from packhouse.services.people import People


def admin_door(
    upstreams: Sequence[UpstreamRegistry],
    health: Callable[[], Sequence[HostHealth]],
    is_enabled: Callable[[str], bool],
    people: People | None = None,
    further: Sequence[Route] = (),
) -> RoutedDoor:
    """Make the door; without `people`, the one about upstreams and whatever is `further` only."""
    routes = upstream_routes(upstreams, health, is_enabled)
    if people is not None:
        routes += people_routes(people)
    routes += further
    return RoutedDoor([*routes, route("openapi.json", GET=Description(routes).show)])


def people_routes(people: People) -> list[Route]:
    """List all addresses that are about people."""
    return [
        *SessionRoutes(people).routes(),
        *UserRoutes(people).routes(),
        *TokenRoutes(people).routes(),
        *GrantRoutes(people).routes(),
        *OrganisationRoutes(people).routes(),
        *AuditRoutes(people).routes(),
    ]
