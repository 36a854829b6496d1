"""The deps.dev API over gRPC, asked by clients that have no definition of it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import pytest
import trustme
from grpc_health.v1 import health_pb2, health_pb2_grpc

from packhouse.apis.depsdev import grpc_server
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.certificates import Certificate
from packhouse.apis.depsdev.grpc_port import GrpcPort, Inner
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.list_messages import ContainerImage, DockerHubRepoMetadata
from packhouse.apis.depsdev.wire import Definition
from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.assembly import Services
from tests.apis.depsdev.conftest import RECORDS
from tests.apis.depsdev.reflected import NPM, Reflected, client, opened
from tests.apis.universe import services_of

pytestmark = pytest.mark.anyio

CRATE = {"system": "NPM", "name": "crate"}


@pytest.fixture
async def toys() -> Services:
    return await services_of(RECORDS, NPM, down=("behind",))


@pytest.fixture
async def alpha(toys: Services) -> AsyncIterator[Reflected]:
    async with opened(Insights({"toy": toys})) as port, client(port) as reflected:
        yield reflected


async def _code(call: Any) -> tuple[grpc.StatusCode, str]:  # noqa: ANN401 (anything to await)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details() or ""


async def test_reflection_tells_every_service_and_all_its_messages(alpha: Reflected) -> None:
    assert alpha.services >= {"deps_dev.v3.Insights", "deps_dev.v3alpha.Insights", "grpc.health.v1.Health"}
    assert {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"} <= alpha.services
    assert len(alpha.service.methods) == 18


async def test_both_names_of_reflection_answer(alpha: Reflected) -> None:
    from grpc_reflection.v1alpha import reflection_pb2 as messages  # noqa: PLC0415 (of this test alone)

    ask = alpha.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=messages.ServerReflectionRequest.SerializeToString,
        response_deserializer=messages.ServerReflectionResponse.FromString,
    )

    async def once() -> AsyncIterator[messages.ServerReflectionRequest]:
        yield messages.ServerReflectionRequest(file_containing_symbol="deps_dev.v3.Package")

    answers = [each async for each in ask(once())]
    assert len(answers[0].file_descriptor_response.file_descriptor_proto) == 2


async def test_a_package_is_answered_with_times_and_flags(alpha: Reflected) -> None:
    package = await alpha.ask("GetPackage", {"packageKey": CRATE})
    assert (package.package_key.name, package.purl) == ("crate", "pkg:toy/crate")
    first = package.versions[0]
    assert (first.version_key.version, first.is_deprecated, first.deprecated_reason) == ("1.0.0", True, "use 2")
    assert first.published_at.ToJsonString() == "2025-12-02T00:00:00Z"
    assert not package.versions[3].HasField("published_at")


async def test_v3_has_its_own_numbers_and_only_its_own_methods(toys: Services) -> None:
    async with opened(Insights({"toy": toys})) as port, client(port, "v3") as stable:
        package = await stable.ask("GetPackage", {"packageKey": CRATE})
        assert package.versions[0].deprecated_reason == "use 2"
        assert "purl" not in package.DESCRIPTOR.fields_by_name
        missing = stable.channel.unary_unary("/deps_dev.v3.Insights/GetVersionBatch")
        assert (await _code(missing(b"", timeout=5)))[0] is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("method", "request_", "code", "details"),
    [
        ("GetPackage", {"packageKey": {"system": "NPM", "name": "none"}}, "NOT_FOUND", "package not found"),
        ("GetVersion", {"versionKey": CRATE | {"version": "9"}}, "NOT_FOUND", "version not found"),
        (
            "GetPackage",
            {"packageKey": {"system": "GO", "name": "x"}},
            "NOT_FOUND",
            "system not found (known here: NPM)",
        ),
        ("GetPackage", {}, "NOT_FOUND", "system not found (known here: NPM)"),
        ("GetPackage", {"packageKey": {"system": "NPM"}}, "INVALID_ARGUMENT", "this is not the name of a toy"),
        (
            "GetPackage",
            {"packageKey": {"system": "NPM", "name": "behind"}},
            "UNAVAILABLE",
            "toy.example does not answer",
        ),
        ("GetProject", {"projectKey": {"id": "github.com/a/b"}}, "NOT_FOUND", "project not found"),
        ("GetAdvisory", {"advisoryKey": {"id": "GHSA-x"}}, "NOT_FOUND", "advisory not found"),
        ("GetDependents", {"versionKey": CRATE | {"version": "2.0.0"}}, "NOT_FOUND", "dependents not found"),
        ("GetCapabilities", {"versionKey": CRATE | {"version": "2.0.0"}}, "NOT_FOUND", "capabilities not found"),
        ("QueryContainerImages", {"chainId": "sha256:00"}, "NOT_FOUND", "container images not found"),
        ("PurlLookup", {"purl": "no purl"}, "INVALID_ARGUMENT", ""),
        ("Query", {}, "INVALID_ARGUMENT", ""),
        ("Query", {"hash": {"type": "SHA1", "value": "AAAA"}}, "INVALID_ARGUMENT", ""),
    ],
)
async def test_an_error_has_the_code_of_its_kind(
    alpha: Reflected, method: str, request_: dict[str, Any], code: str, details: str
) -> None:
    found, said = await _code(alpha.ask(method, request_))
    assert found.name == code
    assert said == details or not details


async def test_bytes_that_are_no_message_are_an_invalid_argument(alpha: Reflected) -> None:
    for method in alpha.service.methods:
        code, _ = await _code(alpha.send(method.name, b"\xff\xff\xff"))
        assert code is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_health_service_says_that_each_service_is_up(alpha: Reflected) -> None:
    stub = health_pb2_grpc.HealthStub(alpha.channel)
    for name in ("", "deps_dev.v3.Insights", "deps_dev.v3alpha.Insights"):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_who_asks_is_told_by_metadata_and_by_the_address_of_the_client(toys: Services) -> None:
    seen: list[tuple[str, str]] = []

    async def identify(authorization: str, address: str) -> Actor:
        seen.append((authorization, address))
        return ANYONE

    async with opened(Insights({"toy": toys}), identify) as port, client(port) as alpha:
        await alpha.ask("GetPackage", {"packageKey": CRATE}, metadata=(("authorization", "Bearer abc"),))
        assert seen == [("Bearer abc", "127.0.0.1")]
        twice = (("authorization", "Bearer abc"), ("authorization", "Bearer def"))
        code, said = await _code(alpha.ask("GetPackage", {"packageKey": CRATE}, metadata=twice))
        assert (code, said) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "the call has more than one authorization (send one)",
        )
        assert len(seen) == 1


async def test_a_certificate_of_the_configuration_is_shown(toys: Services) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain = b"".join(each.bytes() for each in issued.cert_chain_pems)
    certificate = Certificate(chain, issued.private_key_pem.bytes())
    credentials = grpc.ssl_channel_credentials(authority.cert_pem.bytes())
    insights = Insights({"toy": toys})
    async with opened(insights, certificate=certificate) as port, client(port, credentials=credentials) as alpha:
        package = await alpha.ask("GetPackage", {"packageKey": CRATE})
        assert package.package_key.name == "crate"


class SlowImages:
    """Images that take their time."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def list(self, view: View, chain_id: str, limit: int) -> Sequence[ContainerImage]:
        del view, chain_id, limit
        self.asked.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.cancelled.set()
        return ()


