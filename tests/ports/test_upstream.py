"""What every implementation of the port `Upstream` promises."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.domain.errors import NotFound, PackhouseError, UpstreamBad, UpstreamDenied, UpstreamDown, UpstreamOff
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.services.ports import Upstream
from tests.adapters.upstream.loopback import QUICK, Loopback, answer, cut_off

pytestmark = pytest.mark.anyio

BODY = b'{"name": "left"}' * 9000
DOCUMENT = UpstreamAnswer(200, BODY, '"1"', "Sat, 21 Nov 2026 00:00:00 GMT", "application/json")
ERRORS: Mapping[str, tuple[int, PackhouseError]] = {
    "/gone": (410, NotFound("gone")),
    "/denied": (403, UpstreamDenied("denied")),
    "/down": (500, UpstreamDown("down")),
    "/busy": (429, UpstreamDown("busy", retry_after_s=60)),
    "/odd": (206, UpstreamBad("odd")),
}


def part(begin: int) -> bytes:
    """Write the end of the document as the answer to a range."""
    if begin >= len(BODY):
        return answer(b"", 416, Content_Range=f"bytes */{len(BODY)}")
    sent = f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}"
    return answer(BODY[begin:], 206, ETag='"1"', Content_Type="application/json", Content_Range=sent)


class Subject:
    """An implementation, the address at which it has its answers, and the switch of its upstream."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.on = True
        self.upstream: Upstream
        self.url = "http://packages.example"

    def get(self, path: str, etag: str | None = None, last_modified: str | None = None) -> UpstreamRequest:
        """Ask for a path."""
        return UpstreamRequest(self.url + path, etag=etag, last_modified=last_modified)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Subject"]:
        """Start what the implementation needs."""
        if self.kind == "memory":
            upstream = MemoryUpstream({self.url + "/left": DOCUMENT, self.url + "/half": BODY}, lambda _: self.on)
            upstream.answers |= {self.url + path: error for path, (_, error) in ERRORS.items()}
            upstream.breaks_after[self.url + "/half"] = (9, UpstreamDown("broke off"))
            self.upstream = upstream
            yield self
            return
        dated = DOCUMENT.last_modified or ""
        whole = answer(BODY, ETag='"1"', Last_Modified=dated, Content_Type="application/json")
        kept = answer(b"", 304, ETag='"1"', Last_Modified=dated, Content_Type="application/json")
        reactions = {
            path: answer(b"", status, Retry_After="60" if status == 429 else "") for path, (status, _) in ERRORS.items()
        }
        half = cut_off(answer(BODY[:9], Content_Length=str(len(BODY))))
        async with Loopback({**reactions, "/half": half}).running() as server:

            async def document(writer: asyncio.StreamWriter) -> None:
                head = server.heads[-1]
                same = f"None-Match: {DOCUMENT.etag}" in head
                same |= "None-Match" not in head and f"Modified-Since: {dated}" in head
                begin = re.search(r"Range: bytes=(\d+)-\r", head)
                writer.write(kept if same else part(int(begin[1])) if begin else whole)

            server.reactions["/left"] = document
            self.url = server.url
            registry = UpstreamRegistry("first", "plain", server.url)
            client = UpstreamClient([registry], replace(QUICK, retries=0), lambda _: self.on, environ={})
            self.upstream = client
            yield self
            await client.close()


async def collect(chunks: AsyncIterator[bytes], received: list[bytes]) -> None:
    """Keep what arrives, also if it breaks off."""
    async for chunk in chunks:
        received.append(chunk)  # noqa: PERF401 (a comprehension would lose it)


@pytest.fixture(params=["memory", "http"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with Subject(request.param).running() as running:
        yield running


async def test_a_document_comes_with_validators_and_type(subject: Subject) -> None:
    assert await subject.upstream.fetch("first", subject.get("/left")) == DOCUMENT


async def test_a_file_comes_in_chunks_and_tells_its_size(subject: Subject) -> None:
    async with subject.upstream.stream("first", subject.get("/left")) as stream:
        assert stream.size_bytes == len(BODY)
        assert b"".join([chunk async for chunk in stream.chunks()]) == BODY


async def test_what_is_not_there_is_not_found(subject: Subject) -> None:
    with pytest.raises(NotFound):
        await subject.upstream.fetch("first", subject.get("/none"))
    with pytest.raises(NotFound):
        async with subject.upstream.stream("first", subject.get("/none")):
            pass


@pytest.mark.parametrize("path", ERRORS)
async def test_errors_are_of_their_kind_for_documents_and_files(subject: Subject, path: str) -> None:
    expected = ERRORS[path][1]
    with pytest.raises(type(expected)) as raised:
        await subject.upstream.fetch("first", subject.get(path))
    assert type(raised.value) is type(expected)
    assert getattr(raised.value, "retry_after_s", None) == getattr(expected, "retry_after_s", None)
    with pytest.raises(type(expected)):
        async with subject.upstream.stream("first", subject.get(path)):
            pass


async def test_a_file_that_breaks_off_is_an_upstream_that_is_down(subject: Subject) -> None:
    received: list[bytes] = []
    async with subject.upstream.stream("first", subject.get("/half")) as stream:
        with pytest.raises(UpstreamDown):
            await collect(stream.chunks(), received)
    assert b"".join(received) == BODY[:9]


async def test_an_upstream_that_is_off_is_not_asked(subject: Subject) -> None:
    subject.on = False
    with pytest.raises(UpstreamOff, match="first is switched off"):
        await subject.upstream.fetch("first", subject.get("/left"))
    with pytest.raises(UpstreamOff):
        async with subject.upstream.stream("first", subject.get("/left")):
            pass


async def test_not_modified_answers_a_validator_that_is_right(subject: Subject) -> None:
    for request in (subject.get("/left", etag='"1"'), subject.get("/left", last_modified=DOCUMENT.last_modified)):
        kept = await subject.upstream.fetch("first", request)
        assert (kept.status, kept.body, kept.etag) == (304, b"", '"1"')
    for request in (subject.get("/left", etag='"2"'), subject.get("/left", '"2"', DOCUMENT.last_modified)):
        assert await subject.upstream.fetch("first", request) == DOCUMENT


async def test_the_end_of_a_document_comes_alone_where_it_is_asked_for(subject: Subject) -> None:
    begin = len(BODY) - 10
    part = await subject.upstream.fetch("first", replace(subject.get("/left"), begin_bytes=begin))
    assert (part.status, part.body, part.etag) == (206, BODY[begin:], '"1"')
    kept = await subject.upstream.fetch("first", replace(subject.get("/left", etag='"1"'), begin_bytes=begin))
    assert kept.status == 304
    with pytest.raises(NotFound):
        await subject.upstream.fetch("first", replace(subject.get("/left"), begin_bytes=len(BODY)))
