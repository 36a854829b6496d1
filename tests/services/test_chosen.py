"""Several upstreams of one ecosystem: which of them answers."""

import msgspec
import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import document_answer, file_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from tests.assembled import Assembled
from tests.toy import HOST, TOY, document, toy_key

pytestmark = pytest.mark.anyio


def _mount(services: Services) -> Mount:
    async def index(request, name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return await document_answer(services, request, toy_key(name), "plain")

    async def file(request, name, filename):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return await file_answer(services, request, toy_key(name), filename)

    return Mount(RoutedDoor([route("{name}", GET=index), route("{name}/{filename}", GET=file)]))


def _server(*, merges: bool = False, **packages: tuple[str, ...]) -> Assembled:
    """Make two upstreams; `private` claims names that begin with acme."""
    answers: dict[str, MemoryAnswer] = {f"{HOST}/files/thing-2.0.zip": b"2"}
    for place, names in packages.items():
        for name in names:
            files = {"1.0": b"1", "2.0": b"2"} if place == "second" else {"1.0": b"1"}
            answers[f"http://{place}.example/{name}"] = document(name, files)
    upstreams = [
        UpstreamRegistry("first", "toy", "http://first.example"),
        UpstreamRegistry("second", "toy", "http://second.example"),
        UpstreamRegistry("private", "toy", "http://private.example", packages=("acme*",)),
    ]
    return Assembled(msgspec.structs.replace(TOY, merges=merges), _mount, answers, upstreams)


async def test_the_first_upstream_that_has_a_package_answers_for_it_alone() -> None:
    server = _server(first=("thing",), second=("thing", "other"))
    assert (await server.services.records.get(View(), toy_key("thing"))).versions == ("1.0",)
    assert (await server.get("/toy/thing/thing-2.0.zip")).status == 404
    assert (await server.get("/toy/other")).status == 200


async def test_releases_of_all_are_put_together_where_the_ecosystem_says_so() -> None:
    server = _server(merges=True, first=("thing",), second=("thing",))
    assert (await server.services.records.get(View(), toy_key("thing"))).versions == ("1.0", "2.0")
    assert (await server.get("/toy/thing/thing-2.0.zip")).body == b"2"


async def test_a_claimed_name_is_never_even_asked_for_elsewhere() -> None:
    server = _server(first=("acmething",), second=("acmething",), private=())
    assert (await server.get("/toy/acmething")).status == 404
    assert {url.split("/")[2] for url in server.asked()} == {"private.example"}


async def test_an_earlier_upstream_that_is_down_is_not_passed_over() -> None:
    server = _server(second=("thing",))
    server.upstream.answers["http://first.example/thing"] = UpstreamDown("first.example does not answer")
    assert (await server.get("/toy/thing")).status == 503
    server = _server(second=("thing",))
    server.off.add("first")
    assert (await server.get("/toy/thing")).status == 503


async def test_where_releases_are_put_together_one_upstream_that_is_down_does_not_hide_the_others() -> None:
    server = _server(merges=True, second=("thing",))
    server.upstream.answers["http://first.example/thing"] = UpstreamDown("first.example does not answer")
    assert (await server.get("/toy/thing")).status == 200
    assert (await server.get("/toy/thing/thing-2.0.zip")).body == b"2"


async def test_what_an_upstream_that_is_down_may_have_is_not_missing_but_one_switched_off_is_not_asked() -> None:
    server = _server(merges=True)
    server.upstream.answers["http://first.example/thing"] = UpstreamDown("first.example does not answer")
    assert (await server.get("/toy/thing")).status == 503
    server = _server(merges=True)
    server.off.add("first")
    assert (await server.get("/toy/thing")).status == 404
    server = _server(merges=True)
    server.off |= {"first", "second"}
    assert (await server.get("/toy/thing")).status == 503
