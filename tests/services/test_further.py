"""Documents beside the index: kept, confirmed, missing, stale."""

import asyncio

import msgspec
import pytest

from packhouse.domain.errors import NotFound, UpstreamBad, UpstreamDown, UpstreamOff
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.domain.upstream import Gathered, Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.domain.view import View
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from tests.assembled import Assembled
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

URL = "http://toy.example/further/thing/api"
API = FurtherKey(toy_key("thing"), "api")
FOREVER = FurtherKey(toy_key("thing"), "1.0.info")


def _further(registry: UpstreamRegistry, further: FurtherKey) -> Gathering[Gathered]:
    return gather_one(UpstreamRequest(f"{registry.url}/further/{further.key.name}/{further.path}"))


ECOSYSTEM = msgspec.structs.replace(TOY, further=_further, lasting=lambda further: further.path.endswith(".info"))


def _mount(services: Services) -> Mount:
    async def page(request, path):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return await further_answer(services, request, FurtherKey(toy_key("thing"), path))

    return Mount(RoutedDoor([route("{path}", GET=page)]))


def _server(answers: dict[str, bytes | UpstreamAnswer], *names: str) -> Assembled:
    upstreams = [UpstreamRegistry(name, "toy", f"http://{name}.example") for name in names or ("toy",)]
    return Assembled(ECOSYSTEM, _mount, answers, upstreams)


async def test_a_document_is_fetched_once_while_it_is_fresh_and_then_confirmed() -> None:
    server = _server({URL: UpstreamAnswer(200, b"{}", '"1"', content_type="application/json")})
    for later in (0, 299_998, 1):
        server.now = Moment(server.now + later)
        found = await server.services.further.get(View(), API)
        assert (found.body, found.content_type, found.stale) == (b"{}", "application/json", False)
    assert len(server.asked()) == 1
    server.now = Moment(server.now + 300_001)
    await server.services.further.get(View(), API)
    assert [request.etag for _, request in server.upstream.requests] == [None, '"1"']


async def test_a_confirmed_document_keeps_the_moment_of_its_last_change() -> None:
    server = _server({URL: UpstreamAnswer(200, b"{}", '"1"')})
    first = await server.services.further.get(View(), API)
    server.now = Moment(server.now + 400_000)
    again = await server.services.further.get(View(), API)
    assert (again.changed_at, again.checked_at) == (first.changed_at, server.now)
    server.upstream.answers[URL] = UpstreamAnswer(200, b"[]", '"2"')
    server.now = Moment(server.now + 400_000)
    assert (await server.services.further.get(View(), API)).changed_at == server.now


async def test_a_document_that_never_changes_is_fetched_once_and_for_ever() -> None:
    server = _server({"http://toy.example/further/thing/1.0.info": b"one"})
    await server.services.further.get(View(), FOREVER)
    server.now = Moment(server.now + 10**11)
    assert (await server.services.further.get(View(), FOREVER)).body == b"one"
    assert len(server.asked()) == 1


async def test_what_is_missing_is_not_asked_for_again_for_a_moment() -> None:
    server = _server({})
    for _ in range(3):
        with pytest.raises(NotFound):
            await server.services.further.get(View(), API)
    assert len(server.asked()) == 1
    server.now = Moment(server.now + 31_000)
    server.upstream.answers[URL] = b"there"
    assert (await server.services.further.get(View(), API)).body == b"there"


async def test_a_document_that_is_gone_upstream_is_gone_here() -> None:
    server = _server({URL: b"{}"})
    await server.services.further.get(View(), API)
    del server.upstream.answers[URL]
    server.now = Moment(server.now + 400_000)
    with pytest.raises(NotFound):
        await server.services.further.get(View(), API)


async def test_an_old_document_is_better_than_none_while_the_upstream_is_down_or_off() -> None:
    server = _server({URL: b"{}"})
    await server.services.further.get(View(), API)
    server.now = Moment(server.now + 400_000)
    server.upstream.answers[URL] = UpstreamDown("toy.example does not answer")
    found = await server.services.further.get(View(), API)
    assert (found.body, found.stale) == (b"{}", True)
    server.off.add("toy")
    assert (await server.services.further.get(View(), API)).stale


async def test_an_upstream_that_is_down_is_no_missing_document() -> None:
    server = _server({})
    server.upstream.answers[URL] = UpstreamDown("toy.example does not answer")
    with pytest.raises(UpstreamDown):
        await server.services.further.get(View(), API)
    assert (await server.get("/toy/api")).status == 503
    server.off.add("toy")
    with pytest.raises(UpstreamOff):
        await server.services.further.get(View(), API)


async def test_equal_questions_wait_for_one_answer() -> None:
    server = _server({URL: b"{}"})
    await asyncio.gather(*(server.services.further.get(View(), API) for _ in range(20)))
    assert len(server.asked()) == 1


async def test_the_next_upstream_is_asked_for_what_the_first_does_not_have_but_not_for_one_that_fails() -> None:
    server = _server({"http://two.example/further/thing/api": b"two"}, "one", "two")
    assert (await server.services.further.get(View(), API)).body == b"two"
    server = _server({"http://two.example/further/thing/api": b"two"}, "one", "two")
    server.upstream.answers["http://one.example/further/thing/api"] = UpstreamBad("nonsense")
    with pytest.raises(UpstreamBad):
        await server.services.further.get(View(), API)


async def test_a_door_passes_a_document_on_in_the_upstreams_bytes_and_compares_it() -> None:
    server = _server({URL: UpstreamAnswer(200, b'{"new":  1}', content_type="application/json")})
    reply = await server.get("/toy/api")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b'{"new":  1}', "application/json")
    assert (await server.get("/toy/api", {"if-none-match": reply.headers["etag"]})).status == 304


async def test_a_door_may_keep_notes_that_no_upstream_has_written() -> None:
    server = _server({URL: b"{}"})
    assert await server.services.further.read_note(API) is None
    await server.services.further.write_note(API, b"first")
    await server.services.further.write_note(API, b"second")
    assert await server.services.further.read_note(API) == b"second"
    assert (await server.services.further.get(View(), API)).body == b"{}"
