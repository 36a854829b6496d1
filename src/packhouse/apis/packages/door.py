"""The door of /packages/v1: reads a question, has it answered, writes the answer."""

from collections.abc import Mapping, Sequence

import msgspec

from packhouse.apis.packages.errors import BadPaging, BadPeriod, InvalidRequest
from packhouse.apis.packages.operations import OPERATIONS, Asker, Operation
from packhouse.apis.packages.questions import Question
from packhouse.apis.packages.registries import Registries
from packhouse.domain.errors import Invalid, NotAllowed, NotFound, PackhouseError
from packhouse.http.answers import JSON, Answer
from packhouse.http.problems import problem
from packhouse.http.request import Request
from packhouse.http.serving import body_answer
from packhouse.services.assembly import Services

_EDITION = "v1"
_METHODS = "GET, HEAD, POST"


class PackagesDoor:
    """Answers every operation, asked by POST with a JSON body or by GET with a query."""

    def __init__(self, services: Mapping[str, Services]) -> None:
        self._registries = Registries(services)

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer one request."""
        operation = _operation(segments)
        question = await _read(request, operation)
        asker = Asker(request.view, request.base.rpartition("/")[0])
        try:
            answer = await operation.run(self._registries, asker, question)
        except Invalid as error:
            if type(error) is not Invalid:
                raise
            # What an ecosystem finds wrong, a login for example.
            raise InvalidRequest(error.message, error.hint) from error
        return body_answer(request, msgspec.json.encode(answer), JSON)


def packages_problem(error: PackhouseError) -> Answer:
    """Word an error as code, message and hint."""
    answer = problem(error)
    if isinstance(error, NotAllowed):
        # RFC 9110 section 15.5.6: the answer says what is allowed.
        return msgspec.structs.replace(answer, headers=(*answer.headers, (b"allow", _METHODS.encode())))
    return answer


def _operation(segments: Sequence[str]) -> Operation:
    if len(segments) == 2 and segments[0] == _EDITION:
        operation = OPERATIONS.get(segments[1])
        if operation is not None:
            return operation
    names = ", ".join(OPERATIONS)
    raise NotFound("there is no such operation", f"POST to /packages/{_EDITION}/ and one of {names}; see /openapi.json")


async def _read(request: Request, operation: Operation) -> Question:
    """Read a question; raise InvalidRequest, BadPaging, BadPeriod, TooLarge or NotAllowed."""
    try:
        if request.method == "POST":
            body = await request.read_body(operation.body_bytes)
            return msgspec.convert(_with_whole_numbers(msgspec.json.decode(body or b"{}")), type=operation.question)
        if request.method in ("GET", "HEAD"):
            return msgspec.convert(request.query, type=operation.question, strict=False)
    except msgspec.ValidationError as error:
        raise _misread(str(error), operation) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is no JSON: {error}", "send a JSON object") from None
    except Invalid as error:
        raise InvalidRequest(error.message, error.hint) from None
    raise NotAllowed(f"{request.method[:20]} is not possible here", f"use {_METHODS}")


def _with_whole_numbers(body: object) -> object:
    """Turn numbers such as 2.0 into whole ones: to JSON, they are (JSON Schema 2020-12, validation, 6.1.1)."""
    if not isinstance(body, dict):
        return body
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in body.items()
    }


def _misread(message: str, operation: Operation) -> Invalid:
    """Make the error of the field that is wrong."""
    sentence, _, place = message.partition(" - at `$.")
    field = place.rstrip("`")
    if field in ("page", "page_size"):
        return BadPaging(f"{field}: {sentence}", "page counts from 1; page_size is from 1 to 250, and 250 above that")
    if field == "period":
        return BadPeriod(f"period: {sentence}", "choose last-day, last-week, last-month, last-year or total")
    fields = ", ".join(each.name for each in msgspec.structs.fields(operation.question)) or "none"
    return InvalidRequest(f"{field}: {sentence}" if field else sentence, f"the fields of {operation.name}: {fields}")
