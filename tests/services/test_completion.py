"""Releases completed from further documents that name one another."""

import json
from collections.abc import Mapping

import msgspec
import pytest

from packhouse.domain.errors import NotFound, UpstreamDown
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.domain.view import View
from packhouse.http.router import RoutedDoor
from packhouse.http.site import Mount
from tests.assembled import Assembled
from tests.toy import HOST, TOY, document, toy_key

pytestmark = pytest.mark.anyio

THING = toy_key("thing")


def _further(registry: UpstreamRegistry, further: FurtherKey) -> Gathering[Gathered]:
    return gather_one(UpstreamRequest(f"{registry.url}/facts/{further.path}"))


def _complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Follow parents until there is none; the description is all that they say, the nearest first."""
    said: list[str] = []
    path: str | None = f"{key.name}-{release.version}"
    while path:
        further = FurtherKey(key, path)
        if further not in documents:
            return frozenset({further})
        facts = json.loads(documents[further] or b"{}")
        said.append(facts.get("says", "nothing"))
        path = facts.get("parent")
    return msgspec.structs.replace(release, description=" ".join(said))


ECOSYSTEM = msgspec.structs.replace(TOY, further=_further, complete=_complete, lasting=lambda _: True)


def _server(**facts: dict[str, str]) -> Assembled:
    answers = {f"{HOST}/facts/{name.replace('_', '-')}": json.dumps(each).encode() for name, each in facts.items()}
    answers |= {f"{HOST}/facts/thing-1.0": answers.pop(f"{HOST}/facts/thing")} if "thing" in facts else {}
    answers[f"{HOST}/thing"] = document("thing", {"1.0": b"1"})
    return Assembled(ECOSYSTEM, lambda _: Mount(RoutedDoor([])), answers, [UpstreamRegistry("toy", "toy", HOST)])


async def test_documents_are_followed_to_their_end_and_kept() -> None:
    server = _server(
        thing={"says": "one", "parent": "two"}, two={"says": "two", "parent": "three"}, three={"says": "x"}
    )
    release = await server.services.records.release(View(), THING, "1.0")
    assert release.description == "one two x"
    asked = len(server.asked())
    server.off.add("toy")
    assert (await server.services.records.release(View(), THING, "1.0")).description == "one two x"
    assert len(server.asked()) == asked


async def test_a_document_that_does_not_exist_is_told_apart_from_one_that_was_not_asked_for() -> None:
    server = _server(thing={"says": "one", "parent": "two"})
    assert (await server.services.records.release(View(), THING, "1.0")).description == "one nothing"


async def test_a_release_is_what_is_known_where_a_document_cannot_be_had() -> None:
    server = _server(thing={"says": "one", "parent": "two"})
    server.upstream.answers[f"{HOST}/facts/two"] = UpstreamDown("toy.example does not answer")
    release = await server.services.records.release(View(), THING, "1.0")
    assert (release.version, release.description) == ("1.0", "one nothing")


async def test_documents_that_name_one_another_in_a_circle_end() -> None:
    server = _server(thing={"says": "one", "parent": "two"}, two={"says": "two", "parent": "two-b"})
    server.upstream.answers |= {
        f"{HOST}/facts/two-{'b' * n}": json.dumps({"says": "b", "parent": f"two-{'b' * (n + 1)}"}).encode()
        for n in range(1, 100)
    }
    assert (await server.services.records.release(View(), THING, "1.0")).description is None


async def test_an_unknown_release_is_not_found() -> None:
    with pytest.raises(NotFound):
        await _server().services.records.release(View(), THING, "9.9")
