"""What is wrong with a question, in the words of CouchDB, which its clients look at."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from packhouse.domain.errors import Invalid
from packhouse.http.answers import Answer, json_answer
from packhouse.http.problems import status_of
from packhouse.http.request import Request

BAD_REQUEST = "bad_request"
QUERY_PARSE_ERROR = "query_parse_error"
"""The words that stand beside the reason."""

P = ParamSpec("P")
_Handler = Callable[Concatenate[Request, P], Awaitable[Answer]]


def explained(error: str, handler: _Handler[P]) -> _Handler[P]:
    """Let a handler answer what cannot be meant as CouchDB does: a word and a reason."""

    async def answer(request: Request, /, *parts: P.args, **named: P.kwargs) -> Answer:
        try:
            return await handler(request, *parts, **named)
        except Invalid as trouble:
            return json_answer({"error": error, "reason": str(trouble)}, status_of(trouble))

    return answer
