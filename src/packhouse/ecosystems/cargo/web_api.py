"""The read side of the Web API."""

from packhouse.http.router import Route
from packhouse.services.assembly import Services


class WebApi:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses."""
        return []
