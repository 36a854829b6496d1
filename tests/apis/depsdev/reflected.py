"""A client of gRPC that knows nothing of the API but what the server itself tells."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from msgspec.structs import replace

from packhouse.apis.depsdev.certificates import Certificate
from packhouse.apis.depsdev.grpc_port import GrpcPort, Inner
from packhouse.apis.depsdev.grpc_server import Identify, start
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.actor import ANYONE, Actor
from tests.apis.universe import ORCHARD

NPM = replace(ORCHARD, system="NPM")
"""Toys under a name that the definition has."""


class Reflected:
    """Calls methods with messages that are made of what reflection tells."""

    def __init__(self, channel: Any, services: set[str], service: ServiceDescriptor) -> None:  # noqa: ANN401
        self.channel = channel
        self.services = services
        self.service = service

    async def ask(self, name: str, request: Mapping[str, Any], **call: Any) -> Any:  # noqa: ANN401 (any message)
        """Call a method."""
        method = self.service.methods_by_name[name]
        question = json_format.ParseDict(dict(request), message_factory.GetMessageClass(method.input_type)())
        return await self.send(name, question.SerializeToString(), **call)

    async def send(self, name: str, body: bytes, **call: Any) -> Any:  # noqa: ANN401 (any message)
        """Call a method with bytes that may be no message."""
        method = self.service.methods_by_name[name]
        answer = message_factory.GetMessageClass(method.output_type)
        asked = self.channel.unary_unary(f"/{self.service.full_name}/{name}", response_deserializer=answer.FromString)
        return await asked(body, timeout=20, **call)

    async def ask_json(self, name: str, request: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any JSON)
        """Call a method, and write the answer as the mapping of protobuf to JSON does."""
        answer = await self.ask(name, request)
        return json_format.MessageToDict(answer, always_print_fields_with_no_presence=True)


async def nobody(authorization: str, address: str) -> Actor:
    """Take everybody for nobody in particular."""
    del authorization, address
    return ANYONE


@asynccontextmanager
async def opened(
    insights: Insights, identify: Identify = nobody, certificate: Certificate | None = None
) -> AsyncIterator[int]:
    """Serve gRPC on a free port, and tell which."""

    async def begin(peers: Mapping[int, str]) -> Inner:
        return await start(insights, identify, peers, certificate)

    port = GrpcPort(begin)
    number = await port.open("127.0.0.1", 0)
    try:
        yield number
    finally:
        await port.close(0)


@asynccontextmanager
async def client(port: int, edition: str = "v3alpha", credentials: Any = None) -> AsyncIterator[Reflected]:  # noqa: ANN401
    """Ask the server what it has, and close the connection at the end."""
    target = f"localhost:{port}"
    services, service = await asyncio.to_thread(_describe, target, edition, credentials)
    secure = partial(grpc.aio.secure_channel, credentials=credentials)
    channel = (secure if credentials else grpc.aio.insecure_channel)(target, options=_OPTIONS)
    async with channel:
        yield Reflected(channel, services, service)


def _describe(target: str, edition: str, credentials: Any) -> tuple[set[str], ServiceDescriptor]:  # noqa: ANN401
    secure = partial(grpc.secure_channel, credentials=credentials)
    with (secure if credentials else grpc.insecure_channel)(target, options=_OPTIONS) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        service = DescriptorPool(database).FindServiceByName(f"deps_dev.{edition}.Insights")
        for method in service.methods:
            message_factory.GetMessageClass(method.output_type)
        return services, service


# Without this, connections to an earlier server on the same port would be used again.
_OPTIONS = (("grpc.use_local_subchannel_pool", 1),)
