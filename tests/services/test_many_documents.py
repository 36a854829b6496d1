"""Documents that resolving wants: many at once, those that never change from memory."""

import msgspec
import pytest

from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import NotSignedIn, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index
from packhouse.domain.upstream import Gathered, Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.domain.view import View
from packhouse.http.site import Mount
from packhouse.services.access import AccessRules
from packhouse.services.account_ports import HostedChange
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.ports import IndexState
from tests.assembled import START, Assembled
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

URL = "http://toy.example/further/thing"
WANTED = [FurtherKey(toy_key("thing"), path) for path in ("1.0.info", "api", "gone.info")]


def _further(registry: UpstreamRegistry, further: FurtherKey) -> Gathering[Gathered]:
    return gather_one(UpstreamRequest(f"{registry.url}/further/{further.key.name}/{further.path}"))


ECOSYSTEM = msgspec.structs.replace(TOY, further=_further, lasting=lambda further: further.path.endswith(".info"))


def _server(access: AccessRules) -> Assembled:
    answers = {f"{URL}/1.0.info": UpstreamAnswer(200, b"one"), f"{URL}/api": UpstreamAnswer(200, b"two")}
    upstreams = [UpstreamRegistry("toy", "toy", "http://toy.example")]
    return Assembled(ECOSYSTEM, lambda _: Mount(None), answers, upstreams, access=access)  # type: ignore[arg-type]


def _documents(server: Assembled, memory_bytes: int = 1 << 20) -> ManyDocuments:
    return ManyDocuments(ECOSYSTEM, server.services.further, server.services.access, memory_bytes)


async def _list(documents: ManyDocuments) -> list[bytes | None]:
    found = await documents.list(View(), WANTED)
    return [found[each] for each in WANTED]


async def test_what_does_not_exist_is_none_among_what_does() -> None:
    assert await _list(_documents(_server(AccessRules()))) == [b"one", b"two", None]


async def test_what_never_changes_is_read_from_memory_whatever_becomes_of_the_store() -> None:
    server = _server(AccessRules())
    documents = _documents(server)
    await _list(documents)
    await server.store.drop_further(server.services.upstreams[0].origin, WANTED[0])
    server.off.add("toy")
    assert await documents.list(View(), WANTED[:1]) == {WANTED[0]: b"one"}


async def test_a_registry_that_not_everybody_may_read_is_asked_each_time_who_may() -> None:
    server = _server(AccessRules(upstream="users"))
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            await _documents(server).list(View(), WANTED[:1])


async def test_a_package_that_becomes_ours_is_no_longer_answered_from_an_upstream() -> None:
    server = _server(AccessRules())
    documents = _documents(server)
    await _list(documents)
    key = WANTED[0].key
    state = IndexState(View().origin, key, 0, "d", START, START)
    ownership = Ownership(("ada",), restricted=True)
    await server.store.commit(HostedChange(state, 0, Index(b"", (), "d"), None, ownership=ownership))
    assert await documents.list(View(), WANTED[:1]) == {WANTED[0]: None}


async def test_memory_is_bounded() -> None:
    server = _server(AccessRules())
    documents = _documents(server, memory_bytes=100)
    await _list(documents)
    await server.store.drop_further(server.services.upstreams[0].origin, WANTED[0])
    server.off.add("toy")
    with pytest.raises(UpstreamError):
        await documents.list(View(), WANTED[:1])
