"""The door of /api: how the upstreams are doing, and everything about people."""

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
) -> RoutedDoor:
    """Make the door; without `people`, the one about upstreams only."""
    routes = upstream_routes(upstreams, health, is_enabled)
    if people is not None:
        routes += people_routes(people)
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