async def test_a_call_that_its_client_gives_up_is_cancelled(toys: Services) -> None:
    slow = SlowImages()
    insights = Insights({"toy": toys}, Behind(images=slow))
    async with opened(insights) as port, client(port) as alpha:
        call = asyncio.create_task(alpha.ask("QueryContainerImages", {"chainId": "x"}))
        await asyncio.wait_for(slow.asked.wait(), 10)
        call.cancel()
        await asyncio.wait_for(slow.cancelled.wait(), 10)


async def test_more_calls_than_can_be_answered_are_unavailable(toys: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpc_server, "MOST_CALLS", 1)
    slow = SlowImages()
    async with opened(Insights({"toy": toys}, Behind(images=slow))) as port, client(port) as alpha:
        call = asyncio.create_task(alpha.ask("QueryContainerImages", {"chainId": "x"}))
        await asyncio.wait_for(slow.asked.wait(), 10)
        code, _ = await _code(alpha.ask("GetPackage", {"packageKey": CRATE}))
        assert code is grpc.StatusCode.UNAVAILABLE
        call.cancel()


async def test_a_number_of_64_bits_is_text_in_json_and_a_number_here(toys: Services) -> None:
    class Images:
        async def list(self, view: View, chain_id: str, limit: int) -> Sequence[ContainerImage]:
            del view, chain_id, limit
            return [ContainerImage("alpine", "docker.example", DockerHubRepoMetadata(pull_count=str(2**40)))]

    async with opened(Insights({"toy": toys}, Behind(images=Images()))) as port, client(port) as alpha:
        answer = await alpha.ask("QueryContainerImages", {"chainId": "x"})
        assert answer.results[0].docker_metadata.pull_count == 2**40
        shown = await alpha.ask_json("QueryContainerImages", {"chainId": "x"})
        assert shown["results"][0]["dockerMetadata"]["pullCount"] == str(2**40)


async def test_a_failure_of_ours_says_nothing_about_it(toys: Services, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        async def list(self, view: View, key: PackageKey) -> Sequence[PackageKey]:
            del view, key
            raise RuntimeError("the password is pear")

    async with opened(Insights({"toy": toys}, Behind(similar=Broken()))) as port, client(port) as alpha:
        code, said = await _code(alpha.ask("GetSimilarlyNamedPackages", {"packageKey": CRATE}))
        assert code is grpc.StatusCode.INTERNAL
        assert "pear" not in said
        assert "pear" in caplog.text


async def test_nothing_is_started_before_the_first_connection() -> None:
    started: list[int] = []

    async def begin(peers: object) -> Inner:
        started.append(1)
        raise OSError("not today")

    port = GrpcPort(begin)
    number = await port.open("127.0.0.1", 0)
    assert not started
    reader, writer = await asyncio.open_connection("127.0.0.1", number)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    assert started == [1]
    assert not port.started
    writer.close()
    await port.close()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", number), 5):
        pass


def test_what_an_edition_has_no_field_for_is_left_out() -> None:
    definition = Definition("v3")
    assert definition.build("GetRequirements", {"packagist": {"dependencies": []}}).ByteSize() == 0
