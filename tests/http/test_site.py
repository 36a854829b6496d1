"""The site: mounts, views, ready answers, errors."""

from collections.abc import AsyncIterator, Sequence

import pytest

from packhouse.domain.errors import Refused, UpstreamDown
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.http.answers import Answer, json_answer, text_answer
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.request import Request
from packhouse.http.site import Mount, Site
from tests.asgi import call

pytestmark = pytest.mark.anyio


class Recorder:
    """A door that keeps what it was asked and answers the same each time."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.views: list[View] = []
        self.bases: list[str] = []
        self.segments: list[Sequence[str]] = []

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        self.views.append(request.view)
        self.bases.append(request.base)
        self.segments.append(segments)
        return self.answer


async def _broken(request: Request, segments: Sequence[str]) -> Answer:
    raise ZeroDivisionError


async def _refusing(request: Request, segments: Sequence[str]) -> Answer:
    raise Refused("no", "ask")


async def _waiting(request: Request, segments: Sequence[str]) -> Answer:
    raise UpstreamDown("slow", "", retry_after_s=7.2)


def _site(door: Recorder, ready: Ready | None = None, public_url: str | None = None) -> Site:
    mounts = {"npm": Mount(door), "broken": Mount(_broken), "no": Mount(_refusing), "wait": Mount(_waiting)}
    root = Mount(Recorder(text_answer("root")))
    return Site(mounts, root, PublicAddress(public_url, ()), ("default", "team"), ready or Ready(1 << 20))


async def test_the_first_segment_chooses_the_door_and_the_rest_is_handed_on() -> None:
    door = Recorder(text_answer("hello"))
    reply = await call(_site(door), "/npm/@scope%2fname")
    assert reply.text == "hello"
    assert door.segments == [["@scope/name"]]
    assert door.bases == ["http://packhouse.example/npm"]


async def test_registry_and_date_of_the_view_stand_before_the_mount() -> None:
    door = Recorder(text_answer("hello"))
    await call(_site(door), "/r/team/@2026-08-11/npm/express")
    assert [view.anyone for view in door.views] == [View("team", Moment(1_786_492_800_000))]
    assert door.bases == ["http://packhouse.example/r/team/@2026-08-11/npm"]


async def test_a_registry_that_does_not_exist_is_not_found() -> None:
    assert (await call(_site(Recorder(text_answer(""))), "/r/other/npm/express")).status == 404


async def test_the_prefix_of_the_public_address_may_be_left_on_or_taken_off_by_the_proxy() -> None:
    for path in ("/team/npm/express", "/npm/express"):
        door = Recorder(text_answer("hello"))
        await call(_site(door, public_url="https://x.example/team"), path)
        assert door.segments == [["express"]]
        assert door.bases == ["https://x.example/team/npm"]


async def test_an_error_is_answered_with_its_status_code_message_and_hint() -> None:
    reply = await call(_site(Recorder(text_answer(""))), "/no")
    assert reply.status == 403
    assert reply.text == '{"error":{"code":"refused","message":"no","hint":"ask"}}'


async def test_what_was_not_foreseen_is_a_500_that_tells_nothing() -> None:
    reply = await call(_site(Recorder(text_answer(""))), "/broken")
    assert reply.status == 500
    assert "ZeroDivision" not in reply.text


async def test_a_wait_that_an_upstream_asks_for_is_passed_on() -> None:
    reply = await call(_site(Recorder(text_answer(""))), "/wait")
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    reply = await call(_site(Recorder(json_answer({"a": 1}))), "/npm/x", "HEAD")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "7")


async def test_a_client_that_has_the_answer_is_sent_nothing() -> None:
    door = Recorder(Answer(body=b"x", etag='"1"'))
    reply = await call(_site(door), "/npm/x", headers={"If-None-Match": '"1"'})
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["etag"] == '"1"'


async def _digits(start: int, stop: int) -> AsyncIterator[bytes]:
    for position in range(start, stop):
        yield b"%d" % (position % 10)


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=20-", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
    ],
)
async def test_a_part_of_a_file_is_sent_as_asked(
    wanted: str, status: int, body: bytes, content_range: str | None
) -> None:
    door = Recorder(Answer(chunks=_digits, size_bytes=10, etag='"f"', valid_until=Moment(1 << 60)))
    site = _site(door)
    await call(site, "/npm/x")  # the ready answer must not change what a range gets
    reply = await call(site, "/npm/x", headers={"Range": wanted})
    assert (reply.status, reply.body, reply.headers.get("content-range")) == (status, body, content_range)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> Moment:
        return Moment(self.now)


async def test_a_ready_answer_is_repeated_until_its_moment_and_not_after() -> None:
    clock = Clock()
    door = Recorder(Answer(body=b"x", etag='"1"', valid_until=Moment(2_000)))
    site = _site(door, Ready(1 << 20, clock))
    for _ in range(3):
        assert (await call(site, "/npm/x")).body == b"x"
    assert len(door.segments) == 1
    assert (await call(site, "/npm/x", headers={"If-None-Match": '"1"'})).status == 304
    assert len(door.segments) == 1
    clock.now = 2_000
    await call(site, "/npm/x")
    assert len(door.segments) == 2


@pytest.mark.parametrize("other", [{"Accept": "a/b"}, {"Accept-Encoding": "gzip"}, {"Host": "b.example"}])
async def test_a_ready_answer_is_only_for_the_same_question(other: dict[str, str]) -> None:
    door = Recorder(Answer(body=b"x", etag='"1"', valid_until=Moment(1 << 60)))
    site = _site(door)
    await call(site, "/npm/x")
    await call(site, "/npm/x", headers=other)
    assert len(door.segments) == 2


async def test_a_ready_answer_is_forgotten_when_its_package_changes() -> None:
    door = Recorder(Answer(body=b"x", etag='"1"', valid_until=Moment(1 << 60), about="npm/x"))
    ready = Ready(1 << 20)
    site = _site(door, ready)
    await call(site, "/npm/x")
    ready.forget("npm/y")
    await call(site, "/npm/x")
    assert len(door.segments) == 1
    ready.forget("npm/x")
    await call(site, "/npm/x")
    assert len(door.segments) == 2


async def test_ready_answers_stay_within_their_memory() -> None:
    door = Recorder(Answer(body=b"x" * 1000, etag='"1"', valid_until=Moment(1 << 60)))
    ready = Ready(20_000)
    site = _site(door, ready)
    for number in range(100):
        await call(site, f"/npm/{number}")
    await call(site, "/npm/99")
    assert len(door.segments) == 100
    await call(site, "/npm/0")
    assert len(door.segments) == 101


async def test_an_error_is_never_repeated_from_memory() -> None:
    site = _site(Recorder(text_answer("")))
    assert [(await call(site, "/no")).status for _ in range(2)] == [403, 403]


async def test_a_path_that_cannot_be_decoded_is_explained_by_its_own_door() -> None:
    worded = Mount(Recorder(text_answer("")), lambda error: text_answer(f"toy: {error.message}", 400))
    site = Site({"toy": worded}, Mount(_broken), PublicAddress(None, ()), ("default",), Ready(1 << 20))
    assert (await call(site, b"/toy/%ff")).text == "toy: the path is not valid UTF-8"
    assert (await call(site, b"/%ff")).status == 400
