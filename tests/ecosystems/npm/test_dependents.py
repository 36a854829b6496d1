"""What requires a package, as the first API and its views list it."""

import json

import pytest

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.packument import split
from packhouse.ecosystems.npm.summary import summarize
from tests.assembled import Assembled
from tests.ecosystems.npm.test_feeds import read
from tests.ecosystems.npm.test_publishing import publish, server

pytestmark = pytest.mark.anyio


async def stall() -> tuple[Assembled, str]:
    """Publish what requires a pear in each way, and what does not."""
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    await publish(ours, ada, "jam", "1.0.0", dependencies={"pear": "^1.0.0"})
    await publish(ours, ada, "cake", "1.0.0", peerDependencies={"pear": "*"}, dependencies={"jam": "1"})
    await publish(ours, ada, "@farm/pie", "1.0.0", optionalDependencies={"fruit": "npm:pear@1"})
    await publish(ours, ada, "tart", "1.0.0", devDependencies={"pear": "1"})
    await publish(ours, ada, "juice", "1.0.0", dependencies={"pear": "git+https://git.example/pear.git"})
    await publish(ours, ada, "@farm/hidden", "1.0.0", dependencies={"pear": "1"}, access="restricted")
    return ours, ada


async def test_dependents_are_what_the_shown_release_requires() -> None:
    ours, ada = await stall()
    told = await read(ours, "-/package/pear/dependents")
    assert sorted(told["dependents"]) == ["@farm/pie", "cake", "jam"]
    assert told["total"] == 3
    await publish(ours, ada, "jam", "2.0.0", dependencies={"plum": "1"})
    assert sorted((await read(ours, "-/package/pear/dependents"))["dependents"]) == ["@farm/pie", "cake"]
    assert await read(ours, "-/package/plum/dependents") == {"total": 1, "dependents": ["jam"]}


async def test_a_restricted_dependent_is_told_to_its_owner_alone() -> None:
    ours, ada = await stall()
    bob = await ours.token("bob")
    for path in (
        "-/package/pear/dependents",
        '-/_view/dependedUpon?group_level=2&startkey=["pear"]&endkey=["pear",{}]',
    ):
        for token in ("", bob):
            assert "hidden" not in json.dumps(await read(ours, path, token))
        assert "hidden" in json.dumps(await read(ours, path, ada))


async def test_what_nobody_knows_is_required_by_nothing_as_what_is_hidden() -> None:
    ours, _ = await stall()
    for name in ("nothing", "@farm%2fhidden", "@farm/hidden"):
        assert await read(ours, f"-/package/{name}/dependents") == {"total": 0, "dependents": []}


async def test_the_view_tells_as_much_of_the_key_apart_as_it_is_asked_to() -> None:
    ours, _ = await stall()
    path = '-/_view/dependedUpon?startkey=["pear"]&endkey=["pear",{}]'
    assert await read(ours, path) == {"rows": [{"key": None, "value": 3}]}
    assert await read(ours, f"{path}&group_level=1") == {"rows": [{"key": ["pear"], "value": 3}]}
    rows = (await read(ours, f"{path}&group_level=2"))["rows"]
    assert sorted(row["key"] for row in rows) == [["pear", "@farm/pie"], ["pear", "cake"], ["pear", "jam"]]
    assert {row["value"] for row in rows} == {1}
    assert (await read(ours, f"{path}&group_level=3"))["rows"][0]["key"][2] == "a pear"
    parts = [(await read(ours, f"{path}&group_level=2&limit=2&skip={skip}"))["rows"] for skip in (0, 2, 4)]
    assert [len(part) for part in parts] == [2, 1, 0]
    assert sorted(str(row) for part in parts for row in part) == sorted(map(str, rows))


async def test_the_packages_of_a_user_are_a_view_too() -> None:
    ours, _ = await stall()
    rows = (await read(ours, '-/_view/byUser?key="ada"'))["rows"]
    assert {"id": "jam", "key": "ada", "value": "jam"} in rows
    assert "@farm/hidden" not in [row["id"] for row in rows]


def test_no_more_than_five_hundred_names_are_kept_of_a_release() -> None:
    manifest = {"name": "a", "version": "1.0.0", "dependencies": {f"b{number}": "1" for number in range(900)}}
    manifest["peerDependencies"] = [1]  # type: ignore[list-item]
    body = {"name": "a", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": manifest}}
    key = PackageKey("npm", NormalName("a"))
    summary = summarize(key, split(key, json.dumps(body).encode()))
    assert len(summary.requires) == 500
