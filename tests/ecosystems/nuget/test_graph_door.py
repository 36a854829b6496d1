"""The deps.dev API answers GetDependencies for NuGet, from what the feed says."""

import json
from typing import Any

import pytest

from packhouse.ecosystems.nuget import ECOSYSTEM, build_mount
from tests.apis.depsdev.conftest import site_of
from tests.asgi import call
from tests.assembled import Assembled
from tests.ecosystems.nuget.feeds import UPSTREAM, make_feed

pytestmark = pytest.mark.anyio


async def dependencies(name: str, version: str) -> dict[str, Any]:
    feed = make_feed()
    for each in ("1.0.0", "1.1.0", "2.0.0"):
        feed.publish("Farm.Plum", each)
    feed.publish("Basket", "1.0.0", {"net6.0": {"Farm.Plum": "[1.0.1, )"}, "net472": {"Nothing": "[1.0.0, )"}})
    feed.publish("Cart", "1.0.0", {"": {"Basket": "[1.0.0, )", "Farm.Plum": "[1.0.0, )"}})
    server = Assembled(ECOSYSTEM, build_mount, feed.bodies(), (UPSTREAM,))
    path = f"/v3/systems/nuget/packages/{name}/versions/{version}:dependencies"
    answer: dict[str, Any] = json.loads((await call(site_of(server.services), path)).body)
    return answer


async def test_a_graph_is_resolved_as_restore_would() -> None:
    answer = await dependencies("Cart", "1.0.0")
    nodes = [(node["versionKey"]["name"], node["versionKey"]["version"]) for node in answer["nodes"]]
    assert nodes == [("cart", "1.0.0"), ("basket", "1.0.0"), ("farm.plum", "1.0.0")]
    assert answer["nodes"][1]["errors"] == [
        "it requires Farm.Plum [1.0.1, ), but Farm.Plum 1.0.0 is required nearer to the root: a downgrade (NU1605)"
    ]
    assert [(edge["fromNode"], edge["toNode"], edge["requirement"]) for edge in answer["edges"]] == [
        (0, 1, "[1.0.0, )"),
        (0, 2, "[1.0.0, )"),
        (1, 2, "[1.0.1, )"),
    ]
