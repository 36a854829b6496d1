"""Capabilities and container images, over the API."""

import json

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.capable import Capable, Layered
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.capability import Capability
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Release
from packhouse.services.capabilities import Capabilities
from packhouse.services.fact_ports import ReleaseFact
from packhouse.services.image_ports import ImageEntry, ImageRepository
from tests.apis.depsdev.conftest import site_over
from tests.apis.universe import NOW, record, services_of
from tests.asgi import Reply, call

pytestmark = pytest.mark.anyio

KEY = PackageKey("toy", NormalName("presser"))
CHAIN = bytes(range(32))


async def _ask(store: MemoryStore, path: str) -> Reply:
    services = await services_of([record("presser", [Release("1.0.0", NOW), Release("2.0.0", NOW)])])
    behind = Behind(capabilities=Capable(Capabilities(store)), images=Layered(store))
    return await call(site_over(Insights({"toy": services}, behind)), f"/v3alpha/{path}")


async def test_capabilities_of_a_release_are_told_and_of_another_not_found() -> None:
    store = MemoryStore()
    body = msgspec.msgpack.encode((Capability("CAPABILITY_FILES", 2, 5), Capability("CAPABILITY_NETWORK", 0, 1)))
    await store.write_facts([ReleaseFact(KEY, "1.0.0", "capabilities", body)])
    told = json.loads((await _ask(store, "systems/toy/packages/presser/versions/1.0.0:capabilities")).text)
    assert told == {
        "capabilities": [
            {"capability": "CAPABILITY_FILES", "directCount": 2, "indirectCount": 5},
            {"capability": "CAPABILITY_NETWORK", "directCount": 0, "indirectCount": 1},
        ]
    }
    for missing in ("2.0.0", "3.0.0"):
        reply = await _ask(store, f"systems/toy/packages/presser/versions/{missing}:capabilities")
        assert reply.status == 404


async def test_a_release_that_can_do_nothing_is_found() -> None:
    store = MemoryStore()
    await store.write_facts([ReleaseFact(KEY, "1.0.0", "capabilities", msgspec.msgpack.encode(()))])
    reply = await _ask(store, "systems/toy/packages/presser/versions/1.0.0:capabilities")
    assert json.loads(reply.text) == {"capabilities": []}


async def test_what_is_stored_and_damaged_is_said_to_be() -> None:
    store = MemoryStore()
    await store.write_facts([ReleaseFact(KEY, "1.0.0", "capabilities", b"damaged")])
    with pytest.raises(StorageDamaged):
        await Capabilities(store).find(KEY, "1.0.0")


async def test_repositories_are_found_by_the_chain_id_of_their_layers() -> None:
    store = MemoryStore()
    known = ImageRepository("library/pear", stars=5, pulls=2**40, official=True, updated_at=Moment(0))
    plain = ImageRepository("farm/plum", "images.example")
    await store.write_images([ImageEntry(known, (CHAIN,)), ImageEntry(plain, (CHAIN,))])
    reply = await _ask(store, f"querycontainerimages/sha256%3A{CHAIN.hex()}")
    assert json.loads(reply.text) == {
        "results": [
            {
                "repository": "library/pear",
                "registry": "",
                "dockerMetadata": {
                    "lastUpdated": "1970-01-01T00:00:00Z",
                    "starCount": "5",
                    "pullCount": "1099511627776",
                    "isOfficial": True,
                },
            },
            {"repository": "farm/plum", "registry": "images.example"},
        ]
    }


@pytest.mark.parametrize("chain", [f"sha256:{'00' * 32}", "sha256:abc", "pear", "%20"])
async def test_a_chain_that_nobody_has_or_that_is_none_is_not_found(chain: str) -> None:
    assert (await _ask(MemoryStore(), f"querycontainerimages/{chain}")).status == 404
