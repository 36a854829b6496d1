"""What /api/packages and /api/changes answer."""

import json
from typing import Any

import anyio
import pytest

from packhouse.apis.admin.changes import change_routes
from packhouse.apis.admin.door import admin_door
from packhouse.apis.admin.packages import package_routes
from packhouse.http.callers import Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.change_log import ChangeLog
from tests.asgi import Reply, call
from tests.people import some_people
from tests.services.graph_world import TOYS, GraphWorld

pytestmark = pytest.mark.anyio


class Scene:
    """A world of toys behind /api."""

    def __init__(self) -> None:
        self.world = GraphWorld()
        services = {"toy": self.world.services}
        log = ChangeLog(self.world.store, {"toy": (TOYS, self.world.services.feed)})
        routes = [*package_routes(services), *change_routes(log, services)]
        mount = Mount(admin_door([], list, lambda _: True, None, routes))
        address = PublicAddress(None, ())
        self.people = some_people(self.world.store, self.world.clock)  # type: ignore[arg-type]
        callers = Callers(self.people.identification, self.people.audit, address)
        self._site = Site({"api": mount}, mount, address, ("default",), Ready(0), callers)
        self._secrets: dict[str, str] = {}

    async def ask(self, path: str, by: str = "") -> Reply:
        """Send a request by a user."""
        if by and by not in self._secrets:
            user = await self.people.accounts.add(by, f"{by}@team.example", "correct horse battery")
            self._secrets[by] = (await self.people.tokens.create(user))[0]
        headers = {"authorization": f"Bearer {self._secrets[by]}"} if by else {}
        return await call(self._site, f"/api/{path}", "GET", headers)

    async def told(self, path: str, by: str = "") -> Any:  # noqa: ANN401 (any JSON)
        """Return what is answered."""
        reply = await self.ask(path, by)
        assert reply.status == 200, reply.text
        return json.loads(reply.body)


async def _orchard() -> Scene:
    scene = Scene()
    await scene.world.fetch("seed", {"1.0": ()})
    await scene.world.fetch("apple/red", {"1.0": ("seed 1.*",)})
    await scene.world.fetch("pie", {"1.0": ("apple/red *",)})
    await scene.world.publish("secret", {"1.0": ("seed *",)}, ["ada"], restricted=True)
    await scene.world.follower.catch_up()
    return scene


async def test_packages_are_listed_by_name_page_by_page() -> None:
    scene = await _orchard()
    first = await scene.told("packages/toy?limit=2")
    assert ([each["name"] for each in first["packages"]], first["next"]) == (["apple/red", "pie"], "pie")
    rest = await scene.told(f"packages/toy?limit=2&after={first['next']}")
    assert ([each["name"] for each in rest["packages"]], rest["next"]) == (["seed"], None)
    assert rest["packages"][0]["purl"] == "pkg:toy/seed"
    assert [each["name"] for each in (await scene.told("packages/toy?after=q", "ada"))["packages"]] == [
        "secret",
        "seed",
    ]


async def test_dependents_are_listed_with_their_path() -> None:
    scene = await _orchard()
    told = await scene.told("packages/toy/seed/versions/1.0/dependents")
    assert (told["dependentCount"], told["directDependentCount"], told["indirectDependentCount"]) == (2, 1, 1)
    apple, pie = told["dependents"]
    assert (apple["name"], apple["relation"], pie["relation"]) == ("apple/red", "direct", "indirect")
    steps = [(step["name"], step["version"], step["requirement"]) for step in pie["path"]]
    assert steps == [("pie", "1.0", ""), ("apple/red", "1.0", "*"), ("seed", "1.0", "1.*")]
    assert (await scene.told("packages/toy/seed/versions/1.0/dependents", "ada"))["dependentCount"] == 3
    encoded = await scene.told("packages/toy/apple%2Fred/versions/1.0/dependents")
    assert [each["name"] for each in encoded["dependents"]] == ["pie"]


async def test_dependents_go_on_where_a_page_ends() -> None:
    scene = await _orchard()
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await scene.told(f"packages/toy/seed/versions/1.0/dependents?limit=1&cursor={cursor}", "ada")
        names += [each["name"] for each in page["dependents"]]
        cursor = page["next"]
    assert names == ["apple/red", "secret", "pie"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("packages/nothing", 404),
        ("packages/toy/seed/versions/9.9/dependents", 404),
        ("packages/toy/secret/versions/1.0/dependents", 404),
        ("packages/nothing/seed/versions/1.0/dependents", 404),
        ("packages/toy/seed/versions/1.0/dependents?cursor=x", 400),
        ("changes?since=x", 400),
        ("changes?ecosystem=nothing", 404),
    ],
)
async def test_what_cannot_be_answered_says_so(path: str, status: int) -> None:
    assert (await (await _orchard()).ask(path)).status == status


async def test_changes_are_told_in_their_order_and_once() -> None:
    scene = await _orchard()
    first = await scene.told("changes?limit=2")
    rest = await scene.told(f"changes?since={first['next']}")
    told = [(each["kind"], each["name"]) for each in (*first["changes"], *rest["changes"])]
    assert told == [("package_seen", "seed"), ("package_seen", "apple/red"), ("package_seen", "pie")]
    assert await scene.told(f"changes?since={rest['next']}") == {"changes": [], "next": rest["next"]}


async def test_changes_say_what_became_of_a_release() -> None:
    scene = await _orchard()
    since = (await scene.told("changes"))["next"]
    await scene.world.fetch("seed", {"!1.0": (), "1.1": ()})
    await scene.world.fetch("pie", {})
    await scene.world.vanish("apple/red")
    changes = (await scene.told(f"changes?since={since}"))["changes"]
    assert [(each["kind"], each["name"], each["version"]) for each in changes] == [
        ("release_yanked", "seed", "1.0"),
        ("release_seen", "seed", "1.1"),
        ("release_removed", "pie", "1.0"),
        ("package_removed", "apple/red", ""),
    ]


async def test_what_happens_to_a_hidden_package_is_told_to_those_who_see_it() -> None:
    scene = await _orchard()
    since = (await scene.told("changes"))["next"]
    await scene.world.publish("secret", {"1.0": (), "2.0": ()}, ["ada"], restricted=True)
    assert await scene.told(f"changes?since={since}") == {"changes": [], "next": since}
    (change, *_) = (await scene.told(f"changes?since={since}", "ada"))["changes"]
    assert (change["kind"], change["name"], change["hosted"]) == ("release_published", "secret", True)


async def test_whoever_waits_is_told_as_soon_as_something_happens() -> None:
    scene = await _orchard()
    since = (await scene.told("changes"))["next"]
    found: list[Any] = []

    async def wait() -> None:
        found.append(await scene.told(f"changes?since={since}&wait=30"))

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await anyio.sleep(0.05)
            await scene.world.publish("secret", {"1.0": (), "3.0": ()}, ["ada"], restricted=True)
            await anyio.sleep(0.4)
            assert not found
            await scene.world.fetch("seed", {"1.0": (), "1.1": ()})
    assert [each["version"] for each in found[0]["changes"]] == ["1.1"]
