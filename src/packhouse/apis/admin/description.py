"""/api/openapi.json: what this API takes and answers."""

from collections.abc import Sequence
from typing import Any

import msgspec

from packhouse.http.answers import JSON, Answer
from packhouse.http.request import Request
from packhouse.http.router import Route
from packhouse.http.serving import body_answer


class Description:
    """Describes routes, once somebody asks."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._document: dict[str, Any] | None = None

    async def show(self, request: Request) -> Answer:
        """Describe this API, at the address at which it was asked."""
        from packhouse.apis.admin.openapi import build_document  # noqa: PLC0415 (start-up time)

        if self._document is None:
            self._document = build_document(self._routes)
        return body_answer(request, msgspec.json.encode({**self._document, "servers": [{"url": request.base}]}), JSON)
