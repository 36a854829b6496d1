"""What search shows of crates that are published here, where it is made anew."""

import json
from typing import Any

import msgspec
import pytest

from packhouse.domain.package import Moment
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.policy.rules.deny import Denied, Deny
from packhouse.services.publishing import Change, Hosted
from tests.assembled import PASSWORD, Assembled
from tests.ecosystems.cargo.crates import CONFIG, INDEX, index_file, key, line
from tests.ecosystems.cargo.publications import UPSTREAM, assembled, must_publish

pytestmark = pytest.mark.anyio

VERSIONS = ("num_versions", "max_version", "max_stable_version", "newest_version", "default_version")
DAY_MS = 86_400_000
ABOUT = 'keywords = ["fruit"]\ncategories = ["science"]\nhomepage = "https://pear.example"'


async def two_releases(server: Assembled) -> None:
    """Publish a crate, and another release of it three days later."""
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0", ABOUT)
    server.now = Moment(server.now + 3 * DAY_MS)
    await must_publish(server, ada, "pear", "2.0.0", ABOUT)


async def listed(server: Assembled, name: str) -> dict[str, Any]:
    """Read a crate out of a list."""
    reply = await server.get(f"/cargo/api/v1/crates?q={name}")
    (crate,) = json.loads(reply.body)["crates"]
    return dict(crate)


async def test_a_dated_search_describes_the_releases_of_that_day() -> None:
    server = assembled()
    await two_releases(server)
    reply = await server.get("/@2026-01-02/cargo/api/v1/crates?q=pear")
    (crate,) = json.loads(reply.body)["crates"]
    shown = {field: crate[field] for field in ("max_version", "description", "homepage")}
    assert shown == {"max_version": "1.0.0", "description": "About pear", "homepage": "https://pear.example"}


async def test_a_crate_whose_newest_release_is_refused_keeps_its_description() -> None:
    rule = Deny((Denied("cargo/pear@2", lambda _, version: version == "2.0.0"),))
    server = Assembled(ECOSYSTEM, build_mount, {f"{INDEX}/config.json": CONFIG}, (UPSTREAM,), (rule,))
    await two_releases(server)
    found = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)
    ((_, summary),) = found.hits
    assert (summary.version, summary.description, summary.licence) == ("1.0.0", "About pear", "MIT")
    assert (summary.keywords, summary.categories, summary.maintainers) == (("fruit",), ("science",), ("ada",))


async def test_a_change_that_tells_of_no_summary_keeps_what_search_shows() -> None:
    server = assembled()
    await two_releases(server)
    before = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)

    def touched(found: Hosted) -> Change:
        assert found.index is not None
        return Change(found.index, "touch")

    assert await server.services.publishing.change(View(), key("pear"), touched) is not None
    after = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)
    assert after.hits == before.hits
    assert after.hits[0][1].description == "About pear"


async def test_a_list_names_no_version_that_is_refused() -> None:
    rule = Deny((Denied("cargo/pear@2", lambda _, version: version == "2.0.0-rc.1"),))
    server = Assembled(ECOSYSTEM, build_mount, {f"{INDEX}/config.json": CONFIG}, (UPSTREAM,), (rule,))
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0")
    await must_publish(server, ada, "pear", "2.0.0-rc.1")
    crate = await listed(server, "pear")
    assert [crate[each] for each in VERSIONS] == [1, "1.0.0", "1.0.0", "1.0.0", "1.0.0"]


async def test_a_crate_that_was_found_before_lists_kept_versions_is_read_again() -> None:
    server = assembled()
    await two_releases(server)
    before = await listed(server, "pear")
    found = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 10)
    old = msgspec.structs.replace(found.hits[0][1], listed=b"")
    publishing = server.services.publishing

    def touched(hosted: Hosted) -> Change:
        assert hosted.index is not None
        return Change(hosted.index, "touch", summary=old)

    await publishing.change(View(), key("pear"), touched)
    assert await listed(server, "pear") == before
    assert [before[each] for each in VERSIONS] == [2, "2.0.0", "2.0.0", "2.0.0", "2.0.0"]


async def test_a_cached_crate_that_is_ours_in_another_spelling_is_not_found() -> None:
    answers = {f"{INDEX}/pe/ar/pear_tree": index_file(line("pear_tree", "9.0.0"))}
    server = assembled(answers)
    assert (await server.get("/cargo/index/pe/ar/pear_tree")).status == 200
    assert (await listed(server, "pear_tree"))["max_version"] == "9.0.0"
    await server.people.accounts.add("boss", "boss@team.example", PASSWORD, administrator=True)
    boss = await server.token("boss")
    await must_publish(server, boss, "Pear-Tree", "1.0.0")
    crate = await listed(server, "pear")
    assert (crate["name"], crate["max_version"]) == ("Pear-Tree", "1.0.0")
