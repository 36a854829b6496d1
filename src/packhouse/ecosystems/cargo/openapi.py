"""The address of the OpenAPI document of cargo's door."""

import msgspec

from packhouse.http.answers import JSON, Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.http.serving import body_answer


class OpenApi:
    """The handler."""

    def routes(self) -> list[Route]:
        """List the one address."""
        return [route("api/openapi.json", GET=self.document)]

    async def document(self, request: Request) -> Answer:
        """Answer with the document, whose server is this one under the view that was asked for."""
        # Hardly anybody asks: it is made then.
        from packhouse.ecosystems.cargo.openapi_document import build_document  # noqa: PLC0415 (start-up time)

        built = build_document(internal="internal" in request.query)
        return body_answer(request, msgspec.json.encode({**built, "servers": [{"url": request.base}]}), JSON)
