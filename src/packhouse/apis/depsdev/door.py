"""The deps.dev API over HTTP: v3 and v3alpha differ in a few fields only."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.apis.depsdev import answers
from packhouse.apis.depsdev.messages import without_alpha_fields
from packhouse.apis.depsdev.paths import Asked, read_path
from packhouse.domain.errors import (
    Invalid,
    NotAllowed,
    NotFound,
    PackhouseError,
    Refused,
    StorageError,
    TooLarge,
    Unresolvable,
    UpstreamError,
)
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.formats.compression import choose_coding, compress
from packhouse.http.answers import JSON, Answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Snapshot

log = logging.getLogger(__name__)

Edition = Literal["v3", "v3alpha"]

_COMPRESSED_FROM_BYTES = 1024
_REVALIDATE = "no-cache"

CODES: dict[type[PackhouseError], int] = {
    PackhouseError: 13,
    Invalid: 3,
    NotFound: 5,
    NotAllowed: 12,
    Refused: 7,
    TooLarge: 3,
    Unresolvable: 9,
    UpstreamError: 14,
    StorageError: 13,
}
"""Codes of google.rpc.Code; an error without an entry of its own has that of the nearest class above it."""


class _Found(Struct, frozen=True):
    """A message and how long it may be repeated."""

    message: object
    valid_until: Moment = Moment(0)
    about: str = ""


class _Target(Struct, frozen=True):
    """What a path names, canonical, and who knows about it."""

    services: Services
    key: PackageKey


class DepsDevDoor:
    """Answers the methods of one edition of the API, for every ecosystem that the server has."""

    def __init__(self, ecosystems: Mapping[str, Services], edition: Edition) -> None:
        self._by_system: dict[str, Services] = {}
        for services in ecosystems.values():
            ecosystem = services.ecosystem
            for name in (ecosystem.system, ecosystem.key, *ecosystem.aliases):
                self._by_system[name.lower()] = services
        self._systems = {key: services.ecosystem.system for key, services in ecosystems.items()}
        self._edition = edition

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer one request, errors included."""
        try:
            found = await self._find(request, len(segments))
        except PackhouseError as error:
            return _refusal(error, request.header(b"accept"))
        message = found.message if self._edition == "v3alpha" else without_alpha_fields(found.message)
        return _answer(message, found, request.header(b"accept-encoding"))

    async def _find(self, request: Request, taken: int) -> _Found:
        asked = read_path(request.raw_path, taken)
        if request.method not in ("GET", "HEAD"):
            raise NotAllowed(f"{request.method[:20]} is not possible here", "use GET")
        target = self._target(asked)
        if asked.version is None:
            if asked.verb:
                raise NotFound(f"{asked.verb} are not served here")
            return await self._package(request, target)
        methods: dict[str, Callable[[Request, _Target, str], Awaitable[_Found]]] = {
            "": self._version,
            "requirements": self._requirements,
            "dependencies": self._dependencies,
        }
        method = methods.get(asked.verb)
        if method is None:
            raise NotFound(f"{asked.verb} are not served here")
        return await method(request, target, asked.version)

    def _target(self, asked: Asked) -> _Target:
        services = self._by_system.get(asked.system.lower())
        if services is None:
            raise NotFound("system not found", f"known here: {', '.join(sorted(set(self._systems.values())))}")
        return _Target(services, PackageKey(services.ecosystem.key, services.ecosystem.parse_name(asked.name)))

    async def _package(self, request: Request, target: _Target) -> _Found:
        snapshot, record = await self._record(request, target)
        return _Found(answers.package(target.services.ecosystem, record), snapshot.valid_until, str(target.key))

    async def _version(self, request: Request, target: _Target, version: str) -> _Found:
        snapshot, record = await self._record(request, target)
        release = await target.services.records.complete(request.view, target.key, _release(record, version))
        origins = {part.origin for part in snapshot.parts or (snapshot,)}
        upstreams = [each for each in target.services.upstreams if each.origin in origins]
        message = answers.version(target.services.ecosystem, record, release, upstreams)
        return _Found(message, snapshot.valid_until, str(target.key))

    async def _requirements(self, request: Request, target: _Target, version: str) -> _Found:
        snapshot, record = await self._record(request, target)
        release = await target.services.records.complete(request.view, target.key, _release(record, version))
        message = answers.requirements(target.services.ecosystem, release)
        return _Found(message, snapshot.valid_until, str(target.key))

    async def _dependencies(self, request: Request, target: _Target, version: str) -> _Found:
        """Resolve; the answer depends on many packages and so is asked for anew each time."""
        if target.services.ecosystem.begin_resolution is None:
            raise NotFound("dependencies not found", f"graphs of {target.services.ecosystem.title} are not resolved")
        _, record = await self._record(request, target)
        release = _release(record, version)
        graph = await target.services.resolver.resolve(request.view, target.key, release.version)
        return _Found(answers.dependencies(lambda key: self._systems.get(key, key.upper()), graph))

    async def _record(self, request: Request, target: _Target) -> tuple[Snapshot, PackageRecord]:
        """Return the record and where it comes from."""
        try:
            # The snapshot comes first: a record read after it is never older than the promise.
            snapshot = await target.services.source.snapshot(request.view, target.key)
            record = await target.services.records.get(request.view, target.key)
        except NotFound:
            raise NotFound("package not found") from None
        return snapshot, record


def depsdev_problem(error: PackhouseError) -> Answer:
    """Word an error as the API does: a line of plain text, and the gRPC status in headers."""
    return _refusal(error, "")


def _release(record: PackageRecord, version: str) -> Release:
    release = record.find(version)
    if release is None:
        raise NotFound("version not found")
    return release


def _answer(message: object, found: _Found, accept_encoding: str) -> Answer:
    body = _encode(message)
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    coding = choose_coding(accept_encoding) if len(body) >= _COMPRESSED_FROM_BYTES else "identity"
    return Answer(
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
    code = next(CODES[cls] for cls in type(error).__mro__ if cls in CODES)
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
