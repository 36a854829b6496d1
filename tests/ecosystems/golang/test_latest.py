"""What `@latest` means where versions are refused or retracted, and where the upstream does not say."""

import json

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.golang import ECOSYSTEM
from packhouse.ecosystems.golang.standing import choose_latest
from packhouse.policy.decision import Rule
from tests.assembled import Assembled
from tests.ecosystems.golang.modules import PROXY, PSEUDO, deny, info, module, server

pytestmark = pytest.mark.anyio

PLUM = "farm.example/plum"
TAKEN_BACK = "retract v1.2.0 // sour\n"
Files = dict[str, str | None]


def plums(files: Files, latest: str | None = None, *rules: Rule, more: str = "") -> Assembled:
    return server(*rules, more=module(PLUM, files, latest, more))


async def latest_of(ours: Assembled) -> str | int:
    """Ask at the door; the status where it is not 200."""
    reply = await ours.get(f"/go/{PLUM}/@latest")
    return str(json.loads(reply.body)["Version"]) if reply.status == 200 else reply.status


async def default_of(ours: Assembled) -> str:
    record = await ours.services.records.get(View(), PackageKey("golang", NormalName(PLUM)))
    return ECOSYSTEM.default_version(record)


@pytest.mark.parametrize(
    ("files", "upstreams", "latest"),
    [
        ({"v1.0.0": "", "v1.2.0": ""}, "v1.2.0", "v1.2.0"),
        ({"v1.0.0": "", "v1.2.0": ""}, None, "v1.2.0"),
        ({"v1.0.0": "", "v1.2.0": ""}, "v1.0.0", "v1.0.0"),
        ({"v1.0.0": "", "v1.2.0": TAKEN_BACK}, "v1.2.0", "v1.0.0"),
        ({"v1.0.0": "", "v1.2.0": TAKEN_BACK}, None, "v1.0.0"),
        ({"v1.2.0": "", "v1.2.1": "retract [v1.0.0, v1.2.1]\n"}, "v1.2.1", 404),
        ({"v1.0.0": "", "v2.0.0-rc.1": ""}, None, "v1.0.0"),
        ({"v1.0.0-rc.1": "", "v1.0.0-rc.2": "", PSEUDO: ""}, None, "v1.0.0-rc.2"),
        ({"v1.0.0": "", "v3.0.0+incompatible": None}, None, "v1.0.0"),
        ({"v1.0.0": None, "v3.0.0+incompatible": None}, None, "v3.0.0+incompatible"),
        ({"v1.0.0": None, "v1.1.0-rc.1": "", "v3.0.0+incompatible": None}, None, "v1.0.0"),
        ({"v3.0.0+incompatible": None, "v2.0.0+incompatible": None}, None, "v3.0.0+incompatible"),
        ({}, PSEUDO, PSEUDO),
        ({PSEUDO: ""}, None, PSEUDO),
        ({}, None, 404),
    ],
)
async def test_the_latest_is_the_upstreams_choice_or_the_newest_but_never_a_retracted_one(
    files: Files, upstreams: str | None, latest: str | int
) -> None:
    ours = plums(files, upstreams)
    assert await latest_of(ours) == latest
    if upstreams != "v1.0.0" and files:
        assert (await default_of(ours) or 404) == latest


async def test_the_upstreams_own_bytes_are_passed_on() -> None:
    ours = plums({"v1.0.0": ""}, "v1.0.0")
    assert (await ours.get(f"/go/{PLUM}/@latest")).body == ours.upstream.answers[f"{PROXY}/{PLUM}/@latest"]
    ours = plums({"v1.0.0": ""}, None)
    assert (await ours.get(f"/go/{PLUM}/@latest")).body == ours.upstream.answers[f"{PROXY}/{PLUM}/@v/v1.0.0.info"]


@pytest.mark.parametrize(
    ("refused", "latest"),
    [
        (("v1.2.0",), "v1.1.0"),
        (("v1.2.0", "v1.1.0"), "v2.0.0-rc.1"),
        (("v1.2.0", "v1.1.0", "v2.0.0-rc.1"), 403),
        (("v2.0.0-rc.1",), "v1.2.0"),
    ],
)
@pytest.mark.parametrize("upstreams", ["v1.2.0", None])
async def test_a_refused_version_is_not_the_latest(
    refused: tuple[str, ...], latest: str | int, upstreams: str | None
) -> None:
    files: Files = dict.fromkeys(("v1.1.0", "v1.2.0", "v2.0.0-rc.1"), "")
    ours = plums(files, upstreams, deny(PLUM, *refused))
    assert await latest_of(ours) == latest
    if latest != 403:
        assert await default_of(ours) == latest


async def test_a_refused_version_has_no_say_in_what_is_retracted() -> None:
    files: Files = {"v1.0.0": "", "v1.1.0": "retract v1.0.0\n", "v1.6.6": "retract [v0.0.0, v1.5.0]\n"}
    assert await latest_of(plums(files, "v1.6.6", deny(PLUM, "v1.6.6"))) == "v1.1.0"


async def test_of_commits_alone_a_refused_one_is_told_to_be_refused() -> None:
    assert await latest_of(plums({}, PSEUDO, deny(PLUM, PSEUDO))) == 403


async def test_a_go_mod_that_cannot_be_had_keeps_no_list_back() -> None:
    ours = plums({"v1.0.0": "", "v1.2.0": TAKEN_BACK}, "v1.2.0")
    ours.upstream.answers[f"{PROXY}/{PLUM}/@v/v1.2.0.mod"] = UpstreamDown("go.example is silent")
    assert (await ours.get(f"/go/{PLUM}/@v/list")).body == b"v1.0.0\nv1.2.0\n"
    assert await latest_of(ours) == "v1.2.0"


async def test_what_cannot_be_asked_now_is_no_404() -> None:
    answers: dict[str, MemoryAnswer] = {
        f"{PROXY}/{PLUM}/@v/list": b"v1.0.0\n",
        f"{PROXY}/{PLUM}/@latest": UpstreamDown("go.example is silent"),
    }
    assert await latest_of(server(more=answers)) == 503
    assert await latest_of(server(more=answers | {f"{PROXY}/{PLUM}/@latest": b"<html>"})) == 502


async def test_the_go_mod_of_the_newest_version_is_asked_for_once() -> None:
    ours = plums({"v1.0.0": "", "v1.2.0": TAKEN_BACK}, "v1.2.0")
    await latest_of(ours)
    assert (await ours.get(f"/go/{PLUM}/@v/v1.2.0.mod")).body.endswith(TAKEN_BACK.encode())
    assert [url for url in ours.asked() if url.endswith("v1.2.0.mod")] == [f"{PROXY}/{PLUM}/@v/v1.2.0.mod"]


async def test_of_commits_the_newest_is_the_one_of_the_latest_time() -> None:
    old, new = "v1.2.4-0.20180101000000-abcdefabcdef", "v0.0.0-20200101000000-abcdefabcdef"
    assert choose_latest([new, old]) == new
    assert json.loads(info(new))["Version"] == new
