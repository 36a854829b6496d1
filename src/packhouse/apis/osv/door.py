"""The door of /v1: reads questions, has them answered, writes records as their databases wrote them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from packhouse.apis.osv.messages import BatchAnswer, BatchWire, Known, Matches, QueryWire, write_moment
from packhouse.apis.osv.pages import read_token, write_token
from packhouse.apis.osv.subjects import Subject, Subjects
from packhouse.domain.advisory import Mention
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, NotAllowed, NotFound, PackhouseError, StorageError, TooLarge
from packhouse.http.answers import JSON, Answer, json_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.serving import body_answer
from packhouse.policy.findings import preference
from packhouse.services.advisories import Advisories

T = TypeVar("T")

MAX_QUERIES = 1_000
"""Of a batch, as osv.dev has it."""
_PAGE = 1_000
"""Records of one answer, as osv.dev has it."""
_PAGE_BYTES = 16 << 20
_BATCH_RECORDS = 20_000
"""Of all answers of a batch; a question beyond them is answered with the token of its first page."""
_BODY_BYTES = 4 << 20
_AT_ONCE = 100
"""Questions that are matched, and records that are read, before others are served."""
_MAX_ID_CHARACTERS = 200
CODES: dict[type[PackhouseError], int] = {
    PackhouseError: 13,
    Invalid: 3,
    NotFound: 5,
    NotAllowed: 12,
    TooLarge: 3,
    StorageError: 14,
}
"""Codes of google.rpc.Code; an error without an entry of its own has that of the nearest class above it."""

_decode_query = msgspec.json.Decoder(QueryWire).decode
_decode_batch = msgspec.json.Decoder(BatchWire).decode


class OsvDoor:
    """Answers what is known of releases. Advisories are public, and so are the answers; no question goes elsewhere."""

    def __init__(self, advisories: Advisories, ecosystems: Iterable[Ecosystem]) -> None:
        self._advisories = advisories
        self._subjects = Subjects(ecosystems)

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer one request."""
        match list(segments):
            case ["query"]:
                return await self._query(request)
            case ["querybatch"]:
                return await self._batch(request)
            case ["vulns", advisory_id]:
                return await self._record(request, advisory_id)
        raise NotFound("there is no such method", "see /v1/query, /v1/querybatch and /v1/vulns/{id}")

    async def _query(self, request: Request) -> Answer:
        query = await _read(request, _decode_query)
        (found,) = await self._match([self._subjects.read(query)])
        after = read_token(query.token)
        wanted = [each for each in found if each.id > after]
        bodies: list[bytes] = []
        size = 0
        last = ""
        for mention in wanted[:_PAGE]:
            try:
                body = (await self._advisories.get(mention.id)).body
            except NotFound:
                continue  # dropped a moment ago
            if bodies and size + len(body) > _PAGE_BYTES:
                break
            bodies.append(body)
            size += len(body)
            last = mention.id
            if len(bodies) % _AT_ONCE == 0:
                await asyncio.sleep(0)
        if not bodies:
            return _found(request, b"{}")
        more = b',"next_page_token":"' + write_token(last).encode() + b'"' if len(bodies) < len(wanted) else b""
        return _found(request, b'{"vulns":[' + b",".join(bodies) + b"]" + more + b"}")

    async def _batch(self, request: Request) -> Answer:
        queries = [each or QueryWire() for each in (await _read(request, _decode_batch)).queries or ()]
        if len(queries) > MAX_QUERIES:
            raise Invalid("Too many queries.", f"a batch takes {MAX_QUERIES}")
        after = [read_token(each.token) for each in queries]
        found = await self._match([self._subjects.read(each) for each in queries])
        left = _BATCH_RECORDS
        results: list[Matches] = []
        for mentions, start in zip(found, after, strict=True):
            result, taken = _page(mentions, start, min(left, _PAGE))
            left -= taken
            results.append(result)
        return _found(request, msgspec.json.encode(BatchAnswer(results)))

    async def _record(self, request: Request, advisory_id: str) -> Answer:
        if request.method not in ("GET", "HEAD"):
            raise _not_allowed(request, ("GET", "HEAD"))
        if len(advisory_id) > _MAX_ID_CHARACTERS:
            raise Invalid("ID too long")
        named = await self._advisories.list_named(advisory_id)
        if not named:
            raise NotFound("Bug not found.")
        best = min(named, key=lambda each: (each.withdrawn_at is not None, preference(each.id)))
        return body_answer(request, best.body, JSON)

    async def _match(self, subjects: Sequence[Subject]) -> list[list[Mention]]:
        """List for each question the records that are about it, by id."""
        asked = list(dict.fromkeys(question for each in subjects for question in each.questions))
        known: dict[object, list[Mention]] = {}
        for start in range(0, len(asked), _AT_ONCE):
            part = asked[start : start + _AT_ONCE]
            known.update(zip(part, await self._advisories.match_many(part), strict=True))
            await asyncio.sleep(0)
        return [_united([known[question] for question in each.questions]) for each in subjects]


def osv_problem(error: PackhouseError) -> Answer:
    """Word an error as osv.dev does."""
    code = next(CODES[cls] for cls in type(error).__mro__ if cls in CODES)
    answer = json_answer({"code": code, "message": error.message}, status_of(error))
    return msgspec.structs.replace(answer, headers=error_headers(error))


def _found(request: Request, body: bytes) -> Answer:
    """Answer a question; what somebody uses is not for others to keep."""
    return msgspec.structs.replace(body_answer(request, body, JSON), cache_control="no-store", etag="")


def _united(found: Sequence[list[Mention]]) -> list[Mention]:
    """Put together what was found in several ecosystems: a record may speak of more than one."""
    if len(found) == 1:
        return found[0]
    by_id = {mention.id: mention for mentions in found for mention in mentions}
    return [by_id[each] for each in sorted(by_id)]


def _page(mentions: Sequence[Mention], after: str, limit: int) -> tuple[Matches, int]:
    """Make a page of records behind one; tell how many are on it."""
    wanted = [each for each in mentions if each.id > after] if after else mentions
    page = wanted[:limit]
    known = tuple(Known(each.id, write_moment(each.modified_at)) for each in page)
    if len(page) == len(wanted):
        return Matches(known), len(page)
    return Matches(known, write_token(page[-1].id if page else after)), len(page)


async def _read(request: Request, decode: Callable[[bytes], T]) -> T:
    """Read the body of a question; raise NotAllowed, TooLarge or Invalid."""
    if request.method != "POST":
        raise _not_allowed(request, ("POST",))
    body = await request.read_body(_BODY_BYTES)
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"Invalid JSON payload received. {error}") from None


def _not_allowed(request: Request, methods: tuple[str, ...]) -> NotAllowed:
    return NotAllowed(f"{request.method[:20]} is not possible here", f"use {methods[0]}", methods)
