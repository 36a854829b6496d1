"""What /api/similar answers."""

import json

import pytest

from packhouse.apis.admin.door import admin_door
from packhouse.apis.admin.similar import similar_routes
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.policy.similarity import KnownName, weight_of
from packhouse.services.name_ports import NameEntry
from packhouse.web.addresses import Addresses
from packhouse.web.similar_notice import similar_notices
from tests.apis.universe import record, services_of
from tests.asgi import Reply, call

pytestmark = pytest.mark.anyio


def _listed(name: str, downloads: int) -> NameEntry:
    return NameEntry("toy", KnownName(name, downloads, weight_of(downloads), listed=True))


async def _ask(path: str, *entries: NameEntry) -> Reply:
    services = await services_of([record("presser", [Release("1.0.0", Moment(1))])], names=entries)
    mount = Mount(admin_door([], list, lambda _: True, None, similar_routes({"toy": services})))
    return await call(Site({"api": mount}, mount, PublicAddress(None, ()), ("default",), Ready(0)), path)


async def test_similar_names_are_told_with_their_reasons_and_how_much_they_are_used() -> None:
    reply = await _ask("/api/similar/toy/preser", _listed("preser", 20), _listed("presser", 250_000))
    assert json.loads(reply.body) == {
        "ecosystem": "toy",
        "name": "preser",
        "downloads": 20,
        "similar": [
            {
                "name": "presser",
                "score": pytest.approx(1.231835),
                "downloads": 250_000,
                "timesAsUsed": 10_000,
                "reasons": [{"kind": "letter", "text": "has one letter more"}],
            }
        ],
    }


async def test_a_name_that_no_list_has_says_nothing_of_its_use() -> None:
    (similar,) = json.loads((await _ask("/api/similar/toy/preser")).body)["similar"]
    assert (similar["name"], similar["downloads"], similar["timesAsUsed"]) == ("presser", None, None)


async def test_an_ecosystem_that_is_none_is_not_found() -> None:
    assert (await _ask("/api/similar/nothing/preser")).status == 404


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([_listed("preser", 20), _listed("presser", 250_000)], ["10,000 times as used; has one letter more"]),
        ([_listed("presser", 250_000)], ["downloaded 250,000 times; has one letter more"]),
        (
            [NameEntry("toy", KnownName("presser", 0, 29, listed=True))],
            ["among the most used; has one letter more"],
        ),
        ([_listed("preser", 200_000), _listed("presser", 250_000)], []),
        ([], []),
    ],
)
async def test_a_page_warns_of_names_that_are_used_far_more(entries: list[NameEntry], said: list[str]) -> None:
    services = await services_of([record("presser", [Release("1.0.0", Moment(1))])], names=entries)
    key = PackageKey("toy", NormalName("preser"))
    found = await similar_notices(services, Addresses("https://packhouse.example"), View(), key)
    assert [each.said for each in found] == said
