"""The deps.dev API over gRPC: both editions, reflection and health, on an inner port of this host."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health  # pyright: ignore[reportAttributeAccessIssue] (chosen as it runs)
from grpc_reflection.v1alpha import reflection, reflection_pb2
from msgspec import Struct

from packhouse.apis.depsdev.certificates import Certificate
from packhouse.apis.depsdev.editions import Edition, has_method, in_edition
from packhouse.apis.depsdev.insights import Insights, Method
from packhouse.apis.depsdev.statuses import code_of
from packhouse.apis.depsdev.wire import Definition
from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, PackhouseError
from packhouse.domain.view import Sight, View

log = logging.getLogger(__name__)

EDITIONS: tuple[Edition, ...] = ("v3", "v3alpha")
MOST_CALLS = 1000
"""Calls that are answered at once; who comes then is told to try again."""
_RECEIVED_BYTES = 8 << 20
_OPTIONS = (
    ("grpc.max_receive_message_length", _RECEIVED_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", MOST_CALLS),
)
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_HEALTH = "grpc.health.v1.Health"
_REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"

Identify = Callable[[str, str], Awaitable[Actor]]
"""Makes an actor of what a client sends as `authorization`, and its address."""


class GrpcServer:
    """The running server."""

    def __init__(self, server: Any, port: int) -> None:  # noqa: ANN401 (grpcio has no types)
        self._server = server
        self.port = port

    async def stop(self, grace_s: float) -> None:
        """Let calls that are under way finish."""
        await self._server.stop(grace_s)


async def start(
    insights: Insights, identify: Identify, peers: Mapping[int, str], certificate: Certificate | None
) -> GrpcServer:
    """Start on a free port of the loopback interface; `peers` tells who is behind a connection, by its port."""
    server = grpc.aio.server(options=_OPTIONS)
    callers = _Callers(identify, peers)
    calls = _Calls()
    definitions: dict[Edition, Definition] = {edition: Definition(edition) for edition in EDITIONS}
    for edition, definition in definitions.items():
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                _Answering(name, method, edition, definition, callers, calls).call
            )
            for name, method in insights.methods.items()
            if has_method(edition, name)
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(definition.service, handlers),))
    services = [each.service for each in definitions.values()]
    _add_reflection(server, services)
    await _add_health(server, services)
    port = _listen(server, certificate)
    await server.start()
    return GrpcServer(server, port)


class _Calls:
    """How many calls are being answered."""

    now = 0


class _Callers:
    """Makes views of what comes with a call."""

    def __init__(self, identify: Identify, peers: Mapping[int, str]) -> None:
        self._identify = identify
        self._peers = peers

    async def view(self, context: Any) -> View:  # noqa: ANN401 (grpcio has no types)
        """Make the view of a call; raise Invalid for two different credentials, TooOften for who guesses."""
        sent = [value for name, value in context.invocation_metadata() or () if name == "authorization"]
        if len(sent) > 1:
            raise Invalid("the call has more than one authorization", "send one")
        host, _, port = unquote(context.peer()).partition(":")[2].rpartition(":")
        address = self._peers.get(int(port) if port.isdigit() else 0, host.strip("[]"))
        return View(actor=await self._identify(sent[0] if sent else "", address), sight=Sight())


class _Answering(Struct, frozen=True):
    """One method of one edition."""

    name: str
    method: Method
    edition: Edition
    definition: Definition
    callers: _Callers
    calls: _Calls

    async def call(self, body: bytes, context: Any) -> bytes:  # noqa: ANN401 (grpcio has no types)
        """Answer a call; a client that gives it up cancels this."""
        calls = self.calls
        if calls.now >= MOST_CALLS:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "too many calls at once, try again")
        calls.now += 1
        try:
            return await self._answer(body, context)
        except PackhouseError as error:
            failure = error
        finally:
            calls.now -= 1
        code = code_of(failure)
        if code == _INTERNAL:
            log.warning("answered a call of %s: %s", self.name, failure)
        await context.abort(_CODES[code], str(failure))
        raise failure  # not reached: `abort` raises

    async def _answer(self, body: bytes, context: Any) -> bytes:  # noqa: ANN401 (grpcio has no types)
        try:
            view = await self.callers.view(context)
            request = self.definition.read(self.name, body, self.method.request)
            found = await self.method.answer(view, request)
            message = in_edition(self.edition, found.message)
            if self.name.endswith("Batch"):
                # A full page takes a fifth of a second, in which others would wait.
                return await asyncio.to_thread(self.definition.write, self.name, message)
            return self.definition.write(self.name, message)
        except PackhouseError:
            raise
        except Exception:
            log.exception("failed at a call of %s", self.name)
            raise PackhouseError("something went wrong here", "the server's log says what") from None


_INTERNAL = 13


def _add_reflection(server: Any, services: list[str]) -> None:  # noqa: ANN401 (grpcio has no types)
    """Tell clients that have no definition what there is, under both names of the service."""
    names = [*services, _HEALTH, reflection.SERVICE_NAME, _REFLECTION_V1]
    servicer = reflection.aio.ReflectionServicer(names)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        # Both versions of the service have the same messages but for their names.
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    methods = {"ServerReflectionInfo": handler}
    for name in (reflection.SERVICE_NAME, _REFLECTION_V1):
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))


async def _add_health(server: Any, services: list[str]) -> None:  # noqa: ANN401 (grpcio has no types)
    servicer = health.HealthServicer()
    for name in ("", *services):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)


def _listen(server: Any, certificate: Certificate | None) -> int:  # noqa: ANN401 (grpcio has no types)
    if certificate is None:
        return int(server.add_insecure_port("127.0.0.1:0"))
    credentials = grpc.ssl_server_credentials([(certificate.key, certificate.chain)])
    return int(server.add_secure_port("127.0.0.1:0", credentials))
