"""Upstreams without a network: answers by address."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256

from msgspec.structs import replace

from packhouse.domain.errors import NotFound, PackhouseError, UpstreamOff
from packhouse.domain.upstream import HostHealth, UpstreamAnswer, UpstreamRequest
from packhouse.services.ports import UpstreamStream

_CHUNK_BYTES = 16 * 1024

MemoryAnswer = bytes | UpstreamAnswer | PackhouseError
"""A body, a body with its head, or an error to raise."""


class MemoryUpstream:
    """Implements the port `Upstream` for tests: what is at no address is NotFound.

    A body without a head gets an ETag of its own, and a request that shows the validator of the answer gets a 304.
    `answers` may be changed at any time, `requests` records what was asked, with the name of the upstream.
    """

    def __init__(
        self, answers: Mapping[str, MemoryAnswer], is_enabled: Callable[[str], bool] = lambda _name: True
    ) -> None:
        self.answers = dict(answers)
        self.requests: list[tuple[str, UpstreamRequest]] = []
        self.breaks_after: dict[str, tuple[int, PackhouseError]] = {}
        """By address: a stream of it yields so many bytes and then raises the error."""
        self.whole_only: set[str] = set()
        """Addresses that know no ranges."""
        self._is_enabled = is_enabled

    async def fetch(self, upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        """Return 200, 206 or 304; raise NotFound where there is no answer, the error that is given, or UpstreamOff."""
        answer = self._answer(upstream, request)
        same_etag = request.etag is not None and request.etag == answer.etag
        same_date = request.last_modified is not None and request.last_modified == answer.last_modified
        # RFC 9110 section 13.1.3: a date counts only where no ETag is shown.
        if same_etag or (request.etag is None and same_date):
            return replace(answer, status=304, body=b"")
        if request.begin_bytes and request.url not in self.whole_only:
            return _part(answer, request)
        return answer

    @asynccontextmanager
    async def stream(self, upstream: str, request: UpstreamRequest) -> AsyncIterator[UpstreamStream]:
        """Open a body; the same errors on entering."""
        answer = self._answer(upstream, request)
        yield _MemoryStream(answer.body, self.breaks_after.get(request.url))

    def health(self) -> Sequence[HostHealth]:
        """Tell nothing: there are no hosts."""
        return ()

    async def close(self) -> None:
        """Nothing is held open."""

    def _answer(self, upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        if not self._is_enabled(upstream):
            raise UpstreamOff(f"the upstream {upstream} is switched off", "switch it on")
        self.requests.append((upstream, request))
        match self.answers.get(request.url):
            case None:
                raise NotFound(f"the upstream {upstream} has nothing at {request.url}")
            case PackhouseError() as error:
                raise error
            case UpstreamAnswer() as answer:
                return answer
            case bytes() as body:
                etag = f'"{sha256(body).hexdigest()[:16]}"'
                return UpstreamAnswer(200, body, etag, content_type="application/json")


def _part(answer: UpstreamAnswer, request: UpstreamRequest) -> UpstreamAnswer:
    if request.begin_bytes >= len(answer.body):
        raise NotFound(f"there is less at {request.url} than before")
    return replace(answer, status=206, body=answer.body[request.begin_bytes :])


class _MemoryStream:
    """A body in pieces."""

    def __init__(self, body: bytes, breaks_after: tuple[int, PackhouseError] | None) -> None:
        self.size_bytes: int | None = len(body)
        self._body = body
        self._breaks_after = breaks_after

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raise the error that was given."""
        stop, error = self._breaks_after or (len(self._body), None)
        for start in range(0, stop, _CHUNK_BYTES):
            yield self._body[start : min(stop, start + _CHUNK_BYTES)]
        if error is not None:
            raise error
