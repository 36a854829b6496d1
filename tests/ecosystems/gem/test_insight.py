"""What the registry tells of downloads, owners and by search."""

from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Owner
from packhouse.domain.release import Person
from packhouse.domain.view import View
from packhouse.ecosystems.gem.insight import PAGE
from tests.assembled import Assembled
from tests.ecosystems.gem.gems import API, as_json, key, server

pytestmark = pytest.mark.anyio

HERE = View()


def told(documents: dict[str, object]) -> Assembled:
    given: dict[str, MemoryAnswer] = {f"{API}/api/v1/{path}": as_json(each) for path, each in documents.items()}
    return server(given)


def gem(name: str, downloads: int = 1, **more: object) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "info": f"A {name}", "downloads": downloads, **more}


async def test_downloads_are_told_in_all_and_by_version_over_all_platforms() -> None:
    versions = [
        {"number": "1.0", "platform": "ruby", "downloads_count": 3},
        {"number": "1.0", "platform": "java", "downloads_count": 4},
        {"number": "1.1", "downloads_count": 5},
        {"number": 7, "downloads_count": 1},
        {"number": "2.0", "downloads_count": "many"},
    ]
    ours = told({"gems/plum.json": gem("plum", 12), "versions/plum.json": versions})
    found = (await ours.services.insights.downloads(HERE, key("plum"))).value
    assert found.counts == {"total": 12}
    assert found.by_version == {"1.0": 7, "1.1": 5}


async def test_of_periods_nothing_is_told() -> None:
    with pytest.raises(Invalid):
        await told({}).services.insights.downloads(HERE, key("plum"), "last-week")


async def test_downloads_of_what_is_not_there_are_not_found_and_of_nonsense_bad() -> None:
    with pytest.raises(NotFound):
        await told({}).services.insights.downloads(HERE, key("plum"))
    with pytest.raises(UpstreamBad):
        await told({"gems/plum.json": []}).services.insights.downloads(HERE, key("plum"))


async def test_owners_are_told_by_handle_or_address() -> None:
    listed = [{"handle": "grower", "email": "g@farm.example"}, {"email": "picker@farm.example"}, {"id": 3}, "x"]
    ours = told({"gems/plum/owners.json": listed})
    found = (await ours.services.insights.owners(HERE, key("plum"))).value
    assert found == (
        Owner("grower", Person("grower", "g@farm.example"), page=f"{API}/profiles/grower"),
        Owner("picker@farm.example", Person(None, "picker@farm.example")),
    )


async def test_the_gems_of_an_owner_come_in_one_order_whatever_window_is_asked_for() -> None:
    listed = [gem("a", 1), gem("b", 3), gem("no/name"), gem("c", 2)]
    ours = told({"owners/grower/gems.json": listed})
    found = (await ours.services.insights.packages_of(HERE, "grower", 1, 5)).value
    assert [hit.name for hit in found.hits] == ["c", "a"]
    assert found.total == 3
    for login in ("nobody", "..", ""):
        with pytest.raises(NotFound):
            await ours.services.insights.packages_of(HERE, login, 0, 5)


async def test_any_window_of_a_search_is_put_together_from_pages() -> None:
    names = [f"plum-{number}" for number in range(70)]
    pages = {
        f"search.json?query=plum&page={page + 1}": [gem(name) for name in names[page * PAGE : (page + 1) * PAGE]]
        for page in range(4)
    }
    ours = told(dict(pages))
    for offset, limit in ((0, 10), (25, 10), (0, 70), (29, 2), (60, 30), (90, 5), (5, 0)):
        found = (await ours.services.insights.search(HERE, "plum", offset, limit)).value
        assert [hit.name for hit in found.hits] == names[offset : offset + limit]


async def test_a_hit_tells_what_the_registry_tells() -> None:
    listed = [
        gem(
            "plum",
            12,
            version_created_at="2020-01-01T00:00:00.000Z",
            homepage_uri="https://plum.example",
            source_code_uri="javascript:x",
        )
    ]
    ours = told({"search.json?query=a%26b%2Fc&page=1": listed})
    (hit,) = (await ours.services.insights.search(HERE, "a&b/c", 0, 5)).value.hits
    assert (hit.name, hit.version, hit.description, hit.downloads) == ("plum", "1.0", "A plum", 12)
    assert hit.published_at == 1577836800000
    assert hit.links == {"homepage": "https://plum.example"}
