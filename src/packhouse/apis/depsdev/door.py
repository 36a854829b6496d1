"""The deps.dev API over HTTP: v3 and v3alpha differ in a few fields only."""

import hashlib
import logging
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from packhouse.apis.depsdev.bodies import read_body
from packhouse.apis.depsdev.catalogue import Answered
from packhouse.apis.depsdev.editions import Edition, has_method, in_edition
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.paths import read_path
from packhouse.apis.depsdev.statuses import code_of
from packhouse.domain.errors import NotAllowed, NotFound, PackhouseError
from packhouse.formats.compression import choose_coding, compress
from packhouse.http.answers import JSON, Answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request

log = logging.getLogger(__name__)

_COMPRESSED_FROM_BYTES = 1024
_YES = frozenset({"true", "1", "yes"})
_REVALIDATE = "no-cache"
_JSON_TEXT = f"{JSON}; charset=utf-8"
"""As the recorded answers have it."""
_BODY_BYTES = 8 << 20
"""A batch of as many requests as there may be takes less than a quarter of that."""


class DepsDevDoor:
    """Answers the methods of one edition of the API, for every ecosystem that the server has."""

    def __init__(self, insights: Insights, edition: Edition) -> None:
        self._insights = insights
        self._methods = insights.methods
        self._edition: Edition = edition

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer one request, errors included."""
        try:
            found = await self._find(request, len(segments))
        except PackhouseError as error:
            return _refusal(error, request.header(b"accept"))
        message = in_edition(self._edition, found.message)
        return _answer(message, found, request.header(b"accept-encoding"))

    async def _find(self, request: Request, taken: int) -> Answered:
        asked = read_path(request.raw_path, taken, request.query)
        if not has_method(self._edition, asked.method):
            raise NotFound("there is nothing at this address")
        method = self._methods[asked.method]
        allowed = ("GET", "HEAD") if asked.request is not None else ("POST",)
        if request.method not in allowed:
            raise NotAllowed(f"{request.method[:20]} is not possible here", f"use {allowed[0]}", allowed)
        message = asked.request
        if message is None:
            message = read_body(await request.read_body(_BODY_BYTES), method.request)
        found = await method.answer(request.view, message)
        if asked.method == "GetDependencies" and request.query.get("advisories", "").lower() in _YES:
            return await self._insights.advise(request.view, found)
        return found


def depsdev_problem(error: PackhouseError) -> Answer:
    """Word an error as the API does: a line of plain text, and the gRPC status in headers."""
    return _refusal(error, "")


def _answer(message: object, found: Answered, accept_encoding: str) -> Answer:
    body = _encode(message)
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    coding = choose_coding(accept_encoding) if len(body) >= _COMPRESSED_FROM_BYTES else "identity"
    return Answer(
        content_type=_JSON_TEXT,
        body=compress(body, coding),
        headers=() if coding == "identity" else ((b"content-encoding", coding.encode()),),
        etag=f'"{tag}-{coding}"',
        cache_control=_REVALIDATE,
        vary="Accept-Encoding",
        valid_until=found.valid_until,
        about=found.about,
    )


def _refusal(error: PackhouseError, accept: str) -> Answer:
    """Answer with text; with a google.rpc.Status where the client reads nothing but JSON.

    Clients take a failure to decode an answer for "not found", so JSON is only for those that name it and leave no
    other choice: they print its `message`.
    """
    status = status_of(error)
    if status >= 500:
        log.warning("answered %d: %s", status, error)
    code = code_of(error)
    sentence = str(error)
    headers = (
        *error_headers(error),
        (b"grpc-status", b"%d" % code),
        (b"grpc-message", quote(sentence, safe=_GRPC_MESSAGE_SAFE).encode()),
    )
    if _wants_only_json(accept):
        body = _encode({"code": code, "message": sentence, "details": []})
        return Answer(status=status, content_type=JSON, body=body, headers=headers, vary="Accept")
    text = "text/plain; charset=utf-8"
    return Answer(status=status, content_type=text, body=sentence.encode(), headers=headers, vary="Accept")


def _wants_only_json(accept: str) -> bool:
    kinds = {item.partition(";")[0].strip().lower() for item in accept.split(",")}
    return JSON in kinds and all(kind == JSON or kind.endswith("+json") for kind in kinds)


_encode = msgspec.json.Encoder().encode
_GRPC_MESSAGE_SAFE = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}~"
"""gRPC over HTTP2, "Status-Message": printable ASCII but the percent sign stands for itself."""
