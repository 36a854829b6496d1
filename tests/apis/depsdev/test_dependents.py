"""GetDependents over both transports."""

import json

import pytest

from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.dependents import CountedDependents
from packhouse.apis.depsdev.door import DepsDevDoor, depsdev_problem
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.view import View
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from tests.apis.depsdev.reflected import client, opened
from tests.apis.universe import ORCHARD, services_of
from tests.asgi import Reply, call
from tests.services.graph_world import GraphWorld
from tests.toy import toy_key

pytestmark = pytest.mark.anyio

PATH = "/v3alpha/systems/npm/packages/{}/versions/1.0:dependents"


async def _insights() -> Insights:
    world = GraphWorld(system="NPM")
    await world.fetch("seed", {"1.0": ()})
    for name in ("apple", "pear"):
        await world.fetch(name, {"1.0": ("seed *",)})
    await world.fetch("pie", {"1.0": ("apple *",)})
    await world.publish("secret", {"1.0": ("seed *",)}, ["ada"], restricted=True)
    await world.follower.catch_up()
    services = {"toy": world.services}
    return Insights(services, Behind(dependents=CountedDependents(services)))


async def _ask(insights: Insights, path: str) -> Reply:
    mount = Mount(DepsDevDoor(insights, "v3alpha"), depsdev_problem)
    return await call(Site({"v3alpha": mount}, mount, PublicAddress(None, ()), ("default",), Ready(0)), path)


async def test_both_transports_count_the_same() -> None:
    insights = await _insights()
    told = json.loads((await _ask(insights, PATH.format("seed"))).body)
    assert told == {"dependentCount": 3, "directDependentCount": 2, "indirectDependentCount": 1}
    async with opened(insights) as port, client(port) as alpha:
        key = {"system": "NPM", "name": "seed", "version": "1.0"}
        counted = await alpha.ask("GetDependents", {"versionKey": key})
    assert (counted.dependent_count, counted.direct_dependent_count, counted.indirect_dependent_count) == (3, 2, 1)


async def test_nobody_depends_on_the_last_of_a_chain() -> None:
    told = json.loads((await _ask(await _insights(), PATH.format("pie"))).body)
    assert told == {"dependentCount": 0, "directDependentCount": 0, "indirectDependentCount": 0}


@pytest.mark.parametrize("name", ["secret", "nothing"])
async def test_what_is_hidden_and_what_does_not_exist_are_answered_alike(name: str) -> None:
    reply = await _ask(await _insights(), PATH.format(name))
    assert (reply.status, reply.text) == (404, (await _ask(await _insights(), PATH.format("nobody"))).text)


async def test_where_graphs_are_not_kept_nothing_is_counted() -> None:
    services = {"toy": await services_of((), ORCHARD)}
    assert await CountedDependents(services).count(View(), toy_key("seed"), "1.0") is None
