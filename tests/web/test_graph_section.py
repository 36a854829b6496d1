"""What the page of a release says of its graph: why it fails, step by step, and why a release is there."""

from collections.abc import Mapping

import msgspec
import pytest

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.web.door import WebDoor
from tests.apis.universe import NOW, ORCHARD, clock, record, services_of
from tests.asgi import call

pytestmark = pytest.mark.anyio

CRATE = PackageKey("toy", NormalName("crate"))
APPLE = PackageKey("toy", NormalName("apple"))


class Known:
    """A resolution of which the end is known."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def needed(self) -> frozenset[PackageKey]:
        return frozenset()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        del records

    def cancel(self) -> None: ...

    def resolve(self) -> Graph:
        return self._graph


async def page_of(graph: Graph) -> str:
    """Open the page of a release that has this graph."""
    toys = msgspec.structs.replace(ORCHARD, begin_resolution=lambda *_: Known(graph))
    services = await services_of([record("crate", [Release("1.0.0", NOW)])], toys)
    site = Site({}, Mount(WebDoor({"toy": services})), PublicAddress(None, ()), ("default",), Ready(1 << 20, clock))
    return (await call(site, "/ui/toy/crate", headers={"accept": "text/html"})).body.decode()


async def test_what_cannot_be_installed_is_explained_step_by_step_and_once() -> None:
    why = "(1) Since crate needs a &lt; 2, crate needs a 1. (2) Since a 1 is gone (1), nothing fits."
    error = why.replace("&lt;", "<")
    page = await page_of(Graph((Node(CRATE, "1.0.0", errors=(error, "it is old")),), (), error))
    assert "It cannot be installed" in page
    for step in ("(1) Since crate needs a &lt; 2, crate needs a 1.", "(2) Since a 1 is gone (1), nothing fits."):
        assert page.count(f"<p>{step}</p>") == 1
    assert page.count("nothing fits") == 1
    assert "it is old" in page
    assert "needs nothing else" not in page


async def test_why_a_release_was_chosen_stands_in_picture_and_list() -> None:
    nodes = (Node(CRATE, "1.0.0"), Node(APPLE, "2.0.0", why="the highest that is <asked> for"))
    page = await page_of(Graph(nodes, (Edge(0, 1, ">=1"),)))
    assert "<title>apple 2.0.0: the highest that is &lt;asked&gt; for</title>" in page
    assert "for &gt;=1; the highest that is &lt;asked&gt; for</span>" in page
