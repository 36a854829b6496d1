"""The page of dependents, as a browser gets it."""

import pytest

from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.web import dependents_page
from packhouse.web.door import WebDoor, web_problem
from tests.asgi import Reply, call
from tests.services.graph_world import GraphWorld

pytestmark = pytest.mark.anyio


async def _world() -> GraphWorld:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("a/pple", {"1.0": ("seed 1.*",)})
    await world.fetch("pie", {"1.0": ("a/pple *",)})
    await world.publish("secret", {"1.0": ("seed *",)}, ["ada"], restricted=True)
    await world.follower.catch_up()
    return world


async def _page(world: GraphWorld, path: str) -> Reply:
    root = Mount(WebDoor({"toy": world.services}), web_problem)
    site = Site({}, root, PublicAddress(None, ()), ("default",), Ready(1 << 20, world.clock))
    return await call(site, path, "GET", {"accept": "text/html"})


async def test_the_page_of_a_release_counts_its_dependents_and_links_to_them() -> None:
    world = await _world()
    text = (await _page(world, "/ui/toy/seed")).text
    assert '<a href="/ui/toy/seed/v/1.0/dependents">1 direct, 1 indirect</a>' in text
    assert "none known here" in (await _page(world, "/ui/toy/pie")).text


async def test_dependents_are_listed_with_the_way_there() -> None:
    text = (await _page(await _world(), "/ui/toy/seed/v/1.0/dependents")).text
    assert "2 packages known here" in text
    assert text.index('<a href="/ui/toy/a/pple/v/1.0">a/pple</a>') < text.index('<a href="/ui/toy/pie/v/1.0">pie</a>')
    assert '<a href="/ui/toy/a/pple/v/1.0">a/pple</a> <code>*</code> → seed <code>1.*</code>' in text
    assert "secret" not in text


async def test_a_long_list_has_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependents_page, "DEPENDENTS", 1)
    world = await _world()
    first = (await _page(world, "/ui/toy/seed/v/1.0/dependents")).text
    assert 'rel="next" href="/ui/toy/seed/v/1.0/dependents?cursor=1.a%2Fpple"' in first
    second = (await _page(world, "/ui/toy/seed/v/1.0/dependents?cursor=1.a%2Fpple")).text
    assert ">pie</a>" in second
    assert 'rel="next"' not in second
    assert 'rel="first" href="/ui/toy/seed/v/1.0/dependents"' in second


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ui/toy/seed/v/9/dependents", 404),
        ("/ui/toy/secret/v/1.0/dependents", 404),
        ("/ui/nothing/seed/v/1.0/dependents", 404),
        ("/ui/toy/seed/v/1.0/dependents?cursor=x", 400),
    ],
)
async def test_what_is_not_there_has_no_page(path: str, status: int) -> None:
    assert (await _page(await _world(), path)).status == status
